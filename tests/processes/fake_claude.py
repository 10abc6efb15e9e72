"""Anthropic's Messages API for tests, after its documentation, with faults to order.

    python -m tests.processes.fake_claude --port 9000

The last word of the model's name says what it does, after `claude-`:

    count-N-MS      the words `w0` to `w<N-1>`, one every MS milliseconds
    echo            the last message, word by word
    thinks          a thought in two parts with its signature, then `echo`
    fault-STATUS    that HTTP error (401, 403, 404, 429 with Retry-After, 500, 503, 529)
    fault-context   400, the prompt is too long
    fault-unpaid    400, the credit balance is too low
    fault-cut       five words, then the connection ends
    fault-nodone    five words, then an orderly end without a stop reason
    fault-malformed five words, then broken JSON
    fault-form      five words, then an event of another form
    fault-event     five words, then an `error` event: overloaded
    fault-hang      no answer at all
    fault-hangmid   five words, then silence
    fault-drip      the beginning of an event, a byte at a time, without end
    fault-empty     an end without a word
    fault-filter    five words, then a refusal
    fault-length    five words, then the most that may be written
    flaky-N         529 to N of every N+1 requests, then `echo`

A request that offers tools is answered by a call of the first, unless its result is there.
`GET /requests` tells the bodies and `headers` of the requests so far, `active` how many are
being answered.
"""

import argparse
import asyncio
import json
from typing import Any

from aiohttp import web

from tests.processes.fake_model import Requests, drip

ERRORS = {
    "401": "authentication_error",
    "403": "permission_error",
    "404": "not_found_error",
    "429": "rate_limit_error",
    "500": "api_error",
    "503": "api_error",
    "529": "overloaded_error",
}
BAD = {
    "context": "prompt is too long: 210000 tokens > 200000 maximum",
    "unpaid": "Your credit balance is too low to access the Anthropic API.",
}
BROKEN = {
    "malformed": b'event: content_block_delta\ndata: {"type": "con\n\n',
    "form": b'data: {"type": "content_block_delta", "index": 0, "delta": "not an object"}\n\n',
    "event": b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error", '
    b'"message": "secret sk-123 at 10.0.0.1"}}\n\n',
}
SIGNATURE = "EqQBCgIYAhIM"
CREATED = "2026-01-01T00:00:00Z"
STOPS = {"filter": "refusal", "length": "max_tokens"}
KNOWN = {
    "model", "max_tokens", "messages", "system", "stream", "temperature", "top_p", "tools",
    "tool_choice", "stop_sequences", "thinking", "output_config", "metadata",
}  # fmt: skip


class FakeClaude:
    def __init__(self) -> None:
        self.requests = Requests()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_get("/v1/models", self.models)
        app.router.add_post("/v1/messages", self.messages)
        app.router.add_get("/requests", self.list_requests)
        return app

    async def models(self, request: web.Request) -> web.Response:
        listed = [
            {
                "type": "model",
                "id": name,
                "display_name": name,
                "created_at": "2026-01-01T00:00:00Z",
            }
            for name in ("claude-echo", "claude-count-20-5")
        ]
        ends = {"first_id": listed[0]["id"], "last_id": listed[-1]["id"], "has_more": False}
        return web.json_response({"data": listed} | ends)

    async def list_requests(self, request: web.Request) -> web.Response:
        return self.requests.tell(request.query)

    async def messages(self, request: web.Request) -> web.StreamResponse:
        body = await self.requests.receive(request)
        kind, _, rest = body["model"].removeprefix("claude-").partition("-")
        if fault := _mistake(request, body):
            return _error(400, "invalid_request_error", fault)
        if kind == "flaky" and len(self.requests.bodies) % (int(rest) + 1):
            return _error(529, "overloaded_error", "Overloaded")
        if kind == "fault" and rest in ERRORS:
            return _error(int(rest), ERRORS[rest], "no, and the key was sk-123")
        if kind == "fault" and rest in BAD:
            return _error(400, "invalid_request_error", BAD[rest])
        with self.requests.answer(body):
            return await self._stream(request, body, kind, rest)

    async def _stream(
        self, request: web.Request, body: dict[str, Any], kind: str, rest: str
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        if rest == "hang":
            await asyncio.sleep(3600)
        await response.prepare(request)
        usage = {"input_tokens": 4, "cache_read_input_tokens": 3, "output_tokens": 1}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}
        message |= {"model": body["model"], "stop_reason": None, "usage": usage}
        await _send(response, "message_start", message=message)
        await _send(response, "ping")
        index = await _think(response) if kind == "thinks" else 0
        if name := _tool(body):
            await _call(response, index, name)
            await _stop(response, "tool_use", 3)
            return response
        words, gap = _words(body, kind, rest)
        await _write(response, index, words, gap)
        await _end(response, rest if kind == "fault" else "", len(words))
        return response


