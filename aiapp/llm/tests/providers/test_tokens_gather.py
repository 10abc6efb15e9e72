"""Tokens that gather while a site is busy: what should not wait does not, and none is lost."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path

import pytest
import uvloop
from pytest_django import Settings

from aiapp.llm import vendors
from aiapp.llm.base import Prompt, Text
from aiapp.llm.errors import ModelUnavailable
from aiapp.llm.tests.certificates import make_certificate, trusting
from aiapp.llm.tests.scripted_server import DONE, Answer, delta, finish, running

QUESTION = [{"role": "user", "content": "Count"}]
ROLE = delta(role="assistant", content="")
WORDS = tuple(delta(content=f"{n} ") for n in range(12))
ALL_WORDS = "".join(f"{n} " for n in range(12))
# Longer than any of these tests.
FOREVER = 3600.0


async def listen(gather: Callable[[], float], said: list[str]) -> None:
    """Ask, and note each piece of the answer as it comes."""
    client = await vendors.client("openai")
    async with aclosing(client.stream(Prompt("a-model", QUESTION, gather=gather))) as pieces:
        async for piece in pieces:
            if isinstance(piece, Text):
                said.append(piece.text)


async def test_the_first_word_does_not_wait_and_what_follows_does(settings: Settings) -> None:
    said, waited = list[str](), asyncio.Event()

    def gather() -> float:
        assert said == ["0 "]
        waited.set()
        return FOREVER

    answer = Answer((ROLE, *WORDS, finish(), DONE), pause=0.02)
    async with running(settings, answer), asyncio.TaskGroup() as group:
        listening = group.create_task(listen(gather, said))
        await waited.wait()
        listening.cancel()
    assert said == ["0 "]


async def test_what_gathered_comes_as_one_piece(settings: Settings) -> None:
    said = list[str]()
    async with running(settings, Answer((ROLE, *WORDS, finish(), DONE))):
        await listen(lambda: 1.0, said)
    assert "".join(said) == ALL_WORDS
    assert len(said) == 2


async def test_an_answer_that_has_ended_is_not_waited_for(settings: Settings) -> None:
    said = list[str]()
    parts = (ROLE + WORDS[0] + finish(), DONE)
    async with running(settings, Answer(parts)), asyncio.timeout(FOREVER / 60):
        await listen(lambda: FOREVER, said)
    assert said == ["0 "]


async def test_a_silence_is_one_while_tokens_gather(settings: Settings) -> None:
    settings.MODEL_IDLE_SECONDS = 0.3
    said = list[str]()
    answer = Answer((ROLE, *WORDS), pause=0.01, end="open")
    async with running(settings, answer):
        with pytest.raises(ModelUnavailable) as caught:
            await listen(lambda: 0.05, said)
    assert caught.value.reason == "model_timeout"
    assert "".join(said) == ALL_WORDS


async def test_whoever_leaves_does_not_wait_either(settings: Settings) -> None:
    said, waited = list[str](), asyncio.Event()

    def gather() -> float:
        waited.set()
        return FOREVER

    async with running(settings, Answer((ROLE, WORDS[0]), end="open")) as server:
        listening = asyncio.create_task(listen(gather, said))
        await waited.wait()
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        # The server sees its client leave.
        await asyncio.wait(server.tasks)


@pytest.mark.parametrize("kind", ["tcp", "tls"])
@pytest.mark.parametrize("end", ["whole", "cut", "reset"])
@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_no_word_is_lost_at_a_connection_s_end(
    settings: Settings,
    tmp_path: Path,
    run: Callable[..., None],
    end: str,
    kind: str,
) -> None:
    certificate, context = make_certificate(tmp_path)
    said = list[str]()

    async def answer_and_end() -> None:
        parts = (ROLE, *WORDS, finish(), DONE)
        answer = Answer(parts, pause=0.005, end=end)
        async with running(settings, answer, tls=context if kind == "tls" else None):
            await listen(lambda: 0.2, said)

    with trusting(certificate):
        run(answer_and_end())
    assert "".join(said) == ALL_WORDS
