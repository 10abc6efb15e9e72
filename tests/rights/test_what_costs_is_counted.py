"""All that costs the site something counts towards its user's rate, by whatever way it comes."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.credentials import tokens
from accounts.limits import rate_limit
from accounts.models import User
from chat.conversations import sharing
from chat.models import Conversation, Message
from documents.models import Document, Version
from documents.tests.library import ready_document
from tests import routes

pytestmark = pytest.mark.django_db(transaction=True)

# What changes rows of one's own, or ends something. Each was looked at.
COSTS_LITTLE = {
    "PATCH /api/collections/{collection_id}",
    "PATCH /api/conversations/{conversation_id}",
    "PATCH /api/documents/{document_id}",
    "PATCH /api/folders/{folder_id}",
    "PATCH /api/me/facts",
    "PATCH /api/me/facts/{fact_id}",
    "POST /api/collections",
    "POST /api/collections/{collection_id}/texts/delete",
    "POST /api/collections/{collection_id}/texts/read",
    "POST /api/conversations",
    "POST /api/documents/{document_id}/cancel",
    "POST /api/folders",
    "POST /api/me/facts",
    "POST /api/messages/{message_id}/feedback",
    "POST /api/batches/{batch_id}/cancel",
    "POST /api/turns/{turn_id}/stop",
    # Bounded in how many there may be; the items of a batch count one by one.
    "POST /api/batches/{batch_id}/resume",
    "POST /api/conversations/import",
    "POST /api/keys",
    "POST /api/shares",
    # Of staff.
    "PATCH /api/sources/{source_id}",
    "POST /api/sources",
    "POST /api/sources/{source_id}/pause",
    "POST /api/sources/{source_id}/resume",
    "POST /api/sources/{source_id}/sync",
    # By address and name, since nobody is signed in.
    "POST /api/auth/register",
    "POST /api/auth/token",
    "POST /api/auth/token/refresh",
    "POST /api/auth/token/revoke",
}


def test_each_operation_that_costs_something_is_counted():
    uncounted = set()
    for route in routes.operations():
        method, path = route.method.upper(), re.sub(r"{\w+}", "<x>", route.path).lstrip("/")
        if method in {"POST", "PUT", "PATCH"} and not rate_limit.find_action(method, path):
            uncounted.add(f"{method} {route.path}")
    assert uncounted == COSTS_LITTLE


@pytest.fixture
def alice(settings, tmp_path) -> User:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.FETCH_PAGES = True
    return User.objects.create_user("alice", "alice@example.org", "a long password 1")


@pytest.fixture
def page(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def _file() -> SimpleUploadedFile:
    return SimpleUploadedFile("a.txt", b"Another text.")


def _post(name: str, sent: Callable[[], Any] = dict) -> Callable[[Client, Document], Any]:
    """Send a form of a page; `name` is of one about a document, or of one about none."""

    def send(client: Client, document: Document) -> Any:
        about = [] if name in {"upload", "web_page"} else [document.pk]
        return client.post(reverse(f"documents:{name}", args=about), sent(), follow=True)

    return send


WAYS = {
    "upload": _post("upload", lambda: {"files": _file()}),
    "version": _post("add_version", lambda: {"file": _file()}),
    "reading again": _post("reingest"),
    "another try": _post("retry"),
    "web page": _post("web_page", lambda: {"url": "http://127.0.0.1:1/"}),
}


@pytest.mark.parametrize("way", WAYS)
def test_forms_of_pages_count_as_the_operations_do(
    settings, alice: User, page: Client, way: str
) -> None:
    document = ready_document(alice)
    if way == "another try":
        Version.objects.update(state=Version.State.FAILED)
    before = list(Version.objects.values("pk", "state"))
    settings.UPLOAD_RATE = "1/d"
    assert rate_limit.count(alice, "upload")
    answer = WAYS[way](page, document)
    assert "Too many" in answer.content.decode()
    assert list(Version.objects.values("pk", "state")) == before


def test_going_on_with_a_shared_chat_counts_as_a_branch_does(
    settings, alice: User, page: Client
) -> None:
    chat = Conversation.objects.create(owner=alice, title="Shared")
    Message.objects.create(conversation=chat, role="assistant", content="At noon.")
    token = sharing.get_token(sharing.share(alice, chat, audience="anyone"))
    settings.ASK_RATE = "1/d"
    path = reverse("go_on", args=[token])
    assert [page.post(path).status_code for _ in range(2)] == [302, 429]
    assert Conversation.objects.count() == 2


def test_a_word_on_a_call_counts_as_a_question(settings, alice: User) -> None:
    settings.ASK_RATE = "1/d"
    headers = {"Authorization": f"Bearer {tokens.issue(alice).access}"}
    statuses = [
        Client()
        .post(
            f"/api/calls/{uuid4()}",
            {"token": "x", "confirm": True},
            content_type="application/json",
            headers=headers,
        )
        .status_code
        for _ in range(2)
    ]
    assert statuses == [404, 429]
