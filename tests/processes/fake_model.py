"""A vendor's chat endpoint for tests: OpenAI's protocol over HTTP, with faults to order.

    python -m tests.processes.fake_model --port 9000

The model's name says what it does:

    count-N-MS      the words `w0` to `w<N-1>`, one every MS milliseconds
    prose-N-MS      N tokens of Markdown with code, tables and lists, in the same way
    maths-N-MS      the same with formulas
    house-model     an answer about vacation that cites its first two passages, every 30 ms a word
    house-quick     the same at once
    echo            the last message, word by word
    says-TEXT       TEXT, with `_` for blanks and `~` for line ends
    fault-STATUS    that HTTP error (401, 403, 404, 429 with Retry-After, 500, 503, 529)
    fault-context   400, the prompt is too long
    fault-unpaid    429, as OpenAI says that nobody has paid
    thinks          a thought in two parts, then `echo`
    fault-cut       five words, then the connection ends
    fault-nodone    five words, then an orderly end without a finish reason
    fault-malformed five words, then broken JSON
    fault-form      five words, then an event of another form
    fault-event     five words, then an error object
    fault-hang      no answer at all
    fault-hangmid   five words, then silence
    fault-drip      the beginning of an event, a byte at a time, without end
    fault-empty     an end without a word
    fault-filter    five words, then the vendor's filter
    fault-length    five words, then the most that may be written
    fault-used      the most that may be written, all of it thoughts that are not told
    fault-split     Korean and emoji, cut inside of characters
    breaks-N-MS     five words, one every MS milliseconds, then the connection ends, to the first
                    N requests with this last message; then `echo`
    flaky-N         503 to N of every N+1 requests, then `echo`

`GET /requests` tells the bodies and `headers` of the chat requests so far, `active` how many
are being answered. With `?text=` it tells of those alone that hold a text, with `?last=N` the
newest: a worker's tests ask thousands, and what one of them left unfinished is no other's business.
"""

import argparse
import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle, islice
from typing import Any

from aiohttp import web

MULTIBYTE = "안녕하세요 세계 🌍 그리고 모두 ✓ "
ERRORS = {
    "401": "invalid_api_key",
    "403": "permission_denied",
    "404": "model_not_found",
    "429": "rate_limit_exceeded",
    "500": "server_error",
    "503": "overloaded",
    "529": "overloaded",
    "context": "context_length_exceeded",
    "unpaid": "insufficient_quota",
}
# About as long as a model's tokens are: words with the blank before them, line ends, marks.
TOKEN = re.compile(r"\n+|[ ]?\w+|[ ]?[^\w\n]{1,3}")
PROSE = """\
## What the ledger holds

Every charge has an *amount*, a **date** and the `account` it belongs to; see the
[handbook](https://example.org/handbook) for the rest. In short:

1. Charges are written once and never changed.
2. A correction is another charge, with the sign turned.
   - It names the charge that it corrects.
   - It carries the same date.

| month | charges | mean |
|---|---:|---:|
| May | 1,204 | 12.5 |
| June | 1,311 | 11.9 |

```python
def balance(charges: list[Charge], day: date) -> Decimal:
    \"\"\"What an account holds at the end of a day.\"\"\"
    return sum((each.amount for each in charges if each.date <= day), Decimal(0))
```

"""
MATHS = """\
The mean of $n$ charges is $\\bar x = \\frac{1}{n} \\sum_i x_i$, and

$$
s^2 = \\frac{1}{n - 1} \\sum_{i=1}^{n} (x_i - \\bar x)^2
$$

> A figure that nobody can check is an opinion.

"""
VACATION = """\
You have **30 days** of vacation a year, and one more for every five years of service [1].

| Service | Days |
|---|---:|
| up to 5 years | 30 |
| from 5 years | 31 |
| from 10 years | 32 |

Days that you do not take by the end of the year can be taken until the end of March [2]. \
After that they expire, unless you were ill."""
LONG = {"prose": TOKEN.findall(PROSE), "maths": TOKEN.findall(PROSE + MATHS)}
BROKEN = {
    "malformed": b'data: {"choices": [{"delta": {"con\n\n',
    "form": b'data: {"choices": ["not an object"]}\n\n',
    "event": b'data: {"error": {"message": "secret sk-123 at 10.0.0.1"}}\n\n',
}
STATUSES = {"context": 400, "unpaid": 429}


