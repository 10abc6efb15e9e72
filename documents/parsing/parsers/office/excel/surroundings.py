"""Around the rows of a sheet, found in its bytes, since there may be many of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import IO

from documents.parsing.parsers.office.excel.merging import MAX_MERGED, Merged

_CHUNK_BYTES = 256 * 1024
# What may be cut in two by the end of a piece.
_MAX_TAG_BYTES = 4_000
MAX_LINKS, MAX_MARGINS = 20_000, 12
_MAX_COLUMN = 16_384
_TAG = re.compile(
    rb"<(?:\w{1,20}:)?(?:(?P<merged>mergeCell)|(?P<link>hyperlink)|"
    rb"(?P<row>row)(?=\s(?:[^<>]{0,400}\s)?hidden=.[1t])|(?P<column>col)(?=\s(?:[^<>]{0,400}\s)?hidden=.[1t])"
    rb"|(?P<margin>(?:odd|even|first)(?:Header|Footer)))"
    rb"(?P<told>\s[^<>]{0,3000})?>(?(margin)(?P<text>[^<]{1,900})<)"
)
_ATTRIBUTE = re.compile(rb"([\w:]{1,20})=[\"']([^\"'<>]{0,2000})[\"']")
_RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
_TRUE = {"1", "true"}
# Of a header: parts of it, fonts and sizes, numbers that only a printer knows, its file's name.
_PART = re.compile(r"&[LCR]")
_CODE = re.compile(r'&(?:"[^"]{0,100}"|K[0-9A-F]{6}|\d{1,3} ?|[A-Z])')


@dataclass
class Surroundings:
    """Merged cells, addresses by the cells that lead to them, and what is hidden."""

    merged: list[Merged] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    margins: list[str] = field(default_factory=list)
    hidden_rows: int = 0
    hidden_columns: int = 0


def scan(source: IO[bytes], addresses: dict[str, str]) -> Surroundings:
    """Read a sheet's bytes; `addresses` are those that its part names, by their ids."""
    found = Surroundings()
    for tag in _list_tags(source):
        told = {
            name.rpartition(b":")[2].decode(): unescape(value.decode("utf-8", "replace"))
            for name, value in _ATTRIBUTE.findall(tag["told"] or b"")
        }
        if tag["merged"]:
            _take_merged(found, told.get("ref", ""))
        elif tag["link"]:
            _take_link(found, told, addresses)
        elif tag["margin"]:
            _take_margin(found, tag["margin"].decode(), tag["text"].decode("utf-8", "replace"))
        elif told.get("hidden") in _TRUE:
            # A row that only has a place is written for its height.
            found.hidden_rows += bool(tag["row"]) and not (tag["told"] or b"").endswith(b"/")
            found.hidden_columns += bool(tag["column"]) and _count_columns(told)
    return found


def _list_tags(source: IO[bytes]) -> Iterator[re.Match[bytes]]:
    rest = b""
    while data := source.read(_CHUNK_BYTES):
        data = rest + data
        end = 0
        for tag in _TAG.finditer(data):
            end = tag.end()
            yield tag
        # What a piece breaks off within is found with the next.
        cut = data.rfind(b"<", max(end, len(data) - _MAX_TAG_BYTES))
        rest = data[cut:] if cut >= 0 else b""


def _take_merged(found: Surroundings, told: str) -> None:
    place = _RANGE.fullmatch(told)
    if place and len(found.merged) < MAX_MERGED:
        left, right = read_column(place[1]), read_column(place[3])
        found.merged.append(Merged(int(place[2]), int(place[4]), left, right))


def _take_link(found: Surroundings, told: dict[str, str], addresses: dict[str, str]) -> None:
    address, place = addresses.get(told.get("id", ""), ""), told.get("location", "")
    if address and len(found.links) < MAX_LINKS:
        cell = told.get("ref", "").partition(":")[0]
        found.links[cell] = f"{address}#{place}" if place else address


def _take_margin(found: Surroundings, name: str, told: str) -> None:
    parts = (_CODE.sub("", part) for part in _PART.split(unescape(told).replace("&&", "＆")))
    text = " ".join(" ".join(parts).replace("＆", "&").split())
    line = f"{'Header' if name.endswith('Header') else 'Footer'}: {text}"
    # What is left of "Page 1 of 3" says nothing.
    is_told = text.lower().strip(" /-") in {"", "page", "page of", "of"} or line in found.margins
    if not is_told and len(found.margins) < MAX_MARGINS:
        found.margins.append(line)


def _count_columns(told: dict[str, str]) -> int:
    first, last = told.get("min", ""), told.get("max", "")
    if not (first.isdigit() and last.isdigit()) or len(first + last) > 10:  # noqa: PLR2004
        return 0
    # All that are behind the last one with a text are often hidden together.
    return int(last) - int(first) + 1 if int(last) < _MAX_COLUMN else 0


def read_column(name: str) -> int:
    """The number of a column by its name; 0 of one that no sheet has."""
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number if number <= _MAX_COLUMN else 0
