"""ChatGPT's data export: a tree of nodes in `mapping`, of which some hold a message to show.

Nodes of tools, of the system and without text are passed over: what follows them follows the
last message that is shown. Pictures and recordings are not in the text; their places are named.
"""

from collections.abc import Mapping
from typing import Any

from chat.importing.told import Line, NotAChat, Told, Tree, moment, text_of

ROLES = {"user", "assistant"}
TEXTS = {"text", "multimodal_text", "code"}
PLACES = {"image_asset_pointer": "[image]"}
# What was said aloud, as it was transcribed; the recording beside it is not in the text.
TRANSCRIPT = "audio_transcription"
RECORDINGS = {"audio_asset_pointer", "real_time_user_audio_video_asset_pointer"}


def is_chatgpts(data: dict[str, Any]) -> bool:
    return isinstance(data.get("mapping"), dict)


def told(data: dict[str, Any]) -> Told:
    """Raises NotAChat."""
    nodes = {key: node for key, node in data["mapping"].items() if isinstance(node, dict)}
    name = text_of(data.get("conversation_id")) or text_of(data.get("id"))
    if not name:
        raise NotAChat("It has no name to know it by.")
    texts = {key: text for key, node in nodes.items() if (text := _text(node.get("message")))}
    tree = Tree(parents_in(nodes), texts)
    lines = [
        _line(key, nodes, texts, tree)
        for key in sorted(texts, key=lambda key: _created(nodes[key]))
    ]
    current = text_of(data.get("current_node"))
    return Told(
        source=f"chatgpt:{name}",
        title=text_of(data.get("title")),
        lines=lines,
        leaf=tree.nearest(current) or "",
        created=moment(data.get("create_time")),
    )


def parents_in(nodes: Mapping[str, dict[str, Any]]) -> dict[str, str | None]:
    """Return the node above each, by its key."""
    return {key: text_of(node.get("parent")) or None for key, node in nodes.items()}


def _line(key: str, nodes: dict[str, Any], texts: dict[str, str], tree: Tree) -> Line:
    message = nodes[key]["message"]
    return Line(
        key=key,
        parent=tree.above(key),
        role=message["author"]["role"],
        content=texts[key],
        created=moment(message.get("create_time")),
    )


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
    said = [text for each in parts if (text := _part(each).strip())]
    if not said and any(_kind(each) in RECORDINGS for each in parts):
        return "[recording]"
    return "\n\n".join(said)


def _kind(part: Any) -> str:
    return text_of(part.get("content_type")) if isinstance(part, dict) else ""


def _part(part: Any) -> str:
    if isinstance(part, dict):
        kind = _kind(part)
        return text_of(part.get("text")) if kind == TRANSCRIPT else PLACES.get(kind, "")
    return text_of(part)
