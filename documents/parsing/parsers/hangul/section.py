"""Paragraphs of HWPX, with the tables, boxes, notes and fields that are anchored in them."""

from collections.abc import Callable, Iterator

from documents.parsing import tables
from documents.parsing.parsers import links, superscripts
from documents.parsing.parsers.hangul import fields
from documents.parsing.parsers.hangul.numbering import Numbering
from documents.parsing.parsers.office.packages import Element, attribute, child, local

# Texts of their own beside the paragraph in which they are anchored.
_NOTES = {"footNote": "footnote", "endNote": "endnote"}
_MARGINS = {"header": "Header", "footer": "Footer"}
_NO_TEXT = {"parameters", "shapeComment"}


class Section:
    """Reads paragraphs, and counts what it leaves out."""

    def __init__(
        self, heights: dict[str, int], numbering: Numbering, *, is_cell: bool = False
    ) -> None:
        self.pictures = self.deletions = self.objects = 0
        self._heights, self._numbering, self._is_cell = heights, numbering, is_cell
        self._height = self._notes = 0
        self._is_deleted = False
        self._behind: list[str] = []
        # Fields whose ends have not been come upon: where they lead, and what they say.
        self._fields: list[tuple[str, list[str]]] = []

    def blocks(self, container: Element) -> Iterator[str]:
        for each in container:
            if local(each) == "p":
                if text := self._line(each).strip():
                    label = self._numbering.count(attribute(each, "paraPrIDRef"))
                    yield f"{label} {text}" if label else text
                behind, self._behind = self._behind, []
                yield from behind
            elif local(each) not in _NO_TEXT:
                yield from self.blocks(each)

    def _line(self, paragraph: Element) -> str:
        pieces: list[superscripts.Piece] = []

        def add(text: str) -> None:
            if not self._is_deleted and text:
                pieces.append(superscripts.Piece(self._height, text))
                if self._fields:
                    self._fields[-1][1].append(text)

        self._gather(paragraph, add)
        return superscripts.join(pieces)

    def _gather(self, element: Element, add: Callable[[str], None]) -> None:
        for each in element:
            name = local(each)
            if name == "run":
                self._height = self._heights.get(attribute(each, "charPrIDRef"), 0)
            if name == "t":
                add(each.text or "")
                self._gather(each, add)
            elif name in fields.WRITTEN:
                add(fields.WRITTEN[name](each))
            elif name not in _NO_TEXT:
                self._gather_mark(name, each, add)
            if local(element) == "t":
                add(each.tail or "")

    def _gather_mark(self, name: str, each: Element, add: Callable[[str], None]) -> None:
        if name in {"deleteBegin", "deleteEnd"}:
            self._is_deleted = name == "deleteBegin"
            self.deletions += self._is_deleted
        elif name == "secPr":
            self._numbering.outline = attribute(each, "outlineShapeIDRef")
        elif name == "fieldBegin":
            self._fields.append((fields.find_address(each), []))
            self._add_comment(each if attribute(each, "type") == "MEMO" else None)
        elif name == "fieldEnd" and self._fields:
            address, said = self._fields.pop()
            self._height = 0
            text = "".join(said)
            add(links.show_behind(text, address))
            if self._fields:
                # No more of it is looked at.
                self._fields[-1][1].append(text[: links.MAX_CHARS])
        else:
            self._gather_object(name, each, add)

    def _gather_object(self, name: str, each: Element, add: Callable[[str], None]) -> None:
        if name == "tbl":
            self._behind += self._table(each)
        elif name in _NOTES:
            self._notes += 1
            self._height = 0
            add(f"[^{self._notes}]")
            self._behind.append(f"[^{self._notes}]: {self._inside(each)}")
        elif name in _MARGINS:
            if text := self._inside(each):
                self._behind.append(f"{_MARGINS[name]}: {text}")
        elif name == "hiddenComment":
            self._add_comment(each)
        elif name in {"subList", "drawText"}:
            self._behind += self._take(self._begin_inside(), each)
        else:
            self.pictures += name == "pic"
            self.objects += name == "ole"
            self._gather(each, add)

    def _add_comment(self, element: Element | None) -> None:
        if element is not None and (text := self._inside(element)):
            self._behind.append(f"[Comment: {text}]")

    def _inside(self, element: Element, *, is_cell: bool = False) -> str:
        blocks = self._take(self._begin_inside(is_cell=is_cell), element)
        return "\n".join(blocks).strip()

    def _take(self, inner: "Section", element: Element) -> list[str]:
        blocks = list(inner.blocks(element))
        self._notes = inner._notes
        self.pictures += inner.pictures
        self.objects += inner.objects
        self.deletions += inner.deletions
        return blocks

    def _begin_inside(self, *, is_cell: bool = False) -> "Section":
        inner = Section(self._heights, self._numbering, is_cell=is_cell or self._is_cell)
        inner._notes = self._notes
        return inner

    def _table(self, table: Element) -> Iterator[str]:
        if (caption := child(table, "caption")) is not None and (text := self._inside(caption)):
            yield text
        rows = tables.lay_out(
            [self._cell(cell) for cell in row if local(cell) == "tc"]
            for row in table
            if local(row) == "tr"
        )
        yield from (tables.format_inner_table if self._is_cell else tables.format_table)(rows)

    def _cell(self, cell: Element) -> tables.Span:
        span = child(cell, "cellSpan")
        wide, high = (
            attribute(span, name) if span is not None else "" for name in ("colSpan", "rowSpan")
        )
        return tables.Span(self._inside(cell, is_cell=True), _count(wide), _count(high))


def _count(told: str) -> int:
    return int(told) if told.isascii() and told.isdigit() and 0 < len(told) < 5 else 1  # noqa: PLR2004
