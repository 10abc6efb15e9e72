"""Chats of other assistants come in with their branches, their words and their times."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chat import conversations
from chat.listing import listing
from chat.models import Conversation, Message
from chat.tests.test_importing import chatgpts, imported, node, zipped

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def shown(title: str) -> list[tuple[str, str]]:
    chat = Conversation.objects.get(title=title)
    return [(each.role, each.content) for each in conversations.branch(chat)]


def claudes(name: str, *messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    head = {"uuid": f"c-{name}", "name": name, "created_at": "2025-03-01T10:00:00.000000Z"}
    return head | {"account": {"uuid": "a"}, "chat_messages": list(messages)} | more


def claude_message(key: str, sender: str, text: str, **more: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": text}]
    # A question and its answer have the same time in these exports.
    when = "2025-03-01T10:00:01.000000Z"
    return {
        "uuid": key,
        "sender": sender,
        "text": text,
        "content": content,
        "created_at": when,
    } | more


def openwebuis(name: str, messages: dict[str, Any], current: str) -> dict[str, Any]:
    chat = {"title": name, "history": {"messages": messages, "currentId": current}, "messages": []}
    return {
        "id": f"w-{name}",
        "user_id": "u",
        "title": name,
        "chat": chat,
        "created_at": 1_735_689_600,
    }


def openwebui_message(key: str, parent: str | None, role: str, content: Any) -> dict[str, Any]:
    return {
        "id": key, "parentId": parent, "childrenIds": [], "role": role, "content": content,
        "timestamp": 1_735_689_600 + int(key[1:]),
    }  # fmt: skip


def librechats(name: str, messages: list[Any], **more: Any) -> dict[str, Any]:
    return {
        "conversationId": f"l-{name}",
        "endpoint": "openAI",
        "title": name,
        "messages": messages,
    } | more


def librechat_message(key: str, parent: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "messageId": key, "parentMessageId": parent, "text": text, "sender": "GPT",
        "isCreatedByUser": False, "createdAt": f"2025-02-01T09:00:0{key[1:]}.000Z",
    } | more  # fmt: skip


def test_claudes_messages_stay_in_their_order_though_their_times_are_equal(alice):
    chat = claudes(
        "Tides",
        claude_message("m1", "human", "What are tides?"),
        claude_message("m2", "assistant", "The sea's rise and fall."),
        claude_message("m3", "human", "Why?", files=[{"file_name": "moon.png"}]),
        claude_message(
            "m4", "assistant", "The moon.",
            content=[
                {"type": "thinking", "thinking": "hm"},
                {"type": "tool_use", "name": "search", "input": {}},
                {"type": "text", "text": "The moon."},
            ],
        ),
    )  # fmt: skip
    job = imported(alice, zipped(conversations_json=json.dumps([chat]).encode()), "claude.zip")
    assert (job.imported, job.skipped) == (1, 0)
    assert shown("Tides") == [
        ("user", "What are tides?"), ("assistant", "The sea's rise and fall."),
        ("user", "[moon.png]\n\nWhy?"), ("assistant", "The moon."),
    ]  # fmt: skip


def test_claudes_branches_follow_their_parents(alice):
    root = "00000000-0000-4000-8000-000000000000"
    chat = claudes(
        "Forks",
        claude_message("m1", "human", "One?", parent_message_uuid=root),
        claude_message("m2", "assistant", "First.", parent_message_uuid="m1"),
        claude_message("m3", "assistant", "Second.", parent_message_uuid="m1"),
        current_leaf_message_uuid="m2",
    )
    imported(alice, json.dumps([chat]).encode())
    assert shown("Forks") == [("user", "One?"), ("assistant", "First.")]
    assert Message.objects.get(content="Second.").parent.content == "One?"


def test_open_webuis_tree_and_its_older_list_are_read(alice):
    tree = {
        each["id"]: each
        for each in (
            openwebui_message("m1", None, "user", "Which bread?"),
            openwebui_message("m2", "m1", "assistant", ""),
            openwebui_message("m3", "m2", "assistant", [{"type": "text", "text": "Rye."}]),
            openwebui_message("m4", "m1", "assistant", "Wheat."),
        )
    }
    older = openwebuis("Older", {}, "")
    older["chat"]["messages"] = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Ho"},
    ]
    data = [openwebuis("Bread", tree, "m3"), older]
    assert imported(alice, json.dumps(data).encode()).imported == 2
    assert shown("Bread") == [("user", "Which bread?"), ("assistant", "Rye.")]
    assert shown("Older") == [("user", "Hi"), ("assistant", "Ho")]
    assert Conversation.objects.get(title="Bread").created == datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("is_nested", [True, False])
def test_librechats_are_read_nested_and_in_a_row(alice, is_nested):
    question = librechat_message("m1", "00000000", "Boil?", isCreatedByUser=True, sender="User")
    parts = [{"type": "text", "text": {"value": "Three minutes."}}]
    answer = librechat_message("m2", "m1", "", content=parts)
    later = librechat_message("m3", "m2", "And hard?", isCreatedByUser=True)
    if is_nested:
        messages = [question | {"children": [answer | {"children": [later | {"children": []}]}]}]
    else:
        messages = [later, question, answer]
    job = imported(alice, json.dumps(librechats("Eggs", messages)).encode())
    assert (job.imported, job.skipped) == (1, 0), job.reasons
    assert shown("Eggs") == [
        ("user", "Boil?"),
        ("assistant", "Three minutes."),
        ("user", "And hard?"),
    ]


def test_a_chat_of_two_thousand_nested_messages_is_read(alice):
    nested: list[Any] = []
    for number in range(2_000, 0, -1):
        is_question = number % 2 == 1
        message = librechat_message(f"m{number}", "", f"text {number}", isCreatedByUser=is_question)
        nested = [message | {"createdAt": None, "children": nested}]
    # Written by hand, since Python's own writer gives up at a depth of a thousand.
    text, closing = "", ""
    while nested:
        [message] = nested
        nested = message.pop("children")
        text += json.dumps(message)[:-1] + ', "children": ['
        closing += "]}"
    body = f'{{"conversationId": "l-1", "title": "Long", "messages": [{text}{closing}]}}'
    job = imported(alice, body.encode())
    assert (job.imported, job.skipped) == (1, 0), job.reasons
    assert Message.objects.count() == 2_000
    assert Message.objects.get(content="text 2000").parent.content == "text 1999"


def test_deepseeks_fragments_are_read_without_its_thoughts(alice):
    def said(key, parent, *fragments):
        found = [{"type": kind, "content": text} for kind, text in fragments]
        message = {"inserted_at": "2025-05-05T08:00:00+08:00", "fragments": found}
        return {"id": key, "parent": parent, "message": message if fragments else None}

    nodes = [
        said("root", None),
        said("1", "root", ("REQUEST", "Sum?")),
        said("2", "1", ("THINK", "hm"), ("RESPONSE", "Four.")),
    ]
    chat = {
        "id": "d-1", "title": "Sums", "inserted_at": "2025-05-05T08:00:00.000000+08:00",
        "mapping": {each["id"]: each for each in nodes},
    }  # fmt: skip
    imported(alice, json.dumps([chat]).encode())
    assert shown("Sums") == [("user", "Sum?"), ("assistant", "Four.")]


def test_what_was_said_aloud_to_chatgpt_is_read_from_its_transcripts(alice):
    def aloud(text):
        parts = [
            {"content_type": "audio_transcription", "text": text, "direction": "in"},
            {"content_type": "audio_asset_pointer", "asset_pointer": "sediment://x"},
        ]
        return {"content_type": "multimodal_text", "parts": parts}

    silent = {"content_type": "real_time_user_audio_video_asset_pointer"}
    data = chatgpts(
        node("n1", None, "user", content=aloud("What time is it?")),
        node("n2", "n1", "assistant", content=aloud("Nearly noon.")),
        node("n3", "n2", "user", content={"content_type": "multimodal_text", "parts": [silent]}),
    )
    imported(alice, json.dumps([data]).encode())
    assert shown("Tea") == [
        ("user", "What time is it?"), ("assistant", "Nearly noon."), ("user", "[recording]"),
    ]  # fmt: skip


def test_chats_are_listed_by_when_they_were_last_written_in(alice):
    """The newest first, as before, though the file has them in that order and comes in now."""
    chats = []
    for number, year in enumerate((2025, 2023, 2024)):
        when = datetime(year, 6, 1, tzinfo=UTC).timestamp()
        chat = chatgpts(node("n1", None, "user", "Hi"), name=f"c-{number}", title=str(year))
        chat["create_time"] = chat["mapping"]["n1"]["message"]["create_time"] = when
        chats.append(chat)
    imported(alice, json.dumps(chats).encode())
    found = Conversation.objects.filter(owner=alice).order_by("-updated")
    assert [(chat.title, chat.created.year, chat.updated.year) for chat in found] == [
        ("2025", 2025, 2025), ("2024", 2024, 2024), ("2023", 2023, 2023),
    ]  # fmt: skip
    rows = [row for group in listing(alice, "", 0).groups for row in group.chats]
    assert [row.title for row in rows] == ["2025", "2024", "2023"]


@pytest.mark.parametrize(
    "damaged",
    [
        b'{"title": "Broken", "mapping": {"a": }}',
        b'{"title": "Broken", "mapping": {"a": {"message": {"author": {"role": ["user"]}}}}}',
        b'{"title": "Broken", "conversation_id": "c-9", "mapping": null}',
        b'{"title": "Broken", "conversation_id": "c-9", "mapping": {"a": {"message": {"author": '
        b'{"role": "user"}, "content": {"content_type": "text", "parts": 5}}}}}',
        b'{"name": "Broken", "uuid": "c", "chat_messages": [1, null, {"uuid": {}, "content": 7}]}',
        b'{"title": "Broken", "id": "x", "chat": {"history": {"messages": {"a": 1}}}}',
        b'{"title": "Broken", "conversationId": 4, "messages": [[]]}',
        b'{"title": "Broken" "mapping": {}}',
    ],
)
def test_a_damaged_chat_stops_none_of_the_others_and_is_named(alice, damaged):
    good = [json.dumps(claudes(name, claude_message("m", "human", "Hi"))).encode() for name in "ab"]
    job = imported(alice, b"[%s, %s, %s]" % (good[0], damaged, good[1]))
    assert (job.state, job.imported, job.skipped) == ("done", 2, 1)
    assert job.reasons[0]["title"] == "Broken"
    assert job.reasons[0]["reason"]


def test_a_bad_byte_and_half_a_character_cost_no_more_than_themselves(alice):
    chat = json.dumps(claudes("Bytes", claude_message("m", "human", "caf@ \ud83d")))
    job = imported(alice, b"[" + chat.encode().replace(b"@", b"\xe9") + b"]")
    assert (job.imported, job.skipped) == (1, 0)
    [(_, text)] = shown("Bytes")
    assert text.startswith("caf")


def test_what_follows_a_message_that_is_missing_is_kept(alice):
    chat = chatgpts(node("n2", "gone", "user", "Still here?"), current="n2")
    job = imported(alice, json.dumps([chat]).encode())
    assert (job.imported, job.skipped) == (1, 0)
    assert shown("Tea") == [("user", "Still here?")]
