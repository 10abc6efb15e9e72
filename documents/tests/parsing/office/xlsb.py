"""Workbooks in binary form, as Excel writes them: records, each with its number and length."""

import struct

from documents.tests import files
from documents.tests.parsing.office.office import relations

_BOOK = {"begin": 131, "begin_sheets": 143, "sheet": 156, "end_sheets": 144, "end": 132}
_SHEET = {"begin": 129, "size": 148, "begin_data": 145, "end_data": 146, "end": 130}
_ROW, _BOOL, _NUMBER, _TEXT = 0, 4, 5, 6


def workbook(*rows: list[str | float | bool], name: str = "Staff", hidden: bool = False) -> bytes:
    """A workbook of one sheet."""
    sheet = struct.pack("<II", hidden, 1) + _text("s") + _text(name)
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
    book = [("begin", b""), ("begin_sheets", b""), ("sheet", sheet), ("end_sheets", b"")]
    cells = b"".join(_row(number, row) for number, row in enumerate(rows))
    data = b"".join(_record(_BOOK[kind], held) for kind, held in [*book, ("end", b"")])
    written = [_record(_SHEET[kind], b"") for kind in ("begin", "begin_data", "end_data", "end")]
    written[1:1] = [_record(_SHEET["size"], size)]
    written[3:3] = [cells]
    return files.archive(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(("r", "officeDocument", "xl/workbook.bin")),
            "xl/workbook.bin": data,
            "xl/_rels/workbook.bin.rels": relations(("s", "worksheet", "worksheets/sheet1.bin")),
            "xl/worksheets/sheet1.bin": b"".join(written),
        }
    )


def _row(number: int, row: list[str | float | bool]) -> bytes:
    head = struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0)
    return _record(_ROW, head) + b"".join(_cell(n, value) for n, value in enumerate(row))


def _cell(column: int, value: str | float | bool) -> bytes:
    place = struct.pack("<II", column, 0)
    if isinstance(value, bool):
        return _record(_BOOL, place + bytes([value]))
    if isinstance(value, str):
        return _record(_TEXT, place + _text(value))
    return _record(_NUMBER, place + struct.pack("<d", value))


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _record(kind: int, data: bytes) -> bytes:
    return _write_number(kind) + _write_number(len(data)) + data


def _write_number(number: int) -> bytes:
    """Seven bits a byte, of which all but the last say that there are more."""
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes([*written, number])
