"""Open WebUI's export of chats: a tree in `history`, or before it had one, a list."""

import re
from typing import Any

from chat.importing.parsed_chat import Line, ParsedChat, Tree, clean_text, parse_time, read_key

ROLES = {"user", "assistant", "system"}
# Thoughts and calls stand in the text itself.
_ASIDE = re.compile(r'<details type="(?:reasoning|tool_calls)"')
_END = "</details>"


def fits(data: dict[str, Any]) -> bool:
    chat = data.get("chat", data)
    if not isinstance(chat, dict):
        return False
    # One chat that is exported alone is the inner object.
    listed = chat.get("messages")
    known = isinstance(chat.get("history"), dict) or isinstance(listed, list)
    is_named = "chat" in data or "history" in chat
    # Many other programs write a list of messages in this form, and nothing else.
    is_list = isinstance(listed, list) and any(isinstance(m, dict) and "role" in m for m in listed)
    return known and (is_named or (is_list and "conversationId" not in data))


def read_chat(data: dict[str, Any]) -> ParsedChat:
    """Read a conversation."""
    chat = data.get("chat", data)
    name = clean_text(data.get("id")) or clean_text(chat.get("id"))
    history = chat.get("history") if isinstance(chat.get("history"), dict) else {}
    tree = history.get("messages")
    if isinstance(tree, dict) and tree:
        lines = _read_tree(tree)
    else:
        lines = _read_list(tree or chat.get("messages"))
    keys = {line.key for line in lines}
    current = read_key(history.get("currentId"))
    return ParsedChat(
        source=f"openwebui:{name}",
        title=clean_text(data.get("title")) or clean_text(chat.get("title")),
        lines=lines,
        leaf=current if current and current in keys else "",
        created=parse_time(data.get("created_at")) or parse_time(chat.get("timestamp")),
        updated=parse_time(data.get("updated_at")),
    )


def _read_tree(tree: dict[str, Any]) -> list[Line]:
    messages = {key: each for key, each in tree.items() if isinstance(each, dict)}
    parents = {key: read_key(each.get("parentId")) for key, each in messages.items()}
    shown = {key for key, each in messages.items() if _is_shown(each)}
    branches = Tree(parents, shown)
    return [
        _line(key, branches.above(key), message)
        for key, message in messages.items()
        if key in shown
    ]


def _read_list(messages: Any) -> list[Line]:
    lines: list[Line] = []
    for number, each in enumerate(messages if isinstance(messages, list) else ()):
        if isinstance(each, dict) and _is_shown(each):
            before = lines[-1].key if lines else None
            lines.append(_line(f"message {number}", before, each))
    return lines


def _line(key: str, parent: str | None, message: dict[str, Any]) -> Line:
    return Line(key, parent, message["role"], _text(message), parse_time(message.get("timestamp")))


def _is_shown(message: dict[str, Any]) -> bool:
    return clean_text(message.get("role")) in ROLES and bool(_text(message))


def _text(message: dict[str, Any]) -> str:
    content = message.get("content") or _written_parts(message.get("output"))
    content = content or _said_parts(message.get("content_list"))
    if isinstance(content, list):
        parts = [clean_text(part.get("text")) for part in content if isinstance(part, dict)]
        return "\n\n".join(part for part in parts if part.strip()).strip()
    text = clean_text(content)
    return (_remove_asides(text) if message.get("role") == "assistant" else text).strip()


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
