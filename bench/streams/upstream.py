"""A fake upstream that costs little: OpenAI's protocol on bare asyncio, for benchmarks.

    python -m bench.streams.upstream --port 9000

The model `count-N-MS` says the words `w0` to `w<N-1>`, one every MS milliseconds, or all as fast
as they are taken. What does the relaying is measured, so this end must not be what is waited for.
"""

import argparse
import asyncio
import contextlib
import json

import uvloop

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
# How many words go out together where nothing is waited for between them.
AT_ONCE = 50


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _event(delta: dict[str, str], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
    event = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "count",
        "choices": [choice],
    }
    return b"data: " + json.dumps(event, separators=(",", ":")).encode() + b"\n\n"


def _build_words(count: int) -> list[bytes]:
    return [_chunk(_event({"content": f"w{n} "})) for n in range(count)]


WORDS: dict[int, list[bytes]] = {}
END = _chunk(_event({}, "stop") + b"data: [DONE]\n\n") + b"0\r\n\r\n"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
            body = json.loads(await reader.readexactly(int(length or 0)) or b"{}")
            if not body:
                writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"data":[]}')
                continue
            await _answer(body["model"], writer)
    writer.close()


async def _answer(model: str, writer: asyncio.StreamWriter) -> None:
    _, count, gap = model.split("-")
    words = WORDS.setdefault(int(count), []) or _build_words(int(count))
    WORDS[int(count)] = words
    writer.write(HEAD + _chunk(_event({"role": "assistant", "content": ""})))
    if pause := int(gap) / 1000:
        for word in words:
            await asyncio.sleep(pause)
            if writer.is_closing():
                return
            writer.write(word)
    else:
        for start in range(0, len(words), AT_ONCE):
            writer.write(b"".join(words[start : start + AT_ONCE]))
            await writer.drain()
    writer.write(END)
    await writer.drain()


async def _run(host: str, port: int) -> None:
    server = await asyncio.start_server(_serve, host, port, backlog=1024)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_run(options.host, options.port))


if __name__ == "__main__":
    main()
