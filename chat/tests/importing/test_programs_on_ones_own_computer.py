"""Chats of programs on one's own computer, and of data sets, each in a form of its own."""

import io
import json
from typing import Any

import pytest

from aiapp.errors import InvalidInput
from chat.importing import files, lists
from chat.importing.formats import read_chat
from chat.importing.json_items import Damage
from chat.importing.programs.sillytavern import read_time
from chat.tests.importing.test_files_as_programs_really_write_them import (
    read,
    read_file,
    words_of,
)
from chat.tests.importing.test_importing_from_more import zip_members

SAID = [("user", "Why?"), ("assistant", "Because.")]


def write_lines(*items: Any) -> bytes:
    return "\n".join(json.dumps(item) for item in items).encode()


def lm_studios(*messages: Any) -> dict[str, Any]:
    return {"name": "Tea", "createdAt": 1_723_456_789_000, "messages": messages}


def lm_studio_message(*versions: Any, selected: int = 0) -> dict[str, Any]:
    return {"versions": versions, "currentlySelected": selected}


def lm_studio_answer(text: str) -> dict[str, Any]:
    thought = {"type": "thinking"}
    return {
        "type": "multiStep",
        "role": "assistant",
        "steps": [
            {"type": "contentBlock", "content": [{"text": "Hm."}], "style": thought},
            {"type": "debugInfoBlock", "debugInfo": "x"},
            {"type": "contentBlock", "content": [{"type": "text", "text": text}]},
            None,
        ],
    }


LM_STUDIO_QUESTION = {
    "type": "singleStep",
    "role": "user",
    "content": [{"type": "text", "text": "Why?"}, {"type": "file", "fileType": "image"}],
}


def test_lm_studios_versions_are_branches_and_what_follows_goes_on_from_the_chosen() -> None:
    chat = read(
        lm_studios(
            lm_studio_message(LM_STUDIO_QUESTION),
            lm_studio_message(lm_studio_answer("Because."), lm_studio_answer("So."), selected=0),
            lm_studio_message(LM_STUDIO_QUESTION, selected=7),
            "damaged",
        )
    )
    assert chat.title == "Tea"
    assert chat.created is not None
    assert [(line.key, line.parent, line.content) for line in chat.lines] == [
        ("0.0", None, "Why?\n\n[image]"),
        ("1.0", "0.0", "Because."),
        ("1.1", "0.0", "So."),
        ("2.0", "1.0", "Why?\n\n[image]"),
    ]
    assert chat.leaf == "2.0"


def test_cherry_studios_backup_is_put_together_from_topics_and_blocks() -> None:
    assistants = {"assistants": [{"topics": [{"id": "t1", "name": "Tea"}, None]}, None]}
    backup = {
        "version": 5,
        "localStorage": {
            "persist:cherry-studio": json.dumps({"assistants": json.dumps(assistants)})
        },
        "indexedDB": {
            "topics": [
                {
                    "id": "t1",
                    "messages": [
                        {"id": "m1", "role": "user", "blocks": ["b1"]},
                        {"id": "m2", "role": "assistant", "askId": "m1", "blocks": ["b2", "b3"]},
                        {"id": "m3", "role": "assistant", "askId": "m1", "blocks": ["b4"],
                         "foldSelected": True},
                        {"id": "m4", "role": "user", "content": "And now?"},
                    ],
                },
                {"id": "t2", "messages": []},
                None,
            ],
            "message_blocks": [
                {"id": "b1", "type": "main_text", "content": "Why?"},
                {"id": "b2", "type": "thinking", "content": "Hm."},
                {"id": "b3", "type": "main_text", "content": "Because."},
                {"id": "b4", "type": "main_text", "content": "So."},
            ],
        },
    }  # fmt: skip
    (chat,) = read_file(zip_members({"data.json": json.dumps(backup)}))
    assert (chat.title, chat.leaf) == ("Tea", "m4")
    assert [(line.key, line.parent, line.content) for line in chat.lines] == [
        ("m1", None, "Why?"),
        ("m2", "m1", "Because."),
        ("m3", "m1", "So."),
        ("m4", "m3", "And now?"),
    ]


@pytest.mark.parametrize("names", ["no JSON", '{"assistants": "[1, {}]"}', 5, None])
def test_a_backup_whose_names_are_damaged_keeps_its_chats(names: Any) -> None:
    topic = {"id": "t1", "name": "Own", "messages": [{"role": "user", "content": "Why?"}]}
    storage = {"persist:cherry-studio": names}
    chat = read({"localStorage": storage, "indexedDB": {"topics": [topic]}})
    assert (chat.title, words_of(chat)) == ("Own", SAID[:1])


