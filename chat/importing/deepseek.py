"""DeepSeek's data export: a tree like ChatGPT's, whose messages are made of fragments."""

from typing import Any

from chat.importing import chatgpt
from chat.importing.parsed_chat import (
    Line,
    ParsedChat,
    Tree,
    clean_text,
    join_parts,
    list_names,
    parse_time,
)

ROLES = {"REQUEST": "user", "RESPONSE": "assistant", "TEMPLATE_RESPONSE": "assistant"}


def fits(data: dict[str, Any]) -> bool:
    return isinstance(data.get("mapping"), dict) and "inserted_at" in data


def read_chat(data: dict[str, Any]) -> ParsedChat:
    """Read a conversation."""
    name = clean_text(data.get("id"))
    nodes = {key: node for key, node in data["mapping"].items() if isinstance(node, dict)}
    texts = {
        key: found for key, node in nodes.items() if (found := _read_message(node.get("message")))
    }
    tree = Tree(chatgpt.map_parents(nodes), texts)
    # The nodes are numbered in the order in which they were made.
    lines = [
        Line(
            key=key,
            parent=tree.above(key),
            role=texts[key][0],
            content=texts[key][1],
            created=parse_time(nodes[key]["message"].get("inserted_at")),
        )
        for key in texts
    ]
    return ParsedChat(
        source=f"deepseek:{name}",
        title=clean_text(data.get("title")),
        lines=lines,
        created=parse_time(data.get("inserted_at")),
        updated=parse_time(data.get("updated_at")),
    )


def _read_message(message: Any) -> tuple[str, str] | None:
    """Return who says what in a message; thoughts and searches are not shown."""
    if not isinstance(message, dict):
        return None
    fragments = message.get("fragments")
    parts = [
        (ROLES[kind], text)
        for each in (fragments if isinstance(fragments, list) else ())
        if isinstance(each, dict)
        and (kind := clean_text(each.get("type")).upper()) in ROLES
        and (text := clean_text(each.get("content")).strip())
    ]
    # As exports were before fragments.
    role = parts[0][0] if parts else clean_text(message.get("role")).lower()
    said = [text for kind, text in parts if kind == role]
    files = list_names(message.get("files"), "file_name", "name")
    text = join_parts(*files, *(said or [clean_text(message.get("content")).strip()]))
    # Of a question that is nothing but files only the place is told.
    role = role or ("user" if files else "")
    return (role, text) if text and role in ROLES.values() else None
