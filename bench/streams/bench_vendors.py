"""The cost of a token from each vendor's endpoint, beside LangChain's own stream.

    python -m bench.streams.bench_vendors

CPU time of this process; the endpoints are fakes in processes of their own. An answer that comes
as fast as it can is joined into few pieces; one of a word every few milliseconds is what a model
that writes looks like. Where 200 answers are made at once, its words are read once a frame.
"""

import asyncio
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import uvloop

from tests.processes import model_servers

ROUNDS = 7
WORDS = 2_000
READERS = 20
SLOW_WORDS = 100
SLOW_MS = 20
# The frame of 200 turns.
FRAME_SECONDS = 0.23

Read = Callable[[str], Awaitable[int]]


async def ours(model: str, gather: Callable[[], float] = float) -> int:
    from contextlib import aclosing

    from aiapp.llm import registry
    from aiapp.llm.base import Prompt, RawMessage, Text

    words = 0
    question = [RawMessage(role="user", content="go")]
    prompt = Prompt(model, question, max_tokens=4_000, gather=gather)
    async with aclosing(registry.chat_model(model).stream(prompt)) as pieces:
        async for piece in pieces:
            words += piece.text.count(" ") if isinstance(piece, Text) else 0
    return words


async def ours_by_frames(model: str) -> int:
    return await ours(model, lambda: FRAME_SECONDS)


async def langchain_openai(model: str) -> int:
    from langchain_openai import ChatOpenAI

    return await _words(ChatOpenAI(model=model, stream_usage=True).astream("go"))


async def langchain_anthropic(model: str) -> int:
    from langchain_anthropic import ChatAnthropic

    chat = ChatAnthropic.model_validate({"model": model, "max_tokens": 4_000})
    return await _words(chat.astream("go"))


async def _words(chunks: AsyncIterator[object]) -> int:
    return sum([str(getattr(chunk, "text", "")).count(" ") async for chunk in chunks])


async def cost(read: Read, model: str, readers: int, words: int) -> float:
    """Microseconds of CPU a word, the median of some rounds."""
    await read(model)
    found = []
    for _ in range(ROUNDS):
        cpu = time.process_time()
        said = await asyncio.gather(*(read(model) for _ in range(readers)))
        assert sum(said) == readers * words  # noqa: S101 - else it measured something else
        found.append((time.process_time() - cpu) / (readers * words) * 1e6)
    return statistics.median(found)


async def run() -> None:
    fast, slow = f"count-{WORDS}-0", f"count-{SLOW_WORDS}-{SLOW_MS}"
    print(f"{'microseconds of CPU a token':34} {'at once':>10} {'one each 20 ms':>16}")
    for name, read, prefix in (
        ("openai, ours", ours, ""),
        ("openai, ours, once a frame", ours_by_frames, ""),
        ("openai, ChatOpenAI.astream", langchain_openai, ""),
        ("anthropic, ours", ours, "claude-"),
        ("anthropic, ours, once a frame", ours_by_frames, "claude-"),
        ("anthropic, ChatAnthropic.astream", langchain_anthropic, "claude-"),
    ):
        quick = await cost(read, prefix + fast, 1, WORDS)
        steady = await cost(read, prefix + slow, READERS, SLOW_WORDS)
        print(f"{name:34} {quick:10.1f} {steady:16.1f}", flush=True)


def main() -> None:
    import django

    django.setup()
    uvloop.run(run())


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory(prefix="aiapp-") as folder,
        model_servers.fake_chat() as openai_url,
        model_servers.fake_claude() as anthropic_url,
    ):
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "aiapp.settings",
            "DATA_DIR": folder,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "LOG_LEVEL": "WARNING",
            "OPENAI_API_KEY": "k",
            "OPENAI_BASE_URL": openai_url,
            "ANTHROPIC_API_KEY": "k",
            "ANTHROPIC_BASE_URL": anthropic_url,
            "LANGSMITH_TRACING": "false",
        }
        main()
