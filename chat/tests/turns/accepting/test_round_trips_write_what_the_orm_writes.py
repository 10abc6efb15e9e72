"""A question begins and ends by statements of its own; they leave the rows that the ORM would."""

import asyncio
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal
from threading import Event
from time import monotonic
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, models, transaction

from accounts.models import Budget, LedgerEntry, Price, User
from aiapp.db import in_db
from aiapp.errors import Conflict, InvalidInput, NotFound
from aiapp.ids import uuid7
from chat.conversations import folders
from chat.guardrails.flagging import Flag
from chat.memory import facts
from chat.models import (
    Attempt,
    Call,
    Citation,
    Conversation,
    Instructions,
    Message,
    MessageWords,
    Summary,
    Turn,
)
from chat.turns.accepting import beginning, round_trip
from chat.turns.accepting.places import Leaf, NewConversation
from chat.turns.accepting.repeats import AcceptedTurn
from chat.turns.accepting.request import Choices, Question, TurnRequest
from chat.turns.question import TurnQuestion
from chat.turns.results import Result
from chat.turns.running.ending import end
from chat.turns.running.finishing import finish
from chat.turns.running.saving import save
from documents.files import deletion
from documents.models import Collection, Document, Version

# With characters that nobody sees, words of two writings, and more words than one line takes.
CONTENT = "How many\u200b days\x00 of vacation?\n연차는 며칠인가요? " + "And why is that so? " * 9
CHOICES = Choices("echo", temperature=0.25, max_tokens=77, tools=["calculate"], fresh=True)
LIMITED = replace(
    CHOICES, collections=[UUID(int=1)], documents=[UUID(int=2)], filter={"year": {"$gte": 2024}}
)


def build_request(user: User, choices: Choices = CHOICES, **question: Any) -> TurnRequest:
    asked: dict[str, Any] = {"content": CONTENT, "request_id": "", **question}
    return TurnRequest(user, Question(**asked), choices, "a process")


class Reader:
    """Reads all that is a user's, with the same names for the same ids, in their order."""

    def __init__(self, user: User) -> None:
        self.names: dict[str, str] = {str(user.pk): "user", user.username: "username"}
        mine = {"conversation__owner": user}
        self.rows = {
            model.__name__: [
                self._describe(row) for row in model.objects.filter(**own).order_by("pk")
            ]  # type: ignore[attr-defined]
            for model, own in [
                (Conversation, {"owner": user}),
                (Message, mine),
                (Turn, {"owner": user}),
                (Attempt, {"turn__owner": user}),
                (Citation, {"message__conversation__owner": user}),
                (Call, {"message__conversation__owner": user}),
                (LedgerEntry, {"user": user}),
                (MessageWords, {"message__conversation__owner": user}),
            ]
        }

    def _describe(self, row: models.Model) -> dict[str, Any]:
        columns = [field.attname for field in row._meta.concrete_fields]
        return {
            name: self.name(getattr(row, name))
            for name in columns
            # A number that the database counts up says nothing.
            if name != "id" or isinstance(row.pk, UUID)
        }

    def name(self, value: Any) -> Any:
        match value:
            case UUID():
                return self.names.setdefault(str(value), f"id {len(self.names)}")
            case datetime():
                return "a time"
            case str():
                for known, name in self.names.items():
                    value = value.replace(known, name)
                return "a request" if len(value) == 32 and value.isalnum() else value
        return value


def describe_question(question: TurnQuestion | None, reader: Reader) -> dict[str, Any]:
    """Return what the runner is given, without what is compared as rows."""
    assert question is not None
    row = {each.name: getattr(question, each.name) for each in fields(question)}
    del row["turn"], row["owner"]
    notes = row.pop("notes")
    return row | {"notes": notes and (reader.name(notes.id), notes.text, notes.covered)}


def describe_accepted(accepted: AcceptedTurn | None, user: User) -> dict[str, Any]:
    """Return all that one way of beginning has left, in the database and in memory."""
    assert accepted is not None
    reader = Reader(user)
    row = accepted.conversation
    return {
        "rows": reader.rows,
        "question": describe_question(accepted.question, reader),
        "conversation": [
            reader.name(value) for value in (row.id, row.title, row.temporary, row.folder_id)
        ],
        "place": [
            reader.name(getattr(message, name))
            for message in (accepted.user_message, accepted.assistant_message)
            for name in ("id", "parent_id", "conversation_id", "content", "role", "created")
        ],
        "turn": [accepted.turn.documents, reader.name(accepted.turn.created)],
        "saved": [each._state.adding for each in (row, accepted.turn, accepted.assistant_message)],
    }


def remember(user: User, *, learns: bool = True, enabled: bool = True) -> None:
    Instructions.objects.create(owner=user, text="Be brief.", enabled=enabled, learns=learns)
    facts.add(user, "Works in the personnel office.")
    facts.add(user, "Has two children.")


def begin_by_orm(request: TurnRequest, new: NewConversation) -> AcceptedTurn:
    folder = request.user.folders.first() if new.folder else None
    return beginning.begin_conversation(request, new, folder)


