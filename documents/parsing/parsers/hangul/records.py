"""The records of a section of HWP 5: paragraphs, and what is anchored in them a level deeper.

A table is a control, followed by a record about its size and, for each cell, the head of a list of
paragraphs that says where the cell stands.
"""

import struct
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from documents.parsing import tables

_TEXT, _CONTROL, _LIST, _TABLE = 67, 71, 72, 77
_LONG = 0xFFF
# Where a cell stands: its column and row, and how many of each it covers.
_CELL, _CELL_AT = struct.Struct("<4H"), 8
_IS_TABLE = b" lbt"
_LABELS = {
    b"daeh": ("Header: ", ""),
    b"toof": ("Footer: ", ""),
    b"  nf": ("[Note: ", "]"),
    b"  ne": ("[Note: ", "]"),
    b"tmct": ("[Comment: ", "]"),
}
# Rows that cells above cover wholly are not written.
MAX_DEPTH, MAX_COVERED = 10, 100


class Record(NamedTuple):
    kind: int
    level: int
    data: bytes


def list_records(data: bytes) -> Iterator[Record]:
    at = 0
    while at + 4 <= len(data):
        (head,) = struct.unpack_from("<I", data, at)
        at += 4
        size = head >> 20
        if size == _LONG:
            (size,) = struct.unpack_from("<I", data, at)
            at += 4
        yield Record(head & 0x3FF, head >> 10 & 0x3FF, data[at : at + size])
        at += size


class Section:
    """Reads the texts of records, those in cells, notes and boxes where they are anchored."""

    def __init__(self, records: list[Record], read_text: Callable[[bytes], str]) -> None:
        self._records = records
        self._read_text = read_text

    def read(self) -> Iterator[str]:
        yield from self._blocks(0, len(self._records), 0)

    def _blocks(self, at: int, end: int, depth: int, *, is_cell: bool = False) -> Iterator[str]:
        while at < end:
            record = self._records[at]
            kind = record.data[:4] if record.kind == _CONTROL and depth < MAX_DEPTH else b""
            at += 1
            if record.kind == _TEXT:
                yield self._read_text(record.data)
            elif kind == _IS_TABLE or kind in _LABELS:
                stop = self._find_end(at, end, record.level)
                if kind == _IS_TABLE:
                    yield from self._table(at, stop, depth + 1, is_cell=is_cell)
                else:
                    yield from self._read_labelled(at, stop, depth + 1, kind)
                at = stop

    def _find_end(self, at: int, end: int, level: int) -> int:
        """Return the place behind all that is a level deeper."""
        return next((n for n in range(at, end) if self._records[n].level <= level), end)

    def _read_labelled(self, at: int, end: int, depth: int, kind: bytes) -> Iterator[str]:
        opening, closing = _LABELS[kind]
        text = "\n".join(self._blocks(at, end, depth, is_cell=True)).strip()
        if text:
            yield f"{opening}{text}{closing}"

    def _table(self, at: int, end: int, depth: int, *, is_cell: bool) -> Iterator[str]:
        places = range(at, end)
        begin = next((n for n in places if self._records[n].kind == _TABLE), at)
        level = self._records[begin].level if begin < end else 0
        heads = [n for n in range(begin, end) if self._is_cell(n, level)]
        if not heads:
            yield from self._blocks(at, end, depth, is_cell=is_cell)
            return
        # Its caption stands before it.
        yield from self._blocks(at, begin, depth)
        rows: dict[int, list[tuple[int, tables.Span]]] = defaultdict(list)
        for head, stop in zip(heads, [*heads[1:], end], strict=True):
            text = "\n".join(self._blocks(head + 1, stop, depth, is_cell=True)).strip()
            column, row, wide, high = _CELL.unpack_from(self._records[head].data, _CELL_AT)
            rows[row].append((column, tables.Span(text, wide, high)))
        written = tables.lay_out(_list_rows(rows))
        yield from (tables.format_inner_table if is_cell else tables.format_table)(written)

    def _is_cell(self, place: int, level: int) -> bool:
        record = self._records[place]
        is_head = record.kind == _LIST and record.level == level
        return is_head and len(record.data) >= _CELL_AT + _CELL.size


def _list_rows(rows: dict[int, list[tuple[int, tables.Span]]]) -> Iterator[list[tables.Span]]:
    before = -1
    for row in sorted(rows):
        yield from ([] for _ in range(min(row - before - 1, MAX_COVERED)))
        yield [span for _, span in sorted(rows[row], key=lambda cell: cell[0])]
        before = row
