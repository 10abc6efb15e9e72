"""Paragraphs, lists, tables and notes of OpenDocument, which texts, sheets and slides share."""

import re
from collections.abc import Callable, Iterable, Iterator

from documents.parsing import tables
from documents.parsing.parsers import links, mathml, superscripts
from documents.parsing.parsers.office.excel import number_formats
from documents.parsing.parsers.office.opendocument.heights import Heights
from documents.parsing.parsers.office.opendocument.numbering import Numbering
from documents.parsing.parsers.office.packages import (
    Element,
    attribute,
    child,
    descendants,
    local,
)

MAX_LEVEL = 6
_TIME = re.compile(r"PT(?:(\d{1,6})H)?(?:(\d{1,3})M)?(?:(\d{1,3})(?:[.,]\d{0,20})?S)?")
# A row or cell may stand for many of its kind; who writes a million of them means none.
MAX_REPEATS, MAX_EMPTY = 1_000, 20
_NO_TEXT = {
    *("tracked-changes", "sequence-decls", "variable-decls", "user-field-decls", "forms"),
    *("table-of-content-source", "bibliography-source", "alphabetical-index-source", "settings"),
}
_SIGNS = {"s": " ", "tab": "\t", "line-break": "\n"}
# The first, and what it was called before there was the standard.
_NOTES = {"note", "footnote", "endnote"}
_SHAPES = {"frame", "custom-shape", "g", "rect", "ellipse", "line", "connector", "polygon"}


