"""Names and tools' arguments as pages and the API show them: nothing in them is unseen."""

from typing import Any
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from accounts.credentials import keys
from accounts.models import ApiKey, User
from aiapp.text.fields import NameField
from aiapp.text.invisible import remove_invisible
from chat.conversations import folders
from chat.models import Attachment, Batch, Conversation, Folder, SavedPrompt
from chat.tools.showing import CallView
from documents.library import uploads
from documents.models import Collection, Document

pytestmark = pytest.mark.django_db

EVIL, SEEN = "invoice\u202efdp\u200b\U000e0041.exe", "invoicefdp.exe"


@pytest.fixture
def alice(settings, tmp_path) -> User:
    settings.MEDIA_ROOT = tmp_path / "files"
    return User.objects.create_user("alice", "alice@example.org", "a long password 1")


MADE: dict[str, Any] = {
    "collection": lambda user: Collection.objects.create(owner=user, name=EVIL).name,
    "chat": lambda user: Conversation.objects.create(owner=user, title=EVIL).title,
    "folder": lambda user: folders.create(user, EVIL).name,
    "prompt": lambda user: SavedPrompt.objects.create(owner=user, title=EVIL, text="x").title,
    "batch": lambda user: Batch.objects.create(owner=user, title=EVIL, model="x").title,
    "key": lambda user: keys.create(user, EVIL, ["chat"])[0].name,
    "file": lambda user: uploads.accept(
        user, SimpleUploadedFile(EVIL.replace(".exe", ".txt"), b"Words.")
    ).title.replace(".txt", ".exe"),
}


@pytest.mark.parametrize("made", MADE)
def test_a_name_is_kept_without_what_nobody_sees(alice: User, made: str) -> None:
    assert MADE[made](alice) == SEEN


def test_many_at_once_and_updates_are_no_way_around(alice: User) -> None:
    Folder.objects.bulk_create([Folder(owner=alice, name=EVIL)])
    Conversation.objects.create(owner=alice, title="x")
    Conversation.objects.update(title=EVIL)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM chat_folder UNION SELECT title FROM chat_conversation")
        assert cursor.fetchall() == [(SEEN,)]


def test_what_an_older_release_stored_is_shown_without_it(alice: User) -> None:
    collection = Collection.objects.create(owner=alice, name="x")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE documents_collection SET name = %s", [EVIL])
    assert Collection.objects.get(pk=collection.pk).name == SEEN
    assert list(Collection.objects.values_list("name", flat=True)) == [SEEN]
    client = Client()
    client.force_login(alice)
    page = client.get("/documents/").content.decode()
    assert SEEN in page
    assert remove_invisible(page) == page


@pytest.mark.parametrize("name", ["\u202e", "\u200b\ufeff", "\u3164", " \u2066 "])
def test_a_name_of_nothing_but_that_is_none(alice: User, name: str) -> None:
    client = Client()
    client.force_login(alice)
    client.post("/documents/collections/new/", {"name": name})
    client.post("/chat/prompts/", {"title": name, "text": "x"})
    assert not Collection.objects.exists()
    assert not SavedPrompt.objects.exists()


def test_a_file_to_save_is_named_by_what_can_be_seen(alice: User) -> None:
    """Whatever stands in a title ends no header, and turns no ending around."""
    title = f'{EVIL}"; filename=x.html\r\nSet-Cookie: a=b\x0b\x1b'
    chat = Conversation.objects.create(owner=alice, title=title)
    picture = Attachment.objects.create(
        owner=alice, filename=title, media_type="image/png", width=1, height=1, data=b"x"
    )
    client = Client()
    client.force_login(alice)
    for name, pk in (("as_markdown", chat.pk), ("as_json", chat.pk), ("attachment", picture.pk)):
        answer = client.get(reverse(f"chat:{name}", args=[pk]))
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer
        told = unquote(answer["Content-Disposition"])
        assert remove_invisible(told) == told
        assert SEEN in told


@pytest.mark.parametrize("state", ["waiting", "done", "failed", "running"])
def test_what_is_agreed_to_is_shown_to_the_last_character(state: str) -> None:
    arguments = (
        '{"to\u200b": "alice\u202egro.live@", "list": ["a\U000e0041"], "fine": "👨\u200d👩"}'
    )
    call = CallView("send\u2066_mail", arguments, state=state, result="ok\u202e", id="1")
    page = render_to_string("chat/_calls.html", {"calls": [call]})
    for shown in ("to⟨U+200B⟩", "alice⟨U+202E⟩gro.live@", "a⟨U+E0041⟩", "send⟨U+2066⟩_mail"):
        assert shown in page
    assert "👨\u200d👩" in page
    assert remove_invisible(page) == page


@pytest.mark.parametrize("arguments", ["no JSON \u202e", '["\u202e"]', "[" * 900 + "]" * 900])
def test_arguments_that_are_no_object_are_shown_as_they_are(arguments: str) -> None:
    call = CallView("x", arguments, state="waiting", id="1")
    page = render_to_string("chat/_calls.html", {"calls": [call]})
    assert arguments.replace("\u202e", "⟨U+202E⟩").replace('"', "&quot;") in page


def test_every_name_and_title_of_ours_is_such_a_field() -> None:
    fields = {
        f"{model.__name__}.{field.name}": isinstance(field, NameField)
        for app in ("accounts", "chat", "documents")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        if field.name in {"name", "title", "filename", "document_title"}
    }
    # Names that the model's server, or an administrator, gives.
    others = {"Call.name", "McpServer.name", "EmbeddingSpace.name", "ModelPrice.name"}
    others |= {"Endpoint.name", "EndpointModel.name", "FormerModel.name", "ModelDownload.name"}
    # Made here, of letters and digits.
    others |= {"Table.name"}
    assert {name for name, is_one in fields.items() if not is_one} <= others, fields
    assert Document._meta.get_field("title").deconstruct()[1] == "django.db.models.CharField"
    assert ApiKey._meta.get_field("name").max_length == 100
