"""Backups of programs that keep chats, messages and their parts apart, put together as chats.

Cherry Studio's has topics and blocks of messages, with the names of topics in a text of its own;
Chatbox's has an entry for each session, with earlier threads of it inside. Both come out in the
form that Open WebUI's chats have.
"""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from chat.importing.parsed_chat import clean_text

SESSION = "session:"
# Under which names Chatbox keeps sessions together, as it did before each had its own.
SESSIONS = "chat-sessions"
CHERRY = "persist:cherry-studio"
# What was said in a message of Cherry Studio's; other blocks are thoughts, calls and sources.
_SAID = {"main_text", "code"}


def is_backup(data: Any) -> bool:
    if not isinstance(data, dict):
        return False
    tables = data.get("indexedDB")
    is_of_cherry = isinstance(tables, dict) and isinstance(tables.get("topics"), list)
    return is_of_cherry or any(_is_sessions(name) for name in data)


def _is_sessions(name: str) -> bool:
    return name == SESSIONS or name.startswith(SESSION)


def read_backup(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the chats of a backup."""
    if isinstance(data.get("indexedDB"), dict):
        yield from _read_cherry(data)
        return
    for name, value in data.items():
        if _is_sessions(name):
            for session in value if isinstance(value, list) else [value]:
                yield from _read_session(session)


def _read_session(session: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(session, dict):
        return
    if session.get("messages"):
        yield session
    threads = session.get("threads")
    for thread in threads if isinstance(threads, list) else ():
        if isinstance(thread, dict) and thread.get("messages"):
            yield thread


def _read_cherry(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    tables = data["indexedDB"]
    names = _map_names(data.get("localStorage"))
    blocks = tables.get("message_blocks")
    texts = {
        clean_text(block.get("id")): text
        for block in (blocks if isinstance(blocks, list) else ())
        if isinstance(block, dict) and (text := _find_text(block))
    }
    for topic in tables["topics"]:
        messages = topic.get("messages") if isinstance(topic, dict) else None
        if isinstance(messages, list) and messages:
            name = clean_text(topic.get("id"))
            yield {"id": name, "title": names.get(name) or topic.get("name")} | _build_tree(
                [each for each in messages if isinstance(each, dict)], texts
            )


def _map_names(storage: Any) -> dict[str, str]:
    """Return the names of topics by their ids: texts of JSON in texts of JSON."""
    told: Any = storage.get(CHERRY) if isinstance(storage, dict) else None
    for name in ("assistants", "assistants"):
        told = _parse(told)
        told = told.get(name) if isinstance(told, dict) else None
    topics = chain.from_iterable(
        each["topics"]
        for each in (told if isinstance(told, list) else ())
        if isinstance(each, dict) and isinstance(each.get("topics"), list)
    )
    return {
        clean_text(each.get("id")): clean_text(each.get("name"))
        for each in topics
        if isinstance(each, dict)
    }


def _parse(told: Any) -> Any:
    try:
        return json.loads(told) if isinstance(told, str) else told
    except (ValueError, RecursionError):
        return None


def _find_text(block: dict[str, Any]) -> str:
    if block.get("type") == "image":
        return "[image]"
    if block.get("type") == "file":
        file = block.get("file")
        name = clean_text(file.get("origin_name")) if isinstance(file, dict) else ""
        return f"[{name or 'file'}]"
    return clean_text(block.get("content")) if block.get("type") in _SAID else ""


def _build_tree(messages: list[dict[str, Any]], texts: dict[str, str]) -> dict[str, Any]:
    """Return messages as a tree: answers of several models follow the one question."""
    tree: dict[str, dict[str, Any]] = {}
    shown = ""
    for number, message in enumerate(messages):
        key = clean_text(message.get("id")) or f"message {number}"
        if key in tree:
            key = f"{key} {number}"
        asked = clean_text(message.get("askId"))
        parts = message.get("blocks")
        said = (
            [texts.get(clean_text(part), "") for part in parts] if isinstance(parts, list) else []
        )
        is_beside = asked in tree and tree.get(shown, {}).get("parentId") == asked
        tree[key] = message | {
            "content": "\n\n".join(filter(None, said)) or message.get("content"),
            "parentId": (asked if is_beside else shown) or None,
        }
        # Of several answers the one that was chosen is gone on with, or the first.
        if not is_beside or message.get("foldSelected"):
            shown = key
    return {"history": {"messages": tree, "currentId": shown}}
