"""LibreChat's export of a chat: its messages as a list, or as a tree of children."""

import re
from collections.abc import Iterator
from typing import Any

from chat.importing.parsed_chat import (
    MAX_MESSAGES,
    Line,
    NotAChat,
    ParsedChat,
    Tree,
    clean_text,
    join_parts,
    list_names,
    parse_time,
)

# What older versions wrote into a text: thoughts, and texts beside the chat.
THOUGHTS, ARTIFACT, END = ":::thinking", ":::artifact{", ":::"
_TITLE = re.compile(r'title="([^"\n]{1,300})"')


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
    """Return what was shown of either of the forms that messages have had, and names of files."""
    text = _show_blocks(clean_text(message.get("text")).strip())
    if not text:
        content = message.get("content")
        parts = [_part(each) for each in content] if isinstance(content, list) else []
        text = join_parts(*(_show_blocks(each.strip()) for each in parts))
    return join_parts(*list_names(message.get("files"), "filename"), text)


def _part(part: Any) -> str:
    kind = part.get("type") if isinstance(part, dict) else ""
    if kind in ("image_file", "image_url"):
        return "[image]"
    value = part.get("text") if kind == "text" else ""
    return clean_text(value.get("value") if isinstance(value, dict) else value)


def _show_blocks(text: str) -> str:
    """Return a text without its thoughts, and with the titles of the artifacts in it."""
    return "\n".join(_show_lines(text)).strip() if f"{END}" in text else text


def _show_lines(text: str) -> Iterator[str]:
    block = ""
    for line in text.split("\n"):
        if not block and line.startswith((THOUGHTS, ARTIFACT)):
            block = THOUGHTS if line.startswith(THOUGHTS) else ARTIFACT
            title = _TITLE.search(line) if block == ARTIFACT else None
            if title:
                yield f"**{title[1]}**\n"
        elif block and line.rstrip() == END:
            block = ""
        elif block != THOUGHTS:
            yield line
