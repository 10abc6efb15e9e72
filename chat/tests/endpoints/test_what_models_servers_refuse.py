"""A question to a server that refuses some of it is answered, and the administrator is told why."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import LedgerEntry, User
from aiapp.db import in_db
from aiapp.llm.catalogue import lessons
from aiapp.llm.tests.scripted_server import DONE, HELLO, Answer, finish, refusal, running, usage
from chat.models import Turn
from chat.protocols import data_stream
from chat.tests.conftest import ask, entries, reload_turn

WORDS = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
PAGE = "/admin/chat/turn/models/"


@pytest.fixture(autouse=True)
def _nothing_is_known() -> Iterator[None]:
    lessons._known.clear()
    yield
    for lesson in lessons.all_lessons():
        lessons.forget(lesson.model)


def without_a_tool_parser(body: dict[str, Any]) -> Answer:
    """As vLLM answers that was started as the README starts it."""
    if "tools" in body:
        return refusal(400, {"object": "error", "message": WORDS, "code": 400})
    return Answer((HELLO, finish(), usage(7, 2), DONE))


async def test_vllm_as_the_readme_starts_it_answers_and_is_paid_once(
    alice: User, settings: Settings
) -> None:
    async with running(settings, without_a_tool_parser) as server:
        settings.CHAT_MODEL = "Qwen/Qwen3-8B"
        first = (await ask(alice, "Qwen/Qwen3-8B")).turn
        await entries(first)
        second = (await ask(alice, "Qwen/Qwen3-8B")).turn
        await entries(second)
        assert ["tools" in body for body in server.requests] == [True, False, False]
    for turn in (await reload_turn(first), await reload_turn(second)):
        assert (turn.state, turn.message.content) == (Turn.State.DONE, "Hello world")
        assert (turn.prompt_tokens, turn.completion_tokens, turn.attempt) == (7, 2, 1)
    assert await in_db(LedgerEntry.objects.count) == 2


async def test_thoughts_that_nobody_opened_are_no_part_of_the_answer(
    alice: User, settings: Settings
) -> None:
    parts = [f'data: {{"choices": [{{"delta": {{"content": "{each}"}}}}]}}\n\n'.encode()
             for each in ("I think ", "it over.", "</think>\\n\\nHello", " world")]  # fmt: skip
    async with running(settings, Answer((*parts, finish(), DONE), pause=0.01)):
        found = await entries((accepted := await ask(alice, "a-model")).turn)
    turn = await reload_turn(accepted.turn)
    assert turn.message.content == "Hello world"
    assert found[-1].data["content"] == "Hello world"
    # Versions 3 and 4 of the AI SDK have no word for taking back, but get the answer.
    lines = b"".join([line async for line in data_stream.chunks(turn)]).splitlines()
    said = [json.loads(line[2:]) for line in lines if line.startswith(b"0:")]
    assert "".join(said).endswith("Hello world")
    assert not [line for line in lines if line.startswith(b"3:")]


async def _learn() -> None:
    await lessons.learn("http://gpu.example:8000/v1", "Qwen/Qwen3-8B", {"tools": WORDS})


async def test_the_administrator_reads_the_server_s_words_and_forgets_them(alice: User) -> None:
    await _learn()
    await in_db(_read_and_forget, alice)


def _read_and_forget(admin: User) -> None:
    User.objects.filter(pk=admin.pk).update(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(admin)
    shown = client.get(PAGE).content.decode()
    assert "--enable-auto-tool-choice" in shown
    assert "gpu.example" in shown
    client.post(PAGE, {"model": "Qwen/Qwen3-8B"})
    assert "--enable-auto-tool-choice" not in client.get(PAGE).content.decode()
    assert not lessons.find_refused("http://gpu.example:8000/v1", "Qwen/Qwen3-8B")


def test_nobody_else_sees_the_page(alice: User, client: Client) -> None:
    client.force_login(alice)
    assert client.get(PAGE).status_code in {302, 403}
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"model": "m"}).status_code == 403
