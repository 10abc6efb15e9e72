"""Questions that are limited to some documents, and questions that follow others up."""

from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import connection
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext

from accounts.credentials import tokens
from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import NotFound
from chat import asking
from chat.models import Conversation, Turn
from chat.tests.conftest import entries, reload_turn
from chat.tools import find_passages
from chat.tools.base import Caller
from chat.turns.accepting import beginning
from chat.turns.accepting.places import After, AnotherAnswer, Leaf, NewConversation
from chat.turns.accepting.repeats import AcceptedTurn
from chat.turns.accepting.request import AsBefore, Choices, Question, TurnRequest
from documents import search
from documents.metadata import parse_condition
from documents.models import Document
from documents.search import Filters
from documents.tests.library import HANDBOOK, PHYSICS, ready_document


@pytest.fixture(autouse=True)
def _embeddings(settings, embedding_server, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.EMBEDDING_BASE_URL = embedding_server.base_url
    settings.EMBEDDING_API_KEY = embedding_server.key


@pytest.fixture
def handbook(alice: User) -> Document:
    return ready_document(alice, HANDBOOK, title="handbook.pdf", embedded=True)


@pytest.fixture
def physics(alice: User) -> Document:
    return ready_document(alice, PHYSICS, title="physics.pdf", embedded=True)


async def begin(user: User, text: str, **chosen: Any) -> AcceptedTurn:
    choices = await asking.choices("echo", **chosen)
    return await asking.ask(user, Question(text), choices, follows=NewConversation())


async def go_on(user: User, before: AcceptedTurn, text: str, **chosen: Any) -> AcceptedTurn:
    await entries(before.turn)
    return await asking.ask(
        user,
        Question(text),
        await asking.choices("echo", **chosen),
        follows=Leaf(before.conversation.id),
    )


async def passages(turn: Turn) -> list[dict[str, Any]]:
    return next((e.data for e in await entries(turn) if e.kind == "passages"), [])


async def titles(turn: Turn) -> set[str]:
    return {passage["title"] for passage in await passages(turn)}


async def test_only_the_documents_that_are_named_are_searched(alice, handbook, physics) -> None:
    accepted = await begin(alice, "How many days of vacation?", documents=[physics.pk])
    assert await titles(accepted.turn) == {"physics.pdf"}
    accepted = await begin(alice, "How many days of vacation?")
    assert "handbook.pdf" in await titles(accepted.turn)
    accepted = await begin(alice, "How many days of vacation?", documents=[])
    assert await passages(accepted.turn) == []


async def test_a_document_of_somebody_else_is_one_that_does_not_exist(alice, bob, physics) -> None:
    for named in ([physics.pk], [uuid4()]):
        with pytest.raises(NotFound):
            await begin(bob, "How fast is light?", documents=named)
    assert not await in_db(Turn.objects.exists)


async def test_a_follow_up_stays_with_the_documents_of_the_question_before(
    alice, handbook, physics
) -> None:
    first = await begin(alice, "How fast is light?", documents=[physics.pk])
    second = await go_on(alice, first, "How many days of vacation?", keeps_documents=True)
    assert await titles(second.turn) == {"physics.pdf"}
    third = await go_on(alice, second, "And again?", keeps_documents=True)
    assert (await reload_turn(third.turn)).documents == [str(physics.pk)]
    free = await go_on(alice, third, "How many days of vacation?")
    assert "handbook.pdf" in await titles(free.turn)


async def test_a_follow_up_stays_with_no_documents_until_it_names_some(
    alice, handbook, physics
) -> None:
    question = "How many days of vacation?"
    first = await begin(alice, question, collections=[])
    second = await go_on(alice, first, question, keeps_documents=True)
    assert await passages(second.turn) == []
    third = await go_on(alice, second, question, keeps_documents=True)
    assert await passages(third.turn) == []
    named = [handbook.collection_id]
    fourth = await go_on(alice, third, question, keeps_documents=True, collections=named)
    assert "handbook.pdf" in await titles(fourth.turn)
    # The same beside another question, where more than one round trip is needed.
    place = After(first.assistant_message.id, first.conversation.id)
    for collections, found in ((None, set()), (named, {"handbook.pdf", "physics.pdf"})):
        beside = await asking.ask(
            alice,
            Question(question),
            await asking.choices("echo", keeps_documents=True, collections=collections),
            follows=place,
        )
        assert await titles(beside.turn) == found


async def test_a_question_is_limited_by_metadata(alice, handbook, physics) -> None:
    await in_db(Document.objects.filter(pk=physics.pk).update, metadata={"year": 1905})
    question = "How many days of vacation?"
    first = await begin(alice, question, filter={"year": {"$lt": 1950}})
    assert await titles(first.turn) == {"physics.pdf"}
    # The same holds for another answer, and not for the next question.
    again = await asking.ask(
        alice,
        Question(""),
        AsBefore(),
        follows=AnotherAnswer(first.assistant_message.id),
    )
    assert await titles(again.turn) == {"physics.pdf"}
    free = await go_on(alice, again, question)
    assert "handbook.pdf" in await titles(free.turn)
    none = await begin(alice, question, filter={"year": 1666})
    assert await passages(none.turn) == []


async def test_what_a_model_looks_up_is_limited_by_metadata(alice, handbook, physics) -> None:
    await in_db(Document.objects.filter(pk=physics.pk).update, metadata={"year": 1905})
    caller = Caller(alice, filters=Filters(metadata=parse_condition({"year": 1905})))
    found = await find_passages.run(
        caller, find_passages.Arguments(query="days of vacation", count=10)
    )
    assert {passage.title for passage in found.passages} == {"physics.pdf"}


async def test_a_program_limits_a_chat_by_metadata(alice, handbook, physics) -> None:
    await in_db(Document.objects.filter(pk=handbook.pk).update, metadata={"year": 2026})
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, alice)).access}"}

    async def post(asked: dict[str, Any]) -> Any:
        body = {"messages": [{"role": "user", "content": "How many days of vacation?"}]}
        answer = await AsyncClient().post(
            "/api/chat",
            data=orjson.dumps({**body, "model": "echo", "filter": asked}),
            content_type="application/json",
            headers=headers,
        )
        return answer.status_code, answer.json()

    status, answer = await post({"year": {"$gte": 2020}})
    assert (status, bool(answer["content"])) == (200, True)
    turn = await in_db(Turn.objects.latest, "id")
    assert turn.filter == {"year": {"$gte": 2020}}
    assert await titles(turn) == {"handbook.pdf"}
    status, refused = await post({"year": {"gte": 2020}})
    assert status == 422
    assert "write $gte" in str(refused["error"]["data"])


