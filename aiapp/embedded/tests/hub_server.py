"""A hub on this machine: what Hugging Face's answers to a program that lists and downloads models.

A file is redirected to an address of its own, as the hub's is to where its bytes are stored. The
faults are those of public reports: connections that break off, servers without ranges, changed or
damaged files, terms to be accepted.
"""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REVISION = "0123456789abcdef0123456789abcdef01234567"
CHUNK = 16_384


@dataclass
class Hub:
    """A hub: its files, its faults, and the requests that it got."""

    repository: str = "owner/model-GGUF"
    files: dict[str, bytes] = field(default_factory=dict)
    gated: bool = False
    # What it says of a file's checksum, where that is not true.
    false_checksum: str = ""
    knows_ranges: bool = True
    # Bytes after which each response breaks off; 0 never does.
    breaks_after: int = 0
    # Says the status that every request is answered with instead.
    status: int = 0
    # Set while a response is to stop in its middle until it is set again.
    flows: threading.Event = field(default_factory=threading.Event)
    stops_at: int = 0
    ranges: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    address: str = ""

    def describe(self) -> dict[str, Any]:
        siblings = [{"rfilename": "README.md", "size": 10, "blobId": "1"}]
        for name, content in self.files.items():
            checksum = self.false_checksum or hashlib.sha256(content).hexdigest()
            lfs = {"sha256": checksum, "size": len(content), "pointerSize": 130}
            siblings.append(
                {"rfilename": name, "size": len(content), "blobId": "2", "lfs": lfs}  # type: ignore[dict-item]
            )
        return {
            "id": self.repository,
            "modelId": self.repository,
            "sha": REVISION,
            "private": False,
            "gated": "manual" if self.gated else False,
            "tags": ["gguf", "license:apache-2.0", "region:us"],
            "gguf": {"total": 134_515_008, "architecture": "llama", "context_length": 8192},
            "siblings": siblings,
        }


class Server(ThreadingHTTPServer):
    def __init__(self, hub: Hub) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hub = hub

    def handle_error(self, request: object, client_address: object) -> None:
        """Leave the tests' output alone when a client goes away."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    @property
    def hub(self) -> Hub:
        return self.server.hub

    def do_GET(self) -> None:
        self.hub.tokens.append(self.headers.get("Authorization", ""))
        if self.hub.status:
            self._say(self.hub.status, b"<!doctype html><title>Away</title>", "text/html")
        elif self.path.startswith(f"/api/models/{self.hub.repository}"):
            self._say(200, json.dumps(self.hub.describe()).encode(), "application/json")
        elif match := re.fullmatch(f"/{self.hub.repository}/resolve/{REVISION}/(.+)", self.path):
            self._redirect(match[1])
        elif self.path.startswith("/stored/"):
            self._send_file(self.hub.files[self.path.removeprefix("/stored/")])
        else:
            self._refuse(404, "RepoNotFound", "Repository not found")

    def _redirect(self, name: str) -> None:
        if self.hub.gated:
            self._refuse(403, "GatedRepo", "Access to this model is restricted.")
        elif name not in self.hub.files:
            self._refuse(404, "EntryNotFound", "Entry not found")
        else:
            self.send_response(302)
            self.send_header("Location", f"/stored/{name}")
            self.send_header("X-Repo-Commit", REVISION)
            self.send_header("X-Linked-Size", str(len(self.hub.files[name])))
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _send_file(self, content: bytes) -> None:
        first = 0
        if self.hub.knows_ranges and (wanted := self.headers.get("Range")):
            first = int(wanted.removeprefix("bytes=").rstrip("-"))
        self.hub.ranges.append(first)
        if first >= len(content):
            self._say(416, b"", "text/plain")
            return
        rest = content[first:]
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(rest)))
        if first:
            span = f"bytes {first}-{len(content) - 1}/{len(content)}"
            self.send_header("Content-Range", span)
        self.end_headers()
        self._flow(rest, first)

    def _flow(self, rest: bytes, first: int) -> None:
        sent = 0
        while sent < len(rest):
            if self.hub.breaks_after and sent >= self.hub.breaks_after:
                self.close_connection = True
                self.connection.close()
                return
            if self.hub.stops_at and first + sent >= self.hub.stops_at:
                self.hub.flows.wait()
            try:
                self.wfile.write(rest[sent : sent + CHUNK])
            except OSError:
                return
            sent += CHUNK

    def _refuse(self, status: int, code: str, words: str) -> None:
        body = json.dumps({"error": words}).encode()
        self._say(status, body, "application/json", {"X-Error-Code": code})

    def _say(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Leave the tests' output alone."""


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    hub.flows.set()
    server = Server(hub)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.flows.set()
        server.shutdown()
        server.server_close()
        thread.join()
