"""A vendor's endpoint in the test's own process, whose answers the test writes.

`plan` gets the request's body and says what the model does: a text, or the calls of tools that it
wants, as `(name, arguments)`; arguments that are a text are sent as they are, valid or not.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Plan = Callable[[dict[str, Any]], str | list[tuple[str, Any]]]


class ScriptedModel:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        # A text is said in pieces of so many characters; 0 is all at once.
        self.piece = 0
        self.requests: list[dict[str, Any]] = []
        # What is asked beside an answer waits for this, or fails.
        self.asides_may_go: asyncio.Event | None = None
        self.fails_asides = False
        # What happens elsewhere before a request is answered.
        self.meanwhile: Callable[[dict[str, Any]], Awaitable[None]] | None = None

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        if "a question and its answer" in body["messages"][0]["content"]:
            if self.asides_may_go:
                await self.asides_may_go.wait()
            if self.fails_asides:
                return web.json_response({"error": {"message": "Broken."}}, status=500)
        if self.meanwhile:
            await self.meanwhile(body)
        answer = self.plan(body)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        delta: dict[str, Any] = {"content": answer}
        if isinstance(answer, list):
            delta = {"tool_calls": [_call(n, *call) for n, call in enumerate(answer)]}
        reason = "tool_calls" if isinstance(answer, list) else "stop"
        if self.piece and isinstance(answer, str):
            for at in range(0, len(answer), self.piece):
                delta = {"content": answer[at : at + self.piece]}
                await _send(response, {"choices": [{"index": 0, "delta": delta}]})
        else:
            await _send(response, {"choices": [{"index": 0, "delta": delta}]})
        await _send(response, {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        await _send(
            response, {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5}}
        )
        await response.write(b"data: [DONE]\n\n")
        return response


def _call(n: int, name: str, arguments: Any) -> dict[str, Any]:
    written = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"index": n, "id": f"call_{n}", "function": {"name": name, "arguments": written}}


async def _send(response: web.StreamResponse, event: dict[str, Any]) -> None:
    await response.write(b"data: " + json.dumps(event).encode() + b"\n\n")


@asynccontextmanager
async def script_model(settings: Any, plan: Plan) -> AsyncIterator[ScriptedModel]:
    """The model `worker`, which can call tools, is this one from now on."""
    model = ScriptedModel(plan)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.chat)
    async with TestServer(app) as server:
        settings.OPENAI_BASE_URL = str(server.make_url("/v1"))
        settings.CHAT_MODEL = "worker"
        settings.MODELS = {"worker": {"tools": True}}
        yield model


def results(body: dict[str, Any]) -> list[str]:
    """Return what the tools have answered so far."""
    return [message["content"] for message in body["messages"] if message["role"] == "tool"]