class Writing:
    """Reads a part's blocks, and counts what it leaves out."""

    def __init__(
        self,
        numbering: Numbering | None = None,
        read_object: Callable[[str], Element | None] = lambda _: None,
        heights: Heights | None = None,
    ) -> None:
        self._heights = heights or Heights()
        self._height = 0
        self._numbering = numbering or Numbering()
        self._read_object = read_object
        self.pictures = 0
        self.deletions = 0
        self._notes = 0
        self._is_in_cell = False
        # What the paragraph at hand brings along, to be told behind it.
        self._behind: list[str] = []

    def blocks(self, container: Iterable[Element]) -> Iterator[str]:
        for each in container:
            name = local(each)
            if name == "tracked-changes":
                self.deletions += sum(local(change) == "deletion" for change in each.iter("{*}*"))
            elif name in _BLOCKS:
                yield from _BLOCKS[name](self, each)
            elif name == "object" and (chart := list(self._read_chart(each))):
                # A sheet's charts hang on its cells, and are told behind its rows.
                yield from () if self._is_in_cell else chart
                self._behind += chart if self._is_in_cell else []
            elif name == "frame":
                yield from self.blocks(_choose(each))
                yield from _describe(each)
            elif name not in _NO_TEXT:
                self.pictures += name == "image"
                yield from self.blocks(each)

    def _table(self, table: Element) -> Iterator[str]:
        write = tables.format_inner_table if self._is_in_cell else tables.format_table
        yield from write(self.rows(table))
        yield from self.take_behind()

    def paragraph(self, element: Element) -> Iterator[str]:
        text = self.inline(element).strip()
        if text and local(element) == "h":
            level = attribute(element, "outline-level")
            mark = "#" * min(int(level) if level.isdigit() else 1, MAX_LEVEL)
            yield f"{mark} {' '.join(text.split())}"
        elif text:
            yield text
        yield from self.take_behind()

    def take_behind(self) -> Iterator[str]:
        behind, self._behind = self._behind, []
        yield from behind

    def inline(self, element: Element) -> str:
        pieces: list[superscripts.Piece] = []
        self._gather(element, lambda text: pieces.append(superscripts.Piece(self._height, text)))
        return superscripts.join(pieces)

    def _gather(self, element: Element, add: Callable[[str], None]) -> None:
        add(_collapse(element.text))
        for each in element:
            name = local(each)
            if name in _SIGNS:
                add(_SIGNS[name] * _repeats(each, "c", 100))
            elif name in {"span", "a"} or name in _NOTES:
                self._gather_moved(each, add)
            elif name == "annotation":
                self._behind += self._comment(each)
            elif name in _SHAPES and (formula := self._find_formula(each)):
                add(f" {formula} ")
            elif name in _SHAPES:
                self._behind += self._read_inside(each)
            elif name != "ruby-text" and not _is_stand_in(each):
                self._gather(each, add)
            add(_collapse(each.tail))

    def _gather_link(self, link: Element, add: Callable[[str], None]) -> None:
        texts: list[str] = []

        def add_linked(text: str) -> None:
            texts.append(text)
            add(text)

        self._gather(link, add_linked)
        if behind := links.show_behind("".join(texts), attribute(link, "href")):
            add(behind)

    def _gather_moved(self, each: Element, add: Callable[[str], None]) -> None:
        """Take what may be raised, or the mark of a note, whose brackets part it from words."""
        outer = self._height
        if local(each) == "a":
            self._gather_link(each, add)
        elif local(each) in _NOTES:
            self._height = 0
            add(self._note(each))
        else:
            self._height = self._heights.find(attribute(each, "style-name")) or outer
            self._gather(each, add)
        self._height = outer

    def begin_inside(self) -> "Writing":
        return Writing(self._numbering, self._read_object, self._heights)

    def _read_inside(self, shape: Element) -> Iterator[str]:
        """Yield the blocks of a shape, whose paragraphs have boxes and notes of their own."""
        inner = self.begin_inside()
        inner._notes = self._notes
        yield from inner.blocks([shape])
        self._notes, self.pictures = inner._notes, self.pictures + inner.pictures

    def _find_formula(self, shape: Element) -> str:
        """A formula in a frame, which lies in a part of its own or within."""
        found = child(shape, "object")
        if found is None:
            return ""
        inside = child(found, "math")
        root = inside if inside is not None else self._read_object(attribute(found, "href"))
        return mathml.write(root) if root is not None and local(root) == "math" else ""

    def _read_chart(self, held: Element) -> Iterator[str]:
        """Yield a chart's titles and the values that were drawn."""
        root = self._read_object(attribute(held, "href"))
        chart = child(held, "document") if root is None else root
        body = child(chart, "body") if chart is not None else None
        chart = child(body, "chart", "chart") if body is not None else None
        inside = Writing()
        if chart is None:
            # A sheet or a text of its own.
            yield from inside.blocks(body) if body is not None else ()
            return
        titles = (" ".join(inside.blocks(each)) for each in descendants(chart, "title"))
        if told := ", ".join(dict.fromkeys(filter(None, titles))):
            yield f"Chart: {told}"
        for table in descendants(chart, "table"):
            yield from tables.format_table(inside.rows(table))

    def _note(self, note: Element) -> str:
        self._notes += 1
        body = child(note, f"{local(note)}-body")
        mark = f"[^{self._notes}]"
        if body is not None:
            text = "\n".join(self.begin_inside().blocks(body)).strip()
            self._behind.append(f"{mark}: {text}")
        return mark

    def _comment(self, comment: Element) -> Iterator[str]:
        creator = child(comment, "creator")
        author = (creator.text or "").strip() if creator is not None else ""
        lines = (self.inline(each) for each in comment if local(each) in {"p", "list"})
        if text := "\n".join(line for line in lines if line.strip()):
            yield f"[Comment by {author}: {text}]" if author else f"[Comment: {text}]"

    def _list(self, element: Element, depth: int = 0, style: str = "") -> Iterator[str]:
        style = attribute(element, "style-name") or style
        goes_on = attribute(element, "continue-numbering") == "true"
        goes_on = goes_on or bool(attribute(element, "continue-list"))
        self._numbering.begin(style, depth, goes_on=goes_on)
        for item in element:
            is_first = local(item) == "list-item"
            for each in item:
                if local(each) == "list":
                    yield from self._list(each, depth + 1, style)
                elif local(each) in {"p", "h"}:
                    start = attribute(item, "start-value")
                    number = self._numbering.count(style, depth, start) if is_first else ""
                    yield from self._item(each, depth, number, is_first=is_first)
                    is_first = False
                else:
                    yield from self.blocks([each])

    def _item(self, element: Element, depth: int, number: str, *, is_first: bool) -> Iterator[str]:
        lines = list(self.paragraph(element))
        if lines and local(element) == "h" and lines[0].startswith("#"):
            mark, _, text = lines[0].partition(" ")
            yield f"{mark} {number} {text}" if number else lines[0]
        elif lines:
            mark = number or ("-" if is_first else " ")
            yield f"{'  ' * min(depth, 8)}{mark} {lines[0]}"
        yield from lines[1:]

    def rows(self, table: Element) -> Iterator[list[str]]:
        """Yield the rows that hold anything, those in groups and headers too."""
        yield from tables.lay_out(self._list_rows(table))

    def _list_rows(self, table: Element) -> Iterator[list[tables.Span]]:
        for each in table:
            name = local(each)
            if name == "table-row":
                cells = self._cells(each)
                is_empty = not any(cell.text for cell in cells)
                # An empty row may be one that merged cells cover.
                most = MAX_EMPTY if is_empty else MAX_REPEATS
                for _ in range(_repeats(each, "number-rows-repeated", most)):
                    yield cells
            elif name in {"table-header-rows", "table-rows", "table-row-group"}:
                yield from self._list_rows(each)

    def _read_cell(self, cell: Element) -> str:
        outer, self._is_in_cell = self._is_in_cell, True
        # A comment is told behind what it is about.
        comments = [each for each in cell if local(each) == "annotation"]
        text = "\n".join(self.blocks(each for each in cell if each not in comments)).strip()
        self._is_in_cell = outer
        told = (line for each in comments for line in self._comment(each))
        return " ".join(filter(None, [text or _value(cell), *told]))

    def _cells(self, row: Element) -> list[tables.Span]:
        cells: list[tables.Span] = []
        # Empty cells stand for as many as the sheet is wide; only those before others count.
        empty = 0
        for cell in row:
            # Those that are covered by a merged one are told by that.
            if local(cell) != "table-cell":
                continue
            text = self._read_cell(cell)
            columns, rows = (
                _repeats(cell, f"number-{each}-spanned") for each in ("columns", "rows")
            )
            if not text:
                empty += _repeats(cell, "number-columns-repeated", 16_384) * columns
                continue
            cells += [tables.Span("")] * empty
            empty = 0
            repeats = _repeats(cell, "number-columns-repeated")
            cells += [tables.Span(text, columns, rows)] * repeats
        return cells


