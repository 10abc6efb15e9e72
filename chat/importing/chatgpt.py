"""ChatGPT's data export: a tree of nodes in `mapping`, of which some hold a message to show.

Nodes of tools, of the system and without text are passed over: what follows them follows the
last message that is shown. Pictures and recordings are not in the text; their places are named.
"""

from typing import Any

from chat.importing.told import Line, NotAChat, Told, moment, text_of

ROLES = {"user", "assistant"}
TEXTS = {"text", "multimodal_text", "code"}
PLACES = {"image_asset_pointer": "[image]", "audio_asset_pointer": "[recording]"}


def is_chatgpts(data: dict[str, Any]) -> bool:
    return isinstance(data.get("mapping"), dict)


def told(data: dict[str, Any]) -> Told:
    """Raises NotAChat."""
    nodes = {key: node for key, node in data["mapping"].items() if isinstance(node, dict)}
    name = text_of(data.get("conversation_id")) or text_of(data.get("id"))
    if not name:
        raise NotAChat("It has no name to know it by.")
    texts = {key: text for key, node in nodes.items() if (text := _text(node.get("message")))}
    above: dict[str, str | None] = {}
    lines = [
        _line(key, nodes, texts, above)
        for key in sorted(texts, key=lambda key: _created(nodes[key]))
    ]
    current = text_of(data.get("current_node"))
    return Told(
        source=f"chatgpt:{name}",
        title=text_of(data.get("title")),
        lines=lines,
        leaf=_shown(current, nodes, texts, above) or "",
        created=moment(data.get("create_time")),
    )


def _line(
    key: str, nodes: dict[str, Any], texts: dict[str, str], above: dict[str, str | None]
) -> Line:
    message = nodes[key]["message"]
    return Line(
        key=key,
        parent=_shown(nodes[key].get("parent"), nodes, texts, above),
        role=message["author"]["role"],
        content=texts[key],
        created=moment(message.get("create_time")),
    )


def _shown(
    key: Any, nodes: dict[str, Any], texts: dict[str, str], above: dict[str, str | None]
) -> str | None:
    """The node itself, or the nearest above it, that holds something to show.

    `above` keeps what was found for the nodes passed on the way, since a thousand messages may
    hang on a thousand nodes that show nothing.
    """
    seen: dict[str, None] = {}
    found: str | None = None
    while isinstance(key, str) and key in nodes and key not in seen:
        if key in texts or key in above:
            found = key if key in texts else above[key]
            break
        seen[key] = None
        key = nodes[key].get("parent")
    above.update(dict.fromkeys(seen, found))
    return found


def _created(node: dict[str, Any]) -> float:
    created = node["message"].get("create_time")
    return float(created) if isinstance(created, int | float) else 0.0


def _text(message: Any) -> str:
    """What a person would have seen of a message; empty for what is not to be shown."""
    if not isinstance(message, dict) or not isinstance(message.get("author"), dict):
        return ""
    content, metadata = message.get("content"), message.get("metadata")
    hidden = isinstance(metadata, dict) and metadata.get("is_visually_hidden_from_conversation")
    if not isinstance(content, dict) or content.get("content_type") not in TEXTS:
        return ""
    if hidden or message["author"].get("role") not in ROLES:
        return ""
    if message.get("recipient") not in {None, "all"}:
        # Said to a tool, not to the reader.
        return ""
    parts = content.get("parts")
    parts = parts if isinstance(parts, list) else [content.get("text")]
    return "\n\n".join(said for each in parts if (said := _part(each).strip()))


def _part(part: Any) -> str:
    if isinstance(part, dict):
        kind = part.get("content_type")
        return PLACES.get(kind, "") if isinstance(kind, str) else ""
    return text_of(part)
