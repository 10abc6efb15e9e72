"""Exports as programs really write them, with all that stands in them beside plain messages."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aiapp.errors import InvalidInput
from chat.importing import files
from chat.importing.formats import read_chat
from chat.importing.parsed_chat import NotAChat, ParsedChat
from chat.tests.importing.test_importing import chatgpts, node
from chat.tests.importing.test_importing_from_more import groks, zip_members
from chat.tests.importing.test_importing_from_others import (
    claude_message,
    claudes,
    librechat_message,
    librechats,
    openwebui_message,
    openwebuis,
)


def read_file(data: bytes) -> list[ParsedChat]:
    """Return the chats of a file, without those that hold nothing."""
    chats = []
    for item in files.conversations(io.BytesIO(data)):
        try:
            chats.append(read_chat(item))
        except NotAChat:
            continue
    return chats


def read(item: Any) -> ParsedChat:
    (chat,) = read_file(json.dumps(item).encode())
    return chat


def words_of(chat: ParsedChat) -> list[tuple[str, str]]:
    return [(line.role, line.content) for line in chat.lines]


def test_files_of_a_question_to_chatgpt_are_named_and_pictures_of_tools_shown() -> None:
    pointer = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1"}
    attachments = [
        {"id": "file-1", "name": "photo.png", "mimeType": "image/png"},
        {"id": "file-2", "name": "report.pdf"},
        None,
    ]
    chat = read(
        chatgpts(
            node("n1", None, "user", "", metadata={"attachments": attachments[1:]}),
            node("n2", "n1", "assistant", "A report."),
            node(
                "n3", "n2", "user", metadata={"attachments": attachments},
                content={"content_type": "multimodal_text", "parts": [pointer, "Draw it."]},
            ),
            node("n4", "n3", "assistant", '{"prompt": "…"}', recipient="dalle.text2im"),
            node(
                "n5", "n4", "tool",
                content={"content_type": "multimodal_text", "parts": [pointer, "Say nothing."]},
            ),
            node("n6", "n5", "tool", "Do not describe the picture."),
        )
    )  # fmt: skip
    assert words_of(chat) == [
        ("user", "[report.pdf]"),
        ("assistant", "A report."),
        ("user", "[report.pdf]\n\n[image]\n\nDraw it."),
        ("assistant", "[image]"),
    ]
    assert [line.parent for line in chat.lines] == [None, "n1", "n2", "n3"]


def test_sources_of_an_answer_of_chatgpts_stay_as_links_where_the_file_tells_them() -> None:
    mark, old = "\ue200cite\ue202turn0search0\ue201", "【4†source】"
    text = f"Tea is old {mark}. So is rye {old}, and wheat 【5†source】 {mark}."
    at = text.index(old)
    metadata = {
        "content_references": [
            {"matched_text": mark, "alt": "([Tea](https://tea.example))"},
            {"matched_text": "x", "alt": None},
            "odd",
        ],
        "citations": [
            {
                "start_ix": at,
                "end_ix": at + len(old),
                "metadata": {"title": "On [rye]", "url": "https://rye.example"},
            },
            {"start_ix": "a", "metadata": {"url": "javascript:alert(1)"}},
            {"start_ix": 0, "end_ix": 10**9, "metadata": {"url": "https://all.example"}},
        ],
    }
    chat = read(chatgpts(node("n1", None, "assistant", text, metadata=metadata), current="n1"))
    assert words_of(chat) == [
        (
            "assistant",
            "Tea is old ([Tea](https://tea.example)). So is rye ([On rye](https://rye.example)), "
            "and wheat.",
        )
    ]


def test_a_mark_that_is_told_once_and_stands_everywhere_makes_no_text_longer() -> None:
    mark = "\ue200a\ue201"
    metadata = {"content_references": [{"matched_text": mark, "alt": "b" * 1000}]}
    nodes = node("n1", None, "assistant", f"c{mark * 1000}", metadata=metadata)
    assert words_of(read(chatgpts(nodes, current="n1"))) == [("assistant", "c" + "b" * 1000)]


def test_what_was_changed_of_a_canvas_or_an_artifact_is_shown() -> None:
    updates = [{"pattern": "(a+)+$", "replacement": "Rye.\nBread."}, {"replacement": "a"}, None]
    content = {"content_type": "code", "text": json.dumps({"updates": updates})}
    canvas = node("n1", None, "assistant", content=content, recipient="canmore.update_textdoc")
    assert words_of(read(chatgpts(canvas, current="n1"))) == [("assistant", "Rye.\nBread.")]

    def use(name: str, **more: str) -> dict[str, Any]:
        return {"type": "tool_use", "name": name, "input": more}

    blocks = [
        {"type": "injected_prompt_block", "prompt": "hidden"},
        {"type": "document", "title": "plan.pdf"},
        use("artifacts", command="update", old_str="a", new_str="Green tea.\nBlack tea."),
        use("artifacts", command="update", old_str="a", new_str="b"),
        use("create_file", path="/home/claude/draft.md", file_text="draft"),
        use("create_file", path="/mnt/user-data/outputs/tea.md", file_text="# Tea"),
        use("create_file", path="/mnt/user-data/outputs/tea.py", file_text="print()"),
        use(
            "str_replace", path="/mnt/user-data/outputs/tea.md", old_str="a", new_str="# Rye\nBread"
        ),
    ]
    chat = read(claudes("Tea", claude_message("m1", "assistant", "x", content=blocks)))
    assert words_of(chat) == [
        (
            "assistant",
            "[plan.pdf]\n\nGreen tea.\nBlack tea.\n\n**tea.md**\n\n# Tea\n\n"
            "**tea.py**\n\n````py\nprint()\n````\n\n**tea.md**\n\n# Rye\nBread",
        )
    ]


def test_what_claude_says_in_the_place_of_calls_is_left_out() -> None:
    placeholder = "```\nThis block is not supported on your current device yet.\n```"
    calls = [{"type": "thinking", "thinking": "hm"}]
    chat = read(
        claudes(
            "Tea",
            claude_message("m1", "human", "Tea?"),
            claude_message("m2", "assistant", f"{placeholder}\n\n{placeholder}", content=calls),
            claude_message("m3", "assistant", f"Let me see.\n{placeholder}\n\nBlack.", content=[]),
        )
    )
    assert words_of(chat) == [("user", "Tea?"), ("assistant", "Let me see.\n\n\nBlack.")]


def test_claudes_chats_are_read_from_a_file_each_and_chats_about_designs() -> None:
    design = {
        "uuid": "d", "title": "Poster", "project": {"name": "p"}, "created_at": "2026-06-01",
        "messages": [
            {"role": "user", "content": {"content": "Draw.", "attachments": [{"name": "a.pdf"}]}},
            None,
            {
                "role": "assistant",
                "content": {"contentBlocks": [{"type": "text", "text": "Done."}, {"type": "x"}]},
            },
        ],
    }  # fmt: skip
    data = zip_members(
        {
            "conversations.json": json.dumps([{"uuid": "c-Tea", "name": "Tea"}]),
            "conversations/c-Tea.json": json.dumps(
                claudes("Tea", claude_message("m1", "human", "Tea?"))
            ),
            "design_chats/d.json": json.dumps(design),
            "users.json": '[{"uuid": "u"}]',
        }
    )
    chats = {chat.title: words_of(chat) for chat in read_file(data)}
    assert chats == {
        "Tea": [("user", "Tea?")],
        "Poster": [("user", "[a.pdf]\n\nDraw."), ("assistant", "Done.")],
    }


def test_open_webuis_files_are_named_and_programs_that_were_run_left_out() -> None:
    run = '<details type="code_interpreter" done="true"><summary>x</summary>print()</details>'
    question = openwebui_message("m1", None, "user", "")
    question["files"] = [{"type": "image", "url": "data:"}, {"type": "file", "name": "a.pdf"}, 5]
    tree = {
        "m1": question,
        "m2": openwebui_message("m2", "m1", "assistant", f"{run}\nRye."),
        "m3": openwebui_message("m3", "m1", "assistant", "Wheat."),
        "m4": openwebui_message("m4", "m2", "user", "More?"),
        # It failed, and is what is shown.
        "m5": openwebui_message("m5", "m4", "assistant", "") | {"error": {"content": "x"}},
    }
    chat = read(openwebuis("Bread", tree, "m5"))
    assert words_of(chat)[:2] == [("user", "[image]\n\n[a.pdf]"), ("assistant", "Rye.")]
    assert chat.leaf == "m4"


def test_librechats_files_are_named_and_thoughts_in_a_text_left_out() -> None:
    text = (
        ":::thinking\nhm\n:::\n\nHere.\n"
        ':::artifact{identifier="t" type="text/markdown" title="Tea"}\n# Tea\n:::\nDone.'
    )
    parts = [
        {"type": "think", "think": "hm"},
        {"type": "text", "text": {"value": "Rye."}},
        {"type": "image_file", "image_file": {"filename": "a.png"}},
        {"type": "tool_call", "tool_call": {"name": "x", "output": "y"}},
        None,
    ]
    chat = read(
        librechats(
            "Tea",
            [
                librechat_message("m1", "", "", sender="User", files=[{"filename": "a.pdf"}]),
                librechat_message("m2", "m1", text),
                librechat_message("m3", "m2", "", content=parts),
            ],
        )
    )
    assert words_of(chat) == [
        ("user", "[a.pdf]"),
        ("assistant", "Here.\n**Tea**\n\n# Tea\nDone."),
        ("assistant", "Rye.\n\n[image]"),
    ]


def test_groks_answers_by_the_name_of_a_model_its_pictures_and_cards_are_read() -> None:
    card = '<grok:render card_id="1"><argument name="citation_id">0</argument></grok:render>'
    call = "<xai:tool_usage_card>x</xai:tool_usage_card>"
    messages = [
        {"sender": "human", "message": "", "file_attachments": ["u"]},
        {"sender": "grok-3", "message": f"{call}Black.{card} Or green.{card}"},
        {"sender": "ASSISTANT", "message": "", "generated_image_urls": ["a", "b"]},
        {"sender": "human", "message": "An unclosed <grok:render is kept"},
        {"sender": "system", "message": "hidden"},
    ]
    chat = read({"conversations": [groks("Tea", *({"response": each} for each in messages))]})
    assert words_of(chat) == [
        ("user", "[file]"),
        ("assistant", "Black. Or green."),
        ("assistant", "[image]\n\n[image]"),
        ("user", "An unclosed <grok:render is kept"),
    ]


def test_deepseeks_files_and_ready_made_answers_are_kept() -> None:
    def node_of(parent: str | None, *fragments: tuple[str, str], **more: Any) -> dict[str, Any]:
        listed = [{"type": kind, "content": text} for kind, text in fragments]
        return {"parent": parent, "message": {"fragments": listed, **more}}

    files_of_it = [{"file_name": "a.pdf"}, {}]
    mapping = {
        "root": {"parent": None, "message": None},
        "1": node_of("root", ("REQUEST", "Tea?"), files=files_of_it),
        "2": node_of("1", ("THINK", "hm"), ("TEMPLATE_RESPONSE", "Busy.")),
        "3": node_of("2", files=files_of_it),
        "4": node_of("3", ("THINK", "hm")),
    }
    chat = read({"id": "d", "title": "Tea", "inserted_at": "2026-01-01", "mapping": mapping})
    assert words_of(chat) == [
        ("user", "[a.pdf]\n\nTea?"), ("assistant", "Busy."), ("user", "[a.pdf]"),
    ]  # fmt: skip


def activity(title: str, **more: Any) -> dict[str, Any]:
    return {"header": "Gemini 앱", "title": title, "time": "2026-03-02T10:00:00Z"} | more


def test_a_question_to_gemini_stays_though_its_answer_is_not_in_the_file() -> None:
    answer = [{"html": "<p>Rye.</p>"}]
    records = [
        activity("Prompted Bread?", attachedFiles=["a.pdf"], imageFile="b.png"),
        activity("빵은요?", safeHtmlItem=answer),
        activity("Used an Assistant feature"),
        activity("Created Gemini Canvas titled Bread", safeHtmlItem=answer),
        activity(
            "Used Gemini Apps",
            details=[{"name": "Request", "value": "Tea?"}, {"name": "Response", "value": "Yes."}],
        ),
        activity("무엇을 했습니다"),
    ]
    chats = read_file(json.dumps(records).encode())
    assert [words_of(chat) for chat in chats] == [
        [("user", "[b.png]\n\n[a.pdf]\n\nBread?")],
        [("user", "빵은요?"), ("assistant", "Rye.")],
        [("user", "Tea?"), ("assistant", "Yes.")],
    ]


PAGE_HEAD = "<html><head><title>My Activity History</title><style>a{}</style></head><body>"


def box(title: str, time: str, html: str, product: str = "Gemini Apps") -> str:
    return (
        '<div class="outer-cell mdl-cell"><div class="mdl-grid"><div class="header-cell">'
        f'<p class="mdl-typography--title">{product}<br></p></div>'
        '<div class="content-cell mdl-cell mdl-cell--6-col mdl-typography--body-1">'
        f"{title}<br>{time}<br>{html}</div>"
        '<div class="content-cell mdl-typography--body-1 mdl-typography--text-right"></div></div>'
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Mar 2, 2026, 10:15:23\u202fPM EST", datetime(2026, 3, 3, 3, 15, 23, tzinfo=UTC)),
        ("2026. 3. 2. 오후 10:15:23 KST", datetime(2026, 3, 2, 13, 15, 23, tzinfo=UTC)),
        ("02.03.2026, 22:15:23 MEZ", datetime(2026, 3, 2, 21, 15, 23, tzinfo=UTC)),
        ("2026/03/02 22:15:23 GMT-03:30", datetime(2026, 3, 3, 1, 45, 23, tzinfo=UTC)),
    ],
)
def test_takeouts_web_page_is_read_as_its_json_is(written: str, meant: datetime) -> None:
    page = PAGE_HEAD + "".join(
        [
            box("Prompted Bread &amp;<br>wine at 10:15:23?", written, "<p>Rye.</p><p>At 1:02:03"),
            box("Watched a film", written, "", "YouTube"),
        ]
    )
    data = zip_members({"Takeout/내 활동/Gemini 앱/내 활동.html": page})
    for each in (data, page.encode()):
        (chat,) = read_file(each)
        assert words_of(chat) == [
            ("user", "Bread &\nwine at 10:15:23?"),
            ("assistant", "Rye.\n\nAt 1:02:03"),
        ]
        assert chat.created == meant


def test_a_page_is_read_over_the_ends_of_its_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.importing.activities.takeout.CHUNK_BYTES", 7)
    page = PAGE_HEAD + "".join(
        box(f"Prompted {number}", "Mar 2, 2026, 10:15:23 AM EST", "Yes.") for number in range(3)
    )
    assert [chat.lines[0].content for chat in read_file(page.encode())] == ["0", "1", "2"]


@pytest.mark.parametrize("size", [7, 100_000])
def test_chatgpts_page_holds_the_chats_too(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.importing.json_items.CHUNK_BYTES", size)
    chats = [
        chatgpts(node("n1", None, "user", f"Is ] a }} {name}?"), name=name, title=name)
        for name in ("Tea", "Bread")
    ]
    page = (
        f"<html>\n<head><title>ChatGPT Data Export</title></head><body><script>{'x' * 5_000}\n"
        f'var jsonData = {json.dumps(chats)};\nvar assetsJson = {{"a": ["b"]}};\n'
        "function f() { return {}; }\n</script></body></html>"
    )
    found = {chat.title: words_of(chat) for chat in read_file(page.encode())}
    assert found == {
        "Tea": [("user", "Is ] a } Tea?")],
        "Bread": [("user", "Is ] a } Bread?")],
    }


@pytest.mark.parametrize("data", [PAGE_HEAD + "<p>Hello", "Name,Time\r\nAlice,1\r\n", "<p>"])
def test_other_pages_and_tables_are_no_chats(data: str) -> None:
    with pytest.raises(InvalidInput):
        read_file(data.encode())


def test_geminis_other_files_have_a_chat_each() -> None:
    turns = {
        "title": "Bread", "creation_time": "2026-03-02T10:00:00Z",
        "conversation_turns": [
            {"user_turn": {"prompt": "Bread?", "turn_index": 0}},
            {"system_turn": {"text": [{"data": "Rye."}, None], "images": ["a"]}},
            None,
        ],
    }  # fmt: skip
    chunks = [
        {"role": "user", "text": "Tea?"},
        {"role": "user", "driveDocument": {"id": "x"}},
        {"role": "model", "text": "hm", "isThought": True},
        {"role": "model", "text": "Black."},
        {"role": "model", "parts": [{"text": "hm", "thought": True}, {"text": "Or green."}]},
        None,
    ]
    data = zip_members(
        {
            "Takeout/Gemini in Workspace/conversation_1.txt": json.dumps(turns),
            "Takeout/Gemini in Workspace/picture_1.txt": "x",
            "Takeout/Drive/Google AI Studio/Tea": json.dumps({"chunkedPrompt": {"chunks": chunks}}),
            "Takeout/Drive/Google AI Studio/tea.png": "\x89PNG",
        }
    )
    assert [words_of(chat) for chat in read_file(data)] == [
        [("user", "Tea?\n\n[file]"), ("assistant", "Black.\n\nOr green.")],
        [("user", "Bread?"), ("assistant", "Rye.\n\n[image]")],
    ]


COPILOT = (
    "\ufeffConversation,Time,Author,Message\r\n"
    'Tea,2026-07-26T23:21:00,AI,"Or ""green"",\n\nor white."\r\n'
    "Tea,2026-07-26T23:21:00,Human,More?\r\n"
    "Bread,2026-07-26T23:20:58,AI,Rye.\r\n"
    "Tea,2026-07-26T23:20:56,AI,Black.\r\n"
    "Tea,2026-07-26T23:20:56,Human,Tea?\r\n"
    "cut\r\n"
    "Bread,2026-07-26T23:20:50,Human,Bread?\r\n"
)
OF_OFFICE = (
    "CreatedAt,MessageContent,Author,ChatName\n"
    "1/2/2026 10:00:00 +01:00,Tea?,user,Research\n"
    "1/2/2026 10:00:01 +01:00,Black.,bot,Research\n"
)


def test_copilots_table_is_read_in_the_order_in_which_people_spoke() -> None:
    data = zip_members(
        {"copilot-activity-history.csv": COPILOT, "copilot-chat-activity.csv": OF_OFFICE}
    )
    chats = {chat.title: chat for chat in read_file(data)}
    assert words_of(chats["Tea"]) == [
        ("user", "Tea?"),
        ("assistant", "Black."),
        ("user", "More?"),
        ("assistant", 'Or "green",\n\nor white.'),
    ]
    assert words_of(chats["Bread"]) == [("user", "Bread?"), ("assistant", "Rye.")]
    assert words_of(chats["Research"]) == [("user", "Tea?"), ("assistant", "Black.")]
    assert chats["Research"].lines[0].created == datetime(2026, 1, 2, 9, tzinfo=UTC)
    assert len(read_file(COPILOT.encode())) == 2


def make_list(*pairs: tuple[str, Any], **more: Any) -> list[dict[str, Any]]:
    return [{"role": role, "content": content, **more} for role, content in pairs]


TEA = (("human", "Tea?"), ("ai", "Black."))


@pytest.mark.parametrize(
    "data",
    [
        make_list(*TEA),
        {"threads": [{"title": "Tea", "messages": make_list(*TEA)}]},
        {"data": {"chats": [{"chatTitle": "Tea", "messages": make_list(*TEA)}]}},
        {"chat-next-web-store": {"sessions": [{"topic": "Tea", "messages": make_list(*TEA)}]}},
        {"chats": [{"name": "Tea", "messages": [{"role": r, "text": t} for r, t in TEA]}]},
        {"messages": make_list(("user", ["Tea?"]), ("model", [{"text": "Black."}]))},
    ],
)
def test_lists_of_messages_are_read_wherever_they_lie(data: Any) -> None:
    assert words_of(read(data)) == [("user", "Tea?"), ("assistant", "Black.")]


def test_a_line_for_each_message_is_a_chat() -> None:
    lines = "\n".join(json.dumps(each) for each in make_list(*TEA))
    (chat,) = read_file(zip_members({"chat.jsonl": lines}))
    assert words_of(chat) == [("user", "Tea?"), ("assistant", "Black.")]


def test_a_backup_whose_messages_stand_apart_from_their_chats_is_put_together() -> None:
    messages = [
        *make_list(("assistant", "Black."), topicId="t", createdAt=1_767_225_601_000),
        *make_list(("user", "Bread?"), topicId="b", createdAt=1_767_225_600_000),
        *make_list(("user", "Tea?"), topicId="t", createdAt=1_767_225_600_000),
        None,
    ]
    topics = [{"id": "t", "title": "Tea"}, {"id": ["odd"]}, None]
    data = {"exportType": "all", "state": {"messages": messages, "topics": topics}}
    chats = {chat.title: words_of(chat) for chat in read_file(json.dumps(data).encode())}
    assert chats == {
        "Tea": [("user", "Tea?"), ("assistant", "Black.")],
        "": [("user", "Bread?")],
    }
