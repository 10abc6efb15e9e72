"""ChatGPT's data export: a tree of nodes in `mapping`, of which some hold a message to show.

Nodes of tools, of the system and without text are passed over: what follows them follows the
last message that is shown. Pictures, recordings and files are not in the text; their places are
named, also of a picture that a tool made. A text that was written into a canvas was sent to a
tool, and shown all the same.
"""

import json
import re
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Any

from aiapp.markdown.citations.private import read_words
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
    read_key,
)

ROLES = {"user", "assistant"}
TEXTS = {"text", "multimodal_text", "code"}
IMAGE = "image_asset_pointer"
PLACES = {IMAGE: "[image]"}
# What was said aloud, as it was transcribed; the recording beside it is not in the text.
TRANSCRIPT = "audio_transcription"
RECORDINGS = {"audio_asset_pointer", "real_time_user_audio_video_asset_pointer"}
CANVAS = "canmore."
# Marks of sources, places and pictures between characters for private use, and those of before.
_MARK = re.compile(
    " ?\ue200([^\ue200\ue201]{0,5000})\ue201"
    "| ?\u3010[^\u3010\u3011\n]{1,100}\u2020[^\u3010\u3011\n]{0,300}\u3011"
)
_LEFT_OVER = re.compile("[\ue200-\ue206]")
_NO_BRACKETS = str.maketrans("", "", "[]")
# What was shown for a mark, by the mark: one text for each of its places.
Sources = dict[str, deque[str]]


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
        # What a tool shows is part of the answer.
        role="user" if message["author"]["role"] == "user" else "assistant",
        content=texts[key],
        created=parse_time(message.get("create_time")),
    )


def _text(message: Any) -> str:
    """Return what a person would have seen of a message; empty for what is not to be shown."""
    if not isinstance(message, dict) or not isinstance(message.get("author"), dict):
        return ""
    content, metadata = message.get("content"), message.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    is_hidden = metadata.get("is_visually_hidden_from_conversation")
    if is_hidden or not isinstance(content, dict) or _kind(content) not in TEXTS:
        return ""
    role = clean_text(message["author"].get("role"))
    recipient = clean_text(message.get("recipient"))
    if role == "tool":
        return join_parts(*(PLACES[IMAGE] for each in _parts(content) if _kind(each) == IMAGE))
    if recipient.startswith(CANVAS) and role in ROLES:
        return _canvas(content)
    # What has another recipient was said to a tool, not to the reader.
    return _find_text(content, metadata) if role in ROLES and recipient in {"", "all"} else ""


def _parts(content: dict[str, Any]) -> list[Any]:
    parts = content.get("parts")
    return parts if isinstance(parts, list) else [content.get("text")]


def _find_text(content: dict[str, Any], metadata: dict[str, Any]) -> str:
    parts = _parts(content)
    sources = _list_sources(metadata, parts)
    said = [_part(each, sources).strip() for each in parts]
    if not any(said) and any(_kind(each) in RECORDINGS for each in parts):
        return "[recording]"
    return join_parts(*_name_attachments(metadata, parts), *said)


def _name_attachments(metadata: dict[str, Any], parts: list[Any]) -> list[str]:
    """Return the names of the files beside a question, without pictures among its parts."""
    files = metadata.get("attachments")
    shown = {
        # "file-service://file-abc", "sediment://file_abc"
        clean_text(each.get("asset_pointer")).rpartition("/")[2]
        for each in parts
        if _kind(each) == IMAGE
    }
    others = [
        each
        for each in (files if isinstance(files, list) else ())
        if isinstance(each, dict) and clean_text(each.get("id")) not in shown
    ]
    return list_names(others, "name")


def _list_sources(metadata: dict[str, Any], parts: list[Any]) -> Sources:
    """Return what was shown in the place of marks, where the export tells it.

    Each is told for one place, and shown once, so that a text grows by what the file holds.
    """
    sources: Sources = {}
    references, citations = metadata.get("content_references"), metadata.get("citations")
    for each in references if isinstance(references, list) else ():
        if isinstance(each, dict) and (shown := clean_text(each.get("alt")).strip()):
            sources.setdefault(clean_text(each.get("matched_text")).strip(), deque()).append(shown)
    text = parts[0] if parts and isinstance(parts[0], str) else ""
    for each in citations if isinstance(citations, list) else ():
        source = each.get("metadata") if isinstance(each, dict) else None
        if isinstance(source, dict) and (shown := _link(source)):
            mark = _cut_mark(text, each.get("start_ix"), each.get("end_ix"))
            sources.setdefault(mark, deque()).append(shown)
    return sources


def _link(source: dict[str, Any]) -> str:
    title, url = clean_text(source.get("title")), clean_text(source.get("url"))
    if not url.startswith(("https://", "http://")):
        return ""
    return f"([{title.translate(_NO_BRACKETS) or url}]({url}))"


def _cut_mark(text: str, start: Any, end: Any) -> str:
    is_place = isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= start + 500
    return text[start:end].strip() if is_place else ""


def _kind(part: Any) -> str:
    return clean_text(part.get("content_type")) if isinstance(part, dict) else ""


def _part(part: Any, sources: Sources) -> str:
    if isinstance(part, dict):
        kind = _kind(part)
        if kind in {TRANSCRIPT, "text", ""}:
            return clean_text(part.get("text"))
        return PLACES.get(kind, "")
    render = partial(_render_mark, sources)
    return _LEFT_OVER.sub("", _MARK.sub(render, clean_text(part)))


def _render_mark(sources: Sources, mark: re.Match[str]) -> str:
    """Return what a reader saw in the place of a mark; nothing of sources that are not told."""
    if shown := sources.get(mark[0].strip()):
        return f" {shown.popleft()}" if mark[0].startswith(" ") else shown.popleft()
    words = read_words(mark[1] or "")
    return f" {words}" if words and mark[0].startswith(" ") else words


def _canvas(content: dict[str, Any]) -> str:
    """Return the text that a message writes into a canvas: all of it, or passages that it changes.

    What they take the place of is an expression of the file's, which nobody searches for here.
    """
    parts = content.get("parts")
    given = content.get("text") or (parts[0] if isinstance(parts, list) and parts else "")
    canvas = _parse(clean_text(given))
    if not isinstance(canvas, dict):
        return ""
    updates = canvas.get("updates")
    if isinstance(updates, list):
        changes = [
            (clean_text(each.get("replacement")), each.get("pattern") == ".*")
            for each in updates
            if isinstance(each, dict)
        ]
        return join_parts(
            *(text.strip() for text, is_whole in changes if is_whole or is_passage(text))
        )
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
