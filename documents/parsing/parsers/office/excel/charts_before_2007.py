"""Charts of workbooks from before 2007: their titles, and the figures that were drawn.

A chart is a stream of records within that of its sheet, or a sheet of its own. The figures stand in
it as they were when it was saved; where they do not, they are those of the cells that it names.
Each record is looked at once.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from documents.parsing import tables

# So many figures of one chart are told; a table of more is no chart that anybody reads.
MAX_FIGURES = 20_000
_BEGIN_STREAM, _END_STREAM, _CHART, _SHEET, _BIFF8 = 0x809, 0x0A, 0x20, 0x85, 0x600
_BEGIN, _END = 0x1033, 0x1034
_SERIES, _PARENT, _LINK, _TEXT, _WORDS, _PURPOSE = 0x1003, 0x104A, 0x1051, 0x1025, 0x100D, 0x1027
_KIND_OF_FIGURES, _NUMBER, _LABEL = 0x1065, 0x203, 0x204
# What a link or a figure is for.
_NAME, _VALUES, _CATEGORIES = 0, 1, 2
# The title and those of the axes; the others stand at single points.
_TITLES = (1, 2, 3, 7)
_CELL, _AREA = (0x3A, 0x5A, 0x7A), (0x3B, 0x5B, 0x7B)


class Area(NamedTuple):
    """Cells, counted from 0, and the number of the list of sheets that they are in."""

    sheet: int
    top: int
    bottom: int
    left: int
    right: int


class Span(NamedTuple):
    """A chart's place, and that of its sheet; both are one for a sheet that is a chart."""

    start: int
    end: int
    sheet: int
    is_readable: bool


class Sheet(NamedTuple):
    start: int
    kind: int
    name: str


@dataclass(slots=True)
class _Series:
    name: str = ""
    # It is drawn from another one: a trend, or its errors.
    is_derived: bool = False
    formats: dict[int, int] = field(default_factory=dict)
    areas: dict[int, Area] = field(default_factory=dict)


@dataclass(slots=True)
class Chart:
    titles: dict[int, str] = field(default_factory=dict)
    series: list[_Series] = field(default_factory=list)
    # By what they are for, their series and their place.
    figures: dict[tuple[int, int], dict[int, float | str]] = field(default_factory=dict)


# The cells of an area, by their places, as they are shown; None where they cannot be had.
ReadCells = Callable[[Area], dict[int, str] | None]
# A number by the number of its format.
ShowNumber = Callable[[float, int], str]


def list_sheets(records: bytes) -> list[Sheet]:
    """Return the sheets of a workbook, those that are charts (kind 2) among them."""
    found = []
    for kind, start, end in walk(records, 0, len(records)):
        if kind == _SHEET and end - start >= 8:  # noqa: PLR2004 - its head
            (place,) = struct.unpack_from("<I", records, start)
            found.append(Sheet(place, records[start + 5], read_text(records, start + 6, end)))
        if kind == _END_STREAM:
            break
    return found


def find_charts(records: bytes) -> list[Span]:
    """Return where the charts of a workbook are."""
    found: list[Span] = []
    # Of streams within each other: where each begins, and if it is a chart.
    opened: list[tuple[int, bool, bool]] = []
    charts_opened = 0
    for kind, start, end in walk(records, 0, len(records)):
        if kind == _BEGIN_STREAM and end - start >= 4:  # noqa: PLR2004 - its head
            version, holds = struct.unpack_from("<HH", records, start)
            opened.append((start - 4, holds == _CHART, version == _BIFF8))
            charts_opened += holds == _CHART
        elif kind == _END_STREAM and opened:
            begun, is_chart, is_readable = opened.pop()
            charts_opened -= is_chart
            # One within another is a part of that, and would be read as often as it is within.
            if is_chart and not charts_opened:
                found.append(Span(begun, end, opened[0][0] if opened else begun, is_readable))
    return found


def read_chart(
    records: bytes, span: Span, read_cells: ReadCells, show_number: ShowNumber
) -> list[str]:
    """Return the lines of a chart; none if there is nothing to be told of it."""
    if not span.is_readable:
        return []
    chart = _Reader(records, span).read()
    return list(_tell(chart, read_cells, show_number))


def read_titles(records: bytes, span: Span) -> list[str]:
    """Return a chart's title and those of its axes."""
    return _list_titles(_Reader(records, span).read())


