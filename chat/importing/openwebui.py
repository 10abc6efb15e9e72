"""Open WebUI's export of chats: a tree in `history`, or before it had one, a list.

Many other programs write such a list, with names of their own for much of it.
"""

import re
from datetime import datetime
from typing import Any

from chat.importing.parsed_chat import (
    Line,
    ParsedChat,
    Tree,
    clean_text,
    join_parts,
    list_names,
    parse_time,
    read_key,
)

ROLES = {
    "user": "user", "human": "user", "assistant": "assistant", "ai": "assistant",
    "bot": "assistant", "model": "assistant", "system": "system", "developer": "system",
    "gpt": "assistant", "chatgpt": "assistant",
}  # fmt: skip
# How programs call whose a message is, and what it says.
SPEAKERS = ("role", "from", "author")
CONTENTS = ("content", "parts", "contentParts", "fragments", "text", "value", "responses")
TITLES = ("title", "name", "topic", "chatTitle", "userTitle", "autoTitle")
TIMES = ("timestamp", "created_at", "createdAt", "create_time", "created", "date", "time")
# Thoughts, calls and programs that were run stand in the text itself.
_ASIDE = re.compile(r'<details type="(?:reasoning|tool_calls|code_interpreter)"')
_END = "</details>"
PICTURES = {"image_url", "image_file", "input_image", "image"}
THOUGHTS = {"reasoning", "thinking", "redacted_thinking"}


def fits(data: dict[str, Any]) -> bool:
    chat = data.get("chat", data)
    if not isinstance(chat, dict):
        return False
    # One chat that is exported alone is the inner object.
    listed = chat.get("messages")
    known = isinstance(chat.get("history"), dict) or isinstance(listed, list)
    is_named = "chat" in data or "history" in chat
    # Many other programs write a list of messages in this form, and nothing else.
    is_list = isinstance(listed, list) and any(map(is_message, listed))
    return known and (is_named or (is_list and "conversationId" not in data))


def read_chat(data: dict[str, Any]) -> ParsedChat:
    """Read a conversation."""
    chat = data.get("chat", data)
    name = clean_text(data.get("id")) or clean_text(chat.get("id"))
    history = chat.get("history") if isinstance(chat.get("history"), dict) else {}
    tree = _name_messages(history.get("messages"))
    leaf = None
    if isinstance(tree, dict) and tree:
        lines, leaf = _read_tree(tree, read_key(history.get("currentId")))
    else:
        lines = _read_list(tree or chat.get("messages"))
    return ParsedChat(
        source=f"openwebui:{name}",
        title=_find_title(data) or _find_title(chat),
        lines=lines,
        leaf=leaf or "",
        created=find_time(data) or find_time(chat),
        updated=parse_time(data.get("updated_at")) or parse_time(data.get("updatedAt")),
    )


def _find_title(data: dict[str, Any]) -> str:
    return next((title for field in TITLES if (title := clean_text(data.get(field)).strip())), "")


def _name_messages(listed: Any) -> Any:
    """Return a list of messages that say what they follow as a tree, and all else as it is."""
    messages = listed if isinstance(listed, list) else []
    named = {
        key: each
        for each in messages
        if isinstance(each, dict) and (key := read_key(each.get("id"))) and "parentId" in each
    }
    return named if messages and len(named) == len(messages) else listed


def is_message(item: Any) -> bool:
    """Return whether something is a message of a list, whatever its program calls the parts."""
    return (
        isinstance(item, dict)
        and "messages" not in item
        and bool(_role(item))
        and any(isinstance(item.get(field), str | list | dict) for field in CONTENTS)
    )


def find_time(data: dict[str, Any]) -> datetime | None:
    return next((time for field in TIMES if (time := parse_time(data.get(field)))), None)


def _role(message: dict[str, Any]) -> str:
    speaker = next((message[field] for field in SPEAKERS if message.get(field)), None)
    if isinstance(speaker, dict):
        speaker = speaker.get("role")
    return ROLES.get(clean_text(speaker).lower(), "")


