"""Search of one's own chats."""

import pytest
from django.test import AsyncClient, Client
from django.urls import reverse

from accounts.credentials import tokens
from accounts.models import User
from aiapp.db import in_db
from chat.conversations import search
from chat.conversations.conversations import arrange, create
from chat.models import Conversation, Message
from chat.turns import deletion


def chat(user: User, title: str, *texts: str) -> Conversation:
    conversation = create(user, title)
    parent = None
    for number, text in enumerate(texts):
        role = "assistant" if number % 2 else "user"
        parent = Message.objects.create(
            conversation=conversation, parent=parent, role=role, content=text
        )
    return conversation


def titles(user: User, text: str) -> set[str]:
    return {found.chat.title for found in search.find(user, text).hits}


@pytest.mark.parametrize(
    "text",
    ["harbour", "HARBOURS", "harb", "ships harbour", "paying", "1,200.50", "a@example.org",
     "수수료", "항만 수수", "항", "東京", "京都港"],
)  # fmt: skip
def test_a_chat_is_found_by_words_of_its_messages(alice: User, text: str) -> None:
    chat(alice, "One", "What do ships pay in the harbour?", "1,200.50 euros, asks a@example.org")
    chat(alice, "One", "항만 수수료는 얼마입니까? 東京都港区", "Ships pay for the harbour.")
    chat(alice, "Other", "Something else entirely")
    assert titles(alice, text) == {"One"}


@pytest.mark.parametrize("text", ["fees quarter", "QUART", "분기", "the fees"])
def test_a_chat_is_found_by_its_title(alice: User, text: str) -> None:
    chat(alice, "The quarter's fees 분기별")
    chat(alice, "Other")
    assert titles(alice, text) == {"The quarter's fees 분기별"}


@pytest.mark.parametrize("text", ["'", "' | 'x", "\\", "a:* & !b", "<->", "()", "\x00", "%", "_"])
def test_no_text_breaks_the_search(alice: User, text: str) -> None:
    chat(alice, "One", "Plain words")
    search.find(alice, text)


def test_nothing_of_another_or_deleted_or_temporary_is_found(alice: User, bob: User) -> None:
    chat(bob, "Bob's harbour", "harbour")
    gone = chat(alice, "Gone", "harbour")
    Conversation.objects.filter(id=gone.id).update(deleted=gone.created)
    passing = chat(alice, "Passing", "harbour")
    Conversation.objects.filter(id=passing.id).update(temporary=True)
    put_away = chat(alice, "Dismiss", "harbour")
    arrange(put_away, archived=True)
    assert titles(alice, "harbour") == {"Dismiss"}
    deletion.restore(alice, gone.id)
    assert titles(alice, "harbour") == {"Dismiss", "Gone"}


def test_an_answer_is_found_as_soon_as_it_is_saved(alice: User) -> None:
    conversation = chat(alice, "One", "What?")
    answer = Message.objects.create(conversation=conversation, role="assistant", content="")
    Message.objects.filter(id=answer.id).update(content="The lighthouse")
    assert titles(alice, "lighthouse") == {"One"}
    Message.objects.filter(id=answer.id).update(content="The pier")
    assert titles(alice, "lighthouse") == set()


def test_the_snippet_shows_the_words_and_no_markup_of_theirs(client: Client, alice: User) -> None:
    text = "Padding. " * 40 + "<b>Harbours</b> & <script>alert(1)</script> " + "More. " * 80
    chat(alice, "One", text)
    client.force_login(alice)
    html = client.get(reverse("chat:search"), {"q": "harbour"}).content.decode()
    assert "&lt;b&gt;<mark>Harbours</mark>&lt;/b&gt; &amp; &lt;script&gt;" in html
    assert "<script>alert" not in html
    assert "…" in html


def test_what_was_found_leads_to_its_message(client: Client, alice: User) -> None:
    conversation = chat(alice, "One", *[f"Message {n}" for n in range(120)])
    first, *_, last = Message.objects.order_by("id")
    client.force_login(alice)
    page = reverse("chat:conversation", args=[conversation.id])
    at = client.get(reverse("chat:in_chat", args=[last.id]))["Location"]
    assert at == f"{page}#message-{last.id}"
    at = client.get(reverse("chat:in_chat", args=[first.id]))["Location"]
    assert at == f"{page}?leaf={first.id}#message-{first.id}"
    assert f'id="message-{first.id}"' in client.get(at).content.decode()
    other = Message.objects.create(
        conversation=conversation, parent=last.parent, role="assistant", content="Other"
    )
    Conversation.objects.filter(id=conversation.id).update(leaf=last.id)
    at = client.get(reverse("chat:in_chat", args=[other.id]))["Location"]
    assert at == f"{page}?leaf={other.id}#message-{other.id}"


def test_the_page_lists_all_chats_or_the_archived_ones_by_pages(
    client: Client, alice: User
) -> None:
    for number in range(search.PAGE_SIZE + 2):
        chat(alice, f"Kept {number:02}")
    arrange(chat(alice, "Dismiss"), archived=True)
    client.force_login(alice)
    page = client.get(reverse("chat:search")).content.decode()
    main = page.partition("<main")[2]
    assert main.count('class="found"') == search.PAGE_SIZE
    assert "Dismiss" not in main
    after = search.find(alice, "").after
    assert client.get(reverse("chat:search"), {"after": after}).content.count(b'"found"') == 2
    archived = client.get(reverse("chat:search"), {"archived": "1"}).content.decode()
    assert "Dismiss" in archived.partition("<main")[2]
    assert client.get(reverse("chat:search"), {"after": "x"}).status_code == 422


async def test_the_api_finds_the_same(alice: User) -> None:
    conversation = await in_db(chat, alice, "One", "What do ships pay in the harbour?")
    await in_db(chat, alice, "Other", "Something else")
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, alice)).access}"}
    answer = await AsyncClient().get("/api/conversations?q=harbours ship", headers=headers)
    [item] = answer.json()["items"]
    assert item["id"] == str(conversation.id)
    assert item["match"]["snippet"] == "What do ships pay in the harbour?"
    every = await AsyncClient().get("/api/conversations", headers=headers)
    assert [item["match"] for item in every.json()["items"]] == [None, None]
