"""Chats of other assistants come in with their branches, their words and their times."""

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest

from chat.conversations import conversations
from chat.conversations.listing import load_listing
from chat.models import Conversation, Message
from chat.tests.importing.test_importing import chatgpts, node, run_import, zip_members

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def list_messages(title: str) -> list[tuple[str, str]]:
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
    job = run_import(
        alice, zip_members(conversations_json=json.dumps([chat]).encode()), "claude.zip"
    )
    assert (job.imported, job.skipped) == (1, 0)
    assert list_messages("Tides") == [
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
    run_import(alice, json.dumps([chat]).encode())
    assert list_messages("Forks") == [("user", "One?"), ("assistant", "First.")]
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
    assert run_import(alice, json.dumps(data).encode()).imported == 2
    assert list_messages("Bread") == [("user", "Which bread?"), ("assistant", "Rye.")]
    assert list_messages("Older") == [("user", "Hi"), ("assistant", "Ho")]
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
    job = run_import(alice, json.dumps(librechats("Eggs", messages)).encode())
    assert (job.imported, job.skipped) == (1, 0), job.reasons
    assert list_messages("Eggs") == [
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
    job = run_import(alice, body.encode())
    assert (job.imported, job.skipped) == (1, 0), job.reasons
    assert Message.objects.count() == 2_000
    assert Message.objects.get(content="text 2000").parent.content == "text 1999"


def test_deepseeks_fragments_are_read_without_its_thoughts(alice):
    def make_node(key, parent, *fragments):
        found = [{"type": kind, "content": text} for kind, text in fragments]
        message = {"inserted_at": "2025-05-05T08:00:00+08:00", "fragments": found}
        return {"id": key, "parent": parent, "message": message if fragments else None}

    nodes = [
        make_node("root", None),
        make_node("1", "root", ("REQUEST", "Sum?")),
        make_node("2", "1", ("THINK", "hm"), ("RESPONSE", "Four.")),
    ]
    chat = {
        "id": "d-1", "title": "Sums", "inserted_at": "2025-05-05T08:00:00.000000+08:00",
        "mapping": {each["id"]: each for each in nodes},
    }  # fmt: skip
    run_import(alice, json.dumps([chat]).encode())
    assert list_messages("Sums") == [("user", "Sum?"), ("assistant", "Four.")]


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
    run_import(alice, json.dumps([data]).encode())
    assert list_messages("Tea") == [
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
    run_import(alice, json.dumps(chats).encode())
    found = Conversation.objects.filter(owner=alice).order_by("-updated")
    assert [(chat.title, chat.created.year, chat.updated.year) for chat in found] == [
        ("2025", 2025, 2025), ("2024", 2024, 2024), ("2023", 2023, 2023),
    ]  # fmt: skip
    rows = [row for group in load_listing(alice, "", 0).groups for row in group.chats]
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
    job = run_import(alice, b"[%s, %s, %s]" % (good[0], damaged, good[1]))
    assert (job.state, job.imported, job.skipped) == ("done", 2, 1)
    assert job.reasons[0]["title"] == "Broken"
    assert job.reasons[0]["reason"]


def test_a_bad_byte_and_half_a_character_cost_no_more_than_themselves(alice):
    chat = json.dumps(claudes("Bytes", claude_message("m", "human", "caf@ \ud83d")))
    job = run_import(alice, b"[" + chat.encode().replace(b"@", b"\xe9") + b"]")
    assert (job.imported, job.skipped) == (1, 0)
    [(_, text)] = list_messages("Bytes")
    assert text.startswith("caf")


def test_what_follows_a_message_that_is_missing_is_kept(alice):
    chat = chatgpts(node("n2", "gone", "user", "Still here?"), current="n2")
    job = run_import(alice, json.dumps([chat]).encode())
    assert (job.imported, job.skipped) == (1, 0)
    assert list_messages("Tea") == [("user", "Still here?")]


def zip_data(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def dump_chats(*names: str) -> bytes:
    return json.dumps(
        [claudes(name, claude_message("m", "human", "Hi")) for name in names]
    ).encode()


@pytest.mark.parametrize(
    "written",
    [
        "1700000000", "1700000000.0", "1700000000000", "1700000000000000", "1700000000000000000",
        '"1700000000"', '"1700000000000"', '"2023-11-14T22:13:20Z"', '"2023-11-14 22:13:20"',
        '"2023-11-15T07:13:20+09:00"', '"2023-11-14T22:13:20.000000000Z"',
        '{"$date": "2023-11-14T22:13:20.000Z"}',
    ],
)  # fmt: skip
def test_a_time_is_understood_however_it_is_written(alice, written):
    chat = json.dumps(chatgpts(node("n2", None, "user", "Hi")) | {"create_time": "@"})
    run_import(alice, f"[{chat}]".replace('"@"', written).replace("1700000002.0", written).encode())
    expected = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    chat, message = Conversation.objects.get(), Message.objects.get()
    assert (chat.created, chat.updated, message.created) == (expected, expected, expected)


@pytest.mark.parametrize(
    "written",
    [
        "null", "true", "0", "-5", "NaN", "-Infinity", "1e999", "1" + "0" * 400, "253402300799",
        '"0000-01-01"', '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-12:00"', '"soon"',
        "[]", '{"$date": {}}',
    ],
)  # fmt: skip
def test_a_time_that_cannot_be_costs_nothing_but_itself(alice, written):
    """PostgreSQL keeps years that Python cannot read: the whole list of chats would be lost."""
    began = datetime.now(UTC)
    chat = json.dumps(chatgpts(node("n2", None, "user", "Hi")) | {"create_time": "@"})
    data = f"[{chat}]".replace('"@"', written).replace("1700000002.0", written).encode()
    assert run_import(alice, data).imported == 1
    assert Message.objects.get().created >= began
    [group] = load_listing(alice, "", 0).groups
    assert [row.title for row in group.chats] == ["Tea"]


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(dump_chats("a", "b")),
        dump_chats("a", "b").decode().encode("utf-16"),
        dump_chats("a", "b").decode().encode("utf-16-be"),
        dump_chats("a") + b"\n" + dump_chats("b"),
        dump_chats("a")[1:-1] + b"\n" + dump_chats("b")[1:-1],
        b'{"conversations": %s}' % dump_chats("a", "b"),
        zip_data(("chat-1.json", dump_chats("a")), ("__MACOSX/._chat-1.json", b"\0"),
                 ("b/chat-2.json", dump_chats("b"))),
        zip_data(("Export/data.zip", zip_data(("conversations.json", dump_chats("a", "b"))))),
        zip_data(("conversations.json", dump_chats("a", "b").decode().encode("utf-16"))),
    ],
    ids=["gzip", "utf-16", "no-mark", "lists", "lines", "wrapped", "any-names", "nested", "in-zip"],
)  # fmt: skip
def test_a_file_may_be_packed_and_written_in_many_ways(alice, data):
    job = run_import(alice, data)
    assert (job.state, job.imported, job.skipped) == ("done", 2, 0), job.error or job.reasons
    assert {chat.title for chat in Conversation.objects.all()} == {"a", "b"}


def test_a_damaged_part_of_an_archive_stops_none_of_the_others(alice):
    packed = bytearray(
        zip_data(
            ("conversations-000.json", dump_chats("a", "lost")[:-9]),
            ("conversations-001.json", dump_chats(*(f"c{number}" for number in range(300)))),
            ("conversations-002.json", dump_chats("b")),
        )
    )
    within = packed.index(b"conversations-001.json") + 300
    packed[within : within + 60] = bytes(byte ^ 0xFF for byte in packed[within : within + 60])
    job = run_import(alice, bytes(packed))
    assert (job.state, job.imported) == ("failed", 2)
    assert job.error
    assert {chat.title for chat in Conversation.objects.all()} == {"a", "b"}


def test_messages_in_a_circle_or_of_one_name_are_kept(alice):
    def ours(key, parent, text):
        return {"id": key, "parent": parent, "role": "user", "content": text}

    head = {"format": "aiapp-chat", "version": 1}
    circle = [ours("a", "b", "1"), ours("b", "a", "2"), ours("c", "c", "3")]
    twins = [ours("a", None, "1"), ours("a", None, "2"), ours("b", "a", "3")]
    chats = [
        head | {"id": title, "title": title, "messages": messages}
        for title, messages in (("circle", circle), ("twins", twins))
    ]
    later = claudes("late", claude_message("m2", "assistant", "Ho", parent_message_uuid="m1"),
                    claude_message("m1", "human", "Hi", parent_message_uuid="m2"))  # fmt: skip
    job = run_import(alice, json.dumps([*chats, later]).encode())
    assert (job.state, job.imported, job.skipped) == ("done", 3, 0), job.reasons
    for title in ("circle", "twins"):
        found = Message.objects.filter(conversation__title=title)
        assert {message.content for message in found} == {"1", "2", "3"}
    assert Message.objects.get(conversation__title="twins", content="3").parent.content == "1"


def test_a_chat_without_a_name_is_known_again_by_its_messages(alice):
    plain = {"title": "Plain", "messages": [{"role": "user", "content": "Hi"}]}
    claude = claudes("Claude", claude_message("m", "human", "Hi"))
    tea = chatgpts(node("n1", None, "user", "Hi"), name="")
    data = json.dumps([plain, claude | {"uuid": None}, tea]).encode()
    assert run_import(alice, data).imported == 3
    assert run_import(alice, data).known == 3


def test_one_odd_message_costs_no_more_than_itself(alice):
    odd = [
        {"author": {"role": ["user"]}, "content": {"content_type": "text", "parts": ["x"]}},
        {"author": {"role": "user"}, "content": {"content_type": ["text"], "parts": ["x"]}},
        {"author": {"role": "user"}, "content": 5, "recipient": ["all"]},
    ]
    chat = chatgpts(node("n2", None, "user", "Hi"), node("n3", "n2", "assistant", "Ho"))
    for number, message in enumerate(odd):
        chat["mapping"][f"odd{number}"] = {"parent": "n2", "message": message}
    tree = {
        "1": {"id": 1, "parentId": None, "role": "user", "content": "Hi"},
        "2": {"id": 2, "parentId": 1, "role": ["x"], "content": "x"},
        "3": {"id": 3, "parentId": 2, "role": "assistant", "content": "Ho"},
    }
    unnamed = [{"text": "Hi", "isCreatedByUser": True}, {"text": "Ho", "sender": "GPT"}]
    data = [chat, openwebuis("Numbers", tree, "3"), librechats("Unnamed", unnamed)]
    assert run_import(alice, json.dumps(data).encode()).imported == 3
    for title in ("Tea", "Numbers", "Unnamed"):
        assert list_messages(title) == [("user", "Hi"), ("assistant", "Ho")]


def test_texts_that_were_written_beside_a_chat_are_kept(alice):
    def canvas(key, parent, data, tool="create"):
        content = {"content_type": "code", "language": "json", "text": json.dumps(data)}
        recipient = f"canmore.{tool}_textdoc"
        return node(key, parent, "assistant", content=content, recipient=recipient)

    poem = {"name": "Poem", "type": "document", "content": "Roses are red"}
    code = {"name": "Sum", "type": "code/python", "content": "1 + 1"}
    whole = {"updates": [{"pattern": ".*", "replacement": "Violets are blue"}]}
    part = {"updates": [{"pattern": "blue", "replacement": "red"}]}
    chat = chatgpts(
        node("n1", None, "user", "Write"), canvas("n2", "n1", poem), canvas("n3", "n2", code),
        canvas("n4", "n3", whole, "update"), canvas("n5", "n4", part, "update"),
        node("n6", "n5", "assistant", "Done."), current="n6",
    )  # fmt: skip
    made = {"command": "create", "title": "Page", "language": "html", "content": "<p>Hi</p>"}
    claude = claudes(
        "Artifacts",
        claude_message("m1", "human", "", attachments=[{"extracted_content": "A long paste"}]),
        claude_message("m2", "assistant", "", content=[
            {"type": "tool_use", "name": "artifacts", "input": made},
            {"type": "text", "text": "There."},
        ]),
    )  # fmt: skip
    assert run_import(alice, json.dumps([chat, claude]).encode()).imported == 2
    assert [text for _, text in list_messages("Tea")] == [
        "Write", "**Poem**\n\nRoses are red", "**Sum**\n\n````python\n1 + 1\n````",
        "Violets are blue", "Done.",
    ]  # fmt: skip
    assert [text for _, text in list_messages("Artifacts")] == [
        "A long paste", "**Page**\n\n````html\n<p>Hi</p>\n````\n\nThere.",
    ]  # fmt: skip


def test_marks_and_thoughts_that_no_reader_saw_are_left_out(alice):
    marked = (
        "Rain \ue200cite\ue202turn0search0\ue202turn0news1\ue201. In "
        '\ue200entity\ue202["city","Paris","capital"]\ue201 \ue200url\ue202here\ue202x\ue201. '
        "\ue200end"
    )
    chat = chatgpts(node("n2", None, "user", "Hi"), node("n3", "n2", "assistant", marked))
    thought = (
        '<details type="reasoning" done="true">\n<summary>Thought</summary>\n> hm\n</details>\n'
    )
    tree = {
        each["id"]: each
        for each in (
            openwebui_message("m1", None, "user", thought),
            openwebui_message("m2", "m1", "assistant", f"{thought}Ho. {thought}Ha."),
            openwebui_message("m3", "m2", "assistant", '<details type="reasoning">unfinished'),
        )
    }
    run_import(alice, json.dumps([chat, openwebuis("Web", tree, "m3")]).encode())
    assert list_messages("Tea")[1] == ("assistant", "Rain. In Paris here. end")
    assert [text for _, text in list_messages("Web")] == [
        thought.strip(), "Ho. \nHa.", '<details type="reasoning">unfinished',
    ]  # fmt: skip


def test_a_chat_that_is_too_large_to_be_read_at_once_is_passed_over(alice, monkeypatch):
    monkeypatch.setattr("chat.importing.json_items.MAX_ITEM_BYTES", 2_000_000)
    monkeypatch.setattr("chat.importing.json_items.CHUNK_BYTES", 100_000)
    large = json.dumps(claudes("Large", claude_message("m", "human", "x" * 3_000_000))).encode()
    data = b"[%s, %s, %s]" % (dump_chats("a")[1:-1], large, dump_chats("b")[1:-1])
    job = run_import(alice, data)
    assert (job.state, job.imported, job.skipped) == ("done", 2, 1)
    assert job.reasons[0]["title"] == "Large"


def test_a_chat_without_a_title_gets_one_from_its_first_words(alice):
    chat = chatgpts(node("n1", None, "user", "What is tea?"), title=None)
    run_import(alice, json.dumps([chat]).encode())
    assert Conversation.objects.get().title == "What is tea?"


@pytest.mark.parametrize("field", ["update_time", "updated_at", "updatedAt"])
def test_a_chat_whose_messages_have_no_times_has_the_one_of_its_own(alice, field):
    chat, later = {
        "update_time": (chatgpts(node("n1", None, "user", "Hi", create_time=None)), 1_735_689_600),
        "updated_at": (claudes("C", claude_message("m", "human", "Hi", created_at=None)),
                       "2025-01-01T00:00:00Z"),
        "updatedAt": (librechats("L", [{"text": "Hi", "isCreatedByUser": True}]),
                      "2025-01-01T00:00:00.000Z"),
    }[field]  # fmt: skip
    run_import(alice, json.dumps([chat | {field: later}]).encode())
    assert Conversation.objects.get().updated == datetime(2025, 1, 1, tzinfo=UTC)


def test_open_webuis_answers_in_items_are_read(alice):
    items = [
        {"type": "reasoning", "content": [{"type": "output_text", "text": "hm"}]},
        {"type": "message", "content": [{"type": "output_text", "text": "Rye."}]},
        {"type": "message", "content": None},
        5,
    ]
    answer = openwebui_message("m2", "m1", "assistant", "") | {"output": items}
    tree = {"m1": openwebui_message("m1", None, "user", "Bread?"), "m2": answer}
    run_import(alice, json.dumps([openwebuis("Bread", tree, "m2")]).encode())
    assert list_messages("Bread") == [("user", "Bread?"), ("assistant", "Rye.")]
