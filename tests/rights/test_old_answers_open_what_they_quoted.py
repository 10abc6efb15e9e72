"""An answer over documents of a source, read after the source has changed or removed them."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.models import Citation, Conversation, Message
from documents.models import Document, Page, Source
from documents.search.scope import Scope
from documents.tests.sources import document, make_source, run, write

pytestmark = pytest.mark.django_db(transaction=True)

CHANGED, REMOVED = "The source has changed since.", "Removed at its source since."


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice", "alice@example.org", "a long password 1")


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.SOURCE_FOLDERS = [str(tmp_path / "shared")]
    write(tmp_path / "shared", {"rules.md": "The lamp is lit at seven.", "other.md": "Other."})
    return tmp_path / "shared"


def publish(source: Source, number: int) -> Document:
    """The version as if a worker had read it."""
    found = document(source, "rules.md")
    version = found.versions.get(number=number)
    Page.objects.create(version=version, number=1, start=0, text=f"Text of version {number}.")
    found.current = version
    found.save()
    return found


def test_what_an_answer_quoted_opens_and_says_what_became_of_it(alice: User, folder: Path) -> None:
    source = make_source(alice, "folder", str(folder))
    run(source)
    quoted = publish(source, 1)
    chat = Conversation.objects.create(owner=alice, title="Lamps")
    asked = Message.objects.create(conversation=chat, role="user", content="When?")
    answer = Message.objects.create(
        conversation=chat, parent=asked, role="assistant", content="At seven [1]."
    )
    Citation.objects.create(
        message=answer, n=1, version=quoted.current, document_title=quoted.title, start=0, end=8,
        quote="The lamp is lit at seven.",
    )  # fmt: skip
    Conversation.objects.filter(pk=chat.pk).update(leaf=answer.pk)
    client = Client()
    client.force_login(alice)
    page = reverse("chat:conversation", args=[chat.pk])
    passage = f"/documents/{quoted.pk}/?version=1&start=0&end=8"

    shown = client.get(page).content.decode()
    assert "The lamp is lit at seven." in shown
    assert CHANGED not in shown

    write(folder, {"rules.md": "The lamp is lit at eight."})
    run(source)
    publish(source, 2)
    assert CHANGED in client.get(page).content.decode()
    opened = client.get(passage).content.decode()
    assert "Text of" in opened
    assert CHANGED in opened

    (folder / "rules.md").unlink()
    run(source)
    assert REMOVED in client.get(page).content.decode()
    assert "Searches no longer find it" in client.get(passage).content.decode()
    assert not Scope(alice).readable().filter(pk=quoted.pk).exists()
