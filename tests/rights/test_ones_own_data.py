"""All of one's data in an archive, and an account that is deleted with all that it has."""

import csv
import io
import json
import zipfile
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.credentials import keys, tokens
from accounts.models import ApiKey, AuditEntry, DataExport, LedgerEntry, User
from accounts.people import data_export, deletion
from accounts.tasks import sweep
from chat.conversations import conversations
from chat.importing import saving
from chat.importing import uploads as imports
from chat.models import Conversation, Instructions, Message, SavedPrompt
from documents.library import uploads
from documents.models import Collection, Document, Version

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long password 1"


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.LOGIN_RATE = "1000/m"


@pytest.fixture
def alice() -> User:
    user = User.objects.create_user("alice", "alice@example.org", PASSWORD, first_name="Alice")
    chat = conversations.create(user, "Harbours")
    Message.objects.create(conversation=chat, role="user", content="When does it open?")
    SavedPrompt.objects.create(owner=user, title="Short", text="In one sentence.")
    Instructions.objects.create(owner=user, text="Metric units.")
    LedgerEntry.objects.create(user=user, turn=uuid4(), model="=cmd|' /C calc'!A0")
    uploads.accept(user, SimpleUploadedFile("a/b notes.txt", b"The harbour opens at seven."))
    keys.create(user, "script", ["chat"])
    return user


@pytest.fixture
def client(alice) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def archive_of(client: Client) -> zipfile.ZipFile:
    client.post(reverse("accounts:data"))
    export = DataExport.objects.get(state="queued")
    data_export.make(export.pk)
    sent = client.get(reverse("accounts:download", args=[export.pk]))
    assert sent.status_code == 200
    return zipfile.ZipFile(io.BytesIO(async_to_sync(read_body)(sent)))


async def read_body(response) -> bytes:
    return b"".join([piece async for piece in response.streaming_content])


def test_the_archive_holds_everything_and_no_secret(client, alice):
    archive = archive_of(client)
    held = {name: archive.read(name) for name in archive.namelist()}
    assert json.loads(held["account.json"])["email"] == "alice@example.org"
    assert json.loads(held["chats.json"])[0]["messages"][0]["content"] == "When does it open?"
    assert json.loads(held["prompts.json"])[0]["title"] == "Short"
    assert json.loads(held["instructions.json"])[0]["text"] == "Metric units."
    [facts] = json.loads(held["documents.json"])
    assert held[facts["file"]] == b"The harbour opens at seven."
    assert ".." not in facts["file"]
    everything = b"".join(held.values())
    for secret in (alice.password, ApiKey.objects.get().hash):
        assert secret.encode() not in everything


def test_no_cell_of_a_table_is_a_formula(client):
    rows = list(csv.reader(archive_of(client).read("usage.csv").decode().splitlines()))
    assert rows[1][1] == "'=cmd|' /C calc'!A0"


def test_the_chats_of_an_archive_can_be_imported_elsewhere(client):
    data = archive_of(client).read("chats.json")
    bob = User.objects.create_user("bob", "bob@example.org", PASSWORD)
    saving.run(imports.accept(bob, SimpleUploadedFile("chats.json", data)).id)
    assert Conversation.objects.get(owner=bob).title == "Harbours"


def test_an_archive_is_its_owners_and_lasts_a_day(client, alice):
    archive_of(client)
    export = DataExport.objects.get()
    address = reverse("accounts:download", args=[export.pk])
    other = Client()
    other.force_login(User.objects.create_user("bob", "bob@example.org", PASSWORD))
    unknown = reverse("accounts:download", args=[uuid4()])
    assert other.get(address).status_code == 404
    assert other.get(address).content == other.get(unknown).content
    DataExport.objects.update(created=export.created - data_export.RETENTION)
    assert client.get(address).status_code == 404
    sweep()
    assert not default_storage.exists(export.file)


def test_an_archive_is_nobodys_once_the_account_or_its_access_has_ended(client, alice):
    archive_of(client)
    address = reverse("accounts:download", args=[DataExport.objects.get().pk])

    def find_openers(*browsers: Client) -> list[bool]:
        sent = [each.get(address) for each in browsers]
        return [each.status_code == 200 and bool(async_to_sync(read_body)(each)) for each in sent]

    elsewhere = Client()
    elsewhere.force_login(alice)
    secrets = keys.create(alice, "k", ["chat"])[1], tokens.issue(alice).access
    # A page is opened by a session alone.
    by_others = [Client(headers={"Authorization": f"Bearer {each}"}) for each in secrets]
    assert find_openers(client, elsewhere, *by_others) == [True, True, False, False]
    client.post(reverse("accounts:sign_out_everywhere"), {"password": PASSWORD})
    assert find_openers(client, elsewhere) == [True, False]
    User.objects.update(is_active=False)
    assert find_openers(client, elsewhere) == [False, False]


def test_a_new_archive_takes_the_place_of_the_one_before(client, alice):
    archive_of(client)
    first = DataExport.objects.get()
    archive_of(client)
    kept = DataExport.objects.get()
    assert kept.pk != first.pk
    assert not default_storage.exists(first.file)
    assert default_storage.exists(kept.file)


def test_asking_twice_makes_one_archive_and_a_killed_worker_is_made_up_for(client):
    for _ in range(2):
        client.post(reverse("accounts:data"))
    export = DataExport.objects.get()
    lease = data_export.LEASE * 2
    DataExport.objects.update(claimed_until=export.created - lease)
    assert data_export.EXPORT.find_abandoned() == [export.pk]
    data_export.make(export.pk)
    data_export.make(export.pk)
    export.refresh_from_db()
    assert export.state == "ready"
    assert len(default_storage.listdir("exports")[1]) == 1


def leave(client: Client, password: str = PASSWORD):
    return client.post(reverse("accounts:leave"), {"confirmation": password})


def test_leaving_ends_every_credential_at_once_and_takes_all_away(client, alice):
    archive_of(client)
    access = tokens.issue(alice).access
    files = [default_storage.path(str(each.file.name)) for each in Version.objects.all()]
    assert leave(client, "wrong").status_code == 200
    assert User.objects.get().is_active
    assert leave(client).status_code == 302
    headers = {"Authorization": f"Bearer {access}"}
    assert Client().get("/api/me", headers=headers).status_code == 401
    assert client.get("/chat/").status_code == 302
    deletion.delete(alice.pk)
    assert not User.objects.exists()
    for model in (Conversation, Document, Collection, SavedPrompt, ApiKey, DataExport):
        assert not model.objects.exists(), model
    assert files
    assert not any(default_storage.exists(each) for each in files)
    assert default_storage.listdir("exports")[1] == []
    # What was used stays on the books, and who left in the log.
    assert LedgerEntry.objects.get().user is None
    assert AuditEntry.objects.filter(action="account_deleted", username="alice").exists()


def test_a_worker_that_was_killed_does_not_leave_half_an_account(client, alice):
    leave(client)
    Conversation.objects.all().delete()
    deletion.delete(alice.pk)
    deletion.delete(alice.pk)
    assert not User.objects.exists()


def test_the_only_administrator_stays(client, alice):
    alice.is_superuser = True
    alice.save()
    refused = leave(client).content.decode()
    assert "only administrator" in refused
    assert User.objects.get().is_active
    User.objects.create_superuser("root", "root@example.org", PASSWORD)
    assert leave(client).status_code == 302


def test_nobody_is_deleted_who_does_not_leave(alice):
    deletion.delete(alice.pk)
    assert User.objects.get() == alice
