"""Pinned, archived, deleted and brought back."""

from datetime import timedelta
from uuid import uuid4

from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone

from accounts.credentials import tokens
from accounts.models import User
from aiapp.db import in_db
from chat import asking
from chat.conversations.conversations import create
from chat.models import Conversation, Message, Turn
from chat.tests.conftest import reload_turn
from chat.turns import deletion
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Choices, Question

SCRIPT = {"X-Requested-With": "fetch"}


def address(name: str, conversation: Conversation) -> str:
    return reverse(f"chat:{name}", args=[conversation.id])


def fetch_list(client: Client) -> str:
    return client.get(reverse("chat:chats")).content.decode()


def test_a_pinned_chat_stands_above_all_others(client: Client, alice: User) -> None:
    client.force_login(alice)
    old, _new = create(alice, "An old one"), create(alice, "A new one")
    Conversation.objects.filter(id=old.id).update(updated=timezone.now() - timedelta(days=90))
    client.post(address("pin", old), {"pinned": "1"})
    html = fetch_list(client)
    places = [html.index(text) for text in ("Pinned", "An old one", "Today", "A new one")]
    assert places == sorted(places)
    assert html.count("An old one</span>") == 1
    client.post(address("pin", old))
    assert "Pinned" not in fetch_list(client)


def test_an_archived_chat_leaves_the_list_and_opens_by_its_address(
    client: Client, alice: User
) -> None:
    client.force_login(alice)
    chat = create(alice, "Dismiss")
    client.post(address("pin", chat), {"pinned": "1"})
    client.post(address("archive", chat), {"archived": "1"})
    assert "Dismiss" not in fetch_list(client)
    assert client.get(address("conversation", chat)).status_code == 200
    client.post(address("archive", chat))
    assert "Dismiss" in fetch_list(client)
    chat.refresh_from_db()
    assert not chat.pinned


def test_a_form_leads_back_to_where_it_was_and_nowhere_else(client: Client, alice: User) -> None:
    client.force_login(alice)
    chat = create(alice, "Tea")
    back = client.post(address("pin", chat), {"next": "/documents/"})
    assert back["Location"] == "/documents/"
    away = client.post(address("pin", chat), {"next": "https://evil.example/"})
    assert away["Location"] == reverse("chat:home")


def test_a_script_is_told_what_was_done_and_how_to_undo_it(client: Client, alice: User) -> None:
    client.force_login(alice)
    chat = create(alice, "Tea")
    told = client.post(address("archive", chat), {"archived": "1"}, headers=SCRIPT)
    assert "Archived" in told.content.decode()
    assert address("archive", chat) in told.content.decode()
    told = client.post(address("delete", chat), headers=SCRIPT)
    assert told["X-Deleted"] == str(chat.id)
    assert address("restore", chat) in told.content.decode()


async def test_a_deleted_chat_is_gone_everywhere_at_once(alice: User) -> None:
    choices = Choices("echo", collections=[])
    accepted = await asking.ask(
        alice, Question("one two", uuid4().hex), choices, follows=NewConversation()
    )
    await asking.outcome(accepted.turn)
    chat, answer = accepted.conversation, accepted.assistant_message
    client = AsyncClient()
    await client.aforce_login(alice)
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, alice)).access}"}
    pages = [
        address("conversation", chat),
        address("messages", chat),
        reverse("chat:message", args=[answer.id]),
        reverse("chat:message_text", args=[answer.id]),
        reverse("chat:stream", args=[accepted.turn.id]),
    ]
    calls = [
        f"/api/conversations/{chat.id}",
        f"/api/conversations/{chat.id}/messages",
        f"/api/turns/{accepted.turn.id}/events",
    ]
    for path in pages:
        assert (await client.get(path)).status_code == 200, path
    deleted = await client.delete(f"/api/conversations/{chat.id}", headers=headers)
    assert deleted.status_code == 204
    for path in pages:
        assert (await client.get(path)).status_code == 404, path
    for path in calls:
        assert (await client.get(path, headers=headers)).status_code == 404, path
    again = await client.get("/api/conversations", headers=headers)
    assert again.json()["items"] == []
    asked = {"content": "again", "conversation": str(chat.id)}
    refused = await client.post(reverse("chat:ask"), asked, headers=SCRIPT)
    assert refused.status_code == 404


async def test_deleting_stops_the_answer_under_way(alice: User) -> None:
    choices = Choices("count-600-20", collections=[])
    accepted = await asking.ask(
        alice, Question("at length", uuid4().hex), choices, follows=NewConversation()
    )
    await deletion.delete(alice, accepted.conversation.id)
    await asking.outcome(accepted.turn)
    assert (await reload_turn(accepted.turn)).state == Turn.State.STOPPED


def test_what_was_deleted_comes_back_whole(client: Client, alice: User, bob: User) -> None:
    chat = create(alice, "Tea")
    Message.objects.create(conversation=chat, role="user", content="Green or black?")
    client.force_login(alice)
    gone = client.post(address("delete", chat))
    page = client.get(gone["Location"]).content.decode()
    assert address("restore", chat) in page
    assert "Tea" not in page
    client.force_login(bob)
    assert client.post(address("restore", chat)).status_code == 404
    client.force_login(alice)
    client.post(address("restore", chat))
    assert "Green or black?" in client.get(address("conversation", chat)).content.decode()
    assert client.post(address("restore", chat)).status_code == 404


def test_the_sweep_takes_away_for_good_what_nobody_wanted_back(alice: User) -> None:
    old, fresh, kept = create(alice, "old"), create(alice, "fresh"), create(alice, "kept")
    now = timezone.now()
    Conversation.objects.filter(id=old.id).update(deleted=now - deletion.UNDO_FOR)
    Conversation.objects.filter(id=fresh.id).update(deleted=now)
    deletion.purge()
    assert set(Conversation.objects.values_list("id", flat=True)) == {fresh.id, kept.id}


async def test_the_api_pins_and_archives(alice: User) -> None:
    chat = await in_db(create, alice, "Tea")
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, alice)).access}"}

    async def change(**body: object) -> dict[str, object]:
        response = await AsyncClient().patch(
            f"/api/conversations/{chat.id}", body, content_type="application/json", headers=headers
        )
        return response.json()

    assert (await change(pinned=True))["pinned"]
    changed = await change(archived=True)
    assert (changed["archived"], changed["pinned"], changed["title"]) == (True, False, "Tea")
    assert "error" in await change(owner="bob")
