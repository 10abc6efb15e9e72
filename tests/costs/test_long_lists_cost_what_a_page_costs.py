"""Whoever has thousands of chats, among other people's, waits no longer than whoever has few.

What is counted is the rows that PostgreSQL reads for a page, and its statements, not the time.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.db.models import OuterRef, Subquery
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from aiapp.ids import uuid7
from chat.models import Conversation, Folder, Message, Turn
from documents.models import Collection, Document, Version

pytestmark = pytest.mark.django_db

# More than a page, or than any part of it shows, and much more.
FEW, MANY = 210, 800
# Rows more or fewer, as of a page's last that is looked at and not shown.
SLACK = 20
ANSWERED = 5

_READ = """
    SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0) FROM pg_stat_xact_user_tables
"""
_AGE = """
    UPDATE chat_conversation SET updated = now() - split_part(title, ' ', 2)::int * interval '1 min'
    WHERE id = ANY(%s)
"""
PAGES = {
    "a new chat": "/chat/",
    "the list of chats": "/chat/chats/",
    "chats to search": "/chat/search/",
    "archived chats": "/chat/search/?archived=1",
}


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice", "alice@example.org", "alice's long password")


@pytest.fixture
def alice_client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def add_chats(user: User, count: int, **kind: object) -> list[Conversation]:
    """Add chats, each older than the one before; the newest end in an answer."""
    chats = Conversation.objects.bulk_create(
        Conversation(owner=user, title=f"Chat {n}", **kind) for n in range(count)
    )
    with connection.cursor() as cursor:
        cursor.execute(_AGE, [[chat.pk for chat in chats]])
    answers = Message.objects.bulk_create(
        Message(conversation=chat, role="assistant", content="Yes.") for chat in chats[:ANSWERED]
    )
    Turn.objects.bulk_create(
        Turn(
            owner=user,
            message=answer,
            model="echo",
            state=Turn.State.DONE,
            request_id=answer.id.hex,
        )
        for answer in answers
    )
    return chats


def add_documents(user: User, count: int) -> None:
    collection, _ = Collection.objects.get_or_create(owner=user, name="Papers")
    documents = Document.objects.bulk_create(
        Document(collection=collection, added_by=user, title=f"Report {n}.pdf")
        for n in range(count)
    )
    Version.objects.bulk_create(
        Version(
            document=document,
            filename=document.title,
            media_type="application/pdf",
            size=1,
            sha256=uuid7().hex * 2,
            state=Version.State.READY,
            chunk_count=1,
        )
        for document in documents
    )
    first = Version.objects.filter(document=OuterRef("pk")).values("pk")
    Document.objects.filter(collection=collection).update(current=Subquery(first))


def fill(user: User, count: int) -> None:
    """Add to all lists of a user, and as much to those of somebody else."""
    other = User.objects.get_or_create(username="bob", email="bob@example.org")[0]
    for each in (user, other):
        folder, _ = Folder.objects.get_or_create(owner=each, name="Filed")
        add_chats(each, count)
        add_chats(each, count, archived=True)
        add_chats(each, count, folder=folder)
        add_chats(each, count, pinned=True)
        add_documents(each, count // 4)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def count_rows(counts: list[tuple[int, int]]) -> Iterator[None]:
    """Note how many rows are read meanwhile, and by how many statements."""
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        before = cursor.fetchone()[0]
        with CaptureQueriesContext(connection) as queries:
            yield
        cursor.execute(_READ)
        counts.append((int(cursor.fetchone()[0] - before), len(queries)))


def test_pages_read_no_more_rows_for_who_has_ten_times_as_many(
    alice: User, alice_client: Client
) -> None:
    costs: dict[str, list[tuple[int, int]]] = {name: [] for name in PAGES}
    for count in (FEW, MANY - FEW):
        fill(alice, count)
        for name, address in PAGES.items():
            # What is found out once, as which contents there are, is known from then on.
            assert alice_client.get(address).status_code == 200
            with count_rows(costs[name]):
                alice_client.get(address)
    for name, ((few, queries), (many, as_many)) in costs.items():
        assert many <= few + SLACK, f"{name}: {few} and {many} rows"
        assert as_many == queries, name
