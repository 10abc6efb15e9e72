"""A certificate for a server on this machine, and how the server shows it."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from aiapp.llm.transport import load_certificates


def make_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Return a file to trust, with a key and its own certificate for 127.0.0.1; and the context."""
    path = _write_certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return path, context


@contextmanager
def trusting(certificate: Path) -> Iterator[None]:
    """Have a process trust one certificate and no other, as the environment may tell it to."""
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(certificate))
            # Others were read before.
            load_certificates.cache_clear()
            yield
    finally:
        load_certificates.cache_clear()


def _write_certificate(folder: Path) -> Path:
    """Write a key and its own certificate for 127.0.0.1 into a file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a model")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, *form) + certificate.public_bytes(pem))
    return path
