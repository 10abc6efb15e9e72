"""Exports that are lists of less than chats, or keep their chats within other things.

Le Chat has a file for each chat, and in it its messages. Many programs write a list of messages
with roles, as models are given them; others keep the chats some way down, or apart from their
messages.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from chat.importing import openwebui
from chat.importing.json_items import Damage
from chat.importing.parsed_chat import (
    MAX_MESSAGES,
    Line,
    ParsedChat,
    clean_text,
    join_parts,
    list_names,
    parse_time,
)
from chat.importing.programs import backups, pairs, sillytavern

ROLES = {"user", "assistant"}
# Lists of chats, in an object of nothing else.
WRAPPERS = ("conversations", "chats", "threads", "data", "sessions")
# Lists of messages under other names than `messages`: of data sets, of Gemini's API, of threads.
MESSAGES = ("conversations", "contents", "data", "conversation", "chat_history", "history")
# What holds such an object.
HOLDERS = ("data", "state", "chat-next-web-store")
# What messages that stand apart from their chats name them by.
TOPICS = ("topicId", "topic_id", "sessionId", "session_id", "thread_id", "threadId")
# Of messages that wait for others of their chat; with more what is there is a chat.
MAX_WAITING = 50_000
# The kind of messages that belong together, and what they call their chat, "" for nothing.
Chat = tuple[str, str]


def gather(items: Iterable[Any]) -> Iterator[Any]:
    """Yield what stands in a list, messages of one chat together.

    Those that say which chat they are of may have others between; the rest may have what cannot
    be read, which costs itself alone.
    """
    chats: dict[Chat, list[Any]] = {}
    waiting = 0
    unnamed: Chat | None = None
    for item in items:
        if isinstance(item, Damage):
            yield item
            continue
        chat = _name_chat(item)
        if unnamed and chat != unnamed:
            listed = chats.pop(unnamed)
            waiting -= len(listed)
            yield _hold(*unnamed, listed)
        unnamed = chat if chat[0] and not chat[1] else None
        if not chat[0]:
            yield item
            continue
        listed = chats.setdefault(chat, [])
        # With one more than a chat may have the reader says so; the rest is passed over.
        if len(listed) <= MAX_MESSAGES:
            listed.append(item)
            waiting += 1
        if waiting > MAX_WAITING:
            yield from (_hold(*each, held) for each, held in chats.items())
            chats, waiting, unnamed = {}, 0, None
    yield from (_hold(*each, held) for each, held in chats.items())


def _hold(kind: str, name: str, messages: list[Any]) -> dict[str, Any]:
    if kind == "Le Chat":
        return {"chatId": name, "messages of Le Chat": messages}
    if kind == "message":
        return {"id": name, "messages": messages}
    return {kind: messages}


def _name_chat(item: Any) -> Chat:
    """Return which kind of message an item is, "" for none, and which chat it is of."""
    if not isinstance(item, dict) or "messages" in item:
        return "", ""
    if "contentChunks" in item and (name := clean_text(item.get("chatId"))):
        return "Le Chat", name
    if sillytavern.is_line(item):
        return sillytavern.LINES, ""
    if pairs.is_pair(item):
        name = pairs.name_chat(item)
        return (pairs.PAIRS if name else ""), name
    return ("message", _find_topic(item)) if openwebui.is_message(item) else ("", "")


def unwrap(item: Any) -> Iterator[Any]:
    """Yield the conversations of an object that only holds them."""
    if backups.is_backup(item):
        yield from backups.read_backup(item)
        return
    if isinstance(item, dict) and item.get("object") == "thread" and "messages" not in item:
        # Its messages have a file of their own.
        return
    if held := _find_messages(item):
        yield held
        return
    inner = next((item[name] for name in HOLDERS if _is_holder(item, name)), item)
    if isinstance(inner, dict) and (chats := _join_topics(inner)):
        yield from chats
        return
    for name in WRAPPERS if isinstance(inner, dict) else ():
        if isinstance(inner.get(name), list):
            yield from inner[name]
            return
    yield item


def _find_messages(item: Any) -> dict[str, Any] | None:
    """Return a chat whose messages have another name as others are, in the order of their times."""
    for name in MESSAGES if isinstance(item, dict) and "messages" not in item else ():
        listed = item.get(name)
        if isinstance(listed, list) and listed and all(map(openwebui.is_message, listed)):
            timed = [(openwebui.find_time(each), n) for n, each in enumerate(listed)]
            order = sorted((time, n) for time, n in timed if time)
            if len(order) == len(listed):
                listed = [listed[n] for _, n in order]
            chat: dict[str, Any] = {"id": _find_topic(listed[0]), **item}
            return chat | {"messages": listed, name: None}
    return None


def _is_holder(item: Any, name: str) -> bool:
    inner = item.get(name) if isinstance(item, dict) else None
    return isinstance(inner, dict) and any(isinstance(each, list) for each in inner.values())


def _join_topics(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the chats of a backup that has messages and the names of chats in lists of their own.

    LobeChat's is one. In others `messages` is a chat.
    """
    messages = data.get("messages")
    named = next((data[name] for name in ("topics", "sessions") if data.get(name)), None)
    if not isinstance(messages, list) or not isinstance(named, list):
        return []
    titles = {
        clean_text(each.get("id")): each.get("title") for each in named if isinstance(each, dict)
    }
    chats: dict[str, list[Any]] = {}
    for each in messages:
        if isinstance(each, dict):
            chats.setdefault(_find_topic(each), []).append(each)
    return [
        {
            "id": name,
            "title": titles.get(name),
            "messages": sorted(listed, key=lambda each: str(each.get("createdAt") or "")),
        }
        for name, listed in chats.items()
    ]


def _find_topic(message: dict[str, Any]) -> str:
    return next((name for field in TOPICS if (name := clean_text(message.get(field)))), "")


def are_messages(data: dict[str, Any]) -> bool:
    return "messages of Le Chat" in data


def read_messages(data: dict[str, Any]) -> ParsedChat:
    """Read the messages of a chat of Le Chat's, which has no title."""
    messages = [each for each in data["messages of Le Chat"] if clean_text(each["role"]) in ROLES]
    messages.sort(key=lambda each: clean_text(each.get("createdAt")))
    lines: list[Line] = []
    for number, each in enumerate(messages):
        if text := _text_of_message(each):
            key, before = f"message {number}", lines[-1].key if lines else None
            lines.append(Line(key, before, each["role"], text, parse_time(each.get("createdAt"))))
    return ParsedChat(source=f"lechat:{data['chatId']}", title="", lines=lines)


def _text_of_message(message: dict[str, Any]) -> str:
    chunks, files = message.get("contentChunks"), message.get("files")
    parts = [
        clean_text(chunk.get("text"))
        for chunk in (chunks if isinstance(chunks, list) else ())
        if isinstance(chunk, dict) and chunk.get("type") == "text"
    ]
    text = "".join(parts).strip() or clean_text(message.get("content")).strip()
    return join_parts(*list_names(files, "name"), text)
