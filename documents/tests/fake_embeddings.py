"""An embeddings endpoint over HTTP whose faults a test can choose."""

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

DIMENSION = 32


@dataclass
class FakeEmbeddings:
    """The service's next answers, and what it was asked. `faults` come first, one a request."""

    base_url: str = ""
    dimension: int = DIMENSION
    mode: str = "up"  # or: down busy refused bad malformed short nan zeros wrong_dimension
    faults: list[str] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    # Called with the number of the request before it is answered.
    before_answer: Callable[[int], None] | None = None
    # The length of the vectors, which not every model makes 1.
    length: float = 1.0

    @property
    def texts(self) -> list[str]:
        return [text for batch in self.batches for text in batch]


@contextmanager
def running() -> Iterator[FakeEmbeddings]:
    state = FakeEmbeddings()
    handler = type("Handler", (_Handler,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    state.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def vector(text: str, dimension: int = DIMENSION) -> list[float]:
    """Texts that share words are near each other."""
    values = [0.01] * dimension
    for word in re.findall(r"\w+", text.lower()):
        place = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) % dimension
        values[place] += 1.0
    length = math.hypot(*values)
    return [value / length for value in values]


class _Handler(BaseHTTPRequestHandler):
    state: FakeEmbeddings

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        mode = self.state.faults.pop(0) if self.state.faults else self.state.mode
        statuses = {"down": 503, "busy": 429, "refused": 401, "bad": 400}
        if mode in statuses:
            self._answer(statuses[mode], {"error": {"message": "as the test wants it"}})
            return
        self.state.batches.append(body["input"])
        if self.state.before_answer:
            self.state.before_answer(len(self.state.batches))
        answer = self._embed(body["input"], mode)
        self._answer(200, "{not json" if mode == "malformed" else answer)

    def _embed(self, texts: list[str], mode: str) -> dict[str, Any]:
        dimension = self.state.dimension + (mode == "wrong_dimension")
        vectors = [
            [self.state.length * number for number in vector(text, dimension)] for text in texts
        ]
        if mode == "nan":
            vectors[0][0] = math.nan
        if mode == "zeros":
            vectors[0] = [0.0] * dimension
        if mode == "short":
            vectors.pop()
        data = [{"index": n, "embedding": values} for n, values in enumerate(vectors)]
        return {"object": "list", "model": "fake", "data": data, "usage": {}}

    def _answer(self, status: int, body: Any) -> None:
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        pass