def _read_tree(tree: dict[str, Any], current: str | None) -> tuple[list[Line], str | None]:
    """Return the messages, and which of them the shown branch ends with.

    An answer that failed shows nothing, so the branch may end above the current message.
    """
    messages = {key: each for key, each in tree.items() if isinstance(each, dict)}
    parents = {key: read_key(each.get("parentId")) for key, each in messages.items()}
    shown = {key for key, each in messages.items() if _is_shown(each)}
    branches = Tree(parents, shown)
    lines = [_line(key, branches.above(key), messages[key]) for key in messages if key in shown]
    return lines, branches.nearest(current)


def _read_list(messages: Any) -> list[Line]:
    lines: list[Line] = []
    for number, each in enumerate(messages if isinstance(messages, list) else ()):
        if isinstance(each, dict) and _is_shown(each):
            before = lines[-1].key if lines else None
            lines.append(_line(f"message {number}", before, each))
    return lines


def _line(key: str, parent: str | None, message: dict[str, Any]) -> Line:
    return Line(key, parent, _role(message), _text(message), find_time(message))


def _is_shown(message: dict[str, Any]) -> bool:
    return bool(_role(message) and _text(message))


def _text(message: dict[str, Any]) -> str:
    """Return what was said in a message, after the names of its files."""
    return join_parts(*list_names(_files(message), "name", "type"), _find_text(message))


def _files(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the files of a question, of which pictures have no name."""
    files = message.get("files") if _role(message) == "user" else None
    return [each for each in files if isinstance(each, dict)] if isinstance(files, list) else []


def _find_text(message: dict[str, Any]) -> str:
    content = message.get("content") or _written_parts(message.get("output"))
    content = content or _said_parts(message.get("content_list"))
    content = content or _chosen_parts(message.get("responses"))
    content = content or next((message[f] for f in CONTENTS if message.get(f)), None)
    if isinstance(content, dict):
        content = content.get("parts") or [content]
    if isinstance(content, list):
        return join_parts(*(_part(part).strip() for part in content))
    text = clean_text(content)
    return (_remove_asides(text) if _role(message) == "assistant" else text).strip()


def _part(part: Any) -> str:
    if not isinstance(part, dict):
        return clean_text(part)
    if isinstance(part.get("part"), dict):
        # Big-AGI has a fragment around each.
        part = part["part"]
    kind = clean_text(part.get("type"))
    if kind in PICTURES:
        return "[image]"
    if kind in THOUGHTS or part.get("thought") is True:
        return ""
    text = part.get("text")
    return clean_text(text.get("value") if isinstance(text, dict) else text)


def _written_parts(output: Any) -> list[Any]:
    """Return the parts of what a model wrote, among its thoughts and calls."""
    return [
        part
        for item in (output if isinstance(output, list) else ())
        if isinstance(item, dict) and item.get("type") == "message"
        for part in (item["content"] if isinstance(item.get("content"), list) else ())
    ]


def _said_parts(items: Any) -> list[Any]:
    """Return the parts of an answer of Qwen's site, among its thoughts and searches."""
    return [
        {"text": item.get("content")}
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and item.get("phase") in (None, "", "answer")
    ]


def _chosen_parts(responses: Any) -> list[Any]:
    """Return what the chosen one of several models said, or the first of them, in TypingMind."""
    offered = (
        [each for each in responses if isinstance(each, dict)]
        if isinstance(responses, list)
        else []
    )
    chosen = next((each for each in offered if each.get("selected")), offered[0] if offered else {})
    messages = chosen.get("messages")
    return [
        {"text": _text(each)}
        for each in (messages if isinstance(messages, list) else ())
        if isinstance(each, dict) and _role(each) == "assistant" and "responses" not in each
    ]


def _remove_asides(text: str) -> str:
    parts, at = [], 0
    for aside in _ASIDE.finditer(text):
        if aside.start() < at:
            continue
        end = text.find(_END, aside.end())
        if end < 0:
            break
        parts.append(text[at : aside.start()])
        at = end + len(_END)
    return "".join([*parts, text[at:]])