class Requests:
    """The requests that an endpoint has had, and those that it is answering."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self._texts: list[str] = []
        self._headers: list[dict[str, str]] = []
        self._in_progress: list[dict[str, Any]] = []

    async def receive(self, request: web.Request) -> dict[str, Any]:
        """Write a request down, and return its body."""
        text = await request.text()
        body: dict[str, Any] = json.loads(text)
        self._texts.append(text)
        self.bodies.append(body)
        self._headers.append(dict(request.headers))
        return body

    @contextmanager
    def answer(self, body: dict[str, Any]) -> Iterator[None]:
        """Count a request as one that is being answered, for the time of a `with` block."""
        self._in_progress.append(body)
        try:
            yield
        finally:
            self._in_progress.remove(body)

    def tell(self, query: Mapping[str, str]) -> web.Response:
        text, last = query.get("text", ""), int(query.get("last", "0"))
        places = [place for place, each in enumerate(self._texts) if text in each][-last:]
        told = {
            "requests": [self.bodies[place] for place in places],
            "headers": [self._headers[place] for place in places],
            "active": sum(
                text in json.dumps(each, ensure_ascii=False) for each in self._in_progress
            ),
        }
        return web.json_response(told)


class FakeModel:
    def __init__(self) -> None:
        self.requests = Requests()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_get("/v1/models", self.models)
        app.router.add_post("/v1/chat/completions", self.chat)
        app.router.add_get("/requests", self.list_requests)
        return app

    async def models(self, request: web.Request) -> web.Response:
        listed: list[dict[str, Any]] = [_describe_model(name) for name in ("echo", "fault-hang")]
        # As vLLM tells what a model was started with.
        listed.append(_describe_model("count-20-5") | {"max_model_len": 4096})
        return web.json_response({"object": "list", "data": listed})

    async def list_requests(self, request: web.Request) -> web.Response:
        return self.requests.tell(request.query)

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await self.requests.receive(request)
        model = body["model"]
        kind, _, rest = model.partition("-")
        if kind == "flaky" and len(self.requests.bodies) % (int(rest) + 1):
            return _error(503, "503")
        if kind == "fault" and rest in ERRORS:
            return _error(STATUSES.get(rest) or int(rest), rest)
        with self.requests.answer(body):
            return await self._stream(request, body)

    def _times(self, body: dict[str, Any]) -> int:
        """Return how often a model has been asked this."""
        return sum(
            (seen["model"], _last(seen)) == (body["model"], _last(body))
            for seen in self.requests.bodies
        )

    async def _stream(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        kind, _, rest = body["model"].partition("-")
        if kind == "breaks" and self._times(body) <= int(rest.partition("-")[0]):
            body = body | {"model": f"count-5-{rest.partition('-')[2]}"}
            kind, rest = "fault", "cut"
        if rest == "hang":
            await asyncio.sleep(3600)
        await response.prepare(request)
        await response.write(_event({"role": "assistant", "content": ""}))
        if call := _tool_call(body):
            await _write_tool_call(response, call)
            return response
        words, gap = _words(body)
        await _write_words(response, words, gap, thinks=kind == "thinks")
        if rest == "split":
            await _write_in_pieces(response, _event({"content": MULTIBYTE}))
        await _end(response, rest if kind == "fault" else "", len(words))
        return response


async def _write_words(
    response: web.StreamResponse, words: list[str], gap: float, *, thinks: bool
) -> None:
    for part in ("first this, ", "then that!") if thinks else ():
        await response.write(_event({"reasoning_content": part}))
    for word in words:
        if gap:
            await asyncio.sleep(gap)
        await response.write(_event({"content": word}))


def _last(body: dict[str, Any]) -> Any:
    return body["messages"][-1]["content"] or ""


async def _end(response: web.StreamResponse, fault: str, words: int) -> None:
    if fault == "cut":
        transport = response._req.transport
        # Not aborted: a reset would also throw away the words that are still on their way.
        transport.close()
        return
    if fault == "hangmid":
        await asyncio.sleep(3600)
    if fault == "nodone":
        return
    if fault == "drip":
        await drip(response)
    if fault in BROKEN:
        await response.write(BROKEN[fault])
    else:
        reasons = {"filter": "content_filter", "length": "length", "used": "length"}
        reason = reasons.get(fault, "stop")
        await response.write(_event({}, reason))
        usage = {"prompt_tokens": 7, "completion_tokens": words, "total_tokens": 7 + words}
        await response.write(b"data: " + json.dumps({"choices": [], "usage": usage}).encode())
        await response.write(b"\n\ndata: [DONE]\n\n")


async def drip(response: web.StreamResponse) -> None:
    """The beginning of an event, a byte at a time, without end."""
    await response.write(b"data: ")
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


def _tool_call(body: dict[str, Any]) -> str:
    """The first tool that is offered is used, once: not again when its result is there."""
    tools = body.get("tools") or []
    used = any(message["role"] == "tool" for message in body["messages"])
    return tools[0]["function"]["name"] if tools and not used else ""


async def _write_tool_call(response: web.StreamResponse, name: str) -> None:
    first = {"index": 0, "id": "call_1", "type": "function"}
    arguments = json.dumps({"place": "Seoul"})
    function = {"name": name, "arguments": arguments[:5]}
    await response.write(_event({"tool_calls": [first | {"function": function}]}))
    rest = {"index": 0, "function": {"arguments": arguments[5:]}}
    await response.write(_event({"tool_calls": [rest]}))
    await response.write(_event({}, "tool_calls"))
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    await response.write(b"data: " + json.dumps({"choices": [], "usage": usage}).encode())
    await response.write(b"\n\ndata: [DONE]\n\n")


async def _write_in_pieces(response: web.StreamResponse, data: bytes) -> None:
    for index in range(0, len(data), 7):
        await response.write(data[index : index + 7])
        await asyncio.sleep(0.001)


def _words(body: dict[str, Any]) -> tuple[list[str], float]:
    kind, _, rest = body["model"].partition("-")
    if kind == "count":
        count, _, gap = rest.partition("-")
        return [f"w{index} " for index in range(int(count))], int(gap or 0) / 1000
    if kind == "fault":
        silent = rest in {"empty", "split", "drip", "used"}
        return ([] if silent else [f"w{index} " for index in range(5)]), 0.0
    if kind in LONG:
        count, _, gap = rest.partition("-")
        return list(islice(cycle(LONG[kind]), int(count))), int(gap or 0) / 1000
    if kind == "house":
        gap = 0.0 if rest == "quick" else 0.03
        return [f"{word} " for word in VACATION.split(" ")], gap
    text = (
        rest.replace("_", " ").replace("~", "\n")
        if kind == "says"
        else _text(body["messages"][-1]["content"])
    )
    return [f"{word} " for word in text.split(" ")], 0.0


def _text(content: Any) -> str:
    if isinstance(content, list):
        return " ".join(part.get("text") or part.get("type", "nothing") for part in content)
    return content or ""


def _event(delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    event = {"object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"


def _error(status: int, fault: str) -> web.Response:
    error = {"message": "no, and the key was sk-123", "type": ERRORS[fault], "code": ERRORS[fault]}
    headers = {"Retry-After": "1"} if status == 429 else {}
    return web.json_response({"error": error}, status=status, headers=headers)


def _describe_model(name: str) -> dict[str, str]:
    return {"id": name, "object": "model", "owned_by": "tests"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    web.run_app(
        FakeModel().app(),
        host="127.0.0.1",
        port=parser.parse_args().port,
        print=None,
        # A request whose client has gone is over.
        handler_cancellation=True,
    )


if __name__ == "__main__":
    main()
