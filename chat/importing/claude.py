"""Claude's data export: a conversation's messages in their order.

A question and its answer often have the same time to the microsecond, so the order of the list
counts and not the clock. What was written beside a chat (an artifact, a file for its reader, and
what was changed of either) was given to a tool, and shown all the same. Chats about designs are
files of their own, whose messages are made otherwise.
"""

import re
from typing import Any

from chat.importing.parsed_chat import (
    Line,
    ParsedChat,
    Tree,
    clean_text,
    format_document,
    is_passage,
    join_parts,
    list_names,
    parse_time,
)

ROLES = {"human": "user", "user": "user", "assistant": "assistant"}
# Where Claude puts files for the reader; what it writes elsewhere is its own.
OUTPUTS = "/mnt/user-data/outputs/"
# Names of programs and of what they write, which text needs no fence for.
_PROSE = {"md", "markdown", "txt", ""}
# What the plain text of a message says in the place of a call of a tool.
_NOT_SHOWN = re.compile(
    r"(?:```\s{0,5})?This block is not supported on your current device yet\.(?:\s{0,5}```)?"
)


def fits(data: dict[str, Any]) -> bool:
    return isinstance(data.get("chat_messages"), list) or _is_about_design(data)


def _is_about_design(data: dict[str, Any]) -> bool:
    messages = data.get("messages")
    return "uuid" in data and isinstance(messages, list) and any(map(_is_of_design, messages))


def _is_of_design(message: Any) -> bool:
    content = message.get("content") if isinstance(message, dict) else None
    return isinstance(content, dict) and ("contentBlocks" in content or "content" in content)


def read_chat(data: dict[str, Any]) -> ParsedChat:
    """Read a conversation."""
    if not isinstance(data.get("chat_messages"), list):
        data = data | {
            "chat_messages": [_even_out(each) for each in data["messages"] if _is_of_design(each)],
            "name": data.get("title"),
        }
    messages: dict[str, dict[str, Any]] = {}
    parents: dict[str, str | None] = {}
    last: str | None = None
    for number, message in enumerate(data["chat_messages"]):
        if not isinstance(message, dict):
            continue
        key = clean_text(message.get("uuid")) or f"message {number}"
        if key in messages:
            key = f"{key} {number}"
        # Exports without parents are one branch. The parent of a first message is in no list.
        parents[key] = clean_text(message.get("parent_message_uuid")) or last
        messages[key], last = message, key
    texts = {key: text for key, message in messages.items() if (text := _visible_text(message))}
    tree = Tree(parents, texts)
    return ParsedChat(
        source=f"claude:{clean_text(data.get('uuid'))}",
        title=clean_text(data.get("name")),
        lines=[
            Line(
                key=key,
                parent=tree.above(key),
                role=ROLES[messages[key]["sender"]],
                content=text,
                created=parse_time(messages[key].get("created_at")),
            )
            for key, text in texts.items()
        ],
        leaf=tree.nearest(clean_text(data.get("current_leaf_message_uuid"))) or "",
        created=parse_time(data.get("created_at")),
        updated=parse_time(data.get("updated_at")),
    )


def _visible_text(message: dict[str, Any]) -> str:
    return _text(message) if clean_text(message.get("sender")) in ROLES else ""


def _text(message: dict[str, Any]) -> str:
    """Return what a reader saw of a message: its text, and the files by their names."""
    content = message.get("content")
    blocks = content if isinstance(content, list) else []
    text = join_parts(*(_text_of_block(block) for block in blocks if isinstance(block, dict)))
    text = text or _NOT_SHOWN.sub("", clean_text(message.get("text"))).strip()
    return join_parts(*_files(message), text)


def _text_of_block(block: dict[str, Any]) -> str:
    """Return the text of a block, or of what it writes beside the chat."""
    if block.get("type") in {"text", "voice_note"}:
        return clean_text(block.get("text")).strip()
    if block.get("type") == "document":
        return join_parts(*list_names([block], "title", "file_name"))
    written = block.get("input")
    if not isinstance(written, dict):
        return ""
    if block.get("name") == "artifacts":
        text = clean_text(written.get("content")) or _find_change(written)
        language = clean_text(written.get("language"))
        return _show(clean_text(written.get("title")), text, language)
    path = clean_text(written.get("path"))
    text = clean_text(written.get("file_text")) or _find_change(written)
    name = path.rpartition("/")[2]
    suffix = name.rpartition(".")[2] if "." in name else ""
    return _show(name, text, suffix) if path.startswith(OUTPUTS) else ""


def _find_change(written: dict[str, Any]) -> str:
    change = clean_text(written.get("new_str"))
    return change if is_passage(change) else ""


def _show(title: str, text: str, language: str) -> str:
    is_code = language.isalnum() and language not in _PROSE
    return format_document(title, text, language if is_code else "") if text.strip() else ""


def _even_out(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message of a chat about a design as others are."""
    content = message["content"]
    blocks, files = content.get("contentBlocks"), content.get("attachments")
    return {
        "uuid": message.get("uuid"),
        "sender": message.get("role") or message.get("sender"),
        "text": content.get("content"),
        "content": blocks if isinstance(blocks, list) else [],
        "created_at": message.get("created_at") or content.get("timestamp"),
        "attachments": [
            {"file_name": each.get("name"), "extracted_content": each.get("content")}
            for each in (files if isinstance(files, list) else ())
            if isinstance(each, dict)
        ],
    }


def _files(message: dict[str, Any]) -> list[str]:
    names: list[str] = []
    for field in ("attachments", "files"):
        files = message.get(field)
        for file in files if isinstance(files, list) else ():
            if not isinstance(file, dict):
                continue
            name = clean_text(file.get("file_name"))
            # A long text that was pasted becomes a file without a name.
            shown = f"[{name}]" if name else clean_text(file.get("extracted_content")).strip()
            if shown and shown not in names:
                names.append(shown)
    return names
