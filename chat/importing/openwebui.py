"""Open WebUI's export of chats: a tree in `history`, or before it had one, a list."""

from typing import Any

from chat.importing.told import Line, NotAChat, Told, Tree, moment, text_of

ROLES = {"user", "assistant", "system"}


def fits(data: dict[str, Any]) -> bool:
    chat = data.get("chat", data)
    if not isinstance(chat, dict):
        return False
    # One chat that is exported alone is the inner object.
    known = isinstance(chat.get("history"), dict) or isinstance(chat.get("messages"), list)
    return known and ("chat" in data or "history" in chat)


def told(data: dict[str, Any]) -> Told:
    """Read a conversation. Raises NotAChat."""
    chat = data.get("chat", data)
    name = text_of(data.get("id")) or text_of(chat.get("id"))
    if not name:
        raise NotAChat("It has no name to know it by.")
    history = chat.get("history") if isinstance(chat.get("history"), dict) else {}
    tree = history.get("messages")
    lines = _of_tree(tree) if isinstance(tree, dict) and tree else _of_list(chat.get("messages"))
    keys = {line.key for line in lines}
    current = text_of(history.get("currentId"))
    return Told(
        source=f"openwebui:{name}",
        title=text_of(data.get("title")) or text_of(chat.get("title")),
        lines=lines,
        leaf=current if current in keys else "",
        created=moment(data.get("created_at")) or moment(chat.get("timestamp")),
    )


def _of_tree(tree: dict[str, Any]) -> list[Line]:
    messages = {key: each for key, each in tree.items() if isinstance(each, dict)}
    parents = {key: text_of(each.get("parentId")) or None for key, each in messages.items()}
    shown = {key for key, each in messages.items() if _is_shown(each)}
    branches = Tree(parents, shown)
    return [
        _line(key, branches.above(key), message)
        for key, message in messages.items()
        if key in shown
    ]


def _of_list(messages: Any) -> list[Line]:
    lines: list[Line] = []
    for number, each in enumerate(messages if isinstance(messages, list) else ()):
        if isinstance(each, dict) and _is_shown(each):
            before = lines[-1].key if lines else None
            lines.append(_line(f"message {number}", before, each))
    return lines


def _line(key: str, parent: str | None, message: dict[str, Any]) -> Line:
    return Line(key, parent, message["role"], _text(message), moment(message.get("timestamp")))


def _is_shown(message: dict[str, Any]) -> bool:
    return message.get("role") in ROLES and bool(_text(message))


def _text(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        parts = [text_of(part.get("text")) for part in content if isinstance(part, dict)]
        return "\n\n".join(part for part in parts if part.strip()).strip()
    return text_of(content).strip()