class _Reader:
    def __init__(self, records: bytes, span: Span) -> None:
        self._records, self._span = records, span
        self._chart = Chart()
        # What stands around a record.
        self._around: list[int] = []
        self._purpose = self._words_of = -1
        self._words = ""
        self._kind_of_figures = 0

    def read(self) -> Chart:
        last = 0
        for kind, start, end in walk(self._records, self._span.start, self._span.end):
            if kind == _BEGIN:
                self._around.append(last)
            elif kind == _END and self._around:
                self._leave(self._around.pop())
            else:
                self._take(kind, start, end)
            last = kind
        return self._chart

    def _leave(self, kind: int) -> None:
        if kind == _TEXT and self._purpose in _TITLES and self._words.strip():
            self._chart.titles.setdefault(self._purpose, " ".join(self._words.split()))

    def _take(self, kind: int, start: int, end: int) -> None:
        if kind == _SERIES:
            self._chart.series.append(_Series())
        elif kind == _TEXT:
            self._purpose, self._words = -1, ""
        elif kind == _KIND_OF_FIGURES:
            (self._kind_of_figures,) = unpack("<H", self._records, start, end)
        elif kind in (_NUMBER, _LABEL):
            self._take_figure(kind, start, end)
        elif self._around and self._around[-1] == _TEXT:
            self._take_title(kind, start, end)
        elif self._around and self._around[-1] == _SERIES:
            self._take_series(self._chart.series[-1], kind, start, end)

    def _take_title(self, kind: int, start: int, end: int) -> None:
        if kind == _WORDS:
            self._words = read_text(self._records, start + 2, end)
        elif kind == _PURPOSE:
            (self._purpose,) = unpack("<H", self._records, start, end)

    def _take_series(self, series: _Series, kind: int, start: int, end: int) -> None:
        if kind == _LINK:
            self._words_of, number = unpack("<B3xH", self._records, start, end)
            series.formats[self._words_of] = number
            area = _read_area(self._records[start + 8 : end])
            if area is not None:
                series.areas[self._words_of] = area
        elif kind == _WORDS and self._words_of == _NAME:
            series.name = read_text(self._records, start + 2, end)
        elif kind == _PARENT:
            series.is_derived = True

    def _take_figure(self, kind: int, start: int, end: int) -> None:
        place, series = unpack("<HH", self._records, start, end)
        value: float | str
        if kind == _NUMBER:
            (value,) = unpack("<d", self._records, start + 6, end)
        else:
            value = read_text(self._records, start + 6, end, 2)
        self._chart.figures.setdefault((self._kind_of_figures, series), {})[place] = value


def _tell(chart: Chart, read_cells: ReadCells, show_number: ShowNumber) -> Iterator[str]:
    shown = [(n, each) for n, each in enumerate(chart.series) if not each.is_derived]
    left = MAX_FIGURES

    def read(number: int, series: _Series, purpose: int) -> dict[int, str]:
        nonlocal left
        known = chart.figures.get((purpose, number), {})
        code = series.formats.get(purpose, 0)
        area = series.areas.get(purpose)
        cells = None
        if area is not None and count_cells(area) <= left:
            cells = read_cells(area)
        told = (
            cells if cells else {n: _show(value, code, show_number) for n, value in known.items()}
        )
        left -= len(told)
        return told if left >= 0 else {}

    columns = [read(n, each, _VALUES) for n, each in shown]
    labels: dict[int, str] = {}
    for n, each in shown:
        labels = labels or read(n, each, _CATEGORIES)
    names = [each.name or _read_name(each, read_cells) or f"Series {n + 1}" for n, each in shown]
    places = sorted({place for column in columns for place in column})
    if left < 0 or len(places) * len(columns) > MAX_FIGURES or not places:
        return
    if titles := _list_titles(chart):
        yield f"Chart: {', '.join(titles)}"
    rows = [[labels.get(n, ""), *(column.get(n, "") for column in columns)] for n in places]
    yield from tables.format_table([["Category", *names], *rows])


def _list_titles(chart: Chart) -> list[str]:
    return list(dict.fromkeys(text for _, text in sorted(chart.titles.items())))


def _show(value: float | str, code: int, show_number: ShowNumber) -> str:
    return value if isinstance(value, str) else show_number(value, code)


def _read_name(series: _Series, read_cells: ReadCells) -> str:
    area = series.areas.get(_NAME)
    cells = read_cells(area) if area is not None and count_cells(area) <= 10 else None  # noqa: PLR2004
    return " ".join((cells or {}).values())


def count_cells(area: Area) -> int:
    return (area.bottom - area.top + 1) * (area.right - area.left + 1)


def _read_area(formula: bytes) -> Area | None:
    """Return the cells that a formula is, if it is no more than some cells."""
    if len(formula) == 7 and formula[0] in _CELL:  # noqa: PLR2004 - as long as one cell is
        sheet, row, column = struct.unpack_from("<3H", formula, 1)
        return Area(sheet, row, row, column & 0xFF, column & 0xFF)
    if len(formula) == 11 and formula[0] in _AREA:  # noqa: PLR2004 - and as an area is
        sheet, top, bottom, left, right = struct.unpack_from("<5H", formula, 1)
        area = Area(sheet, top, bottom, left & 0xFF, right & 0xFF)
        return area if top <= bottom and area.left <= area.right else None
    return None


def read_text(records: bytes, start: int, end: int, size: int = 1) -> str:
    """Return a text behind its length, which has one byte or two, and how it is written."""
    length = int.from_bytes(records[start : start + size], "little")
    is_wide = records[start + size] & 1 if start + size < end else 0
    first = start + size + 1
    data = records[first : min(end, first + length * (1 + is_wide))]
    return data.decode("utf-16-le" if is_wide else "latin-1", "replace")


def unpack(form: str, records: bytes, start: int, end: int) -> tuple[Any, ...]:
    """Read what a record holds, and nothing of the next. Raises struct.error."""
    if start + struct.calcsize(form) > end:
        raise struct.error("the record breaks off")
    return struct.unpack_from(form, records, start)


def walk(records: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the kind of each record, and where its content begins and ends."""
    while at + 4 <= end:
        kind, length = struct.unpack_from("<HH", records, at)
        yield kind, at + 4, min(at + 4 + length, end)
        at += 4 + length
