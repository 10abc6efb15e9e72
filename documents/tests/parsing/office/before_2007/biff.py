"""Charts of before 2007, record by record, and workbooks that hold them."""

import io
import struct

import olefile

from documents.tests.parsing.office.before_2007 import ole
from documents.tests.parsing.office.test_other_offices import real

BEGIN, END = 0x1033, 0x1034
SERIES, TEXT, WORDS, PURPOSE, LINK = 0x1003, 0x1025, 0x100D, 0x1027, 0x1051


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def short_text(text: str) -> bytes:
    return bytes([len(text), 1]) + text.encode("utf-16-le")


def stream(kind: int, *records: bytes, version: int = 0x600) -> bytes:
    """Records between the beginning and the end of what they are."""
    begin = record(0x809, struct.pack("<HHHHII", version, kind, 0, 0, 0, 0))
    return begin + b"".join(records) + record(0x0A)


def block(kind: int, *records: bytes, head: bytes = bytes(12)) -> bytes:
    return record(kind, head) + record(BEGIN) + b"".join(records) + record(END)


def title(text: str, purpose: int = 1) -> bytes:
    words = record(WORDS, b"\0\0" + short_text(text))
    return block(TEXT, words, record(PURPOSE, struct.pack("<HHH", purpose, 0, 0)))


def series(name: str, *links: bytes) -> bytes:
    named = link(0) + record(WORDS, b"\0\0" + short_text(name)) if name else b""
    return block(SERIES, named, *links)


def link(purpose: int, formula: bytes = b"", number_format: int = 0) -> bytes:
    head = struct.pack("<BBHHH", purpose, 2, 0, number_format, len(formula))
    return record(LINK, head + formula)


def area(top: int, bottom: int, column: int, sheet: int = 0) -> bytes:
    return struct.pack("<B5H", 0x3B, sheet, top, bottom, column, column)


def figures(purpose: int, *columns: list[float | str]) -> bytes:
    """The figures that were drawn, by series."""
    told = record(0x1065, struct.pack("<H", purpose))
    for number, column in enumerate(columns):
        for place, value in enumerate(column):
            head = struct.pack("<HHH", place, number, 0)
            if isinstance(value, str):
                wide = value.encode("utf-16-le")
                told += record(0x204, head + struct.pack("<HB", len(value), 1) + wide)
            else:
                told += record(0x203, head + struct.pack("<d", value))
    return told


def chart(*records: bytes, version: int = 0x600) -> bytes:
    return stream(0x20, *records, version=version)


def workbook(*charts: bytes) -> bytes:
    """A workbook that another program wrote, with these charts on its sheet instead of its own."""
    with olefile.OleFileIO(io.BytesIO(real("chart.xls"))) as file:
        records = file.openstream("Workbook").read()
    # Of the sheet, its chart, and what is left of the sheet.
    sheet = records.index(record(0x809)[:2], 4)
    own = records.index(record(0x809)[:2], sheet + 4)
    ended = records.index(record(0x0A), own) + 4
    return ole.container({"Workbook": records[:own] + b"".join(charts) + records[ended:]})


def graph(*titles: str, rows: int = 2) -> bytes:
    """The records of an object of Microsoft Graph: a data sheet, and what is drawn of it."""
    cells = b""
    for row in range(rows):
        name = f"Row {row}" if row else ""
        cells += record(0x4, struct.pack("<HH3x", row, 0) + short_text(name)) if name else b""
        for column in (1, 2):
            value = float(row * 10 + column) if row else 2024.0 + column
            cells += record(0x3, struct.pack("<HH3xd", row, column, value))
    texts = [title(text, purpose) for purpose, text in enumerate(titles, 1)]
    return stream(5, version=0x680) + stream(0x8000, cells, *texts, version=0x680)
