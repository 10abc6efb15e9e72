"""The same question of the same user is answered from what was kept, and nobody else's is."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import AsyncClient
from pytest_django import Settings

from accounts.credentials import tokens
from accounts.models import User
from aiapp.concurrency import commands
from aiapp.db import in_db
from aiapp.llm.base import Prompt
from aiapp.redis import async_redis, sync_redis
from aiapp.sql.deletion import delete_rows
from chat import asking
from chat.conversations import conversations
from chat.log import stream
from chat.models import Turn
from chat.tests.conftest import entries, reload_turn
from chat.turns import deletion as conversation_deletion
from chat.turns import response_cache
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Choices, Question
from chat.turns.results import Result
from documents.files import deletion
from documents.models import Document
from documents.tests.library import HANDBOOK, add_version, ready_document
from tests.processes import model_requests

Calls = Callable[[str], int]


VACATION = "says-Two_days_of_vacation_per_month._[1]"


@pytest.fixture(autouse=True)
def _models(settings: Settings) -> None:
    faults = [f"fault-{kind}" for kind in ("cut", "nodone", "filter", "empty")]
    counts = ["count-3-0", "count-20-5", "count-20-20", "count-50-20"]
    settings.CHAT_MODELS = [*faults, *counts, "breaks-1-60", VACATION]


@pytest.fixture
def calls(fake_model: str) -> Calls:
    """The number of requests to the model's server that contain a text."""

    def count(text: str) -> int:
        return len(model_requests.list_bodies(fake_model, text))

    return count


@pytest.fixture
def words() -> str:
    """A question that no other test asks."""
    return f"vacation days {uuid4().hex}"


def body(text: str, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], "collections": []} | more


async def post(path: str, sent: dict[str, Any], user: User) -> Any:
    access = (await in_db(tokens.issue, user)).access
    return await AsyncClient().post(
        path, sent, content_type="application/json", headers={"Authorization": f"Bearer {access}"}
    )


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def chat(user: User, text: str, **more: Any) -> dict[str, Any]:
    response = await post("/api/chat", body(text, **more), user)
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = response.json()
    return answer


async def test_the_second_answer_is_the_first_without_a_request_and_costs_nothing(
    alice: User, calls: Calls, words: str
) -> None:
    first, second = await chat(alice, words), await chat(alice, words)
    assert (first["cached"], second["cached"]) == (False, True)
    assert second["content"] == first["content"] == words + " "
    assert (first["usage"]["total_tokens"], second["usage"]["total_tokens"]) == (10, 0)
    assert second["finish_reason"] == "stop"
    assert calls(words) == 1


async def test_a_kept_answer_takes_less_than_50_milliseconds_of_the_processor(
    alice: User, calls: Calls, words: str
) -> None:
    await chat(alice, words, model="count-50-20")
    spent = []
    # Other threads of this process may be at work meanwhile.
    for _ in range(20):
        begun = time.process_time()
        question = Question(words)
        accepted = await asking.ask(
            alice, question, Choices("count-50-20", collections=[]), follows=NewConversation()
        )
        assert (await asking.outcome(accepted.turn)).cached
        spent.append(time.process_time() - begun)
    assert min(spent) < 0.05, spent
    assert calls(words) == 1


async def test_it_is_a_turn_like_any_other(alice: User, words: str) -> None:
    await chat(alice, words)
    accepted = await asking.ask(
        alice, Question(words), Choices("echo", collections=[]), follows=NewConversation()
    )
    found = await entries(accepted.turn)
    turn = await reload_turn(accepted.turn)
    assert [entry.kind for entry in found] == ["started", "delta", "done"]
    assert found[-1].data["cached"]
    assert (turn.state, turn.cached, turn.message.content) == ("done", True, words + " ")
    assert (turn.prompt_tokens, turn.completion_tokens) == (0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.1},
        {"max_tokens": 77},
        {"model": "count-3-0"},
        {"messages": [{"role": "system", "content": "Be brief."}]},
        {"messages": [{"role": "user", "content": "A?"}, {"role": "assistant", "content": "B."}]},
        {"cache": False},
    ],
    ids=["temperature", "length", "model", "system prompt", "history", "asked afresh"],
)
async def test_another_request_is_answered_anew(
    alice: User, calls: Calls, words: str, change: dict[str, Any]
) -> None:
    await chat(alice, words)
    question = body(words)["messages"]
    change = change | {"messages": [*change.get("messages", []), *question]}
    assert not (await chat(alice, words, **change))["cached"]
    assert calls(words) == 2


