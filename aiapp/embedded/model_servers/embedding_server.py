"""Local embeddings, spoken like OpenAI's: POST /v1/embeddings, GET /v1/models, GET /health.

    python -m aiapp.embedded.model_servers.embedding_server --socket S --models DIR --key-file F

Computing happens on one thread, batch by batch in the order of arrival, so a question's single
text waits for at most one batch of each document that is being indexed at the same time.
"""

import asyncio
import base64
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import uvicorn

from aiapp.embedded.model_servers import minilm, startup
from aiapp.serving.quiet import QuietServer

MAX_BODY = 8 * 1024 * 1024
MAX_TEXTS = 512
MAX_WAITING = 64

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

logger = logging.getLogger(__name__)


class RequestError(Exception):
    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code

    def body(self) -> dict[str, Any]:
        server_fault = self.status >= 500  # noqa: PLR2004 - HTTP's own boundary
        kind = "server_error" if server_fault else "invalid_request_error"
        error = {"message": self.message, "type": kind, "param": None, "code": self.code}
        return {"error": error}


def parse_request(body: bytes) -> tuple[list[str], bool]:
    """The texts of a request, and whether it wants base64; refuses what it cannot honour."""
    try:
        request = json.loads(body)
    except ValueError as error:
        raise RequestError(400, "The body is not JSON.") from error
    if not isinstance(request, dict):
        raise RequestError(400, "The body must be a JSON object.")
    if request.get("model") != minilm.NAME:
        raise RequestError(404, f"Only the model {minilm.NAME} is served here.", "model_not_found")
    if request.get("dimensions") not in (None, minilm.DIMENSIONS):
        raise RequestError(
            400, f"The vectors have {minilm.DIMENSIONS} dimensions, not fewer or more."
        )
    encoding = request.get("encoding_format") or "float"
    if encoding not in ("float", "base64"):
        raise RequestError(400, "encoding_format must be float or base64.")
    return _texts(request.get("input")), encoding == "base64"


def _texts(value: object) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise RequestError(400, "input must be a string or a list of strings.")
    if not 1 <= len(texts) <= MAX_TEXTS or not all(texts):
        raise RequestError(400, f"input must hold 1 to {MAX_TEXTS} texts, none of them empty.")
    return texts


def answer(vectors: minilm.Vectors, tokens: int, *, packed: bool) -> dict[str, Any]:
    def encode(vector: minilm.Vectors) -> list[float] | str:
        if packed:
            return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
        return [float(number) for number in vector]

    data = [
        {"object": "embedding", "index": number, "embedding": encode(vector)}
        for number, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": minilm.NAME, "usage": usage}


@dataclass
class Application:
    encoder: minilm.Encoder
    key: str
    waiting: int = 0
    computing: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            status, body = 200, await self.reply(scope, receive)
        except RequestError as refused:
            status, body = refused.status, refused.body()
        content = json.dumps(body).encode()
        headers = [(b"content-type", b"application/json")]
        headers.append((b"content-length", str(len(content)).encode()))
        if status == 503:  # noqa: PLR2004
            headers.append((b"retry-after", b"1"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def reply(self, scope: Scope, receive: Receive) -> dict[str, Any]:
        route = (scope["method"], scope["path"])
        if route == ("GET", "/health"):
            return {"status": "ok"}
        self.check_key(scope)
        if route == ("GET", "/v1/models"):
            model = {"id": minilm.NAME, "object": "model", "created": 0, "owned_by": "local"}
            return {"object": "list", "data": [model]}
        if route == ("POST", "/v1/embeddings"):
            return await self.embeddings(await whole_body(receive))
        raise RequestError(404, "There is nothing here.")

    def check_key(self, scope: Scope) -> None:
        given = dict(scope["headers"]).get(b"authorization", b"")
        if not hmac.compare_digest(given, f"Bearer {self.key}".encode()):
            raise RequestError(401, "The API key is missing or wrong.", "invalid_api_key")

    async def embeddings(self, body: bytes) -> dict[str, Any]:
        texts, packed = parse_request(body)
        if self.waiting >= MAX_WAITING:
            raise RequestError(503, "Too many requests are waiting. Try again in a moment.")
        self.waiting += 1
        try:
            rows = await self.compute(self.encoder.tokens, texts)
            vectors = np.empty((len(rows), minilm.DIMENSIONS), dtype=np.float32)
            for numbers in minilm.batches(rows):
                batch = [rows[number] for number in numbers]
                vectors[numbers] = await self.compute(self.encoder.encode_tokens, batch)
        finally:
            self.waiting -= 1
        return answer(vectors, sum(len(row) for row in rows), packed=packed)

    async def compute(self, function: Callable[[Any], Any], rows: Sequence[Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.computing, function, rows)


async def whole_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestError(400, "The request ended early.")
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise RequestError(413, f"The body is larger than {MAX_BODY} bytes.")
        if not message.get("more_body"):
            return bytes(body)


def main() -> None:
    options = startup.read_options("Serve local embeddings.")
    application = Application(minilm.load(options.models), options.key)
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=2,
    )
    QuietServer(config).run(sockets=[startup.listen(options.socket)])


if __name__ == "__main__":
    main()