async def test_another_answer_is_limited_as_the_first(alice, handbook, physics) -> None:
    first = await begin(alice, "How many days of vacation?", documents=[physics.pk])
    await entries(first.turn)
    again = await asking.ask(
        alice, Question(""), AsBefore(), follows=AnotherAnswer(first.assistant_message.id)
    )
    assert await titles(again.turn) == {"physics.pdf"}


async def test_a_limit_that_is_gone_fails_with_a_reason(alice, physics) -> None:
    first = await begin(alice, "How fast is light?", documents=[physics.pk])
    await entries(first.turn)
    await in_db(physics.delete)
    second = await go_on(alice, first, "And sound?", keeps_documents=True)
    await entries(second.turn)
    assert (await reload_turn(second.turn)).error_code == "scope_gone"


async def test_a_question_that_is_but_a_pronoun_is_searched_with_the_one_before(
    alice, handbook, physics
) -> None:
    first = await begin(alice, "When are the laptops replaced?")
    assert (await passages(first.turn))[0]["page"] == 2
    pronoun = "And why?"
    alone = await search.search(alice, pronoun)
    assert (alone.passages[0].title, alone.passages[0].page) != ("handbook.pdf", 2)
    second = await go_on(alice, first, pronoun)
    best = (await passages(second.turn))[0]
    assert (best["title"], best["page"]) == ("handbook.pdf", 2)


async def test_the_api_takes_documents_and_says_whether_they_support_the_answer(
    settings, alice, bob, physics, handbook
) -> None:
    settings.CHAT_MODEL = "says-Light_travels_through_a_vacuum_[1]."

    def headers(user: User) -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens.issue(user).access}"}

    client = AsyncClient()
    body = {"messages": [{"role": "user", "content": "How fast is light?"}]}
    body |= {"documents": [str(physics.pk)]}
    sent = {"data": orjson.dumps(body), "content_type": "application/json"}
    response = await client.post("/api/chat", headers=await in_db(headers, alice), **sent)
    answer = response.json()
    assert {citation["title"] for citation in answer["citations"]} == {"physics.pdf"}
    assert answer["citations"][0]["support"] == "supported"
    assert answer["grounded"] is True
    response = await client.post("/api/chat", headers=await in_db(headers, bob), **sent)
    assert response.status_code == 404


