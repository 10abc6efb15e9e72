"""Access that ends while a model is at work counts from its next step, and for all that is read."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from aiapp.db import in_db
from chat.log.events import Entry, Kind
from chat.models import Turn
from chat.tests.conftest import entries, reload_turn
from chat.tests.scripted_model import results, script_model
from chat.tests.tools.test_tools import ask, events
from documents.access import default_collection
from documents.models import CollectionShare, Document
from documents.tests.library import HANDBOOK, ready_document

SEARCHES = "laptops replaced broken screen", "cafeteria soup bread coffee"


def unshare(reader: User) -> None:
    CollectionShare.objects.filter(user=reader).delete()


def restrict(_: User) -> None:
    Document.objects.update(restricted=True)


def move(reader: User) -> None:
    owner = User.objects.exclude(pk=reader.pk).get()
    Document.objects.update(collection=default_collection(owner))


def delete(_: User) -> None:
    Document.objects.all().delete()


def deactivate(reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(is_active=False)


async def ask_until_access_ends(
    owner: User, reader: User, settings: Any, end: Callable[[User], Any]
) -> tuple[Turn, list[Entry], list[str]]:
    """Have a reader's model search a shared document twice; between, the reader's access ends."""
    settings.RETRIEVAL_PASSAGES = 1
    shared = await in_db(owner.collections.create, name="Shared")
    await in_db(ready_document, owner, collection=shared)
    await in_db(CollectionShare.objects.create, collection=shared, user=reader)
    seen: list[str] = []

    async def meanwhile(body: dict[str, Any]) -> None:
        if len(results(body)) == 1:
            await in_db(end, reader)

    def plan(body: dict[str, Any]) -> Any:
        seen[:] = results(body)
        if len(seen) < len(SEARCHES):
            return [("search_documents", {"query": SEARCHES[len(seen)]})]
        return "There are two days of vacation per month [1]."

    async with script_model(settings, plan) as model:
        model.meanwhile = meanwhile
        accepted = await ask(reader, "How many days of vacation?", collections=[shared.pk])
        found = await entries(accepted.turn)
    return await reload_turn(accepted.turn), found, seen


@pytest.mark.parametrize("end", [unshare, restrict, move, delete])
async def test_the_next_search_finds_nothing_and_nothing_is_quoted(
    alice: User, bob: User, settings: Any, end: Callable[[User], Any]
) -> None:
    turn, found, seen = await ask_until_access_ends(alice, bob, settings, end)
    assert turn.state == Turn.State.DONE
    assert "replaced every three years" in seen[0]
    assert "opens at eight" not in seen[1]
    # A reader that comes later gets the log from its beginning.
    for heard in (found[-2:], await entries(turn)):
        told = str([entry.data for entry in heard])
        assert not any(page[:40] in told for page in HANDBOOK)
        assert "handbook.pdf" not in told


async def test_nothing_more_is_done_for_an_account_that_was_closed(
    alice: User, bob: User, settings: Any
) -> None:
    turn, found, seen = await ask_until_access_ends(alice, bob, settings, deactivate)
    assert turn.state == Turn.State.FAILED
    assert len(seen) == 1
    assert len(events(found, Kind.TOOL_RESULT)) == 1
