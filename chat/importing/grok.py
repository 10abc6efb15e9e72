"""Grok's data export: each chat beside its messages, which name the one they answer."""

import re
from collections.abc import Iterator
from typing import Any

from chat.importing.parsed_chat import Line, ParsedChat, Tree, clean_text, join_parts, parse_time

ASKERS = {"human", "user"}
# Neither said nor shown to the reader.
SILENT = {"", "system", "tool"}
# Cards with sources, posts and pictures, and calls of tools, in the text.
_CARD = re.compile(r"<(grok:render|xai:tool_usage_card)\b")


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
                # Some answers name their model where others say "assistant".
                role="user" if _sender(messages[key]) in ASKERS else "assistant",
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


def _sender(message: dict[str, Any]) -> str:
    return clean_text(message.get("sender")).lower()


def _text(message: dict[str, Any]) -> str:
    """Return what was said, or that there was a picture or a file where nothing was."""
    if _sender(message) in SILENT:
        return ""
    text = _remove_cards(clean_text(message.get("message"))).strip()
    pictures, files = message.get("generated_image_urls"), message.get("file_attachments")
    shown = ["[image]"] * len(pictures) if isinstance(pictures, list) else []
    if not text and not shown and isinstance(files, list) and files:
        return "[file]"
    return join_parts(text, *shown)


def _remove_cards(text: str) -> str:
    parts, at = [], 0
    for card in _CARD.finditer(text):
        if card.start() < at:
            continue
        mark = f"</{card[1]}>"
        end = text.find(mark, card.end())
        if end < 0:
            break
        parts.append(text[at : card.start()])
        at = end + len(mark)
    return "".join([*parts, text[at:]])
