"""LibreChat's export of a chat: its messages as a list, or as a tree of children."""

from typing import Any

from chat.importing.parsed_chat import (
    MAX_MESSAGES,
    Line,
    NotAChat,
    ParsedChat,
    Tree,
    clean_text,
    parse_time,
)


def fits(data: dict[str, Any]) -> bool:
    return "conversationId" in data and isinstance(_messages(data), list)


def read_chat(data: dict[str, Any]) -> ParsedChat:
    """Read a conversation. Raises NotAChat."""
    name = clean_text(data.get("conversationId"))
    messages: dict[str, dict[str, Any]] = {}
    parents: dict[str, str | None] = {}
    last = ""
    for message, above in _flat(_messages(data)):
        name_of_message = clean_text(message.get("messageId"))
        key = name_of_message or f"message {len(messages)}"
        if key not in messages:
            # Without names a list is one branch.
            before = clean_text(message.get("parentMessageId")) if name_of_message else last
            parents[key] = above or before or None
            messages[key], last = message, key
    texts = {key: text for key, message in messages.items() if (text := _text(message))}
    tree = Tree(parents, texts)
    lines = [
        Line(
            key=key,
            parent=tree.above(key),
            role="user" if _is_question(messages[key]) else "assistant",
            content=text,
            created=parse_time(messages[key].get("createdAt")),
        )
        for key, text in texts.items()
    ]
    return ParsedChat(
        source=f"librechat:{name}",
        title=clean_text(data.get("title")),
        lines=lines,
        created=parse_time(data.get("createdAt")),
        updated=parse_time(data.get("updatedAt")),
    )


def _is_question(message: dict[str, Any]) -> bool:
    return message.get("isCreatedByUser") is True or message.get("sender") == "User"


def _messages(data: dict[str, Any]) -> Any:
    return data.get("messages") or data.get("messagesTree")


def _flat(messages: list[Any]) -> list[tuple[dict[str, Any], str]]:
    """Return every message and the key of the one it is a child of, parents first.

    Without recursion, since each message of a tree is nested in the one before it.
    """
    flat: list[tuple[dict[str, Any], str]] = []
    waiting: list[tuple[Any, str]] = [(each, "") for each in reversed(messages)]
    while waiting:
        message, above = waiting.pop()
        if not isinstance(message, dict):
            continue
        if len(flat) > MAX_MESSAGES:
            raise NotAChat(f"It has more than {MAX_MESSAGES} messages.")
        flat.append((message, above))
        children = message.get("children")
        key = clean_text(message.get("messageId"))
        waiting += [
            (each, key) for each in reversed(children if isinstance(children, list) else [])
        ]
    return flat


def _text(message: dict[str, Any]) -> str:
    """Return the text that was shown, of either of the forms that messages have had."""
    if text := clean_text(message.get("text")).strip():
        return text
    content = message.get("content")
    parts: list[str] = []
    for part in content if isinstance(content, list) else ():
        if isinstance(part, dict) and part.get("type") == "text":
            value = part.get("text")
            value = value.get("value") if isinstance(value, dict) else value
            parts.append(clean_text(value).strip())
    return "\n\n".join(each for each in parts if each)