def _choose(frame: Element) -> list[Element]:
    """Return what a frame holds; beside a table or an object, a picture only shows the same."""
    held = list(frame)
    has_more = any(local(each) in {"object", "table", "text-box"} for each in held)
    return [each for each in held if not (has_more and local(each) == "image")]


def _describe(frame: Element) -> Iterator[str]:
    """Yield the words for a picture, where its author has given it some."""
    for each in frame:
        if local(each) in {"title", "desc"} and (text := " ".join((each.text or "").split())):
            yield f"[Picture: {text}]"


def _is_stand_in(field: Element) -> bool:
    """Tell whether a field has only the word for a page's number, as on the pages of notes."""
    return local(field) == "page-number" and (field.text or "").startswith("<")


def _value(cell: Element) -> str:
    """The value of a cell that shows nothing of it."""
    if time := _TIME.fullmatch(attribute(cell, "time-value")):
        hours, minutes, seconds = (int(each or 0) for each in time.groups())
        return f"{hours:02}:{minutes:02}:{seconds:02}"
    names = ("string-value", "date-value", "time-value", "boolean-value")
    if found := next((told for name in names if (told := attribute(cell, name))), ""):
        return found.removesuffix("T00:00:00").replace("T", " ") if found[:1].isdigit() else found
    value, kind = attribute(cell, "value"), attribute(cell, "value-type")
    if kind == "percentage":
        return _show_percentage(value)
    return f"{value} {attribute(cell, 'currency')}".strip() if kind == "currency" else value


def _show_percentage(value: str) -> str:
    try:
        return number_formats.show(float(value), "0.##%")
    except (ValueError, OverflowError, ArithmeticError):
        return value


def _repeats(element: Element, name: str, most: int = MAX_REPEATS) -> int:
    number = attribute(element, name)
    return min(int(number), most) if number.isascii() and number.isdigit() else 1


def _collapse(text: str | None) -> str:
    """Text as it is shown: spaces and line ends of the file are one space."""
    if not text:
        return ""
    words = " ".join(text.split())
    before = " " if text[0].isspace() else ""
    behind = " " if text[-1].isspace() and words else ""
    return f"{before}{words}{behind}"


_BLOCKS: dict[str, Callable[[Writing, Element], Iterator[str]]] = {
    "p": Writing.paragraph,
    "h": Writing.paragraph,
    "list": Writing._list,
    "table": Writing._table,
    "annotation": Writing._comment,
}
