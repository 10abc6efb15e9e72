"""While a model is busy or away another answers, if the operator says which."""

from contextlib import aclosing
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from aiapp import env
from aiapp.llm import registry
from aiapp.llm.base import Fallback, Piece, Prompt, Text
from aiapp.llm.errors import BrokenAnswer, ContextTooLong, ModelBusy, ModelRefused
from tests.processes import model_requests

PICTURE = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]


@pytest.fixture(autouse=True)
def _endpoints(settings: Settings, fake_model: str, fake_claude: str) -> None:
    settings.LOCAL_CHAT = False
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = fake_model, "sk-123"
    settings.ANTHROPIC_BASE_URL, settings.ANTHROPIC_API_KEY = fake_claude, "sk-123"
    settings.MODEL_TRIES = 2


async def answer(model: str, content: Any = "one two", **options: Any) -> list[Piece]:
    prompt = Prompt(model, [{"role": "user", "content": content}], options=options)
    async with aclosing(registry.chat_model(model).stream(prompt)) as pieces:
        return [piece async for piece in pieces]


def text(said: list[Piece]) -> str:
    return "".join(piece.text for piece in said if isinstance(piece, Text))


@pytest.mark.parametrize("fault", ["429", "503", "529", "empty"])
async def test_another_vendor_s_model_answers_and_is_named(settings: Settings, fault: str) -> None:
    settings.CHAT_FALLBACKS = {f"fault-{fault}": ["claude-echo"]}
    said = await answer(f"fault-{fault}")
    assert said[0] == Fallback("claude-echo")
    assert text(said) == "one two "


async def test_they_are_asked_in_their_order(settings: Settings) -> None:
    settings.CHAT_FALLBACKS = {"fault-500": ["claude-fault-529", "echo"], "claude-fault-529": []}
    said = await answer("fault-500")
    assert said[:2] == [Fallback("claude-fault-529"), Fallback("echo")]


@pytest.mark.parametrize(
    ("model", "error"),
    [
        ("fault-401", ModelRefused),
        ("fault-context", ContextTooLong),
        ("fault-malformed", BrokenAnswer),
    ],
)
async def test_nobody_stands_in_where_that_would_hide_a_mistake_or_mix_two_answers(
    settings: Settings, model: str, error: type[Exception]
) -> None:
    settings.CHAT_FALLBACKS = {model: ["echo"]}
    with pytest.raises(error):
        await answer(model)


async def test_the_last_one_s_error_is_told(settings: Settings) -> None:
    settings.CHAT_FALLBACKS = {"fault-500": ["fault-429"]}
    settings.MODEL_TRIES = 1
    with pytest.raises(ModelBusy):
        await answer("fault-500")


async def test_who_cannot_see_is_not_asked_about_a_picture(settings: Settings) -> None:
    settings.MODELS = {"fault-503": {"vision": True}, "claude-echo": {"vision": True}}
    settings.CHAT_FALLBACKS = {"fault-503": ["echo", "claude-echo"]}
    assert (await answer("fault-503", PICTURE))[0] == Fallback("claude-echo")


async def test_a_stand_in_is_not_kept_waiting_for(settings: Settings, fake_model: str) -> None:
    settings.CHAT_FALLBACKS = {"fault-429": ["echo"]}
    settings.MODEL_TRIES = 9
    question = "Who waits for a stand-in?"
    await answer("fault-429", question)
    seen = model_requests.list_bodies(fake_model, question)
    assert [request["model"] for request in seen].count("fault-429") <= 3


def test_chains_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_FALLBACKS", "a>b > c, d>b")
    assert env.chains("CHAT_FALLBACKS") == {"a": ["b", "c"], "d": ["b"]}


@pytest.mark.parametrize("value", ["a", "a>", "a>b>a", "a>b,a>c", ">b"])
def test_what_is_no_chain_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CHAT_FALLBACKS", value)
    with pytest.raises(ImproperlyConfigured, match=r"^CHAT_FALLBACKS"):
        env.chains("CHAT_FALLBACKS")
