"""Chats of Grok, Le Chat, Gemini and Qwen, and of ChatGPT where a file says less than it did."""

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from chat.models import Conversation
from chat.tests.importing.test_importing import chatgpts, node, run_import
from chat.tests.importing.test_importing_from_others import list_messages

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def zip_members(members: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def grok_message(key: str, parent: str | None, sender: str, text: str) -> dict[str, Any]:
    when = {"$date": {"$numberLong": str(1_735_689_600_000 + int(key[1:]) * 1000)}}
    message = {"_id": key, "sender": sender, "message": text, "create_time": when}
    return {"response": message | ({"parent_response_id": parent} if parent else {})}


def groks(title: str, *messages: dict[str, Any]) -> dict[str, Any]:
    head = {"id": f"g-{title}", "title": title, "create_time": "2025-01-01T00:00:00.000000Z"}
    return {"conversation": head, "responses": list(messages)}


def test_groks_archive_is_read_with_its_branches_and_times(alice):
    chat = groks(
        "Tea",
        grok_message("r1", None, "human", "Tea?"),
        grok_message("r2", "r1", "ASSISTANT", "Black."),
        grok_message("r3", "r1", "assistant", "Green."),
        grok_message("r4", "r3", "human", "Thanks."),
    )
    backend = {"conversations": [chat, {"conversation": {"id": "x"}, "responses": 5}], "tasks": []}
    data = zip_members(
        {
            "ttl/30d/export_data/u/prod-grok-backend.json": json.dumps(backend),
            "ttl/30d/export_data/u/prod-mc-billing.json": '{"balance": 1}',
        }
    )
    job = run_import(alice, data)
    assert (job.state, job.imported, job.skipped) == ("done", 1, 1)
    assert list_messages("Tea") == [("user", "Tea?"), ("assistant", "Green."), ("user", "Thanks.")]
    chat = Conversation.objects.get()
    assert chat.messages.count() == 4
    assert chat.updated == datetime(2025, 1, 1, 0, 0, 4, tzinfo=UTC)


def le_chat_message(chat: str, second: int, role: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()), "chatId": chat, "role": role, "content": text, "contentChunks": None,
        "createdAt": f"2025-02-01T09:00:{second:02}.000Z", "files": [],
    } | more  # fmt: skip


def test_le_chats_files_are_a_chat_each(alice):
    first, second = str(uuid4()), str(uuid4())
    chunks = [
        {"type": "tool_call", "name": "web_search"},
        {"type": "text", "text": "Rye "},
        {"type": "reference", "referenceIds": [1]},
        {"type": "text", "text": "bread."},
    ]
    bread = [
        # The answer stands first in the file.
        le_chat_message(first, 2, "assistant", "", contentChunks=chunks),
        le_chat_message(first, 1, "user", "Bread?", files=[{"name": "a.pdf", "type": "document"}]),
    ]
    tea = [
        le_chat_message(second, 1, "user", "Tea?"),
        le_chat_message(second, 2, "assistant", "Black."),
        le_chat_message(second, 3, "tool", "?"),
    ]
    data = zip_members(
        {
            f"chat-{first}.json": json.dumps(bread),
            f"chat-{first}-files/a.json": '{"a": 1}',
            f"chat-{second}.json": json.dumps(tea),
        }
    )
    job = run_import(alice, data)
    assert (job.state, job.imported, job.skipped) == ("done", 2, 0)
    assert list_messages("[a.pdf] Bread?") == [
        ("user", "[a.pdf]\n\nBread?"),
        ("assistant", "Rye bread."),
    ]
    assert list_messages("Tea?") == [("user", "Tea?"), ("assistant", "Black.")]
    assert run_import(alice, data).known == 2


def activity(title: str, time: str, html: str | None, header: str = "Gemini Apps") -> dict:
    found = {"header": header, "title": title, "time": time, "products": [header]}
    return found | ({"safeHtmlItem": [{"html": html}]} if html is not None else {})


def test_geminis_activities_are_a_chat_each(alice):
    html = "<p>Two <b>kinds</b> &amp; more:</p><ul><li>rye</li><li>a &lt; b</li></ul><script>x"
    records = [
        activity("Prompted Bread?", "2025-03-02T10:00:00.123Z", html),
        activity("Asked Bard: Tea?", "2024-03-02T10:00:00Z", "<p>Black.</p>", "Bard"),
        activity("Prompted Bread?", "2025-03-01T10:00:00Z", "<p>Rye.</p>"),
        activity("Gave feedback", "2025-03-01T09:00:00Z", None),
        activity("Searched for bread", "2025-03-01T08:00:00Z", "x", "Search"),
    ]
    name = "Takeout/My Activity/Gemini Apps/MyActivity.json"
    job = run_import(alice, zip_members({name: json.dumps(records)}))
    assert (job.state, job.imported, job.skipped) == ("done", 3, 2)
    newest = Conversation.objects.order_by("-created").first()
    assert newest.created == datetime(2025, 3, 2, 10, 0, 0, 123_000, tzinfo=UTC)
    texts = [each.content for each in newest.messages.order_by("id")]
    assert texts == ["Bread?", "Two **kinds** & more:\n\n- rye\n- a < b\n\nx"]
    assert list_messages("Tea?") == [("user", "Tea?"), ("assistant", "Black.")]


def test_a_sign_of_no_character_spoils_no_import(alice):
    record = activity("Prompted Bread?", "2025-03-02T10:00:00Z", f"<p>Rye &#{'1' * 5_000};</p>")
    name = "Takeout/My Activity/Gemini Apps/MyActivity.json"
    assert run_import(alice, zip_members({name: json.dumps([record])})).imported == 1
    assert list_messages("Bread?") == [("user", "Bread?"), ("assistant", "Rye \ufffd")]


def test_qwens_answers_are_read_without_their_thoughts(alice):
    def message(key: str, parent: str | None, role: str, content: str, *said: Any) -> Any:
        return {
            "id": key, "parentId": parent, "role": role, "content": content,
            "content_list": list(said), "timestamp": 1_735_689_600,
        }  # fmt: skip

    answer = [{"content": "hm", "phase": "think"}, {"content": "Rye.", "phase": "answer"}]
    tree = {
        "m1": message("m1", None, "user", "Bread?", {"content": "Bread?"}),
        "m2": message("m2", "m1", "assistant", "", *answer),
    }
    chat = {"id": "q", "title": "Bread", "chat": {"history": {"messages": tree}}}
    run_import(alice, json.dumps({"success": True, "data": [chat]}).encode())
    assert list_messages("Bread") == [("user", "Bread?"), ("assistant", "Rye.")]


@pytest.mark.parametrize("place", ["children", "metadata"])
def test_chatgpts_tree_is_read_where_parents_are_missing(alice, place):
    nodes = [
        node("n1", None, "user", "Tea?"),
        node("n2", "n1", "assistant", "Black."),
        node("n3", "n1", "assistant", "Green."),
    ]
    for each in nodes:
        above = each.pop("parent")
        each["message"]["metadata"] = {"parent_id": above} if place == "metadata" else {}
    if place == "children":
        nodes[0]["children"] = ["n2", "n3"]
    run_import(alice, json.dumps([chatgpts(*nodes, current="n2")]).encode())
    assert list_messages("Tea") == [("user", "Tea?"), ("assistant", "Black.")]
    assert Conversation.objects.get().messages.count() == 3