async def test_another_user_is_answered_anew(
    alice: User, bob: User, calls: Calls, words: str
) -> None:
    await chat(alice, words)
    assert not (await chat(bob, words))["cached"]
    assert calls(words) == 2


async def test_the_answer_that_was_asked_for_afresh_is_kept_from_then_on(
    alice: User, words: str
) -> None:
    await chat(alice, words)
    await chat(alice, words, cache=False)
    assert (await chat(alice, words))["cached"]


async def test_without_a_time_nothing_is_kept(
    alice: User, calls: Calls, words: str, settings: Settings
) -> None:
    settings.RESPONSE_CACHE_SECONDS = 0
    await chat(alice, words)
    assert not (await chat(alice, words))["cached"]
    assert calls(words) == 2


async def test_without_redis_the_cache_is_empty_and_nothing_breaks(
    alice: User, words: str, settings: Settings
) -> None:
    """The lookup alone is cut off: the log of the turn needs Redis too."""
    await chat(alice, words)
    await asyncio.to_thread(_break_kept_answers)
    answer = await chat(alice, words)
    assert (answer["cached"], answer["content"]) == (False, words + " ")


def _break_kept_answers() -> None:
    """Something else stands where answers are kept: Redis answers each command with an error."""
    with sync_redis() as client:
        for key in client.keys("answer:*"):
            client.delete(key)
            client.rpush(key, "no answer")


async def test_an_answer_that_may_not_be_complete_is_not_kept(
    alice: User, calls: Calls, words: str
) -> None:
    for _ in range(2):
        answer = await chat(alice, words, model="fault-nodone")
        assert not answer["cached"]
    assert calls(words) == 2


@pytest.mark.parametrize("model", ["fault-cut", "fault-filter", "fault-empty"])
async def test_an_answer_that_failed_is_not_kept(
    alice: User, calls: Calls, words: str, model: str
) -> None:
    sent = body(words, model=model)
    first = await post("/api/chat", sent, alice)
    second = await post("/api/chat", sent, alice)
    assert (first.status_code, second.status_code) == (502, 502)
    assert calls(words) >= 2


async def test_a_stopped_answer_is_not_kept(alice: User, calls: Calls, words: str) -> None:
    choices = Choices("count-500-10", collections=[])
    accepted = await asking.ask(alice, Question(words), choices, follows=NewConversation())
    await until(lambda: calls(words) == 1)
    await asking.runner.stop(accepted.turn)
    assert (await asking.outcome(accepted.turn)).state == Turn.State.STOPPED
    again = await asking.ask(alice, Question(words), choices, follows=NewConversation())
    await until(lambda: calls(words) == 2)
    await asking.runner.stop(again.turn)
    assert not (await asking.outcome(again.turn)).cached


async def test_ten_questions_at_once_are_one_request(alice: User, calls: Calls, words: str) -> None:
    answers = await asyncio.gather(*(chat(alice, words, model="count-20-20") for _ in range(10)))
    assert len({answer["content"] for answer in answers}) == 1
    assert sorted(answer["cached"] for answer in answers) == [False] + [True] * 9
    assert calls(words) == 1


async def test_when_the_first_fails_the_second_asks_itself(
    alice: User, calls: Calls, words: str
) -> None:
    sent = body(words, model="breaks-1-60")
    first = asyncio.create_task(post("/api/chat", sent, alice))
    await until(lambda: calls(words) == 1)
    second = await post("/api/chat", sent, alice)
    assert (await first).status_code == 502
    assert (second.json()["content"], second.json()["cached"]) == (words + " ", False)
    assert calls(words) == 2


async def test_the_next_attempt_at_a_turn_does_not_wait_for_the_one_before(
    alice: User, words: str
) -> None:
    accepted = await asking.ask(
        alice, Question(words), Choices("echo", collections=[]), follows=NewConversation()
    )
    await asking.outcome(accepted.turn)
    prompt = Prompt("echo", [{"role": "user", "content": words}])
    lost = response_cache.Place(accepted.question, prompt, [], "nonce")
    await lost.__aenter__()
    async with response_cache.Place(accepted.question, prompt, [], "nonce") as place:
        assert not place.busy


