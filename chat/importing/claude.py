"""Claude's data export: a conversation's messages in their order.

A question and its answer often have the same time to the microsecond, so the order of the list
counts and not the clock.
"""

from typing import Any

from chat.importing.parsed_chat import (
    Line,
    ParsedChat,
    Tree,
    clean_text,
    format_document,
    parse_time,
)

ROLES = {"human": "user", "user": "user", "assistant": "assistant"}
# Of the commands of an artifact those that hold the whole of it.
WHOLE = {"create", "rewrite"}


def fits(data: dict[str, Any]) -> bool:
    return isinstance(data.get("chat_messages"), list)


def read_chat(data: dict[str, Any]) -> ParsedChat:
    """Read a conversation."""
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
    said = [_text_of_block(block) for block in blocks if isinstance(block, dict)]
    text = "\n\n".join(each for each in said if each) or clean_text(message.get("text")).strip()
    return "\n\n".join([*_files(message), *([text] if text else [])])


def _text_of_block(block: dict[str, Any]) -> str:
    """Return the text of a block, or of the artifact that it writes."""
    if block.get("type") == "text":
        return clean_text(block.get("text")).strip()
    artifact = block.get("input")
    if block.get("name") != "artifacts" or not isinstance(artifact, dict):
        return ""
    text = clean_text(artifact.get("content"))
    if clean_text(artifact.get("command")) not in WHOLE or not text:
        return ""
    language = clean_text(artifact.get("language"))
    return format_document(
        clean_text(artifact.get("title")), text, language if language.isalnum() else ""
    )


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
