"""Over `rediss://` nobody speaks with a server whose certificate is not to be trusted."""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

# Each way to Redis that there is, and what comes of it.
PROGRAM = """
import asyncio, json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "aiapp.settings"
import django; django.setup()
from django.core.cache import cache
from aiapp.celery import app
from aiapp.redis import async_redis, sync_redis

def broker():
    app.connection_for_write().ensure_connection(max_retries=1, interval_start=0)

def blocking():
    with sync_redis() as client:
        client.ping()

async def ping():
    async with async_redis() as client:
        await client.ping()

def asynchronous():
    asyncio.run(ping())

def read_cache():
    cache.get("x")

said = {}
for way in (broker, blocking, asynchronous, read_cache):
    try:
        way()
        said[way.__name__] = ""
    except Exception as error:
        said[way.__name__] = f"{error} {error.__cause__} {error.__context__}"
print(json.dumps(said))
"""


class Server:
    """A server with a certificate that it signed itself, which hears nothing but secrets."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "certificate.pem"
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        own = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (folder / "key.pem").write_bytes(own)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate, folder / "key.pem")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.heard = b""
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(plain, server_side=True) as spoken:
                    self.heard += spoken.recv(10_000)
                    spoken.sendall(b"-ERR not today\r\n")
            except OSError:
                plain.close()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path)
    yield started
    started.close()


def try_all(server: Server, folder: Path, query: str) -> dict[str, str]:
    environment = os.environ | {
        "REDIS_URL": f"rediss://localhost:{server.port}/0{query}",
        "REDIS_PASSWORD": "the password of Redis",
        "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-0123456789",
        "DATA_DIR": str(folder),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    said: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return said


def test_a_certificate_that_nobody_vouches_for_ends_every_way(server: Server, tmp_path) -> None:
    said = try_all(server, tmp_path, "")
    assert set(said) == {"broker", "blocking", "asynchronous", "read_cache"}
    for way, error in said.items():
        assert "CERTIFICATE_VERIFY_FAILED" in error, way
    assert server.heard == b""


def test_an_authority_of_ones_own_may_be_named(server: Server, tmp_path) -> None:
    said = try_all(server, tmp_path, f"?ssl_ca_certs={server.certificate}")
    assert b"the password of Redis" in server.heard
    for way, error in said.items():
        assert "CERTIFICATE" not in error, way
        assert "not today" in error, way
