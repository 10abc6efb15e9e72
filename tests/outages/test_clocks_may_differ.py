"""Processes whose clocks are minutes apart agree on who works, since they ask the database's."""

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import DataExport, User
from accounts.people import data_export
from chat.batches import running, starting
from chat.importing import uploads
from chat.models import Batch, BatchItem, ChatImport, Turn
from chat.turns import deletion
from chat.turns.accepting import beginning
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Choices, Question, TurnRequest
from chat.turns.running import takeover
from documents.ingest import claim
from documents.models import Collection, Document, Transcription, Version
from documents.recordings import jobs

pytestmark = pytest.mark.django_db(transaction=True)

AHEAD, BEHIND = timedelta(minutes=5), timedelta(minutes=-5)


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice", "alice@example.org", "a long password 1")


@pytest.fixture
def set_clock(monkeypatch):
    """Set this process's clock, as Django's code and ours read it, so much off."""
    right = timezone.now

    def off_by(offset: timedelta) -> None:
        monkeypatch.setattr(timezone, "now", lambda: right() + offset)

    return off_by


def ask(user: User) -> Turn:
    question, choices = Question("go on"), Choices("echo", collections=[])
    return beginning.begin_conversation(
        TurnRequest(user, question, choices, "a process that died"), NewConversation()
    ).turn


def upload(user: User) -> Version:
    library = Collection.objects.create(owner=user, name="Library")
    document = Document.objects.create(collection=library, title="Report")
    return Version.objects.create(
        document=document, number=1, filename="report.txt", media_type="text/plain", size=1,
        sha256="0" * 64, file="report.txt",
    )  # fmt: skip


def start_batch(user: User) -> Batch:
    batch = Batch.objects.create(owner=user, kind=Batch.Kind.QUESTIONS, title="x", model="echo")
    BatchItem.objects.create(batch=batch, position=1, text="one")
    return batch


def start_import(user: User) -> ChatImport:
    return ChatImport.objects.create(owner=user, file="chats.json", filename="chats.json")


def start_transcription(user: User) -> Transcription:
    return Transcription.objects.create(owner=user, file="talk.wav", media_type="audio/wav")


def start_export(user: User) -> DataExport:
    return DataExport.objects.create(user=user)


UNATTENDED = {
    ask: lambda: takeover.find_unattended().values_list("id", flat=True),
    upload: lambda: claim.find_unattended().values_list("id", flat=True),
    start_batch: starting.BATCH.find_abandoned,
    start_import: uploads.IMPORT.find_abandoned,
    start_transcription: jobs.TRANSCRIPTION.find_abandoned,
}


@pytest.mark.parametrize("offset", [AHEAD, BEHIND])
@pytest.mark.parametrize("start", UNATTENDED)
def test_what_a_process_with_a_wrong_clock_leaves_behind_is_found_at_once(
    alice, set_clock, settings, start, offset
):
    settings.TURN_LEASE_SECONDS = settings.INGEST_LEASE_SECONDS = 0
    set_clock(offset)
    row = start(alice)
    set_clock(timedelta())
    assert list(UNATTENDED[start]()) == [row.pk]


@pytest.mark.parametrize("offset", [AHEAD, BEHIND])
@pytest.mark.parametrize("start", [ask, upload])
def test_what_is_new_is_left_to_its_process_whatever_the_clock_of_the_sweep(
    alice, set_clock, start, offset
):
    start(alice)
    set_clock(offset)
    assert list(UNATTENDED[start]()) == []


@pytest.mark.parametrize("offset", [AHEAD, BEHIND])
def test_what_is_handed_over_is_taken_at_once_whatever_the_clocks(alice, set_clock, offset):
    turn = ask(alice)
    set_clock(offset)
    takeover.note_handover([turn.pk], "a process that died")
    assert list(takeover.find_unattended().values_list("id", flat=True)) == [turn.pk]
    assert takeover.take_over(turn.pk, "another process") is not None


def test_what_was_deleted_can_be_brought_back_whatever_the_clock_of_the_sweep(alice, set_clock):
    chat = ask(alice).message.conversation
    Turn.objects.update(state=Turn.State.DONE)
    asyncio.run(deletion.delete(alice, chat.id))
    set_clock(AHEAD)
    deletion.purge()
    set_clock(timedelta())
    assert deletion.restore(alice, chat.id) == chat


def test_a_claim_holds_against_a_worker_whose_clock_is_ahead(alice, set_clock):
    batch = start_batch(alice)
    assert running._claim(batch.id)
    set_clock(AHEAD)
    assert running._claim(batch.id) is None
    assert starting.BATCH.find_abandoned() == []


def test_an_archive_is_found_when_the_clock_of_its_page_was_ahead(alice, set_clock):
    set_clock(AHEAD)
    export = start_export(alice)
    set_clock(timedelta())
    data_export.make(export.id)
    export.refresh_from_db()
    assert export.state == DataExport.State.READY
