"""Google's exports of Gemini: a log of questions in Takeout, or files with a chat each.

Takeout has an entry for each question to Gemini, with the answer as HTML, and does not tell which
belong together: each is a chat. Gemini in Workspace and AI Studio have a file for each chat.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from aiapp.text.entities import unescape
from chat.importing.parsed_chat import (
    Line,
    ParsedChat,
    clean_text,
    join_parts,
    list_names,
    parse_time,
)

GEMINI = ("gemini", "bard")
# The verb before a question, in the language of its account.
_VERB = re.compile(
    r"(?:Prompted(?: with:?)?|Asked(?: (?:Gemini|Bard):?)?|Said|Sent(?: prompt)?:?"
    r"|Eingegebener Prompt:|Prompt:)\s+"
)
# What else was done there, and asked nothing.
_NO_QUESTION = re.compile(
    r"(?:Created|Used|Added|Gave|Selected|Shared|Deleted|Viewed|Visited|Searched|Edited|Pinned"
    r"|Renamed|Exported|Updated)\s"
)
_PARAGRAPH = re.compile(r"(?i)</(?:p|h[1-6]|pre|ul|ol|blockquote)>")
_BREAK = re.compile(r"(?i)<(?:br|/div|/li|/tr)\b[^<>]{0,500}>")
_ITEM = re.compile(r"(?i)<li\b[^<>]{0,500}>")
_STRONG = re.compile(r"(?i)</?(?:b|strong)\b[^<>]{0,500}>")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BLANKS = re.compile(r"\n[ \t]{0,100}\n\s{1,1000}")


def is_activity(data: dict[str, Any]) -> bool:
    header = clean_text(data.get("header")).lower()
    return "title" in data and any(name in header for name in GEMINI)


def read_activity(data: dict[str, Any]) -> ParsedChat:
    """Read a question to Gemini and its answer, as a chat of their own.

    Without an answer, as a third of them are, it is a question where its verb says so.
    """
    created = parse_time(data.get("time"))
    title = clean_text(data.get("title")).strip()
    details = _map_details(data.get("details"))
    answer = data.get("safeHtmlItem")
    told = [
        read_html(clean_text(each.get("html")))
        for each in (answer if isinstance(answer, list) else ())
        if isinstance(each, dict)
    ]
    text = join_parts(*told) or details.get("response", "")
    verb = _VERB.match(title)
    asked = details.get("request") or title[verb.end() if verb else 0 :].strip()
    is_asked = bool(details.get("request") or verb)
    is_deed = _NO_QUESTION.match(title) and not details
    if not asked or is_deed or not (is_asked or text):
        return ParsedChat(source="gemini:", title="", lines=[])
    asked = join_parts(*_name_files(data), asked)
    lines = [Line("question", None, "user", asked, created)]
    lines += [Line("answer", "question", "assistant", text, created)] if text else []
    # The same words may be asked again another day.
    name = f"{data.get('time')} {asked}"[:150] if created else ""
    return ParsedChat(source=f"gemini:{name}", title="", lines=lines, created=created)


def _map_details(details: Any) -> dict[str, str]:
    """Return question and answer of entries that have them in a list of names and values."""
    return {
        clean_text(each.get("name")).lower(): clean_text(each.get("value")).strip()
        for each in (details if isinstance(details, list) else ())
        if isinstance(each, dict) and "value" in each
    }


def _name_files(data: dict[str, Any]) -> list[str]:
    files = data.get("attachedFiles")
    names = [data.get("imageFile"), *(files if isinstance(files, list) else ())]
    return list_names([{"name": name} for name in names], "name")


def read_html(html: str) -> str:
    """Return the text of an answer. Nothing of it is rendered as HTML anywhere."""
    text = _PARAGRAPH.sub("\n\n", html.replace("\r", ""))
    text = _STRONG.sub("**", _ITEM.sub("- ", _BREAK.sub("\n", text)))
    return _BLANKS.sub("\n\n", unescape(_TAG.sub("", text))).strip()


def are_turns(data: dict[str, Any]) -> bool:
    return isinstance(data.get("conversation_turns"), list)


def read_turns(data: dict[str, Any]) -> ParsedChat:
    """Read a chat of Gemini in Workspace."""
    created = parse_time(data.get("creation_time"))
    said = [
        (role, text, parse_time(turn.get("turn_last_modified")))
        for role, turn in _walk_turns(data["conversation_turns"])
        if (text := _read_turn(turn))
    ]
    title = clean_text(data.get("title"))
    return ParsedChat(
        source=f"geminiturns:{data.get('creation_time')} {title}"[:150] if created else "gemini:",
        title=title,
        lines=_chain(said),
        created=created,
        updated=parse_time(data.get("last_modification_time")),
    )


def _walk_turns(turns: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in turns:
        for field, role in (("user_turn", "user"), ("system_turn", "assistant")):
            turn = each.get(field) if isinstance(each, dict) else None
            if isinstance(turn, dict):
                yield role, turn


def _read_turn(turn: dict[str, Any]) -> str:
    parts, pictures = turn.get("text"), turn.get("images")
    said = [
        clean_text(each.get("data")).strip()
        for each in (parts if isinstance(parts, list) else ())
        if isinstance(each, dict)
    ]
    shown = ["[image]"] * len(pictures) if isinstance(pictures, list) else []
    return join_parts(clean_text(turn.get("prompt")).strip(), *said, *shown)


def is_of_studio(data: dict[str, Any]) -> bool:
    prompt = data.get("chunkedPrompt")
    return isinstance(prompt, dict) and isinstance(prompt.get("chunks"), list)


def read_chunks(data: dict[str, Any]) -> ParsedChat:
    """Read a chat of AI Studio, whose answers come in pieces, with thoughts among them."""
    pieces = [
        ("user" if each.get("role") == "user" else "assistant", each)
        for each in data["chunkedPrompt"]["chunks"]
        if isinstance(each, dict) and not each.get("isThought")
    ]
    said = []
    for role, chunks in groupby(pieces, lambda piece: piece[0]):
        of_one = [chunk for _, chunk in chunks]
        if text := join_parts(*(_read_chunk(chunk) for chunk in of_one)):
            said.append((role, text, parse_time(of_one[0].get("createTime"))))
    return ParsedChat(source="aistudio:", title=clean_text(data.get("title")), lines=_chain(said))


def _read_chunk(chunk: dict[str, Any]) -> str:
    if text := clean_text(chunk.get("text")).strip():
        return text
    if any(kind in chunk for kind in ("driveImage", "inlineImage")):
        return "[image]"
    if any(kind in chunk for kind in ("driveDocument", "inlineFile", "driveVideo", "driveAudio")):
        return "[file]"
    parts = chunk.get("parts")
    return "".join(
        clean_text(part.get("text"))
        for part in (parts if isinstance(parts, list) else ())
        if isinstance(part, dict) and not part.get("thought")
    ).strip()


def _chain(said: list[tuple[str, str, Any]]) -> list[Line]:
    """Return messages that follow one another."""
    return [
        Line(f"{number}", f"{number - 1}" if number else None, role, text, created)
        for number, (role, text, created) in enumerate(said)
    ]