def test_chatboxs_sessions_and_their_earlier_threads_are_chats() -> None:
    thoughts = [{"type": "reasoning", "text": "Hm."}, {"type": "text", "text": "Because."}]
    session = {
        "id": "s1",
        "name": "Tea",
        "messages": [
            {"id": "1", "role": "user", "contentParts": [{"type": "text", "text": "Why?"}]},
            {"id": "2", "role": "assistant", "contentParts": thoughts, "timestamp": 1735689601000},
        ],
        "threads": [
            {"id": "s2", "name": "Before", "messages": [{"role": "user", "content": "Why?"}]}
        ],
    }
    data = {"__exported_items": ["conversations"], "session:s1": session, "settings": {}}
    tea, before = read_file(json.dumps(data).encode())
    assert (tea.title, words_of(tea)) == ("Tea", SAID)
    assert (before.title, words_of(before)) == ("Before", SAID[:1])
    (older,) = read_file(json.dumps({"chat-sessions": [session | {"threads": None}]}).encode())
    assert words_of(older) == SAID


def test_sillytaverns_swipes_are_branches() -> None:
    data = write_lines(
        {"user_name": "Alice", "character_name": "Seraphina", "create_date": "2024-5-1@10h00m05s",
         "chat_metadata": {}},
        {"name": "Seraphina", "is_user": False, "send_date": "May 1, 2024 10:00am", "mes": "Hey.",
         "swipes": ["Hello.", "Hey."], "swipe_id": 1},
        {"name": "Alice", "is_user": True, "send_date": "May 1, 2024 10:01am", "mes": "Why?"},
    )  # fmt: skip
    (chat,) = read_file(data)
    assert chat.title == "Seraphina"
    assert [(line.parent, line.role, line.content) for line in chat.lines] == [
        (None, "assistant", "Hello."),
        (None, "assistant", "Hey."),
        ("1.1", "user", "Why?"),
    ]
    assert chat.lines[2].created == read_time("2024-05-01T10:01:00Z")
    assert chat.leaf == "2.0"


@pytest.mark.parametrize("written", ["2024-5-1@25h00m00s", "Smarch 1, 2024 10:00am", 5, "", None])
def test_a_time_of_sillytaverns_that_cannot_be_is_none(written: Any) -> None:
    assert read_time(written) is None


def test_anythingllms_workspaces_are_chats_also_where_others_are_between() -> None:
    rows = [
        {"id": 1, "username": "alice", "workspace": "Tea", "prompt": "Why?", "response": "Because.",
         "sent_at": "2025-01-01T00:00:00Z"},
        {"id": 2, "username": "bob", "workspace": "Rye", "prompt": "Rye?", "response": "Grain."},
        {"id": 3, "username": "alice", "workspace": "Tea", "prompt": "And?",
         "response": {"text": "So.", "sources": []}},
    ]  # fmt: skip
    tea, rye = read_file(json.dumps(rows).encode())
    assert (tea.title, words_of(tea)) == ("Tea", [*SAID, ("user", "And?"), ("assistant", "So.")])
    assert words_of(rye) == [("user", "Rye?"), ("assistant", "Grain.")]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_anythingllms_table_is_read(mark: bytes) -> None:
    table = (
        b'id,username,workspace,prompt,response,sent_at\r\n1,alice,Tea,Why?,"Because.",\r\n2\r\n'
    )
    (chat,) = read_file(mark + table)
    assert words_of(chat) == SAID
    assert files.may_hold_chats(mark + table)


