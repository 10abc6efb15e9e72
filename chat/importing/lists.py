"""Exports that are lists of less than chats: Le Chat's of messages, Gemini's of activities.

Le Chat has a file for each chat, and in it its messages. Google's Takeout has a line for each
question to Gemini, with the answer as HTML, and does not tell which belong together.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import groupby
from typing import Any

from chat.importing.parsed_chat import MAX_MESSAGES, Line, ParsedChat, clean_text, parse_time

ROLES = {"user", "assistant"}
GEMINI = ("gemini", "bard")
# The verb before a question, in the language of its account.
_VERB = re.compile(
    r"(?:Prompted(?: with:?)?|Asked(?: (?:Gemini|Bard):?)?|Said|Sent(?: prompt)?:?"
    r"|Eingegebener Prompt:|Prompt:)\s+"
)
_PARAGRAPH = re.compile(r"(?i)</(?:p|h[1-6]|pre|ul|ol|blockquote)>")
_BREAK = re.compile(r"(?i)<(?:br|/div|/li|/tr)\b[^<>]{0,500}>")
_ITEM = re.compile(r"(?i)<li\b[^<>]{0,500}>")
_STRONG = re.compile(r"(?i)</?(?:b|strong)\b[^<>]{0,500}>")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BLANKS = re.compile(r"\n[ \t]{0,100}\n\s{1,1000}")


def gather(items: Iterable[Any]) -> Iterator[Any]:
    """Yield what stands in a list, messages of one chat together."""
    for name, group in groupby(items, _name_chat):
        if not name:
            yield from group
            continue
        messages: list[Any] = []
        for each in group:
            messages.append(each)
            if len(messages) > MAX_MESSAGES:
                # More than a chat may have: the reader says so.
                yield {"chatId": name, "messages of Le Chat": messages}
                messages = []
        if messages:
            yield {"chatId": name, "messages of Le Chat": messages}


def _name_chat(item: Any) -> str:
    if not isinstance(item, dict) or "role" not in item or "contentChunks" not in item:
        return ""
    return clean_text(item.get("chatId"))


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
    names = [
        f"[{name}]"
        for file in (files if isinstance(files, list) else ())
        if isinstance(file, dict) and (name := clean_text(file.get("name")))
    ]
    return "\n\n".join([*names, *([text] if text else [])])


def is_activity(data: dict[str, Any]) -> bool:
    header = clean_text(data.get("header")).lower()
    return "title" in data and any(name in header for name in GEMINI)


def read_activity(data: dict[str, Any]) -> ParsedChat:
    """Read a question to Gemini and its answer, as a chat of their own."""
    created = parse_time(data.get("time"))
    asked = _VERB.sub("", clean_text(data.get("title")), count=1).strip()
    answer = data.get("safeHtmlItem")
    told = [
        _read_html(clean_text(each.get("html")))
        for each in (answer if isinstance(answer, list) else ())
        if isinstance(each, dict)
    ]
    text = "\n\n".join(each for each in told if each)
    lines = [Line("question", None, "user", asked, created)] if asked and text else []
    lines += [Line("answer", "question", "assistant", text, created)] if lines else []
    # The same words may be asked again another day.
    name = f"{data.get('time')} {asked}"[:150] if created else ""
    return ParsedChat(source=f"gemini:{name}", title="", lines=lines, created=created)


def _read_html(html: str) -> str:
    """Return the text of an answer. Nothing of it is rendered as HTML anywhere."""
    text = _PARAGRAPH.sub("\n\n", html.replace("\r", ""))
    text = _STRONG.sub("**", _ITEM.sub("- ", _BREAK.sub("\n", text)))
    return _BLANKS.sub("\n\n", unescape(_TAG.sub("", text))).strip()
