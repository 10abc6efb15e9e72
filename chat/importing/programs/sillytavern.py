"""SillyTavern's files: a line about the chat, and one for each message with all that was offered.

An answer is offered again and again ("swipes"), and the one that was chosen is gone on with.
"""

import re
from datetime import UTC, datetime
from typing import Any

from chat.importing.parsed_chat import Line, ParsedChat, clean_text, parse_time

# 2024-5-1@10h00m00s, with spaces and thousandths of a second or without.
_STAMP = re.compile(r"(\d{4})-(\d\d?)-(\d\d?) ?@ ?(\d\d?)h ?(\d\d?)m ?(\d\d?)s(?: ?(\d{1,3})ms)?")
LINES = "lines of SillyTavern"


def is_line(item: dict[str, Any]) -> bool:
    return "mes" in item or "chat_metadata" in item or "character_name" in item


def fits(data: dict[str, Any]) -> bool:
    return LINES in data


def read_chat(data: dict[str, Any]) -> ParsedChat:
    """Read the lines of a chat. Times in words are those of a clock without a zone."""
    lines: list[Line] = []
    shown: str | None = None
    head: dict[str, Any] = {}
    for number, item in enumerate(data[LINES]):
        if "mes" not in item:
            head = head or item
            continue
        offered = _list_texts(item)
        created = read_time(item.get("send_date"))
        role = "user" if item.get("is_user") is True else "assistant"
        new = [
            Line(f"{number}.{place}", shown, role, text, created)
            for place, text in enumerate(offered)
            if text
        ]
        lines += new
        chosen = f"{number}.{offered.index(clean_text(item['mes']).strip())}"
        if any(line.key == chosen for line in new):
            shown = chosen
    created = read_time(head.get("create_date"))
    title = clean_text(head.get("character_name"))
    return ParsedChat(
        source=f"sillytavern:{head.get('create_date')} {title}"[:150]
        if created
        else "sillytavern:",
        title="" if title == "unused" else title,
        lines=lines,
        leaf=shown or "",
        created=created,
    )


def _list_texts(item: dict[str, Any]) -> list[str]:
    """Return what was offered, each text once; what was chosen may have been changed since."""
    swipes = item.get("swipes") if not item.get("is_user") else None
    texts = [clean_text(each).strip() for each in (swipes if isinstance(swipes, list) else ())]
    return list(dict.fromkeys([*texts, clean_text(item["mes"]).strip()]))


def read_time(value: Any) -> datetime | None:
    if found := parse_time(value):
        return found
    text = clean_text(value).strip()[:60]
    try:
        if stamp := _STAMP.fullmatch(text):
            year, month, day, hour, minute, second, part = (int(n or 0) for n in stamp.groups())
            found = datetime(year, month, day, hour, minute, second, part * 1000, tzinfo=UTC)
        else:
            found = datetime.strptime(text.upper(), "%B %d, %Y %I:%M%p").replace(tzinfo=UTC)
    except ValueError:
        return None
    return parse_time(found.isoformat())
