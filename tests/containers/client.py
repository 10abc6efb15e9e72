"""A client of the site with nothing but Python: JSON, forms, server-sent events, a WebSocket."""

import base64
import http.client
import http.cookiejar
import json
import os
import re
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

# Longer than any machine may be busy with something else: what is slow has not failed.
SECONDS = 120
# The certificate of `localhost` is Caddy's own.
ANYBODY = ssl.create_default_context()
ANYBODY.check_hostname = False
ANYBODY.verify_mode = ssl.CERT_NONE


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"{status}: {body[:200]!r}")
        self.status = status
        self.body = body


class Client:
    def __init__(self, url: str, token: str = "") -> None:
        self.url = url
        self.token = token

    def sign_in(self, username: str, password: str) -> "Client":
        pair = self.call("/api/auth/token", {"username": username, "password": password})
        return Client(self.url, pair["access"])

    def call(self, path: str, body: Any = None, **headers: str) -> Any:
        """Ask for JSON, with GET or, if there is a body, with POST. Raises Refused."""
        return json.loads(self.fetch(path, body, **headers) or "null")

    def fetch(self, path: str, body: Any = None, **headers: str) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        with self.open(path, data, **{"Content-Type": "application/json"} | headers) as answer:
            read: bytes = answer.read()
            return read

    def open(self, path: str, data: bytes | None = None, **headers: str) -> Any:
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.url + path, data=data, headers=headers)  # noqa: S310
        try:
            return urllib.request.urlopen(request, timeout=SECONDS, context=ANYBODY)  # noqa: S310
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(error.code, error.read()) from error

    def upload(self, name: str, content: bytes) -> Any:
        line = uuid4().hex
        head = f'Content-Disposition: form-data; name="file"; filename="{name}"'
        body = f"--{line}\r\n{head}\r\n\r\n".encode() + content + f"\r\n--{line}--\r\n".encode()
        kind = f"multipart/form-data; boundary={line}"
        with self.open("/api/documents", body, **{"Content-Type": kind}) as answer:
            return json.load(answer)

    def events(self, path: str, body: Any = None, last: str = "") -> Iterator[tuple[str, Any]]:
        """Yield the id and the data of each event of a stream, until it ends in order."""
        headers = {"Content-Type": "application/json"} | ({"Last-Event-ID": last} if last else {})
        data = None if body is None else json.dumps(body).encode()
        with self.open(path, data, **headers) as stream:
            for raw in stream:
                line = raw.decode().rstrip("\n")
                if line.startswith("id: "):
                    last = line[4:]
                elif line == "data: [DONE]":
                    return
                elif line.startswith("data: {"):
                    yield last, json.loads(line[6:])
        raise ConnectionError("the stream broke off")

    def sign_in_by_page(self, username: str, password: str) -> str:
        """Sign in as a browser does, and return the title of the page that follows."""
        jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(jar), urllib.request.HTTPSHandler(context=ANYBODY)
        )
        page = opener.open(f"{self.url}/accounts/login/", timeout=SECONDS).read().decode()
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]
        fields = {"csrfmiddlewaretoken": token, "username": username, "password": password}
        request = urllib.request.Request(  # noqa: S310 - the address is the check's own
            f"{self.url}/accounts/login/",
            data=urllib.parse.urlencode(fields).encode(),
            headers={"Referer": f"{self.url}/accounts/login/"},
        )
        answer = opener.open(request, timeout=SECONDS)
        return str(answer.geturl())

    def ask_by_socket(self, content: str, model: str) -> str:
        """Ask over the WebSocket, and return the text of the answer as it came."""
        parts = urllib.parse.urlsplit(self.url)
        plain = socket.create_connection((parts.hostname, parts.port or 443), timeout=SECONDS)
        with ANYBODY.wrap_socket(plain, server_hostname=parts.hostname) as wire:
            key = base64.b64encode(os.urandom(16)).decode()
            wire.sendall(
                f"GET /ws/chat/ HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nOrigin: {self.url}\r\n"
                f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: bearer, {self.token}\r\n\r\n"
                "".encode()
            )
            stream = wire.makefile("rb")
            status = stream.readline()
            if b" 101 " not in status:
                raise Refused(int(status.split()[1]), status)
            http.client.parse_headers(stream)
            _send_frame(
                wire,
                {"type": "send", "content": content, "collections": [], "model": model},
            )
            text = ""
            for event in _read_frames(stream):
                if event["type"] == "delta":
                    text += event["data"]["text"]
                if event["type"] in ("done", "error"):
                    return text
        raise ConnectionError("the socket broke off")


def _send_frame(wire: ssl.SSLSocket, value: Any) -> None:
    body = json.dumps(value).encode()
    mask = os.urandom(4)
    head = bytes([0x81, 0x80 | 126]) + len(body).to_bytes(2, "big")
    wire.sendall(head + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(body)))


def _read_frames(stream: Any) -> Iterator[Any]:
    while len(head := stream.read(2)) == 2:
        length = head[1] & 0x7F
        if length >= 126:
            length = int.from_bytes(stream.read(2 if length == 126 else 8), "big")
        body = stream.read(length)
        if head[0] & 0x0F == 1:
            yield json.loads(body)
