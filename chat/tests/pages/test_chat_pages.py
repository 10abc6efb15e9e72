"""The chat pages as a browser gets them, with scripts and without."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Price, User
from aiapp.db import in_db
from chat import asking
from chat.conversations.conversations import create
from chat.models import Citation, Conversation, Message, Turn
from chat.tests.conftest import ask, reload_turn
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.repeats import AcceptedTurn
from chat.turns.accepting.request import Choices, Question
from documents.tests.library import ready_document

SCRIPT = {"X-Requested-With": "fetch"}


def history(user: User, exchanges: int = 1, text: str = "An answer.") -> Conversation:
    """A conversation that is over."""
    conversation = create(user, "About tea")
    parent = None
    for number in range(exchanges):
        question = Message.objects.create(
            conversation=conversation, parent=parent, role="user", content=f"Question {number}?"
        )
        parent = Message.objects.create(
            conversation=conversation, parent=question, role="assistant", content=text
        )
        Turn.objects.create(
            message=parent, owner=user, request_id=uuid4().hex, model="echo", state="done"
        )
    return conversation


async def signed_in(user: User) -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(user)
    return client


async def ask_and_wait(user: User) -> AcceptedTurn:
    """A question in a conversation that is listed, answered."""
    accepted = await asking.ask(
        user, Question("one two", uuid4().hex), Choices("echo"), follows=NewConversation()
    )
    await asking.outcome(accepted.turn)
    return accepted


def test_every_page_wants_a_signed_in_user(client: Client, transactional_db: None) -> None:
    some = uuid4()
    for name in ("conversation", "messages", "rename", "message", "message_text"):
        response = client.get(reverse(f"chat:{name}", args=[some]))
        assert response.status_code == 302, name
    for name in ("home", "chats"):
        assert client.get(reverse(f"chat:{name}")).status_code == 302
    for name in ("retry", "stop", "pin", "archive", "delete", "restore"):
        assert client.post(reverse(f"chat:{name}", args=[some])).status_code == 302
    assert client.get(reverse("chat:stream", args=[some])).status_code == 302
    assert client.post(reverse("chat:ask"), {"content": "hello"}).status_code == 302


async def test_what_belongs_to_another_does_not_exist(alice: User, bob: User) -> None:
    accepted = await ask_and_wait(alice)
    client = await signed_in(bob)
    for name in ("conversation", "messages", "rename"):
        url = reverse(f"chat:{name}", args=[accepted.conversation.id])
        assert (await client.get(url)).status_code == 404, name
    for name in ("message", "message_text"):
        url = reverse(f"chat:{name}", args=[accepted.assistant_message.id])
        assert (await client.get(url)).status_code == 404, name
    url = reverse("chat:retry", args=[accepted.assistant_message.id])
    assert (await client.post(url)).status_code == 404
    for name in ("stop", "stream"):
        url = reverse(f"chat:{name}", args=[accepted.turn.id])
        ask_for = client.post if name == "stop" else client.get
        assert (await ask_for(url)).status_code == 404, name
    form = {"content": "mine?", "conversation": str(accepted.conversation.id)}
    assert (await client.post(reverse("chat:ask"), form, headers=SCRIPT)).status_code == 404


async def test_without_scripts_the_answer_comes_with_the_page(alice: User) -> None:
    client = await signed_in(alice)
    response = await client.post(reverse("chat:ask"), {"content": "one two", "model": "echo"})
    assert response.status_code == 302
    page = await client.get(response["Location"])
    assert "one two" in page.content.decode()
    assert "data-stream=" not in page.content.decode()


async def test_a_script_gets_the_question_and_where_to_follow_its_answer(alice: User) -> None:
    client = await signed_in(alice)
    form = {"content": "one two", "model": "echo", "request_id": "draft-1"}
    first = await client.post(reverse("chat:ask"), form, headers=SCRIPT)
    turn = await in_db(Turn.objects.select_related("message").get)
    assert first["X-Conversation"] == str(turn.message.conversation_id)
    assert 'class="bubble" dir="auto">one two<' in first.content.decode()
    assert f'data-stream="{reverse("chat:stream", args=[turn.id])}"' in first.content.decode()

    again = await client.post(reverse("chat:ask"), form, headers=SCRIPT)
    assert again["X-Conversation"] == first["X-Conversation"]
    assert await in_db(Turn.objects.count) == 1
    await asking.outcome(turn)


async def test_the_stream_ends_and_says_so_when_nothing_is_left(alice: User) -> None:
    accepted = await ask_and_wait(alice)
    client = await signed_in(alice)
    url = reverse("chat:stream", args=[accepted.turn.id])
    response = await client.get(url)
    assert response["Content-Type"].startswith("text/event-stream")
    parts = [part async for part in response.streaming_content]  # type: ignore[attr-defined]
    text = b"".join(parts).decode()
    assert "event: block" in text
    assert text.rstrip().rpartition("event: ")[2].startswith("done")
    last = text.rpartition("id: ")[2].partition("\n")[0]
    assert (await client.get(url, headers={"Last-Event-ID": last})).status_code == 204


async def test_an_empty_question_is_refused_in_words(alice: User) -> None:
    client = await signed_in(alice)
    page = await client.post(reverse("chat:ask"), {"content": "  "})
    assert page.status_code == 422
    assert "Write a question first." in page.content.decode()
    told = await client.post(reverse("chat:ask"), {"content": "  "}, headers=SCRIPT)
    assert told.json()["error"]["code"] == "empty_message"


async def test_where_answers_are_quotes_no_writing_is_suggested(alice: User, settings) -> None:
    client = await signed_in(alice)

    async def read_page() -> str:
        return (await client.get(reverse("chat:home"))).content.decode()

    assert "rainbow" in await read_page()
    settings.CHAT_MODEL = "quotes"
    page = await read_page()
    assert "rainbow" not in page
    assert "Add documents" in page
    assert "Connect a model" not in page
    await in_db(ready_document, alice, title="handbook.pdf")
    assert "What are the main points of “handbook.pdf”?" in await read_page()


async def test_a_suggestion_beside_an_empty_box_is_the_question(alice: User) -> None:
    client = await signed_in(alice)
    await client.post(reverse("chat:ask"), {"content": ["", "a suggestion"], "model": "echo"})
    question = await in_db(Message.objects.filter(role="user").get)
    assert question.content == "a suggestion"


async def test_a_failed_answer_shows_why_and_offers_another_try(alice: User) -> None:
    turn = await reload_turn((await ask(alice, "fault-401")).turn)
    await asking.outcome(turn)
    client = await signed_in(alice)
    url = reverse("chat:message", args=[turn.message_id])
    html = (await client.get(url)).content.decode()
    assert (await reload_turn(turn)).error_message in html
    assert reverse("chat:retry", args=[turn.message_id]) in html


def test_text_of_people_is_never_html(client: Client, alice: User) -> None:
    conversation = history(alice, text="<script>alert(1)</script> [1]")
    evil = '"><img src=x onerror=alert(1)>'
    Conversation.objects.filter(pk=conversation.pk).update(title=evil)
    Message.objects.filter(role="user").update(content=evil)
    answer = Message.objects.get(role="assistant")
    Citation.objects.create(message=answer, n=1, document_title=evil, start=0, end=1, quote=evil)
    client.force_login(alice)
    html = client.get(reverse("chat:conversation", args=[conversation.id])).content.decode()
    assert "<img" not in html
    assert "alert(1)</script>" not in html
    # The mark leads to this answer's own source, of which a page may have many numbered 1.
    assert f'href="#source-{answer.id}-1"' in html
    assert f'id="source-{answer.id}-1"' in html


def test_a_long_chat_is_shown_from_its_end(client: Client, alice: User) -> None:
    conversation = history(alice, exchanges=30)
    client.force_login(alice)
    url = reverse("chat:messages", args=[conversation.id])
    shown = client.get(url).content.decode()
    assert shown.count("<article") == 50
    assert "Question 29?" in shown
    assert "Question 4?" not in shown
    leaf = shown.partition("?leaf=")[2][:36]
    earlier = client.get(url, {"leaf": leaf}).content.decode()
    assert earlier.count("<article") == 10
    assert "Question 4?" in earlier


def test_chats_are_grouped_by_age_and_come_a_page_at_a_time(client: Client, alice: User) -> None:
    now = timezone.now()
    for number in range(60):
        age = timedelta(days=number)
        made = Conversation.objects.create(owner=alice, title=f"Chat {number:02}")
        Conversation.objects.filter(pk=made.pk).update(updated=now - age)
    client.force_login(alice)
    first = client.get(reverse("chat:chats")).content.decode()
    places = [first.index(text) for text in ("Today", "Chat 00", "Previous 7 days", "Older")]
    assert places == sorted(places)
    assert "Chat 49" in first
    assert "Chat 50" not in first
    after = Conversation.objects.order_by("-updated")[49]
    cursor = f"{after.updated.isoformat()}~{after.id}"
    second = client.get(reverse("chat:chats"), {"after": cursor}).content.decode()
    assert second.count("chat-row") == 10
    assert "Older" not in second


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "2026-01-01T00:00:00~x",
        "2026-01-01~b1743b08-cce7-46c8-9b00-d5bc6c8de9ef",
        "9999-12-31T23:59:59-23:59~b1743b08-cce7-46c8-9b00-d5bc6c8de9ef",
        "0001-01-01T00:00:00+23:59~b1743b08-cce7-46c8-9b00-d5bc6c8de9ef",
    ],
)
def test_a_made_up_place_in_the_list_is_refused(client: Client, alice: User, after: str) -> None:
    client.force_login(alice)
    assert client.get(reverse("chat:chats"), {"after": after}).status_code == 422


def test_a_chat_is_renamed_and_deleted_by_plain_forms(client: Client, alice: User) -> None:
    conversation = history(alice)
    client.force_login(alice)
    url = reverse("chat:rename", args=[conversation.id])
    assert 'value="About tea"' in client.get(url).content.decode()
    # An address that is not ours is not gone to.
    response = client.post(url, {"title": "About coffee", "next": "https://evil.example/"})
    assert response["Location"] == reverse("chat:home")
    conversation.refresh_from_db()
    assert conversation.title == "About coffee"
    client.post(reverse("chat:delete", args=[conversation.id]))
    assert client.get(reverse("chat:conversation", args=[conversation.id])).status_code == 404


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ('"><script>', "")])
def test_the_server_sends_the_chosen_colours(
    client: Client, alice: User, cookie: str, theme: str
) -> None:
    client.force_login(alice)
    client.cookies["theme"] = cookie
    html = client.get(reverse("chat:home")).content.decode()
    assert f'data-theme="{theme}"' in html


async def test_an_answer_tells_what_it_cost_where_the_model_has_a_price(
    alice: User, bob: User
) -> None:
    free = await ask_and_wait(bob)
    await Price.objects.acreate(model="echo", input=1000, output=1000)
    paid = await ask_and_wait(alice)
    page = await (await signed_in(bob)).get(f"/chat/{free.conversation.id}/")
    assert "$" not in page.content.decode()
    page = await (await signed_in(alice)).get(f"/chat/{paid.conversation.id}/")
    assert "$0.0090" in page.content.decode()


async def test_a_new_chat_begins_with_the_model_of_the_last_one(alice: User, settings) -> None:
    settings.CHAT_MODEL, settings.CHAT_MODELS = "echo", ["says-hello"]
    client = await signed_in(alice)
    await client.post("/chat/ask/", {"content": "hi", "model": "says-hello"}, follow=True)
    page = (await client.get("/chat/")).content.decode()
    assert "<option selected data-blind>says-hello</option>" in page


def test_a_new_chat_begins_with_the_chosen_model(client: Client, alice: User, settings) -> None:
    settings.CHAT_MODELS = ["says-yes", "says-no"]
    client.force_login(alice)
    told = {"text": "Be brief.", "enabled": "on", "model": "says-no"}
    saved = client.post("/chat/instructions/", told, follow=True).content.decode()
    assert "Saved." in saved
    assert '<option value="says-no" selected>' in saved
    client.post("/chat/ask/", {"content": "hello", "model": "says-yes"}, follow=True)
    assert "<option selected data-blind>says-no</option>" in client.get("/chat/").content.decode()
    # A model that is gone is not asked for.
    settings.CHAT_MODELS = ["says-yes"]
    assert "<option selected data-blind>says-yes</option>" in client.get("/chat/").content.decode()
    refused = client.post("/chat/instructions/", told).content.decode()
    assert "says-no is not one of the available choices" in refused
