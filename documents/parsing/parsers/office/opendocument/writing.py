"""Paragraphs, lists, tables and notes of OpenDocument, which texts, sheets and slides share."""

from collections.abc import Callable, Iterable, Iterator

from documents.parsing import tables
from documents.parsing.parsers.office.packages import Element, attribute, child, local

MAX_LEVEL = 6
# A row or cell may stand for many of its kind; who writes a million of them means none.
MAX_REPEATS = 1_000
_NO_TEXT = {
    *("tracked-changes", "sequence-decls", "variable-decls", "user-field-decls", "forms"),
    *("table-of-content-source", "bibliography-source", "alphabetical-index-source", "settings"),
}
_SIGNS = {"s": " ", "tab": "\t", "line-break": "\n"}
_SHAPES = {"frame", "custom-shape", "g", "rect", "ellipse", "line", "connector", "polygon"}


class Writing:
    """Reads a part's blocks, and counts what it leaves out."""

    def __init__(self) -> None:
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
            elif name not in _NO_TEXT:
                self.pictures += name == "image"
                yield from self.blocks(each)

    def _table(self, table: Element) -> Iterator[str]:
        write = tables.format_inner_table if self._is_in_cell else tables.format_table
        yield from write(self.rows(table))
        yield from self._take_behind()

    def paragraph(self, element: Element) -> Iterator[str]:
        text = self.inline(element).strip()
        if text and local(element) == "h":
            level = attribute(element, "outline-level")
            mark = "#" * min(int(level) if level.isdigit() else 1, MAX_LEVEL)
            yield f"{mark} {' '.join(text.split())}"
        elif text:
            yield text
        yield from self._take_behind()

    def _take_behind(self) -> Iterator[str]:
        behind, self._behind = self._behind, []
        yield from behind

    def inline(self, element: Element) -> str:
        pieces: list[str] = []
        self._gather(element, pieces.append)
        return "".join(pieces)

    def _gather(self, element: Element, add: Callable[[str], None]) -> None:
        add(_collapse(element.text))
        for each in element:
            name = local(each)
            if name in _SIGNS:
                add(_SIGNS[name] * _repeats(each, "c", 100))
            elif name == "note":
                add(self._note(each))
            elif name == "annotation":
                self._behind += self._comment(each)
            elif name in _SHAPES:
                self._behind += self._read_inside(each)
            elif name != "ruby-text":
                self._gather(each, add)
            add(_collapse(each.tail))

    def _read_inside(self, shape: Element) -> Iterator[str]:
        """Yield the blocks of a shape, whose paragraphs have boxes and notes of their own."""
        inner = Writing()
        inner._notes = self._notes
        yield from inner.blocks([shape])
        self._notes, self.pictures = inner._notes, self.pictures + inner.pictures

    def _note(self, note: Element) -> str:
        self._notes += 1
        body = child(note, "note-body")
        mark = f"[^{self._notes}]"
        if body is not None:
            text = "\n".join(Writing().blocks(body)).strip()
            self._behind.append(f"{mark}: {text}")
        return mark

    def _comment(self, comment: Element) -> Iterator[str]:
        creator = child(comment, "creator")
        author = (creator.text or "").strip() if creator is not None else ""
        lines = (self.inline(each) for each in comment if local(each) in {"p", "list"})
        if text := "\n".join(line for line in lines if line.strip()):
            yield f"[Comment by {author}: {text}]" if author else f"[Comment: {text}]"

    def _list(self, element: Element, depth: int = 0) -> Iterator[str]:
        for item in element:
            for each in item:
                if local(each) == "list":
                    yield from self._list(each, depth + 1)
                elif local(each) in {"p", "h"}:
                    lines = list(self.paragraph(each))
                    if lines:
                        yield f"{'  ' * min(depth, 8)}- {lines[0].lstrip('# ')}"
                    yield from lines[1:]

    def rows(self, table: Element) -> Iterator[list[str]]:
        """Yield the rows that hold anything, those in groups and headers too."""
        for each in table:
            name = local(each)
            if name == "table-row":
                cells = self._cells(each)
                if any(cells):
                    for _ in range(_repeats(each, "number-rows-repeated")):
                        yield cells
            elif name in {"table-header-rows", "table-rows", "table-row-group"}:
                yield from self.rows(each)

    def _read_cell(self, cell: Element) -> str:
        outer, self._is_in_cell = self._is_in_cell, True
        text = "\n".join(self.blocks(cell)).strip()
        self._is_in_cell = outer
        return text

    def _cells(self, row: Element) -> list[str]:
        cells: list[str] = []
        # Empty cells stand for as many as the sheet is wide; only those before others count.
        empty = 0
        for cell in row:
            if local(cell) not in {"table-cell", "covered-table-cell"}:
                continue
            text = self._read_cell(cell) or _value(cell)
            if not text:
                empty += _repeats(cell, "number-columns-repeated", 16_384)
                continue
            cells += [""] * empty
            empty = 0
            cells += [text] * _repeats(cell, "number-columns-repeated")
        return cells


def _value(cell: Element) -> str:
    """The value of a cell that shows nothing of it."""
    for name in ("string-value", "date-value", "time-value", "boolean-value", "value"):
        if found := attribute(cell, name):
            return found
    return ""


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
