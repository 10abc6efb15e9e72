"""Questions get passages when they bear on them; else the model answers alone, and nothing warns.

Sixty general questions and sixty about the documents, in English and Korean, over a small library
that has many of their words: `data/bearing`. The other tests began as reports about other sites:
"hello" that got sources, chosen documents that were not looked into, searches that found the same
passages again and again until the model's window was full.
"""

import asyncio
from pathlib import Path

import pytest

from accounts.models import User
from aiapp.db import in_db
from chat import asking
from chat.log.events import Kind
from chat.log.statuses import NOT_FOUND
from chat.models import Turn
from chat.tests.conftest import entries, reload_turn
from chat.tests.scripted_model import results, script_model
from chat.turns.accepting.places import Leaf, NewConversation
from chat.turns.accepting.request import Choices, Question
from documents.access import default_collection
from documents.evaluation import library
from documents.evaluation.dataset import Dataset, Passage
from documents.models import Document
from documents.tests.library import HANDBOOK, ready_document

DATA = Path(__file__).parents[1] / "data" / "bearing"
# Of sixty, so that it is the two percent that may go wrong.
MAX_WRONG = 1
# Of sixty general questions, those that get no passages at all.
MIN_LEFT_ALONE = 45
AT_ONCE = 10


@pytest.fixture(autouse=True)
def _embeddings(settings, embedding_server, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.EMBEDDING_BASE_URL = embedding_server.base_url
    settings.EMBEDDING_API_KEY = embedding_server.key


@pytest.fixture
def handbook(alice: User) -> Document:
    return ready_document(alice, HANDBOOK, title="handbook.pdf", embedded=True)


def read_questions(name: str) -> list[tuple[str, str]]:
    """The questions of a file, each with the title of the document that answers it."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    parts = [line.partition(" | ") for line in lines if not line.startswith("#")]
    return [(question, title) for question, _, title in parts]


def fill_library(user: User) -> None:
    files = sorted((DATA / "library").glob("*.md"))
    texts = [(file.stem, file.read_text(encoding="utf-8")) for file in files]
    pages = [Passage(title, title, text, title, 1) for title, text in texts]
    list(library.fill(Dataset("library", pages, [], []), default_collection(user)))


async def begin(user: User, text: str, **choices) -> Turn:
    asked = await asking.ask(
        user, Question(text), Choices("worker", **choices), follows=NewConversation()
    )
    await entries(asked.turn)
    return await reload_turn(asked.turn)


async def begin_all(user: User, texts: list[str]) -> list[Turn]:
    turns: list[Turn] = []
    for start in range(0, len(texts), AT_ONCE):
        some = texts[start : start + AT_ONCE]
        turns += await asyncio.gather(*(begin(user, text) for text in some))
    return turns


def has_passages(turn: Turn) -> bool:
    return any(part["name"] == "passages" for part in turn.prompt)


async def test_sixty_general_questions_and_sixty_about_the_documents(alice: User, settings) -> None:
    await in_db(fill_library, alice)
    general, about = read_questions("general.txt"), read_questions("documents.txt")
    assert len(general) == len(about) == 60
    settings.RESPONSE_CACHE_SECONDS = 0
    async with script_model(settings, lambda body: "Everybody knows that from school.") as model:
        settings.MODELS = {"worker": {}}
        answered = await begin_all(alice, [question for question, _ in general])
        asked = len(model.requests)
        model.plan = lambda body: "It stands there [1]."
        from_documents = await begin_all(alice, [question for question, _ in about])
    assert asked == len(general)
    assert len([turn for turn in answered if turn.grounded is False]) <= MAX_WRONG
    assert len([turn for turn in answered if not has_passages(turn)]) >= MIN_LEFT_ALONE
    ids = {title: str(pk) for title, pk in await in_db(list_versions, alice)}
    missed = [
        question
        for (question, title), turn in zip(about, from_documents, strict=True)
        if ids[title] not in {place["version"] for place in find_places(turn)}
    ]
    assert len(missed) <= MAX_WRONG, missed


def list_versions(user: User) -> list[tuple[str, object]]:
    return list(Document.objects.filter(added_by=user).values_list("title", "current"))


def find_places(turn: Turn) -> list[dict[str, str]]:
    return next((part["passages"] for part in turn.prompt if part["name"] == "passages"), [])


@pytest.mark.parametrize("text", ["Hello", "Thanks, that was helpful!", "안녕하세요", "고마워요"])
async def test_a_greeting_searches_nothing(alice: User, settings, handbook, text) -> None:
    async with script_model(settings, lambda body: "Hello!"):
        asked = await asking.ask(
            alice, Question(text), Choices("worker"), follows=NewConversation()
        )
        found = await entries(asked.turn)
    assert [e.data["text"] for e in found if e.kind == Kind.STATUS] == []
    turn = await reload_turn(asked.turn)
    assert not has_passages(turn)
    assert turn.grounded is None


async def test_who_asks_about_something_else_is_answered_by_the_model_alone(
    alice: User, settings, handbook
) -> None:
    async with script_model(settings, lambda body: "Sunlight is split by drops of rain.") as model:
        asked = await asking.ask(
            alice, Question("Explain how a rainbow forms"), Choices("worker"),
            follows=NewConversation(),
        )  # fmt: skip
        found = await entries(asked.turn)
    lines = [e.data["text"] for e in found if e.kind == Kind.STATUS]
    assert lines[:2] == ["Searching your documents", "Thinking"]
    assert NOT_FOUND not in lines
    assert found[-1].data["citations"] == []
    assert found[-1].data["grounded"] is None
    [body] = model.requests
    assert "passages" not in body["messages"][0]["content"].split("You may call tools")[0]
    # It may still look for itself.
    assert body["tools"][0]["function"]["name"] == "search_documents"


async def test_documents_that_were_chosen_are_always_looked_into(
    alice: User, settings, handbook
) -> None:
    async with script_model(settings, lambda body: "It is about work."):
        turn = await begin(alice, "What is this about?", documents=[handbook.pk])
        assert has_passages(turn)
        turn = await begin(alice, "Hello", collections=[handbook.collection_id])
        assert has_passages(turn)


async def test_a_question_that_names_documents_looks_into_them(
    alice: User, settings, handbook
) -> None:
    async with script_model(settings, lambda body: "Nothing."):
        for text in ("What do my documents say about chess?", "문서에서 체스를 찾아 줘"):
            asked = await asking.ask(
                alice, Question(text), Choices("worker"), follows=NewConversation()
            )
            found = await entries(asked.turn)
            lines = [e.data["text"] for e in found if e.kind == Kind.STATUS]
            # What is going on while the model thinks comes last.
            assert lines[1:3] == [NOT_FOUND, "Thinking"]
            assert found[-1].data["grounded"] is None


async def test_an_answer_that_cites_what_its_sources_do_not_hold_is_still_told_from_others(
    alice: User, settings, handbook
) -> None:
    async with script_model(settings, lambda body: "Employees accrue nine days a month [1]."):
        turn = await begin(alice, "How many days of vacation do employees accrue?")
    assert turn.grounded is False


async def test_a_follow_up_that_says_little_keeps_the_passages_of_a_cited_answer(
    alice: User, settings, handbook
) -> None:
    said = "Employees accrue two days of vacation per month [1]."
    async with script_model(settings, lambda body: said) as model:
        asked = await asking.ask(
            alice,
            Question("How many days of vacation do employees accrue?"),
            Choices("worker"),
            follows=NewConversation(),
        )
        await entries(asked.turn)
        chat = Leaf(asked.conversation.id)
        model.plan = lambda body: "Two days."
        shorter = await asking.ask(
            alice, Question("Shorter, please"), Choices("worker"), follows=chat
        )
        await entries(shorter.turn)
        assert has_passages(await reload_turn(shorter.turn))
        other = await asking.ask(
            alice, Question("Write a poem about octopuses"), Choices("worker"), follows=chat
        )
        await entries(other.turn)
        assert not has_passages(await reload_turn(other.turn))
        thanks = await asking.ask(alice, Question("Thank you!"), Choices("worker"), follows=chat)
        await entries(thanks.turn)
    turn = await reload_turn(thanks.turn)
    assert not has_passages(turn)
    assert turn.grounded is None


async def test_a_model_searches_again_in_other_words_and_reads_nothing_twice(
    alice: User, settings, handbook
) -> None:
    settings.RETRIEVAL_PASSAGES = 1
    queries = ["vacation days accrue", "laptops replaced years", "laptop broken screen"]

    def plan(body):
        told = len(results(body))
        if told < len(queries):
            return [("search_documents", {"query": queries[told], "count": 1})]
        return "Laptops are replaced every three years [2]."

    async with script_model(settings, plan) as model:
        asked = await asking.ask(
            alice,
            Question("How many days of vacation do employees accrue?"),
            Choices("worker"),
            follows=NewConversation(),
        )
        found = await entries(asked.turn)
    first, second, third = results(model.requests[-1])
    assert "[1]" in first
    assert HANDBOOK[0] not in first
    assert HANDBOOK[1] in second
    assert "[2]" in third
    assert HANDBOOK[1] not in third
    told = [[each["n"] for each in e.data] for e in found if e.kind == Kind.PASSAGES]
    assert told == [[1], [2]]
    shown = [e.data["content"] for e in found if e.kind == Kind.TOOL_RESULT]
    assert shown == ["[1]", "[2]", "[2]"]
    assert found[-1].data["grounded"] is True
    assert [each["n"] for each in found[-1].data["citations"]] == [2]
