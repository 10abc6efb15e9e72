"""Links to snapshots of chats: who opens them, what they show, and until when."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.credentials import tokens
from accounts.models import AuditEntry
from chat.conversations import conversations, sharing
from chat.models import ChatShare, Citation, Conversation, Message
from documents.access import default_collection
from documents.models import Document, Version

pytestmark = pytest.mark.django_db(transaction=True)

QUOTE = "The harbour opens at seven."


@pytest.fixture(autouse=True)
def _rates(settings):
    settings.SHARED_RATE = "1000/m"


@pytest.fixture
def chat(alice) -> Conversation:
    chat = conversations.create(alice, "Harbours <b>")
    asked = Message.objects.create(conversation=chat, role="user", content="When? <script>x()")
    answer = Message.objects.create(
        conversation=chat, parent=asked, role="assistant", content="At **seven** [1]."
    )
    document = Document.objects.create(collection=default_collection(alice), title="guide.pdf")
    version = Version.objects.create(document=document, number=1, filename="guide.pdf", size=1)
    Citation.objects.create(
        message=answer, n=1, version=version, document_title="guide.pdf", page=4, start=0, end=9,
        quote=QUOTE,
    )  # fmt: skip
    return chat


def client_of(user=None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def address(share: ChatShare) -> str:
    return reverse("shared", args=[sharing.get_token(share)])


def is_hidden(client: Client, path: str) -> bool:
    """Tell whether a link answers as one that never was."""
    response, unknown = client.get(path), client.get("/s/nothing/")
    same = response.content == unknown.content and response.status_code == unknown.status_code
    return same and response.status_code in {302, 404}


def test_anyone_with_the_link_reads_the_snapshot_and_nothing_of_the_documents(alice, chat):
    share = sharing.share(alice, chat, audience="anyone")
    conversations.rename(chat, "Secret")
    response = client_of().get(address(share))
    page = response.content.decode()
    assert "Harbours &lt;b&gt;" in page
    assert "<strong>seven</strong>" in page
    for absent in ("<script>x()", "guide.pdf", QUOTE, "Secret", "alice", str(chat.id)):
        assert absent not in page
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store"


def test_a_link_for_members_sends_others_to_sign_in_as_every_unknown_link_does(alice, bob, chat):
    share = sharing.share(alice, chat, audience="members")
    assert client_of().get(address(share)).status_code == 302
    assert client_of().get("/s/nothing/").status_code == 302
    assert client_of(bob).get(address(share)).status_code == 200
    assert client_of(bob).get("/s/nothing/").status_code == 404


def test_sources_are_shown_if_chosen_while_their_owner_may_open_them(alice, chat):
    share = sharing.share(alice, chat, audience="anyone", with_sources=True)
    page = client_of().get(address(share)).content.decode()
    assert QUOTE in page
    assert 'href="#source-2-1"' in page
    Document.objects.all().delete()
    page = client_of().get(address(share)).content.decode()
    assert QUOTE not in page
    assert "guide.pdf" not in page


@pytest.mark.parametrize(
    "end",
    [
        sharing.revoke,
        lambda alice, share: ChatShare.objects.update(expires=timezone.now()),
        lambda alice, share: Conversation.objects.update(deleted=timezone.now()),
        lambda alice, share: type(alice).objects.filter(pk=alice.pk).update(is_active=False),
    ],
    ids=["revoked", "run out", "chat deleted", "owner deactivated"],
)
def test_a_link_that_has_ended_is_as_one_that_never_was(alice, bob, chat, end):
    share = sharing.share(alice, chat, audience="anyone")
    path = address(share)
    end(alice, share)
    assert is_hidden(client_of(bob), path)
    assert client_of().get(path).status_code == 302


def test_the_secret_is_not_in_the_database_and_opens_nothing_else(alice, bob, chat):
    share = sharing.share(alice, chat, audience="anyone")
    token = sharing.get_token(share)
    assert len(token) >= 43
    row = ChatShare.objects.values().get()
    assert token not in str(row)
    headers = {"Authorization": f"Bearer {token}"}
    assert client_of().get("/api/conversations", headers=headers).status_code == 401


def test_what_is_asked_later_and_other_branches_are_not_shared(alice, chat):
    asked, answer = Message.objects.order_by("id")
    Message.objects.create(conversation=chat, parent=asked, role="assistant", content="At nine.")
    conversations.show(answer)
    chat.refresh_from_db()
    share = sharing.share(alice, chat, audience="anyone")
    Message.objects.create(conversation=chat, parent=answer, role="user", content="Later?")
    page = client_of().get(address(share)).content.decode()
    assert "At nine." not in page
    assert "Later?" not in page


def test_a_reader_goes_on_in_a_chat_of_their_own_without_the_sources(alice, bob, chat):
    share = sharing.share(alice, chat, audience="members", with_sources=True)
    path = reverse("go_on", args=[sharing.get_token(share)])
    assert client_of().post(path).status_code == 302
    assert not Conversation.objects.exclude(owner=alice).exists()
    page = client_of(bob).post(path, follow=True).content.decode()
    assert "At <strong>seven</strong>" in page
    assert QUOTE not in page
    assert Conversation.objects.get(owner=bob).messages.count() == 2


def test_links_are_made_listed_and_revoked_on_pages(alice, bob, chat):
    client = client_of(alice)
    path = reverse("chat:share", args=[chat.id])
    assert client_of(bob).get(path).status_code == 404
    page = client.post(path, {"audience": "anyone", "days": "7"}).content.decode()
    share = ChatShare.objects.get()
    assert address(share) in page
    assert timedelta(days=6) < share.expires - timezone.now() <= timedelta(days=7)
    assert address(share) in client.get(reverse("chat:shares")).content.decode()
    revoke = reverse("chat:revoke", args=[share.id])
    assert client_of(bob).post(revoke).status_code == 404
    client.post(revoke)
    assert not ChatShare.objects.exists()
    noted = AuditEntry.objects.filter(action="shares_changed", user=alice)
    assert noted.count() == 2


def test_a_chat_without_an_answer_has_nothing_to_share(alice):
    chat = conversations.create(alice, "Empty")
    refused = client_of(alice).post(reverse("chat:share", args=[chat.id]), {"audience": "anyone"})
    assert refused.status_code == 422
    assert "nothing to share" in refused.content.decode()


def test_programs_share_too(alice, bob, chat):
    def headers(user) -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens.issue(user).access}"}

    body = {"conversation_id": str(chat.id), "audience": "anyone", "days": 1}
    client, kind = client_of(), "application/json"
    made = client.post("/api/shares", body, content_type=kind, headers=headers(alice))
    assert made.status_code == 201
    url = made.json()["url"]
    assert client.get("/" + url.split("/", 3)[3]).status_code == 200
    assert client.get("/api/shares", headers=headers(alice)).json()[0]["url"] == url
    assert client.get("/api/shares", headers=headers(bob)).json() == []
    other = client.post("/api/shares", body, content_type=kind, headers=headers(bob))
    assert other.status_code == 404
    link = f"/api/shares/{made.json()['id']}"
    assert client.delete(link, headers=headers(bob)).status_code == 404
    assert client.delete(link, headers=headers(alice)).status_code == 204


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Forwarded-Server", "Forwarded"])
def test_a_link_leads_to_our_own_address_whatever_the_request_says(settings, alice, chat, name):
    settings.SITE_URL = "https://ours.example"
    lies = {name: "host=evil.example", "X-Forwarded-Proto": "gopher", "X-Forwarded-Port": "7"}
    headers = lies | {"Authorization": f"Bearer {tokens.issue(alice).access}"}
    body = {"conversation_id": str(chat.id), "audience": "anyone", "days": 1}
    made = client_of().post("/api/shares", body, content_type="application/json", headers=headers)
    assert made.json()["url"].startswith("https://ours.example/s/")
    page = client_of(alice).get(reverse("chat:shares"), headers=lies).content.decode()
    assert "https://ours.example/s/" in page
    assert "evil.example" not in page


def test_the_rate_of_strangers_is_bounded(settings, alice, chat):
    settings.SHARED_RATE = "3/m"
    path = address(sharing.share(alice, chat, audience="anyone"))
    codes = [client_of().get(path, REMOTE_ADDR="203.0.113.77").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
