"""Whoever counts before they add: twenty requests at once get no further than twenty in turn."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from PIL import Image

import documents
from accounts.credentials import keys
from accounts.models import ApiKey, User
from aiapp.errors import AppError
from chat.attachments import uploads as pictures
from chat.batches import starting
from chat.conversations import folders, sharing
from chat.importing import uploads as imports
from chat.memory import facts
from chat.models import (
    Attachment,
    Batch,
    ChatImport,
    ChatShare,
    Conversation,
    Folder,
    Message,
    UserFact,
)
from documents.access import default_collection
from documents.library import collections
from documents.library import sharing as opening
from documents.models import Collection, CollectionShare, Document, DocumentShare, Transcription
from documents.recordings import jobs

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 20
SPEECH = Path(documents.__file__).parent / "tests" / "speech" / "01.ogg"


@pytest.fixture
def alice(settings, tmp_path) -> User:
    settings.MEDIA_ROOT = tmp_path / "files"
    return User.objects.create_user("alice", "alice@example.org", "a long password 1")


def at_once(do: Callable[[int], Any]) -> None:
    """Do it twenty times at once. Each may be refused, and may not fail otherwise."""
    together = Barrier(AT_ONCE)

    def work(n: int) -> None:
        together.wait()
        try:
            with suppress(AppError):
                do(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(work, range(AT_ONCE)))


def _members(n: int) -> list[User]:
    return User.objects.bulk_create(
        [User(username=f"user{i}", email=f"user{i}@example.org") for i in range(n)]
    )


def _picture() -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (2, 2)).save(file, "PNG")
    return SimpleUploadedFile("a.png", file.getvalue())


def _keys(alice: User) -> tuple[int, Callable[[int], Any], Callable[[], int]]:
    rows = [
        ApiKey(user=alice, name="x", prefix="x", hash=str(n), scopes=[], password="x")
        for n in range(keys.MAX_KEYS - 2)
    ]
    ApiKey.objects.bulk_create(rows)
    return keys.MAX_KEYS, lambda n: keys.create(alice, f"{n}", ["chat"]), alice.api_keys.count


def _folders(alice: User) -> tuple[int, Callable[[int], Any], Callable[[], int]]:
    most = folders.MAX_FOLDERS
    Folder.objects.bulk_create([Folder(owner=alice, name=f"old {n}") for n in range(most - 2)])
    return most, lambda n: folders.create(alice, f"new {n}"), Folder.objects.count


def _links(alice: User) -> tuple[int, Callable[[int], Any], Callable[[], int]]:
    chat = Conversation.objects.create(owner=alice)
    Message.objects.create(conversation=chat, role="assistant", content="Yes.")
    most = sharing.MAX_SHARES
    ChatShare.objects.bulk_create(
        ChatShare(owner=alice, conversation=chat, token_hash=str(n), messages=[])
        for n in range(most - 2)
    )
    share = lambda n: sharing.share(alice, chat, audience="anyone")
    return most, share, ChatShare.objects.count


def _facts(alice: User) -> tuple[int, Callable[[int], Any], Callable[[], int]]:
    UserFact.objects.bulk_create(
        [UserFact(owner=alice, text=f"old {n}") for n in range(facts.MAX_FACTS - 2)]
    )
    return facts.MAX_FACTS, lambda n: facts.add(alice, f"new {n}"), UserFact.objects.count


def _learned_facts(alice: User) -> tuple[int, Callable[[int], Any], Callable[[], int]]:
    chat = Conversation.objects.create(owner=alice)
    most, _, count = _facts(alice)
    return most, lambda n: facts.learn(alice, [f"new {n}"], chat), count


def _imports(alice: User) -> tuple[int, Callable[[int], Any], Callable[[], int]]:
    file = lambda: SimpleUploadedFile("chats.json", b"[]")
    return (
        imports.MAX_AT_ONCE,
        lambda n: imports.accept(alice, file()),
        ChatImport.objects.exclude(state__in=ChatImport.FINAL).count,
    )


def _batches(alice: User) -> tuple[int, Callable[[int], Any], Callable[[], int]]:
    start = lambda n: starting.ask_all(alice, [f"{n}?"], "echo", [])
    return starting.MAX_RUNNING, start, Batch.objects.count


def _recordings(alice: User) -> tuple[int, Callable[[int], Any], Callable[[], int]]:
    data = SPEECH.read_bytes()
    return (
        jobs.MAX_AT_ONCE,
        lambda n: jobs.accept(alice, SimpleUploadedFile("a.ogg", data)),
        Transcription.objects.count,
    )


def _pictures(alice: User) -> tuple[int, Callable[[int], Any], Callable[[], int]]:
    most = pictures.MAX_UNSENT
    Attachment.objects.bulk_create(
        Attachment(owner=alice, media_type="image/png", width=1, height=1, data=b"x")
        for _ in range(most - 2)
    )
    take_in = async_to_sync(pictures.store_upload)
    return most, lambda n: take_in(alice, _picture()), Attachment.objects.count


def _readers_of_a_collection(
    alice: User,
) -> tuple[int, Callable[[int], Any], Callable[[], int]]:
    most, collection = opening.MAX_SHARES, default_collection(alice)
    users = _members(most - 2 + AT_ONCE)
    CollectionShare.objects.bulk_create(
        CollectionShare(collection=collection, user=user) for user in users[: most - 2]
    )
    new = users[most - 2 :]
    return (
        most,
        lambda n: opening.add_collection_share(
            alice, collection, opening.Grant(user=new[n].username)
        ),
        CollectionShare.objects.count,
    )


def _readers_of_a_document(alice: User) -> tuple[int, Callable[[int], Any], Callable[[], int]]:
    most, collection = opening.MAX_SHARES, default_collection(alice)
    document = Document.objects.create(collection=collection, added_by=alice, title="a")
    users = _members(most - 2 + AT_ONCE)
    DocumentShare.objects.bulk_create(
        DocumentShare(document=document, user=user) for user in users[: most - 2]
    )
    new = users[most - 2 :]
    return (
        most,
        lambda n: opening.add_document_share(alice, document, opening.Grant(user=new[n].username)),
        DocumentShare.objects.count,
    )


BOUNDS = [
    *(_keys, _folders, _links, _facts, _learned_facts, _imports, _batches, _recordings, _pictures),
    *(_readers_of_a_collection, _readers_of_a_document),
]


@pytest.mark.parametrize("bound", BOUNDS)
def test_a_bound_holds_for_twenty_at_once(alice: User, bound: Callable[[User], Any]) -> None:
    most, do, count = bound(alice)
    at_once(do)
    assert count() == most


NAMES: list[tuple[Callable[[User], Any], Callable[[], int]]] = [
    (lambda user: folders.create(user, "Same"), Folder.objects.count),
    (lambda user: facts.add(user, "Same."), UserFact.objects.count),
    (lambda user: collections.create(user, "Same"), Collection.objects.count),
    (default_collection, Collection.objects.count),
]


@pytest.mark.parametrize(("do", "count"), NAMES)
def test_of_one_name_there_is_one_however_many_come_at_once(
    alice: User, do: Callable[[User], Any], count: Callable[[], int]
) -> None:
    at_once(lambda _: do(alice))
    assert count() == 1
