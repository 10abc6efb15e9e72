"""Workbooks: a page a sheet, its rows as tables whose header is repeated."""

import re
from collections.abc import Iterator
from typing import IO

from documents.parsing import tables
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.notes import Note, note
from documents.parsing.parsers import links
from documents.parsing.parsers.office import drawings, embedded
from documents.parsing.parsers.office.drawn_text import read_paragraph, resolve_links
from documents.parsing.parsers.office.excel import (
    comments,
    number_formats,
    shared_formulas,
    surroundings,
)
from documents.parsing.parsers.office.excel.merging import MergedCells
from documents.parsing.parsers.office.excel.workbook import (
    Sheet,
    Workbook,
    is_binary,
    iterate,
    read_text,
    unescape,
)
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    child,
    descendants,
    drop_alternatives,
    local,
    open_package,
)

_CHUNK_BYTES = 256 * 1024
# A cell or row without content, known by its place: programs write them for their formats alone.
_EMPTY = re.compile(rb"<(?:\w{1,20}:)?(?:c|row)\s(?=[^<>]{0,400}\br=)[^<>]{0,400}/>")
_CDATA = b"<![CDATA["
_HYPERLINK = re.compile(r'HYPERLINK\(\s{0,9}"([^"]{3,500})"', re.IGNORECASE)
_MIDNIGHT = re.compile(r"T00:00(?::00(?:\.0{1,9})?)?Z?$")
_PLACE = re.compile(r"([A-Za-z]{1,3})\d")


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    with open_package(path) as package:
        if is_binary(package):
            # A library is loaded for its own files alone.
            from documents.parsing.parsers.office.excel import binary  # noqa: PLC0415

            yield from binary.read_pages(path, package, first)
            return
        book = Workbook(package)
        yield len(book.sheets)
        for name in book.unread if first == 1 else ():
            yield note("part_unreadable", name=name)
        for sheet in book.sheets[first - 1 :]:
            yield from _read_sheet(book, sheet)


def _read_sheet(book: Workbook, sheet: Sheet) -> Iterator[Item]:
    if sheet.is_hidden:
        yield note("sheet_hidden", name=sheet.name)
    reader = SheetReader(book)
    pieces = [f"# {sheet.name}\n"]
    try:
        pieces += reader.read(sheet)
    except BROKEN:
        reader.is_broken = True
    if reader.is_broken:
        # What of a sheet can be read stays, and so do the others.
        yield note("part_unreadable", name=sheet.name)
    for item in reader.read_embedded(sheet):
        if isinstance(item, str):
            pieces.append(item)
        else:
            yield item
    yield from reader.list_notes()
    yield "\n".join(pieces)


