"""A long JSON text cut into its items without being read as a whole.

Only quotes and brackets are looked at, so that one item that is no JSON does not hide the others.
Takes time in proportion to the length.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import ijson
from ijson.common import ObjectBuilder

from aiapp.errors import InvalidInput

# Each answer of a chat may be nested in the question before it.
MAX_DEPTH = 50_000
# Of one item, which is read as a whole and takes several times that. A chat of more is damaged.
MAX_ITEM_BYTES = 128 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024
CLOSING = {b"{"[0]: b"}"[0], b"["[0]: b"]"[0]}
_IN_STRING = re.compile(rb'["\\]')
_INSIDE = re.compile(rb'["\[\]{}]')
_BETWEEN = re.compile(rb'["\[\]{},]')
_TITLE = re.compile(rb'"(?:title|name)"\s{0,10}:\s{0,10}"((?:[^"\\]|\\.){0,200})"')
_BLANK = b" \t\r\n"
_QUOTE, _BACKSLASH, _COMMA = b'"'[0], b"\\"[0], b","[0]


class Source(Protocol):
    def read(self, size: int = -1) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Damage:
    """An item that cannot be read: which one, from 1 on, and what it calls itself, if it does."""

    number: int
    title: str


class Cutter:
    """Cuts what stands in a list, or the one value that a text is."""

    def __init__(self, *, in_list: bool, is_alone: bool = True) -> None:
        self._level = 1 if in_list else 0
        # Otherwise something else follows the list, as in a program.
        self._is_alone = is_alone
        self._open: list[int] = []
        self._item = bytearray()
        self._in_string = False
        self._escaped = False
        self._is_over = False

    def items(self, source: Source) -> Iterator[bytes]:
        """Yield each item's bytes. Raises InvalidInput where the text itself is broken."""
        while chunk := source.read(CHUNK_BYTES):
            yield from self._cut(chunk)
            if self._is_over and not self._is_alone:
                return
            # The rest of it is dropped, so that what is left can no longer be read.
            del self._item[MAX_ITEM_BYTES:]
        rest = bytes(self._item).strip(_BLANK)
        if not self._level and rest and not self._open:
            yield rest
        elif self._open or self._in_string or rest or (self._level and not self._is_over):
            raise InvalidInput("This file is cut off, or is not JSON.", code="broken_file")

    def _cut(self, chunk: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(chunk) and (self._is_alone or not self._is_over):
            if self._escaped:
                self._escaped = False
                self._item.append(chunk[at])
                at += 1
                continue
            found = self._pattern.search(chunk, at)
            if found is None:
                self._item += chunk[at:]
                return
            sign, end = chunk[found.start()], found.end()
            self._item += chunk[at : found.start()]
            at = end
            if self._takes(sign):
                self._item.append(sign)
            if self._is_between and (sign != _QUOTE or not self._level) and self._ends(sign):
                if item := bytes(self._item).strip(_BLANK):
                    yield item
                self._item.clear()

    @property
    def _is_between(self) -> bool:
        return not self._in_string and len(self._open) <= self._level

    @property
    def _pattern(self) -> re.Pattern[bytes]:
        if self._in_string:
            return _IN_STRING
        return _BETWEEN if len(self._open) <= self._level else _INSIDE

    def _takes(self, sign: int) -> bool:
        """Go on by a sign, and tell whether it belongs to the item."""
        if self._in_string:
            self._escaped = sign == _BACKSLASH
            self._in_string = sign != _QUOTE
            return True
        depth = len(self._open)
        if sign == _QUOTE:
            self._in_string = True
        elif sign in CLOSING:
            if depth >= MAX_DEPTH:
                raise InvalidInput("This file is nested too deeply.", code="broken_file")
            self._open.append(sign)
            return depth >= self._level
        elif sign != _COMMA:
            if not self._open or CLOSING[self._open.pop()] != sign:
                raise InvalidInput("This file is damaged, or is not JSON.", code="broken_file")
            self._is_over = not self._open
            return len(self._open) >= self._level
        return sign != _COMMA or depth > self._level

    def _ends(self, sign: int) -> bool:
        """Tell whether an item has ended with a sign."""
        return sign in CLOSING.values() or sign == _COMMA


def read_items(source: Source, *, in_list: bool, is_alone: bool = True) -> Iterator[Any]:
    """Yield what stands in a JSON list, or the one value; `Damage` for what is no JSON."""
    cutter = Cutter(in_list=in_list, is_alone=is_alone)
    for number, item in enumerate(cutter.items(source), 1):
        try:
            yield _parse_item(item)
        except (ValueError, ijson.JSONError):
            found = _TITLE.search(item)
            yield Damage(number, found[1].decode("utf-8", "replace") if found else "")


def _parse_item(item: bytes) -> Any:
    """Read an item. A bad byte costs a character of it, and no depth is too much."""
    text = item.decode("utf-8-sig", "replace")
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        # A number of thousands of digits, which costs itself alone.
        return json.loads(text, parse_int=float)
    except RecursionError:
        builder = ObjectBuilder()
        for event, value in ijson.basic_parse(text.encode(), use_float=True):
            builder.event(event, value)
        return builder.value