def _mistake(request: web.Request, body: dict[str, Any]) -> str:
    """Return what the real server would say against a request; empty if it is right."""
    if unknown := set(body) - KNOWN:
        return f"{unknown}: Extra inputs are not permitted"
    if "max_tokens" not in body or "anthropic-version" not in request.headers:
        return "max_tokens: Field required"
    roles = [message["role"] for message in body["messages"]]
    if set(roles) - {"user", "assistant"} or roles[:1] != ["user"]:
        return "messages: roles"
    if "thinking" in body and roles[-1:] == ["user"] and not _has_thoughts(body["messages"]):
        return "Expected `thinking` or `redacted_thinking`, but found `tool_use`"
    if body.get("temperature", 1) > 1:
        return "temperature: range: 0..1"
    return ""


def _has_thoughts(messages: list[dict[str, Any]]) -> bool:
    """Tell if a call whose result is the last message came with its thoughts."""
    result = messages[-1]["content"]
    if not isinstance(result, list) or result[0]["type"] != "tool_result":
        return True
    first = messages[-2]["content"][0]
    return first["type"] == "thinking" and first["signature"] == SIGNATURE


async def _send(response: web.StreamResponse, kind: str, **more: Any) -> None:
    data = json.dumps({"type": kind} | more, ensure_ascii=False)
    await response.write(f"event: {kind}\ndata: {data}\n\n".encode())


async def _think(response: web.StreamResponse) -> int:
    empty = {"type": "thinking", "thinking": "", "signature": ""}
    await _send(response, "content_block_start", index=0, content_block=empty)
    for part in ("first this, ", "then that!"):
        delta = {"type": "thinking_delta", "thinking": part}
        await _send(response, "content_block_delta", index=0, delta=delta)
    delta = {"type": "signature_delta", "signature": SIGNATURE}
    await _send(response, "content_block_delta", index=0, delta=delta)
    await _send(response, "content_block_stop", index=0)
    return 1


async def _call(response: web.StreamResponse, index: int, name: str) -> None:
    block = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
    await _send(response, "content_block_start", index=index, content_block=block)
    arguments = json.dumps({"place": "Seoul"})
    for part in ("", arguments[:5], arguments[5:]):
        delta = {"type": "input_json_delta", "partial_json": part}
        await _send(response, "content_block_delta", index=index, delta=delta)
    await _send(response, "content_block_stop", index=index)


async def _write(response: web.StreamResponse, index: int, words: list[str], gap: float) -> None:
    if not words:
        return
    block = {"type": "text", "text": ""}
    await _send(response, "content_block_start", index=index, content_block=block)
    for word in words:
        if gap:
            await asyncio.sleep(gap)
        delta = {"type": "text_delta", "text": word}
        await _send(response, "content_block_delta", index=index, delta=delta)
    await _send(response, "content_block_stop", index=index)


async def _end(response: web.StreamResponse, fault: str, words: int) -> None:
    match fault:
        case "cut":
            # Not aborted: a reset would also throw away the words that are still on their way.
            response._req.transport.close()
        case "hangmid":
            await asyncio.sleep(3600)
        case "drip":
            await drip(response)
        case "nodone":
            pass
        case "malformed" | "form" | "event":
            await response.write(BROKEN[fault])
        case _:
            await _stop(response, STOPS.get(fault, "end_turn"), words)


async def _stop(response: web.StreamResponse, reason: str, words: int) -> None:
    delta = {"stop_reason": reason, "stop_sequence": None}
    await _send(response, "message_delta", delta=delta, usage={"output_tokens": words})
    await _send(response, "message_stop")


def _tool(body: dict[str, Any]) -> str:
    """The first tool that is offered is used, once: not again when its result is there."""
    parts = [p for m in body["messages"] if isinstance(m["content"], list) for p in m["content"]]
    used = any(part["type"] == "tool_result" for part in parts)
    return body["tools"][0]["name"] if body.get("tools") and not used else ""


def _words(body: dict[str, Any], kind: str, rest: str) -> tuple[list[str], float]:
    if kind == "count":
        count, _, gap = rest.partition("-")
        return [f"w{index} " for index in range(int(count))], int(gap or 0) / 1000
    if kind == "fault":
        return ([] if rest in {"empty", "drip"} else [f"w{index} " for index in range(5)]), 0.0
    content = body["messages"][-1]["content"]
    if isinstance(content, list):
        content = " ".join(part.get("text") or part["type"] for part in content)
    return [f"{word} " for word in content.split(" ")], 0.0


def _error(status: int, kind: str, message: str) -> web.Response:
    body = {"type": "error", "error": {"type": kind, "message": message}}
    headers = {"Retry-After": "1"} if status == 429 else {}
    return web.json_response(body, status=status, headers=headers)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    web.run_app(
        FakeClaude().app(),
        host="127.0.0.1",
        port=parser.parse_args().port,
        print=None,
        # A request whose client has gone is over.
        handler_cancellation=True,
    )


if __name__ == "__main__":
    main()
