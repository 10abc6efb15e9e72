"""Google's Takeout as a web page, which is how it comes unless JSON is chosen.

Each entry is a box of its own: the product, what was done and when, and what came of it. Nothing
but the boxes is looked at, so that a page of any length is read a box at a time.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from aiapp.text.entities import unescape
from chat.importing.activities.gemini import read_html
from chat.importing.json_items import CHUNK_BYTES, Source

# How the page begins, and each of its boxes.
START = re.compile(rb"\s{0,100}(?:<!doctype html>\s{0,100})?<html\b", re.IGNORECASE)
BOX = b'<div class="outer-cell'
# A box of more is no answer of Gemini's.
MAX_BOX_BYTES = 8 * 1024 * 1024
_PRODUCT = re.compile(r'mdl-typography--title">([^<]{1,200})')
_BODY = re.compile(r'mdl-typography--body-1">')
_BODY_END = '<div class="content-cell'
_LINE_END = re.compile(r"(?i)<br\s{0,10}/?>")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d):(\d\d)")
_AFTERNOON = re.compile(r"PM|p\.m\.|오후|午後|下午", re.IGNORECASE)
_MORNING = re.compile(r"AM|a\.m\.|오전|午前|上午", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(\d{4})\D{1,4}(\d{1,2})\D{1,4}(\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})[./](\d{1,2})[./](\d{4})")
_NAMED = re.compile(r"([A-Z][a-z]{2})[a-z]{0,6}\.? (\d{1,2}), (\d{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ZONE = re.compile(r"(?:GMT|UTC)([+-]\d{1,2})(?::?(\d\d))?|\b([A-Z]{3,4})\s{0,5}$")
_HOURS = {
    "KST": 9, "JST": 9, "CST": -6, "CDT": -5, "EST": -5, "EDT": -4, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7, "BST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3,
}  # fmt: skip
# The time of an entry is looked for in so many lines, none of which is longer.
MAX_LINES, MAX_TIME_CHARS = 2000, 60


def read_boxes(source: Source) -> Iterator[dict[str, Any]]:
    """Yield the entries of a page, from its first box on, as Takeout writes them in JSON."""
    rest = b""
    while chunk := source.read(CHUNK_BYTES):
        *boxes, rest = (rest + chunk).split(BOX)
        # Before the first box there is nothing.
        yield from map(_read_box, filter(None, boxes))
        if len(rest) > MAX_BOX_BYTES:
            # A box may begin where the chunk ends.
            rest = rest[-len(BOX) :]
    yield _read_box(rest)


def _read_box(box: bytes) -> dict[str, Any]:
    html = box.decode("utf-8", "replace")
    product, body = _PRODUCT.search(html), _BODY.search(html)
    content = html[body.end() :].partition(_BODY_END)[0] if body else ""
    lines = _LINE_END.split(content, maxsplit=MAX_LINES)
    at = next((number for number, line in enumerate(lines[1:], 1) if read_time(line)), len(lines))
    time = read_time(lines[at]) if at < len(lines) else None
    return {
        "header": unescape(product[1]) if product else "",
        "title": "\n".join(read_html(line) for line in lines[:at]).strip(),
        "time": time.isoformat() if time else None,
        "safeHtmlItem": [{"html": "<br>".join(lines[at + 1 :])}],
    }


def read_time(line: str) -> datetime | None:
    """Return when an entry was made, if a line says nothing else; None for other lines."""
    line = line.strip().replace("\u202f", " ").replace("\xa0", " ")
    clock = _CLOCK.search(line) if len(line) <= MAX_TIME_CHARS else None
    day = _read_day(line) if clock else None
    if clock is None or day is None:
        return None
    hour, minute, second = (int(each) for each in clock.groups())
    if _AFTERNOON.search(line):
        hour = hour % 12 + 12
    elif _MORNING.search(line):
        hour %= 12
    try:
        return datetime(*day, hour, minute, second, tzinfo=UTC) - _read_offset(line)
    except (ValueError, OverflowError):
        return None


def _read_day(line: str) -> tuple[int, int, int] | None:
    if found := _NAMED.match(line):
        month = _MONTHS.index(found[1]) + 1 if found[1] in _MONTHS else 0
        return int(found[3]), month, int(found[2])
    if found := _YEAR_FIRST.match(line):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _DAY_FIRST.match(line):
        return int(found[3]), int(found[2]), int(found[1])
    return None


def _read_offset(line: str) -> timedelta:
    zone = _ZONE.search(line)
    if zone is None:
        return timedelta()
    if zone[3]:
        return timedelta(hours=_HOURS.get(zone[3], 0))
    hours = int(zone[1])
    minutes = int(zone[2] or 0)
    return timedelta(hours=hours, minutes=minutes if hours >= 0 else -minutes)
