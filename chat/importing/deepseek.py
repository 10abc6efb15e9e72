"""DeepSeek's data export: a tree like ChatGPT's, whose messages are made of fragments."""

from typing import Any

from chat.importing import chatgpt
from chat.importing.parsed_chat import Line, ParsedChat, Tree, moment, text_of

ROLES = {"REQUEST": "user", "RESPONSE": "assistant"}


def fits(data: dict[str, Any]) -> bool:
    return isinstance(data.get("mapping"), dict) and "inserted_at" in data


def read_chat(data: dict[str, Any]) -> ParsedChat:
    """Read a conversation."""
    name = text_of(data.get("id"))
    nodes = {key: node for key, node in data["mapping"].items() if isinstance(node, dict)}
    texts = {
        key: found for key, node in nodes.items() if (found := _read_message(node.get("message")))
    }
    tree = Tree(chatgpt.parents_in(nodes), texts)
    # The nodes are numbered in the order in which they were made.
    lines = [
        Line(
            key=key,
            parent=tree.above(key),
            role=texts[key][0],
            content=texts[key][1],
            created=moment(nodes[key]["message"].get("inserted_at")),
        )
        for key in texts
    ]
    return ParsedChat(
        source=f"deepseek:{name}",
        title=text_of(data.get("title")),
        lines=lines,
        created=moment(data.get("inserted_at")),
        updated=moment(data.get("updated_at")),
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
        and (kind := text_of(each.get("type")).upper()) in ROLES
        and (text := text_of(each.get("content")).strip())
    ]
    if parts:
        return parts[0][0], "\n\n".join(text for role, text in parts if role == parts[0][0])
    # As exports were before fragments.
    text = text_of(message.get("content")).strip()
    role = text_of(message.get("role")).lower()
    return (role, text) if text and role in ROLES.values() else None