def test_the_page_shows_the_limit_as_a_chip_and_sends_it(client: Client, alice, physics) -> None:
    client.force_login(alice)
    page = client.get(f"/chat/?document={physics.pk}").content.decode()
    assert f'<input type="hidden" name="document" value="{physics.pk}">' in page
    assert "physics.pdf" in page
    assert client.get(f"/chat/?document={uuid4()}").status_code == 404
    assert client.get("/chat/?document=x").status_code == 404
    assert 'name="document"' not in client.get("/chat/").content.decode()


def test_a_chat_opens_with_the_limit_of_its_last_question(client: Client, alice, physics) -> None:
    accepted = beginning.begin_conversation(
        TurnRequest(
            alice, Question("How fast is light?"), Choices("echo", documents=[physics.pk]), "test"
        ),
        NewConversation(),
    )
    client.force_login(alice)
    address = f"/chat/{accepted.conversation.id}/"
    assert f'name="document" value="{physics.pk}"' in client.get(address).content.decode()
    assert 'name="document"' not in client.get(f"{address}?unlimited=1").content.decode()
    physics.delete()
    assert 'name="document"' not in client.get(address).content.decode()


def test_no_documents_is_a_choice_of_its_own_that_a_chat_keeps(
    client: Client, alice, physics
) -> None:
    client.force_login(alice)
    chip = '<input type="hidden" name="collection" value="none">'
    new = client.get("/chat/?collection=none").content.decode()
    assert chip in new
    assert "physics.pdf" not in new
    asked = client.post("/chat/ask/", {"content": "How fast is light?", "collection": "none"})
    turn = Turn.objects.get(owner=alice)
    assert turn.collections == []
    address = asked["Location"].partition("?")[0].partition("#")[0]
    assert chip in client.get(address).content.decode()
    assert chip not in client.get(f"{address}?unlimited=1").content.decode()


def test_a_chat_can_turn_to_no_documents_and_back_without_a_script(client: Client, alice) -> None:
    accepted = beginning.begin_conversation(
        TurnRequest(alice, Question("How fast is light?"), Choices("echo"), "test"),
        NewConversation(),
    )
    client.force_login(alice)
    address = f"/chat/{accepted.conversation.id}/"
    page = client.get(address).content.decode()
    assert f'href="{address}?collection=none"' in page
    assert f'href="{address}?unlimited=1"' in page
    assert 'name="collection"' not in page
    chosen = client.get(f"{address}?collection=none").content.decode()
    assert 'name="collection" value="none"' in chosen


@pytest.mark.parametrize("field", ["collections", "documents"])
async def test_the_api_asks_the_model_alone(settings, alice, handbook, field) -> None:
    settings.CHAT_MODEL = "says-Two_days."

    def headers() -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens.issue(alice).access}"}

    question = "How many days of vacation do employees accrue?"
    body = {"messages": [{"role": "user", "content": question}], field: []}
    response = await AsyncClient().post(
        "/api/chat",
        data=orjson.dumps(body),
        content_type="application/json",
        headers=await in_db(headers),
    )
    assert response.json()["citations"] == []
    assert response.json()["grounded"] is None


def test_a_limit_makes_no_question_slower_to_accept(alice, physics) -> None:
    conversation = Conversation.objects.create(owner=alice, title="A chat")

    def statements(choices: Choices) -> int:
        Turn.objects.all().update(state=Turn.State.DONE)
        with CaptureQueriesContext(connection) as counted:
            request = TurnRequest(alice, Question("Another?"), choices, "test")
            beginning.follow_up(request, conversation)
        return len(counted)

    # The first of a conversation has nothing before it to read. One of them is the words by which
    # the question is found.
    assert statements(Choices("echo")) == 13
    free = statements(Choices("echo"))
    assert statements(Choices("echo", documents=[physics.pk])) == free
    assert statements(Choices("echo", keeps_documents=True)) == free