def build_nothing(_: User) -> NewConversation:
    return NewConversation()


def build_temporary(user: User) -> NewConversation:
    remember(user)
    return NewConversation(temporary=True)


def build_folder(user: User) -> NewConversation:
    remember(user, learns=False, enabled=False)
    return NewConversation(folder=folders.create(user, "Personnel", "Answer in rhymes.").id)


def build_facts(user: User) -> NewConversation:
    remember(user)
    return NewConversation()


@pytest.mark.parametrize("build", [build_nothing, build_temporary, build_folder, build_facts])
@pytest.mark.parametrize("choices", [CHOICES, LIMITED], ids=["all", "limited"])
async def test_a_new_chat_begins_alike(
    alice: User, bob: User, choices: Choices, build: Callable[[User], NewConversation]
) -> None:
    by_orm = await in_db(
        lambda: describe_accepted(begin_by_orm(build_request(alice, choices), build(alice)), alice)
    )
    new = await in_db(build, bob)
    accepted = await round_trip.begin_conversation(build_request(bob, choices), new)
    assert await in_db(describe_accepted, accepted, bob) == by_orm


def make_chat(user: User, *, title: str = "", has_leaf: bool = True, notes: bool = False) -> Leaf:
    """Make a chat with two answers, the second of which was limited to a document."""
    folder = folders.create(user, "Personnel", "Answer in rhymes.")
    chat = Conversation.objects.create(owner=user, title=title, folder=folder)
    last = None
    for n in range(2):
        for role in (Message.Role.USER, Message.Role.ASSISTANT):
            last = Message.objects.create(
                conversation=chat, parent=last, role=role, content=f"{role} {n}"
            )
            if notes and n == 0:
                Summary.objects.create(conversation=chat, upto=last, text=f"notes {role}")
        Turn.objects.create(
            owner=user,
            message=last,
            request_id=f"turn {n}",
            model="echo",
            state=Turn.State.DONE,
            documents=[str(UUID(int=n))],
        )
    chat.leaf = last.id if last and has_leaf else None
    chat.save()
    return Leaf(chat.id)


@pytest.mark.parametrize("keeps", [False, True], ids=["anew", "keeps-documents"])
@pytest.mark.parametrize(
    "chat",
    [{}, {"title": "Vacation"}, {"has_leaf": False}, {"notes": True}],
    ids=["without-title", "with-title", "without-leaf", "with-notes"],
)
async def test_a_follow_up_begins_alike(
    alice: User, bob: User, chat: dict[str, Any], keeps: bool
) -> None:
    choices = replace(LIMITED, keeps_documents=keeps)

    def follow_by_orm() -> dict[str, Any]:
        remember(alice)
        leaf = make_chat(alice, **chat)
        conversation = Conversation.objects.get(id=leaf.conversation)
        accepted = beginning.follow_up(build_request(alice, choices), conversation)
        return describe_accepted(accepted, alice)

    by_orm = await in_db(follow_by_orm)
    await in_db(remember, bob)
    leaf = await in_db(lambda: make_chat(bob, **chat))
    accepted = await round_trip.follow_up(build_request(bob, choices), leaf)
    assert await in_db(describe_accepted, accepted, bob) == by_orm


async def test_what_is_rare_is_left_to_the_orm_and_writes_nothing(alice: User) -> None:
    named = build_request(alice, request_id="the same")
    assert await round_trip.begin_conversation(named, NewConversation()) is not None
    written = (await in_db(Reader, alice)).rows
    assert await round_trip.begin_conversation(named, NewConversation()) is None
    new = NewConversation(folder=uuid7())
    assert await round_trip.begin_conversation(build_request(alice), new) is None
    await in_db(Budget.objects.create, user=alice, tokens=10)
    assert await round_trip.begin_conversation(build_request(alice), NewConversation()) is None
    assert (await in_db(Reader, alice)).rows == written


async def test_a_chat_of_somebody_else_does_not_exist(alice: User, bob: User) -> None:
    leaf = await in_db(make_chat, bob)
    with pytest.raises(NotFound):
        await round_trip.follow_up(build_request(alice), leaf)
    await in_db(lambda: bob.conversations.update(deleted=datetime.now().astimezone()))
    with pytest.raises(NotFound):
        await round_trip.follow_up(build_request(bob), leaf)


async def test_a_chat_answers_one_question_at_a_time(alice: User) -> None:
    leaf = await in_db(make_chat, alice)
    assert await round_trip.follow_up(build_request(alice), leaf) is not None
    with pytest.raises(Conflict):
        await round_trip.follow_up(build_request(alice), leaf)