async def test_a_look_that_fails_is_not_the_end_of_whoever_makes_the_answer(
    alice: User, words: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    before = asyncio.all_tasks()
    prompt = Prompt("echo", [{"role": "user", "content": words}])
    places = []
    for _ in range(2):
        choices = Choices("echo", collections=[])
        accepted = await asking.ask(alice, Question(words), choices, follows=NewConversation())
        await asking.outcome(accepted.turn)
        places.append(response_cache.Place(accepted.question, prompt, [], "nonce"))
    async with places[0] as making, places[1] as waiting:
        assert waiting.busy
        # Nothing that the turns have left is using a connection but the runner's own listener.
        lasting = {"response cache", "presence"}
        await until(lambda: {t.get_name() for t in asyncio.all_tasks() - before} == lasting)
        home, settings.REDIS_URL = settings.REDIS_URL, "unix:///nowhere/valkey.sock"
        await commands.close()
        look = asyncio.create_task(waiting.wait())
        await until(lambda: "response_cache_away" in caplog.messages)
        settings.REDIS_URL = home
        await commands.close()
        assert not look.done()
        await making.keep(Result(model="echo", content="the answer", finish_reason="stop"))
        await look
    assert waiting.answer is not None
    assert waiting.answer.content == "the answer"


async def test_answers_that_differ_by_user_are_made_at_the_same_time(
    alice: User, bob: User, calls: Calls, words: str
) -> None:
    await asyncio.gather(*(chat(user, words, model="count-20-5") for user in (alice, bob)))
    assert calls(words) == 2


# -- Over documents ---------------------------------------------------------------------------


@pytest.fixture
def handbook(alice: User, settings: Settings, tmp_path: Any) -> Document:
    settings.MEDIA_ROOT = tmp_path
    return ready_document(alice, HANDBOOK)


async def over_documents(user: User, text: str) -> dict[str, Any]:
    return await chat(user, text, collections=None, model=VACATION)


async def test_citations_come_with_the_kept_answer(
    alice: User, calls: Calls, words: str, handbook: Document
) -> None:
    first, second = await over_documents(alice, words), await over_documents(alice, words)
    assert second["cached"]
    assert first["citations"]
    assert (second["citations"], second["grounded"]) == (first["citations"], first["grounded"])
    assert calls(words) == 1


async def test_a_follow_up_that_the_model_words_anew_is_worded_once(
    alice: User, calls: Calls, words: str, handbook: Document, settings: Settings
) -> None:
    settings.QUERY_REWRITING = True
    before = [{"role": "user", "content": "A?"}, {"role": "assistant", "content": "B."}]
    sent = body(words, collections=None, model=VACATION)
    sent["messages"] = [*before, *sent["messages"]]
    first, second = [(await post("/api/chat", sent, alice)).json() for _ in range(2)]
    assert (first["cached"], second["cached"]) == (False, True)
    assert second["usage"]["total_tokens"] == 0
    assert calls(words) == 2


async def test_another_version_of_a_document_is_another_question(
    alice: User, calls: Calls, words: str, handbook: Document
) -> None:
    await over_documents(alice, words)
    handbook.current = await in_db(add_version, handbook, HANDBOOK)
    await handbook.asave()
    assert not (await over_documents(alice, words))["cached"]
    assert calls(words) == 2


async def test_a_document_that_was_deleted_takes_its_answers_along(
    alice: User, calls: Calls, words: str, handbook: Document
) -> None:
    others = await asyncio.to_thread(_find_kept, "vacation per month")
    await over_documents(alice, words)
    assert len(await asyncio.to_thread(_find_kept, "vacation per month")) == len(others) + 1
    await in_db(deletion.remove, handbook)
    assert await asyncio.to_thread(_find_kept, "vacation per month") == others
    assert not (await over_documents(alice, words))["cached"]
    assert calls(words) == 2


async def test_a_deleted_conversation_takes_its_answers_along(alice: User, words: str) -> None:
    accepted = await asking.ask(
        alice, Question(words), Choices("echo", collections=[]), follows=NewConversation()
    )
    await asking.outcome(accepted.turn)
    assert await asyncio.to_thread(_find_kept, words)
    await conversation_deletion.delete(alice, accepted.conversation.id)
    assert not await asyncio.to_thread(_find_kept, words)


async def test_what_was_said_and_quoted_leaves_redis_with_its_conversation(
    alice: User, words: str, handbook: Document
) -> None:
    follows = NewConversation()
    accepted = await asking.ask(alice, Question(words), Choices(VACATION), follows=follows)
    await asking.outcome(accepted.turn)
    log = stream.key(accepted.turn.id)
    assert "days of vacation" in str(await async_redis().xrange(log))
    await in_db(delete_rows, accepted.conversation)
    assert not await async_redis().exists(log)


def _find_kept(text: str) -> set[bytes]:
    """The kept answers that hold a text."""
    with sync_redis() as client:
        keys = [key for key in client.keys("answer:*") if client.type(key) == b"string"]
        return {key for key in keys if text.encode() in (client.get(key) or b"")}


# -- The other faces --------------------------------------------------------------------------


async def test_regenerating_never_repeats_a_kept_answer(
    alice: User, calls: Calls, words: str
) -> None:
    conversation = await in_db(conversations.create, alice, "")
    path = f"/api/conversations/{conversation.id}/messages"
    asked = (await post(path, {"content": words, "collections": []}, alice)).json()
    await asking.outcome(await Turn.objects.aget(id=asked["turn"]["id"]))
    path = f"/api/messages/{asked['assistant_message']['id']}/regenerate"
    again = (await post(path, {}, alice)).json()
    result = await asking.outcome(await Turn.objects.aget(id=again["turn"]["id"]))
    assert not result.cached
    assert calls(words) == 2


async def test_the_page_says_that_an_answer_was_kept_and_offers_to_ask_afresh(
    alice: User, words: str
) -> None:
    choices = Choices("echo", collections=[])
    for _ in range(2):
        accepted = await asking.ask(alice, Question(words), choices, follows=NewConversation())
        await asking.outcome(accepted.turn)
    client = AsyncClient()
    await client.aforce_login(alice)
    page = (await client.get(f"/chat/{accepted.conversation.id}/")).content.decode()
    assert "Saved answer" in page
    assert "Ask again" in page


def completion(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "echo", "messages": [{"role": "user", "content": text}]} | more


@pytest.mark.parametrize(
    ("more", "cached"),
    [
        ({}, False),
        ({"temperature": 0}, True),
        ({"seed": 7}, True),
        ({"cache": True}, True),
        ({"temperature": 0, "cache": False}, False),
    ],
    ids=["plain", "temperature 0", "seed", "cache", "no cache"],
)
async def test_programs_of_openais_protocol_get_kept_answers_where_they_want_the_same(
    alice: User, words: str, more: dict[str, Any], cached: bool
) -> None:
    sent = completion(words, **more)
    first = (await post("/v1/chat/completions", sent, alice)).json()
    second = (await post("/v1/chat/completions", sent, alice)).json()
    assert (first["cached"], second["cached"]) == (False, cached)
    assert second["choices"][0]["message"]["content"] == words + " "


async def test_a_front_end_with_the_ai_sdk_is_told_and_may_ask_afresh(
    alice: User, calls: Calls, words: str
) -> None:
    def chat_of(name: str, **more: Any) -> dict[str, Any]:
        part = {"type": "text", "text": words}
        message = {"id": name, "role": "user", "parts": [part]}
        return {"id": f"{name} {words}", "messages": [message], "collections": []} | more

    told = []
    for sent in (chat_of("one"), chat_of("two"), chat_of("three", cache=False)):
        response = await post("/api/ai-sdk/chat", sent, alice)
        told.append(b"".join([part async for part in response.streaming_content]))
    assert [b'"cached":true' in each for each in told] == [False, True, False]
    assert calls(words) == 2


async def test_an_answer_that_asks_for_a_tool_is_not_kept(
    alice: User, calls: Calls, words: str
) -> None:
    tool = {"type": "function", "function": {"name": "weather", "parameters": {}}}
    sent = completion(words, tools=[tool], cache=True)
    for _ in range(2):
        answer = (await post("/v1/chat/completions", sent, alice)).json()
        assert answer["choices"][0]["message"]["tool_calls"]
    assert calls(words) == 2
