"""A model that is busy or away is asked again, but never once it has said a word."""

import asyncio
import time
from contextlib import aclosing

import pytest
from pytest_django import Settings

from aiapp.llm import registry
from aiapp.llm.base import Piece, Prompt, Text
from aiapp.llm.errors import BrokenAnswer, ModelBusy, ModelRefused, ModelUnavailable
from aiapp.llm.routing import routes
from tests.processes import model_requests


@pytest.fixture(autouse=True)
def _endpoint(settings: Settings, fake_model: str) -> None:
    settings.LOCAL_CHAT = False
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = fake_model, "sk-123"
    settings.MODEL_TRIES, settings.MODEL_BREAKER_FAULTS = 3, 0


async def answer(model: str, text: str = "one two") -> str:
    said: list[Piece] = []
    prompt = Prompt(model, [{"role": "user", "content": text}])
    async with aclosing(registry.chat_model(model).stream(prompt)) as pieces:
        async for piece in pieces:
            said.append(piece)
    return "".join(piece.text for piece in said if isinstance(piece, Text))


def requests(fake_model: str, model: str) -> int:
    seen = model_requests.list_bodies(fake_model, model)
    return sum(request["model"] == model for request in seen)


async def test_an_answer_comes_at_the_second_or_third_try(fake_model: str) -> None:
    assert await answer("flaky-2") == "one two "


@pytest.mark.parametrize(
    ("model", "error", "tries"),
    [
        ("fault-503", ModelUnavailable, 3),
        ("fault-empty", BrokenAnswer, 3),
        ("fault-401", ModelRefused, 1),
        ("fault-malformed", BrokenAnswer, 1),
    ],
)
async def test_it_is_asked_again_only_where_that_may_help(
    fake_model: str, model: str, error: type[Exception], tries: int
) -> None:
    before = requests(fake_model, model)
    with pytest.raises(error):
        await answer(model)
    assert requests(fake_model, model) - before == tries


async def test_the_time_that_the_vendor_names_is_waited(fake_model: str) -> None:
    begun = time.monotonic()
    with pytest.raises(ModelBusy):
        await answer("fault-429")
    assert time.monotonic() - begun >= 2


async def test_a_wait_beyond_the_time_for_a_first_word_is_not_begun(
    settings: Settings, fake_model: str
) -> None:
    settings.MODEL_FIRST_TOKEN_SECONDS = 1
    before = requests(fake_model, "fault-429")
    with pytest.raises(ModelBusy) as caught:
        await answer("fault-429")
    assert caught.value.retry_after == 1
    assert requests(fake_model, "fault-429") - before == 1


async def test_those_who_failed_together_do_not_come_back_together(
    fake_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "FIRST_PAUSE", 0.5)
    ends: list[float] = []

    async def one() -> None:
        with pytest.raises(ModelUnavailable):
            await answer("fault-500")
        ends.append(time.monotonic())

    await asyncio.gather(*(one() for _ in range(8)))
    assert max(ends) - min(ends) > 0.1
