"""Charts of Microsoft Graph, as slides and letters from before 2007 have them: their data sheet.

The object is a stream of records like that of a workbook, of a version that no workbook has. What
was drawn stands in it as a sheet of rows and columns.
"""

import struct
from typing import Any

from documents.parsing import tables
from documents.parsing.parsers.office.excel import charts_before_2007 as charts
from documents.parsing.parsers.office.excel import number_formats

_STREAM = "Workbook"
_BEGIN_STREAM, _VERSION = 0x809, 0x680
_NUMBER, _LABEL = 0x3, 0x4


def is_graph(file: Any, *storage: str) -> bool:
    """Tell whether an OLE file, or a storage in it, is a chart of Microsoft Graph."""
    if not file.exists([*storage, _STREAM]):
        return False
    head = file.openstream([*storage, _STREAM]).read(6)
    return len(head) == 6 and struct.unpack("<3H", head)[::2] == (_BEGIN_STREAM, _VERSION)  # noqa: PLR2004


def read_graph(file: Any, *storage: str) -> str:
    """Return the titles of a chart and what its data sheet holds; "" if that is nothing."""
    records = file.openstream([*storage, _STREAM]).read()
    cells: dict[tuple[int, int], str] = {}
    for kind, start, end in charts.walk(records, 0, len(records)):
        if kind in (_NUMBER, _LABEL) and end - start >= 8:  # noqa: PLR2004 - what stands before
            row, column = struct.unpack_from("<HH", records, start)
            cells[row, column] = _read_cell(kind, records, start + 7, end)
    rows = sorted({row for row, _ in cells})
    columns = sorted({column for _, column in cells})
    if not rows or len(rows) * len(columns) > charts.MAX_FIGURES:
        return ""
    titles = charts.read_titles(records, charts.Span(0, len(records), 0, is_readable=True))
    lines = [f"Chart: {', '.join(titles)}"] if titles else []
    grid = [[cells.get((row, column), "") for column in columns] for row in rows]
    return "\n".join([*lines, *tables.format_table(grid)])


def _read_cell(kind: int, records: bytes, start: int, end: int) -> str:
    if kind == _LABEL:
        return " ".join(charts.read_text(records, start, end).split())
    (value,) = charts.unpack("<d", records, start, end)
    return number_formats.general(value)
