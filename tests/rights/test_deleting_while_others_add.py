"""Whatever is deleted while somebody adds to it is gone afterwards, and so is what was added.

Somebody adds once, in a connection of their own, at the worst moment: when all that has to be
deleted is collected and nothing of it is deleted yet.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import Model
from django.db.models.signals import ModelSignal, post_delete, pre_delete, pre_save
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.people import deletion as leaving
from chat import own_data, tasks
from chat.attachments import sending, uploads
from chat.conversations import folders
from chat.models import (
    Attachment,
    Batch,
    BatchItem,
    Citation,
    Conversation,
    Endpoint,
    EndpointModel,
    Folder,
    Message,
    Turn,
)
from chat.turns import deletion as chats
from documents.files import deletion as files
from documents.library import collections
from documents.library import uploads as documents
from documents.models import (
    Collection,
    Document,
    Question,
    QuestionSet,
    Source,
    SourceItem,
    Version,
)

pytestmark = pytest.mark.django_db(transaction=True)

Add = Callable[[Any], Model]


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice", "alice@example.org", "alice's long password")


@pytest.fixture
def admin(alice: User, client: Client) -> Client:
    root = User.objects.create_superuser("root", "root@example.org", "root's long password")
    client.force_login(root)
    return client


@pytest.fixture
def collection(alice: User, settings, tmp_path: Path) -> Collection:
    settings.MEDIA_ROOT = tmp_path
    return Collection.objects.create(owner=alice, name="Reports")


@pytest.fixture
def document(alice: User, collection: Collection) -> Document:
    return documents.accept(alice, SimpleUploadedFile("a.txt", b"Tides."), collection)


@pytest.fixture
def conversation(alice: User) -> Conversation:
    return Conversation.objects.create(owner=alice, title="Tides")


@pytest.fixture
def source(alice: User, collection: Collection) -> Source:
    return Source.objects.create(owner=alice, collection=collection, name="Disk", kind="folder")


@contextmanager
def somebody_adding(
    add: Add, to: type[Model], when: ModelSignal = pre_delete
) -> Iterator[list[str]]:
    """Have somebody add to the first such row that is about to be deleted; list how it went."""
    outcomes: list[str] = []

    def try_to_add(row: Model) -> str:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    # Who deletes waits for us here, so we do not wait for them.
                    cursor.execute("SET LOCAL lock_timeout = '100ms'")
                add(row)
            return "added"
        except DatabaseError:
            return "refused"
        finally:
            connections.close_all()

    def interrupt(instance: Model, **_: Any) -> None:
        if not outcomes:
            outcomes.append(others.submit(try_to_add, instance).result())

    when.connect(interrupt, sender=to)
    try:
        with ThreadPoolExecutor(1) as others:
            yield outcomes
    finally:
        when.disconnect(interrupt, sender=to)


def add_document(collection: Collection) -> Document:
    return Document.objects.create(collection=collection, title="New")


def add_version(document: Document) -> Version:
    return Version.objects.create(document=document, number=2, size=1, file="documents/new")


def add_source(collection: Collection) -> Source:
    return Source.objects.create(collection=collection, name="New", kind="folder")


def add_item(source: Source) -> SourceItem:
    return SourceItem.objects.create(source=source, key="x", key_digest="x", path="x", seen=1)


def add_message(conversation: Conversation) -> Message:
    return Message.objects.create(conversation=conversation, role=Message.Role.USER)


def add_answer(message: Message) -> Message:
    return Message.objects.create(
        conversation_id=message.conversation_id, parent=message, role=Message.Role.ASSISTANT
    )


def add_conversation(user: User) -> Conversation:
    return Conversation.objects.create(owner=user)


@pytest.mark.parametrize(
    ("add", "to"),
    [
        (add_document, Collection),
        (add_source, Collection),
        (add_version, Document),
        (add_item, Source),
    ],
)
def test_a_collection(
    collection: Collection, document: Document, source: Source, add: Add, to: type[Model]
) -> None:
    with somebody_adding(add, to) as outcomes:
        collections.delete(collection.owner, collection)
    assert outcomes
    for model in (Collection, Document, Version, Source, SourceItem):
        assert not model.objects.exists()


def test_a_document(document: Document) -> None:
    with somebody_adding(add_version, Document) as outcomes:
        files.remove(document)
    assert outcomes
    assert not Version.objects.exists()


def test_a_source_in_the_administration(admin: Client, source: Source) -> None:
    with somebody_adding(add_item, Source) as outcomes:
        answer = admin.post(f"/admin/documents/source/{source.pk}/delete/", {"post": "yes"})
    assert (answer.status_code, bool(outcomes)) == (302, True)
    assert not SourceItem.objects.exists()


def test_a_source_over_the_api(admin: Client, source: Source) -> None:
    with somebody_adding(add_item, Source) as outcomes:
        answer = admin.delete(f"/api/sources/{source.pk}")
    assert (answer.status_code, bool(outcomes)) == (204, True)
    assert not SourceItem.objects.exists()


def test_several_sources_in_the_administration(admin: Client, source: Source) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [source.pk], "post": "yes"}
    with somebody_adding(add_item, Source) as outcomes:
        answer = admin.post("/admin/documents/source/", chosen)
    assert (answer.status_code, bool(outcomes)) == (302, True)
    assert not SourceItem.objects.exists()


def test_a_question_set_in_the_administration(admin: Client, collection: Collection) -> None:
    questions = QuestionSet.objects.create(collection=collection, name="Tides")

    def add(row: QuestionSet) -> Model:
        return Question.objects.create(question_set=row, text="When?")

    with somebody_adding(add, QuestionSet) as outcomes:
        answer = admin.post(f"/admin/documents/questionset/{questions.pk}/delete/", {"post": "yes"})
    assert (answer.status_code, bool(outcomes)) == (302, True)
    assert not Question.objects.exists()


def test_an_endpoint_in_the_administration(admin: Client) -> None:
    endpoint = Endpoint.objects.create(name="Ours", kind="openai", address="http://127.0.0.1:9")

    def add(row: Endpoint) -> Model:
        return EndpointModel.objects.create(endpoint=row, name="new", upstream="new")

    with somebody_adding(add, Endpoint) as outcomes:
        answer = admin.post(f"/admin/chat/endpoint/{endpoint.pk}/delete/", {"post": "yes"})
    assert (answer.status_code, bool(outcomes)) == (302, True)
    assert not EndpointModel.objects.exists()


def test_a_conversation_in_the_administration(admin: Client, conversation: Conversation) -> None:
    add_message(conversation)
    with somebody_adding(add_answer, Message) as outcomes:
        answer = admin.post(f"/admin/chat/conversation/{conversation.pk}/delete/", {"post": "yes"})
    assert (answer.status_code, outcomes) == (302, ["refused"])
    assert not Message.objects.exists()


def test_a_conversation_that_nobody_wanted_back(conversation: Conversation) -> None:
    conversation.deleted = timezone.now() - timedelta(hours=1)
    conversation.save()
    with somebody_adding(add_message, Conversation) as outcomes:
        chats.purge()
    assert outcomes
    assert not Message.objects.exists()


def test_a_conversation_whose_answer_gets_a_citation(conversation: Conversation) -> None:
    """Added to what is not locked, after its like has been deleted: found by the next try."""
    answer = add_message(conversation)
    Turn.objects.create(message=answer, owner=conversation.owner, model="echo")
    conversation.deleted = timezone.now() - timedelta(hours=1)
    conversation.save()

    def add(row: Turn) -> Model:
        return Citation.objects.create(message=answer, n=1, document_title="Tides", start=0, end=1)

    with somebody_adding(add, Turn, when=post_delete) as outcomes:
        chats.purge()
    assert outcomes == ["added"]
    assert not Message.objects.exists()
    assert not Citation.objects.exists()


def test_a_temporary_conversation(conversation: Conversation) -> None:
    long_ago = timezone.now() - timedelta(days=400)
    Conversation.objects.update(temporary=True, updated=long_ago)
    with somebody_adding(add_message, Conversation) as outcomes:
        tasks.delete_temporary()
    assert outcomes
    assert not Message.objects.exists()


def test_a_folder_that_a_chat_is_put_into(alice: User, conversation: Conversation) -> None:
    folder = folders.create(alice, "Sea")

    def add(row: Folder) -> Model:
        Conversation.objects.filter(pk=conversation.pk).update(folder=row)
        return conversation

    with somebody_adding(add, Folder) as outcomes:
        folders.delete(folder)
    assert outcomes
    assert list(Conversation.objects.values_list("folder", flat=True)) == [None]


def test_a_batch(alice: User, client: Client) -> None:
    batch = Batch.objects.create(owner=alice, kind=Batch.Kind.QUESTIONS, model="echo")

    def add(row: Batch) -> Model:
        return BatchItem.objects.create(batch=row, position=1)

    client.force_login(alice)
    with somebody_adding(add, Batch) as outcomes:
        answer = client.post(f"/chat/batches/{batch.pk}/act/", {"delete": ""})
    assert (answer.status_code, bool(outcomes)) == (302, True)
    assert not BatchItem.objects.exists()


def test_a_picture_that_was_never_sent(alice: User, conversation: Conversation) -> None:
    message = add_message(conversation)
    picture = Attachment.objects.create(
        owner=alice, media_type="image/png", width=1, height=1, data=b"png"
    )
    Attachment.objects.update(created=timezone.now() - 2 * uploads.UNSENT_RETENTION)

    def add(row: Attachment) -> Model:
        sending.tie(alice, {message.pk: [row.pk]})
        return row

    with somebody_adding(add, Attachment) as outcomes:
        uploads.sweep()
    # Whoever was first: sent and kept, or deleted and never sent.
    assert outcomes
    is_sent = Attachment.messages.through.objects.exists()
    assert Attachment.objects.filter(pk=picture.pk).exists() is is_sent


@pytest.mark.parametrize("add", [add_conversation, lambda user: ApiKey.objects.create(user=user)])
def test_an_account(alice: User, collection: Collection, add: Add) -> None:
    User.objects.filter(pk=alice.pk).update(leaving=True, is_active=False)
    with somebody_adding(add, User) as outcomes:
        leaving.delete(alice.pk)
    assert outcomes
    assert not User.objects.exists()
    assert not Conversation.objects.exists()


def test_an_account_whose_collection_grows(alice: User, collection: Collection) -> None:
    User.objects.filter(pk=alice.pk).update(leaving=True, is_active=False)
    with somebody_adding(add_document, Collection) as outcomes:
        leaving.delete(alice.pk)
    assert outcomes
    assert not Document.objects.exists()


def test_the_chats_of_an_account(alice: User, conversation: Conversation) -> None:
    with somebody_adding(add_message, Conversation) as outcomes:
        own_data.take_away(alice)
    assert outcomes
    assert not Message.objects.exists()


def test_an_account_in_the_administration(admin: Client, alice: User) -> None:
    with somebody_adding(add_conversation, User) as outcomes:
        answer = admin.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"})
    assert (answer.status_code, bool(outcomes)) == (302, True)
    assert not Conversation.objects.exists()


def test_what_is_added_too_late_is_refused_as_to_what_does_not_exist(
    alice: User, client: Client, collection: Collection, tmp_path: Path
) -> None:
    client.force_login(alice)

    def delete() -> None:
        try:
            collections.remove(collection)
        finally:
            connections.close_all()

    def delete_first(**_: Any) -> None:
        with ThreadPoolExecutor(1) as others:
            others.submit(delete).result()

    file = SimpleUploadedFile("a.txt", b"Tides.")
    pre_save.connect(delete_first, sender=Version)
    try:
        answer = client.post("/api/documents", {"file": file, "collection": str(collection.pk)})
    finally:
        pre_save.disconnect(delete_first, sender=Version)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert not Collection.objects.exists()
    # Nor does its file stay.
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]