class SheetReader:
    """The cells of a sheet as they are shown, then its comments, boxes and charts."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self.formulas = 0
        self.pictures = 0
        self.is_broken = False
        self._around = surroundings.Surroundings()
        # Formulas that other cells have as well, by the number that they name.
        self._shared: dict[str, tuple[str, str]] = {}

    def read(self, sheet: Sheet) -> Iterator[str]:
        if not sheet.part:
            self.is_broken = True
            return
        package = self._book.package
        with package.open(sheet.part) as source:
            self._around = surroundings.scan(source, package.addresses(sheet.part))
        with package.open(sheet.part) as source:
            merged = MergedCells(self._around.merged)
            yield from tables.format_table(merged.fill(self._rows(source)))
        yield from comments.read_all(package, sheet.part, self._book.part)
        for part in package.find_related(sheet.part, "drawing"):
            root = package.parse(part)
            drop_alternatives(root)
            resolve_links(root, package.addresses(part))
            yield from _read_boxes(root)
            yield from drawings.read_descriptions(root)
            self.pictures += sum(1 for _ in descendants(root, "pic"))
            for diagram in package.find_related(part, "diagramData"):
                yield from drawings.read_diagram(package.parse(diagram))
            for kind in ("chart", "chartEx"):
                for chart in package.find_related(part, kind):
                    yield from drawings.read_chart(package.parse(chart))
        yield from self._around.margins

    def read_embedded(self, sheet: Sheet) -> Iterator[Item]:
        if sheet.part:
            yield from embedded.read_embedded(self._book.package, sheet.part)

    def list_notes(self) -> Iterator[Note]:
        for code, count in (
            ("formulas_without_values", self.formulas),
            ("rows_hidden", self._around.hidden_rows),
            ("columns_hidden", self._around.hidden_columns),
            ("pictures_unread", self.pictures),
        ):
            if count:
                yield note(code, count=count)

    def _rows(self, source: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that hold anything, as far as they do, with their numbers.

        The size that a sheet claims to have is not believed.
        """
        number = 0
        for row in self._iterate(source):
            number = _number(row, number + 1)
            cells: list[str] = []
            column = 0
            for cell in row:
                if local(cell) != "c":
                    continue
                column = _column(cell) or column + 1
                text = self._show(cell)
                if not text:
                    continue
                cells += [""] * (column - len(cells))
                cells[column - 1] = self._show_link(cell, text)
            if cells:
                yield number, cells

    def _iterate(self, source: IO[bytes]) -> Iterator[Element]:
        """Yield the rows up to where the sheet breaks off, if it does."""
        try:
            yield from iterate(NonEmptyCells(source), "row")
        except BROKEN:
            self.is_broken = True

    def _show(self, cell: Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            inline = child(cell, "is")
            return read_text(inline) if inline is not None else ""
        value = child(cell, "v")
        text = (value.text or "") if value is not None else ""
        if not text:
            # An empty text is a value as well: what of a price nobody has entered yet.
            return self._show_formula(cell) if value is None or kind != "str" else ""
        if kind == "s":
            return self._find_text(int(text))
        if kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        if kind == "n":
            return self._show_number(text, cell.get("s", "0"))
        return _show_moment(text) if kind == "d" else unescape(text)

    def _find_text(self, place: int) -> str:
        if 0 <= place < len(self._book.texts):
            return self._book.texts[place]
        self.is_broken = True
        return ""

    def _show_number(self, text: str, style: str) -> str:
        formats = self._book.formats
        place = int(style) if style.isdigit() else 0
        code = formats[place] if place < len(formats) else "General"
        try:
            return number_formats.show(float(text), code, from_1904=self._book.from_1904)
        except (ValueError, OverflowError, ArithmeticError):
            return text

    def _show_link(self, cell: Element, text: str) -> str:
        """A text with the address that it leads to, by a link on its cell or by a formula."""
        if address := self._around.links.get(cell.get("r", "")):
            return links.show(text, address)
        formula = child(cell, "f")
        told = _HYPERLINK.search(formula.text or "") if formula is not None else None
        return links.show(text, told[1]) if told else text

    def _show_formula(self, cell: Element) -> str:
        """A formula that was saved without its value, which only its program could find."""
        formula = child(cell, "f")
        if formula is None:
            return ""
        text, place = formula.text or "", cell.get("r", "")
        if formula.get("t") == "shared":
            key = formula.get("si", "")
            if text:
                self._shared[key] = text, place
            elif key in self._shared:
                text = shared_formulas.move(*self._shared[key], place)
        if not text:
            return ""
        self.formulas += 1
        return f"={text}"


def _show_moment(text: str) -> str:
    """A date that is stored as one, without the midnight that nobody wrote."""
    return _MIDNIGHT.sub("", text).replace("T", " ")


def _column(cell: Element) -> int:
    """The number of a cell's column, by its name; 0 if it has none."""
    place = _PLACE.match(cell.get("r", ""))
    return surroundings.read_column(place[1]) if place else 0


def _number(row: Element, following: int) -> int:
    """The number of a row, which may leave it to the one before it."""
    told = row.get("r", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= 7 else following  # noqa: PLR2004


def _read_boxes(root: Element) -> Iterator[str]:
    for body in descendants(root, "txBody"):
        lines = (read_paragraph(each) for each in descendants(body, "p"))
        if text := "\n".join(line for line in lines if line.strip()):
            yield text


class NonEmptyCells:
    """The XML of a sheet without its empty cells and rows, to be read as a file.

    There may be as many as a sheet has places, and each would cost as much as one that says
    something.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._rest = b""
        self._is_literal = False

    def read(self, size: int = -1) -> bytes:
        """Return the next piece, of any size; b"" at the end."""
        while data := self._source.read(_CHUNK_BYTES):
            data = self._rest + data
            # In a section of plain characters a tag is none.
            self._is_literal = self._is_literal or _CDATA in data
            if self._is_literal:
                self._rest = b""
                return data
            # A tag that has not ended waits for the next piece, if it is no longer than a tag is.
            cut = data.rfind(b"<")
            if cut < 0 or data.find(b">", cut) >= 0 or len(data) - cut > _CHUNK_BYTES:
                cut = len(data)
            self._rest = data[cut:]
            if filled := _EMPTY.sub(b"", data[:cut]):
                return filled
        rest, self._rest = self._rest, b""
        return rest
