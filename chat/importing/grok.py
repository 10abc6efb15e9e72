"""Grok's data export: each chat beside its messages, which name the one they answer."""

from collections.abc import Iterator
from typing import Any

from chat.importing.parsed_chat import Line, ParsedChat, Tree, clean_text, parse_time

ROLES = {"human": "user", "user": "user", "assistant": "assistant"}


def fits(data: dict[str, Any]) -> bool:
    return isinstance(data.get("responses"), list)


def read_chat(data: dict[str, Any]) -> ParsedChat:
    """Read a conversation."""
    told = data.get("conversation")
    chat = told if isinstance(told, dict) else data
    messages: dict[str, dict[str, Any]] = {}
    parents: dict[str, str | None] = {}
    last: str | None = None
    for number, message in enumerate(_list_messages(data["responses"])):
        name = clean_text(message.get("_id")) or clean_text(message.get("response_id"))
        key = name if name and name not in messages else f"message {number}"
        # Exports without parents are one branch.
        parents[key] = clean_text(message.get("parent_response_id")) or last
        messages[key], last = message, key
    texts = {key: text for key, each in messages.items() if (text := _text(each))}
    tree = Tree(parents, texts)
    return ParsedChat(
        source=f"grok:{clean_text(chat.get('id')) or clean_text(chat.get('conversation_id'))}",
        title=clean_text(chat.get("title")),
        lines=[
            Line(
                key=key,
                parent=tree.above(key),
                role=ROLES[clean_text(messages[key].get("sender")).lower()],
                content=text,
                created=parse_time(messages[key].get("create_time")),
            )
            for key, text in texts.items()
        ],
        leaf=tree.nearest(clean_text(chat.get("leaf_response_id"))) or "",
        created=parse_time(chat.get("create_time")),
        updated=parse_time(chat.get("modify_time")),
    )


def _list_messages(responses: list[Any]) -> Iterator[dict[str, Any]]:
    for each in responses:
        message = each.get("response", each) if isinstance(each, dict) else None
        if isinstance(message, dict):
            yield message


def _text(message: dict[str, Any]) -> str:
    is_said = clean_text(message.get("sender")).lower() in ROLES
    return clean_text(message.get("message")).strip() if is_said else ""
