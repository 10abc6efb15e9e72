"""Rows from the middle of a table, cited with the names of their columns from further above."""

import json
import re
from html import unescape
from pathlib import Path

import orjson
import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from accounts.models import User
from chat.conversations import conversations, exporting, sharing
from chat.conversations.withholding import withhold_citations, withhold_entries
from chat.importing.native import read_chat
from chat.log.events import Entry, Kind, Position
from chat.models import Citation, Conversation, Message
from chat.turns.results import describe_citation
from documents.models import Chunk, Document
from documents.tests.library import ready_document

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = "| Name | Office <b> |"
ROWS = "| Ann | 4 |\n| Bob | 5 |"
READ = "Name · Office <b>"
WORD = "The names of the columns stand further above in the document"


@pytest.fixture
def citation(alice: User, settings: Settings, tmp_path: Path) -> Citation:
    settings.MEDIA_ROOT = tmp_path
    document = ready_document(alice, [f"{NAMES}\n| --- | --- |\n{ROWS}"], title="staff.md")
    chat = conversations.create(alice, "Staff")
    asked = Message.objects.create(conversation=chat, role="user", content="Where is Bob?")
    answer = Message.objects.create(
        conversation=chat, parent=asked, role="assistant", content="In 5 [1]."
    )
    conversations.show(answer)
    start = len(f"{NAMES}\n| --- | --- |\n")
    Chunk.objects.update(start=start, text=ROWS, columns=NAMES)
    return Citation.objects.create(
        message=answer, n=1, version=document.current, document_title="staff.md", page=1,
        start=start, end=start + len(ROWS), quote=ROWS, columns=NAMES,
    )  # fmt: skip


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def read(client: Client, page: str, citation: Citation) -> str:
    path = reverse(f"chat:{page}", args=[citation.message.conversation_id])
    return client.get(path).content.decode()


def list_cells(html: str, kind: str) -> list[str]:
    return [unescape(each) for each in re.findall(f"<{kind}[^>]*>([^<]*)</{kind}>", html)]


def test_below_an_answer_they_are_the_head_and_said_to_stand_above(
    client: Client, citation: Citation
) -> None:
    page = read(client, "conversation", citation)
    [quote] = re.findall(r'<blockquote class="source-quote".*?</blockquote>', page, re.DOTALL)
    assert list_cells(quote, "th") == ["Name", "Office <b>"]
    assert list_cells(quote, "td") == ["Ann", "4", "Bob", "5"]
    assert "<thead data-above>" in quote
    assert WORD in page.partition("<blockquote")[0]
    Citation.objects.update(columns="")
    page = read(client, "conversation", citation)
    assert "<td>Ann</td>" in page
    assert "data-above" not in page
    assert WORD not in page


def test_the_document_tells_them_and_marks_the_rows_alone(
    client: Client, citation: Citation
) -> None:
    assert citation.version is not None
    path = f"/documents/{citation.version.document_id}/?start={citation.start}&end={citation.end}"
    page = client.get(path).content.decode()
    assert f"Columns of the quoted rows, further above: {READ}" in unescape(page)
    assert "".join(list_cells(page, "mark")) == "Ann4Bob5"
    assert "Columns of the quoted rows" not in client.get(path.partition("?")[0]).content.decode()


def test_what_is_taken_away_has_them(client: Client, alice: User, citation: Citation) -> None:
    told = f"Columns, further above: {READ}"
    assert told in unescape(read(client, "print", citation))
    share = sharing.share(
        alice, citation.message.conversation, audience="anyone", with_sources=True
    )
    shared = Client().get(reverse("shared", args=[sharing.get_token(share)])).content.decode()
    assert told in unescape(shared)
    text = read(client, "as_markdown", citation)
    assert f"staff.md, page 1 (columns, further above: {READ}): “| Ann" in text
    data = json.loads(read(client, "as_json", citation))
    [found] = data["messages"][1]["citations"]
    assert found["columns"] == NAMES
    [imported] = read_chat(data).lines[1].citations
    assert (imported["quote"], imported["columns"]) == (ROWS, NAMES)
    with translation.override("ko"):
        assert f"(더 위에 있는 열 이름: {READ})" in exporting.export_markdown(
            Conversation.objects.get()
        )


def test_a_link_from_before_they_were_kept_is_shown_as_ever(
    alice: User, citation: Citation
) -> None:
    share = sharing.share(
        alice, citation.message.conversation, audience="anyone", with_sources=True
    )
    for message in share.messages:
        for each in message["citations"]:
            del each["columns"]
    share.save()
    page = Client().get(reverse("shared", args=[sharing.get_token(share)])).content.decode()
    assert "| Ann | 4 |" in page
    assert "further above" not in page


def test_they_go_with_the_quote_when_it_may_not_be_read_any_more(
    alice: User, citation: Citation
) -> None:
    told = [Entry(Position(1, 0), Kind.CITATION, orjson.dumps(describe_citation(citation)))]
    [event] = async_to_sync(withhold_entries)(alice.pk, told)
    assert event.data["columns"] == NAMES
    Document.objects.all().delete()
    [event] = async_to_sync(withhold_entries)(alice.pk, told)
    assert (event.data["quote"], event.data["columns"]) == ("", "")
    citation.refresh_from_db()
    withhold_citations(alice, [citation])
    assert (citation.quote, citation.columns) == ("", "")
