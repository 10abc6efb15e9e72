"""A chat as Markdown, as JSON and on paper."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from chat.conversations import conversations
from chat.models import Citation, Message
from documents.access import default_collection
from documents.models import Document, Version

pytestmark = pytest.mark.django_db(transaction=True)


def create_messages(chat, *texts: str) -> list[Message]:
    """Questions and answers in turn."""
    parent, made = None, []
    for number, text in enumerate(texts):
        role = Message.Role.ASSISTANT if number % 2 else Message.Role.USER
        parent = Message.objects.create(conversation=chat, parent=parent, role=role, content=text)
        made.append(parent)
    return made


@pytest.fixture
def chat(alice):
    return conversations.create(alice, '차 이야기 "tea"/../x')


@pytest.fixture
def client(alice) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def test_markdown_holds_the_shown_branch(client, chat):
    first, answer = create_messages(chat, "What is tea?", "A **drink** [1].")
    Message.objects.create(conversation=chat, parent=first, role="assistant", content="Other.")
    conversations.show(answer)
    response = client.get(reverse("chat:as_markdown", args=[chat.id]))
    text = response.content.decode()
    assert text.startswith("# 차 이야기")
    assert "## You\n\nWhat is tea?\n" in text
    assert "A **drink** [1]." in text
    assert "Other." not in text
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''")


def test_json_holds_the_whole_tree(client, chat):
    first, answer = create_messages(chat, "What is tea?", "A drink.")
    other = Message.objects.create(conversation=chat, parent=first, role="assistant", content="O")
    conversations.show(answer)
    data = json.loads(client.get(reverse("chat:as_json", args=[chat.id])).content)
    assert (data["format"], data["version"], data["title"]) == ("aiapp-chat", 1, chat.title)
    assert data["leaf"] == str(answer.id)
    assert {each["id"]: each["parent"] for each in data["messages"]} == {
        str(first.id): None,
        str(answer.id): str(first.id),
        str(other.id): str(first.id),
    }


def test_sources_are_footnotes_unless_they_are_no_longer_open(client, chat, alice):
    _, answer = create_messages(chat, "When?", "At seven [1], or [2](https://example.org).")
    document = Document.objects.create(collection=default_collection(alice), title="guide")
    version = Version.objects.create(document=document, number=1, filename="guide.pdf", size=1)
    Citation.objects.create(
        message=answer, n=1, version=version, document_title="guide", page=4, start=0, end=9,
        quote="opens at\nseven",
    )  # fmt: skip
    url = reverse("chat:as_markdown", args=[chat.id])
    text = client.get(url).content.decode()
    assert "At seven [^2-1], or [2](https://example.org)." in text
    assert "[^2-1]: guide, page 4: “opens at seven”" in text
    Document.objects.all().delete()
    text = client.get(url).content.decode()
    assert "guide" not in text
    assert "seven”" not in text
    assert "guide" not in client.get(reverse("chat:as_json", args=[chat.id])).content.decode()


def test_paper_holds_every_message_and_no_script_of_theirs(client, chat):
    create_messages(chat, *[f"<script>alert({n})</script> {n}" for n in range(120)])
    page = client.get(reverse("chat:print", args=[chat.id])).content.decode()
    assert page.count('class="paper-question"') == 60
    assert "<script>alert" not in page
