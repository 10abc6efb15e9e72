"""ChatGPT's data export: a tree of nodes in `mapping`, of which some hold a message to show.

Nodes of tools, of the system and without text are passed over: what follows them follows the
last message that is shown. Pictures and recordings are not in the text; their places are named.
A text that was written into a canvas was sent to a tool, and shown all the same.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from chat.importing.parsed_chat import (
    Line,
    ParsedChat,
    Tree,
    clean_text,
    format_document,
    parse_time,
    read_key,
)

ROLES = {"user", "assistant"}
TEXTS = {"text", "multimodal_text", "code"}
PLACES = {"image_asset_pointer": "[image]"}
# What was said aloud, as it was transcribed; the recording beside it is not in the text.
TRANSCRIPT = "audio_transcription"
RECORDINGS = {"audio_asset_pointer", "real_time_user_audio_video_asset_pointer"}
CANVAS = "canmore."
# Marks of sources, places and pictures between characters for private use.
_MARK = re.compile(" ?\ue200([^\ue200\ue201]{0,5000})\ue201")
_LEFT_OVER = re.compile("[\ue200-\ue206]")
# Of these marks the reader saw the words.
_WORDED = {"entity", "url", "link_title"}


def fits(data: dict[str, Any]) -> bool:
    return isinstance(data.get("mapping"), dict)


def read_chat(data: dict[str, Any]) -> ParsedChat:
    """Read a conversation."""
    nodes = {key: node for key, node in data["mapping"].items() if isinstance(node, dict)}
    name = clean_text(data.get("conversation_id")) or clean_text(data.get("id"))
    texts = {key: text for key, node in nodes.items() if (text := _text(node.get("message")))}
    tree = Tree(map_parents(nodes), texts)
    lines = [_line(key, nodes, texts, tree) for key in texts]
    lines.sort(key=lambda line: line.created.timestamp() if line.created else 0.0)
    current = clean_text(data.get("current_node"))
    return ParsedChat(
        source=f"chatgpt:{name}",
        title=clean_text(data.get("title")),
        lines=lines,
        leaf=tree.nearest(current) or "",
        created=parse_time(data.get("create_time")),
        updated=parse_time(data.get("update_time")),
    )


def map_parents(nodes: Mapping[str, dict[str, Any]]) -> dict[str, str | None]:
    """Return the node above each, by its key. Some exports tell it only by a node's children."""
    above: dict[str, str] = {}
    for key, node in nodes.items():
        children = node.get("children")
        for child in children if isinstance(children, list) else ():
            if name := read_key(child):
                above.setdefault(name, key)
    return {
        key: read_key(node.get("parent")) or above.get(key) or _told_parent(node)
        for key, node in nodes.items()
    }


def _told_parent(node: Mapping[str, Any]) -> str | None:
    message = node.get("message")
    metadata = message.get("metadata") if isinstance(message, dict) else None
    return read_key(metadata.get("parent_id")) if isinstance(metadata, dict) else None


def _line(key: str, nodes: dict[str, Any], texts: dict[str, str], tree: Tree) -> Line:
    message = nodes[key]["message"]
    return Line(
        key=key,
        parent=tree.above(key),
        role=message["author"]["role"],
        content=texts[key],
        created=parse_time(message.get("create_time")),
    )


def _text(message: Any) -> str:
    """Return what a person would have seen of a message; empty for what is not to be shown."""
    if not isinstance(message, dict) or not isinstance(message.get("author"), dict):
        return ""
    content, metadata = message.get("content"), message.get("metadata")
    hidden = isinstance(metadata, dict) and metadata.get("is_visually_hidden_from_conversation")
    is_said = clean_text(message["author"].get("role")) in ROLES and not hidden
    if not is_said or not isinstance(content, dict) or _kind(content) not in TEXTS:
        return ""
    recipient = clean_text(message.get("recipient"))
    if recipient.startswith(CANVAS):
        return _canvas(content)
    if recipient not in {"", "all"}:
        # Said to a tool, not to the reader.
        return ""
    parts = content.get("parts")
    parts = parts if isinstance(parts, list) else [content.get("text")]
    said = [text for each in parts if (text := _part(each).strip())]
    if not said and any(_kind(each) in RECORDINGS for each in parts):
        return "[recording]"
    return "\n\n".join(said)


def _kind(part: Any) -> str:
    return clean_text(part.get("content_type")) if isinstance(part, dict) else ""


def _part(part: Any) -> str:
    if isinstance(part, dict):
        kind = _kind(part)
        if kind in {TRANSCRIPT, "text", ""}:
            return clean_text(part.get("text"))
        return PLACES.get(kind, "")
    return _LEFT_OVER.sub("", _MARK.sub(_render_mark, clean_text(part)))


def _render_mark(mark: re.Match[str]) -> str:
    """Return what a reader saw in the place of a mark; nothing of those that name sources."""
    kind, *rest = mark[1].split("\ue202")
    if kind not in _WORDED or not rest:
        return ""
    words = rest[0]
    if kind == "entity":
        named = _parse(words)
        words = clean_text(named[1]) if isinstance(named, list) and len(named) > 1 else ""
    return f"{' ' if mark[0].startswith(' ') else ''}{words}"


def _canvas(content: dict[str, Any]) -> str:
    """Return the text that a message writes into a canvas; "" where it changes parts of one."""
    parts = content.get("parts")
    given = content.get("text") or (parts[0] if isinstance(parts, list) and parts else "")
    canvas = _parse(clean_text(given))
    if not isinstance(canvas, dict):
        return ""
    updates = canvas.get("updates")
    if isinstance(updates, list) and len(updates) == 1 and isinstance(updates[0], dict):
        is_whole = updates[0].get("pattern") == ".*"
        return clean_text(updates[0].get("replacement")) if is_whole else ""
    kind, _, language = clean_text(canvas.get("type")).partition("/")
    text = clean_text(canvas.get("content"))
    is_code = kind == "code" and language.isalnum()
    title = clean_text(canvas.get("name"))
    return format_document(title, text, language if is_code else "") if text else ""


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