@pytest.mark.parametrize("size", [0, 2])
def test_of_chats_that_wait_for_their_messages_none_is_lost(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MAX_WAITING", size)
    messages = [
        {"role": "user", "content": f"{number}", "thread_id": "ab"[number % 2]}
        for number in range(6)
    ]
    chats = read_file(json.dumps(messages).encode())
    assert sorted(text for chat in chats for _, text in words_of(chat)) == list("012345")


@pytest.mark.parametrize(
    "data",
    [
        [{"id": "x", "conversations": [{"from": "human", "value": "Why?"},
                                       {"from": "gpt", "value": "Because."}]}],
        {"conversations": [{"from": "human", "value": "Why?"},
                           {"from": "gpt", "value": "Because."}]},
        {"title": "Tea", "messages": [{"from": "user", "content": "Why?"},
                                      {"from": "assistant", "content": "Because."}]},
        {"contents": [{"role": "user", "parts": [{"text": "Why?"}]},
                      {"role": "model", "parts": [{"text": "Hm.", "thought": True},
                                                  {"text": "Because."}]}]},
        [{"role": "user", "parts": [{"type": "text", "text": "Why?"}]},
         {"role": "assistant", "parts": [{"type": "reasoning", "text": "Hm."},
                                         {"type": "text", "text": "Because."}]}],
        {"object": "list", "data": [
            {"role": "assistant", "created_at": 1735689605, "thread_id": "t",
             "content": [{"type": "text", "text": {"value": "Because.", "annotations": []}}]},
            {"role": "user", "created_at": 1735689600, "thread_id": "t",
             "content": [{"type": "text", "text": {"value": "Why?"}}]}]},
        {"data": {"chats": [{"id": "c", "chatTitle": "Tea", "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Why?"}]},
            {"role": "assistant", "type": "tm_multi_responses", "responses": [
                {"messages": [{"role": "assistant", "content": "No."}]},
                {"messages": [{"role": "assistant", "content": "Because."}],
                 "selected": True}]}]}]}},
        {"conversations": [{"id": "c", "userTitle": "Tea", "messages": [
            {"role": "user", "fragments": [
                {"ft": "content", "part": {"pt": "text", "text": "Why?"}}]},
            {"role": "assistant", "fragments": [
                {"ft": "content", "part": {"pt": "text", "text": "Because."}}]}]}]},
        {"messages": [{"author": {"role": "user"}, "content": {"parts": ["Why?"]}},
                      {"author": {"role": "assistant"}, "content": {"parts": ["Because."]}}]},
        [{"prompt": "Why?", "response": "Because."}],
        [{"instruction": "Why?", "input": "", "output": "Because."}],
    ],
)  # fmt: skip
def test_messages_are_read_by_whatever_names_they_go(data: Any) -> None:
    assert words_of(read(data)) == SAID


def test_jans_threads_are_read_from_their_messages() -> None:
    question = {"thread_id": "t1", "role": "user", "content": [{"text": {"value": "Why?"}}]}
    archive = zip_members(
        {
            "threads/t1/thread.json": json.dumps({"id": "t1", "object": "thread"}),
            "threads/t1/messages.jsonl": json.dumps(question),
        }
    )
    (chat,) = read_file(archive)
    assert words_of(chat) == SAID[:1]
    assert chat.source.endswith(":t1")


def test_branches_stay_where_a_tree_is_written_as_a_list() -> None:
    messages = [
        {"id": "a", "parentId": None, "role": "user", "content": "Why?"},
        {"id": "b", "parentId": "a", "role": "assistant", "content": "Because."},
        {"id": "c", "parentId": "a", "role": "assistant", "content": "So."},
    ]
    chat = read({"chat": {"history": {"currentId": "c", "messages": messages}}})
    assert [line.parent for line in chat.lines] == [None, "a", "a"]
    assert chat.leaf == "c"


def test_a_number_of_thousands_of_digits_costs_no_chat() -> None:
    data = '[{"id": %s, "messages": [{"role": "user", "content": "Why?"}]}]' % ("9" * 5000)
    (chat,) = read_file(data.encode())
    assert words_of(chat) == SAID[:1]


def test_what_is_no_chat_is_not_taken_for_one() -> None:
    assert read_file(json.dumps([{"from": "Alice", "text": "Hello"}, {"output": 5}]).encode()) == []
    with pytest.raises(InvalidInput):
        read_file(b"id,name,price\r\n1,prompt,response\r\n")


def test_a_question_to_gemini_keeps_its_words_in_a_language_that_is_not_known() -> None:
    title = "Gesendeter Prompt: Er fragte mich und Said war da"
    entry = {"header": "Gemini-Apps", "title": title, "safeHtmlItem": [{"html": "<p>Ja</p>"}]}
    assert words_of(read([entry])) == [("user", title), ("assistant", "Ja")]


def test_a_line_that_cannot_be_read_tears_no_chat_apart() -> None:
    head = b'{"user_name": "Alice", "character_name": "Tea"}\n'
    data = head + b'{"mes": "Why?", "is_user": true}\n{"mes": no}\n{"mes": "Because."}\n'
    damage, item = files.conversations(io.BytesIO(data))
    assert isinstance(damage, Damage)
    assert words_of(read_chat(item)) == SAID


def test_odd_messages_cost_themselves_alone() -> None:
    odd = {"role": ["user"], "content": "x"}
    chat = read(lm_studios(lm_studio_message(odd, "x", LM_STUDIO_QUESTION, selected=2)))
    assert [line.key for line in chat.lines] == ["0.2"]
    same = [{"id": "a", "role": role, "content": text} for role, text in SAID]
    chat = read({"indexedDB": {"topics": [{"id": "t", "messages": same}], "message_blocks": "x"}})
    assert words_of(chat) == SAID
    assert chat.lines[1].parent == "a"
    listed = {"role": "user", "text": "x", "messages": [{"role": "user", "content": "Why?"}]}
    assert words_of(read({"conversations": [listed]})) == SAID[:1]