@pytest.mark.parametrize(
    "question", [{"content": " \x00"}, {"request_id": "r" * 101}, {"request_id": "a\nb"}]
)
async def test_what_is_not_a_question_is_refused(alice: User, question: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        await round_trip.begin_conversation(build_request(alice, **question), NewConversation())


def cite(n: int, version: UUID | None) -> dict[str, Any]:
    return {"n": n, "document": None, "version": version, "title": f"Handbook\u200b {n}"} | {
        "page": n,
        "start": 3,
        "end": 9,
        "quote": 'thirty "days"\x00',
        "columns": "| Site | Days\x00 |" if version else "2022 " * 101,
        "similarity": 0.1 + n / 3,
        "supported": None,
        "support": "weak",
        "address": f"https://example.org/{n}" if version is None else "",
        "other_documents": [UUID(int=n)] if version else (),
    }


RESULTS: dict[str, Callable[[], Result]] = {
    "plain": lambda: Result(content="Thirty days. 서른 날입니다.", finish_reason="stop"),
    "empty": lambda: Result(state=Turn.State.STOPPED, prompt_tokens=3),
    "failed": lambda: Result(
        state=Turn.State.FAILED,
        content="Thirty",
        error={"code": "c" * 50, "message": "It broke.", "retryable": True},
    ),
    "cited": lambda: Result(
        content="Thirty [1], [2].",
        grounded=True,
        citations=[cite(1, None), cite(2, uuid7())],
        flags=[Flag("passage", ["orders"], 0.7, "do it\x00")],
        prompt=[{"text": "half \ud83d"}],
    ),
    "called": lambda: Result(
        content="4",
        stand_in="another",
        prompt_tokens=12,
        completion_tokens=2**31,
        tool_calls=[{"id": "call", "name": "add", "arguments": "{}"}],
        calls=[
            Call(
                step=1, call_id="c" * 120, name="add", arguments="{}\x00", state="done", seconds=0.5
            )
        ],
    ),
    "kept": lambda: Result(content="word " * 3000, cached=True, grounded=False),
}


@pytest.mark.parametrize("name", RESULTS)
async def test_a_turn_ends_alike(alice: User, bob: User, name: str) -> None:
    await in_db(Price.objects.create, model="echo", input=Decimal("0.15"), output=Decimal("0.6"))
    await in_db(Price.objects.create, model="another", input=Decimal(3), output=Decimal("9.9999"))
    found = []
    for user in (alice, bob):
        accepted = await round_trip.begin_conversation(build_request(user), NewConversation())
        assert accepted is not None
        accepted.turn.prompt_tokens, accepted.turn.completion_tokens = 5, 6
        await in_db(accepted.turn.save)
        if user is alice:
            assert await in_db(finish, accepted.turn, RESULTS[name]())
        else:
            assert await end(accepted.turn, RESULTS[name]())
        found.append((await in_db(Reader, user)).rows)
    assert found[1] == found[0]


async def test_an_attempt_that_lost_its_turn_writes_nothing(alice: User) -> None:
    accepted = await round_trip.begin_conversation(build_request(alice), NewConversation())
    assert accepted is not None
    await in_db(lambda: Turn.objects.filter(id=accepted.turn.id).update(attempt=2))
    written = (await in_db(Reader, alice)).rows
    assert not await end(accepted.turn, Result(content="Too late.", prompt_tokens=9))
    assert (await in_db(Reader, alice)).rows == written


async def test_a_deleted_chat_has_used_what_it_used(alice: User) -> None:
    accepted = await round_trip.begin_conversation(build_request(alice), NewConversation())
    assert accepted is not None
    await in_db(accepted.conversation.delete)
    assert not await end(accepted.turn, Result(content="Too late.", prompt_tokens=9))
    entry = await in_db(LedgerEntry.objects.get)
    assert entry.prompt_tokens == 9
    assert entry.settled


def make_document(user: User, name: str) -> Document:
    collection, _ = Collection.objects.get_or_create(owner=user, name="Reports")
    document = Document.objects.create(collection=collection, title=name)
    Version.objects.create(document=document, size=1)
    return document


def delete_until_somebody_waits(document: Document, deleted: Event) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        deletion.remove(document)
        deleted.set()
        ends = monotonic() + 60
        waits = False
        while not waits and monotonic() < ends:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE pg_backend_pid() ="
                " ANY (pg_blocking_pids(pid)))"
            )
            [waits] = cursor.fetchone()
        assert waits


async def test_a_document_that_is_deleted_at_that_moment_costs_the_answer_its_link_alone(
    alice: User,
) -> None:
    accepted = await round_trip.begin_conversation(build_request(alice), NewConversation())
    assert accepted is not None
    [gone, kept] = [await in_db(make_document, alice, name) for name in ("a.txt", "b.txt")]
    cited = [await in_db(each.versions.get) for each in (gone, kept)]
    result = Result(
        content="At six [1] and at seven [2].",
        citations=[cite(n, version.pk) for n, version in enumerate(cited, 1)],
    )
    deleted = Event()
    deletes = asyncio.create_task(in_db(delete_until_somebody_waits, gone, deleted))
    await asyncio.to_thread(deleted.wait, 60)
    assert await save(accepted.turn, result)
    await deletes
    found = Citation.objects.filter(message=accepted.turn.message_id).order_by("n")
    links = await in_db(lambda: list(found.values_list("version_id", flat=True)))
    assert links == [None, cited[1].pk]
