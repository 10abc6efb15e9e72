"""HWPX: the sections of a document of Hancom Office, as blocks of Markdown."""

import re
from collections.abc import Callable, Iterator

from documents.parsing import tables
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers import superscripts
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    Package,
    attribute,
    child,
    descendants,
    local,
    open_package,
)

_SECTION = re.compile(r"contents/section(\d{1,5})\.xml", re.IGNORECASE)
_HEADER = re.compile(r"contents/header\.xml", re.IGNORECASE)
_MANIFEST = "META-INF/manifest.xml"
# Texts of their own beside the paragraph in which they are anchored.
_NOTES = {"footNote": "footnote", "endNote": "endnote"}
_MARGINS = {"header": "Header", "footer": "Footer"}
_SIGNS = {"tab": "\t", "lineBreak": "\n", "nbSpace": " ", "fwSpace": " ", "hyphen": "-"}
_NO_TEXT = {"deleteBegin", "parameters", "shapeComment", "secPr"}


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    with open_package(path) as package:
        if package.has(_MANIFEST) and b"encryption-data" in package.read(_MANIFEST):
            raise ParseError("password_protected")
        found = (_SECTION.fullmatch(name) for name in package.names())
        parts = sorted((int(each[1]), each[0]) for each in found if each)
        if not parts:
            raise ParseError("corrupt_file")
        yield 1
        if first > 1:
            return
        blocks: list[str] = []
        section = Section(_read_heights(package))
        for _, part in parts:
            try:
                blocks += section.blocks(package.parse(part))
            except BROKEN:
                yield note("part_unreadable", name=part)
        if section.pictures:
            yield note("pictures_unread", count=section.pictures)
        yield "\n\n".join(block for block in blocks if block.strip())


def _read_heights(package: Package) -> dict[str, int]:
    """Return the characters' properties that raise (1) or lower (-1) them, by their ids."""
    heights: dict[str, int] = {}
    for part in filter(_HEADER.fullmatch, package.names()):
        try:
            root = package.parse(part)
        except BROKEN:
            continue
        for each in descendants(root, "charPr"):
            if child(each, "supscript") is not None:
                heights[attribute(each, "id")] = 1
            elif child(each, "subscript") is not None:
                heights[attribute(each, "id")] = -1
    return heights


class Section:
    """Reads paragraphs, with the tables, boxes and notes that are anchored in them."""

    def __init__(self, heights: dict[str, int]) -> None:
        self.pictures = 0
        self._heights = heights
        self._height = 0
        self._notes = 0
        self._behind: list[str] = []

    def blocks(self, container: Element) -> Iterator[str]:
        for each in container:
            if local(each) == "p":
                if text := self._line(each).strip():
                    yield text
                behind, self._behind = self._behind, []
                yield from behind
            elif local(each) not in _NO_TEXT:
                yield from self.blocks(each)

    def _line(self, paragraph: Element) -> str:
        pieces: list[superscripts.Piece] = []
        self._gather(paragraph, lambda text: pieces.append(superscripts.Piece(self._height, text)))
        return superscripts.join(pieces)

    def _gather(self, element: Element, add: Callable[[str], None]) -> None:
        for each in element:
            name = local(each)
            if name == "run":
                self._height = self._heights.get(attribute(each, "charPrIDRef"), 0)
            if name == "t":
                add(each.text or "")
                self._gather(each, add)
            elif name in _SIGNS:
                add(_SIGNS[name])
            elif name == "script":
                # A formula, in the words of Hancom's editor.
                add(each.text or "")
            elif name not in _NO_TEXT:
                self._gather_object(name, each, add)
            if local(element) == "t":
                add(each.tail or "")

    def _gather_object(self, name: str, each: Element, add: Callable[[str], None]) -> None:
        if name == "tbl":
            self._behind += tables.format_table(self._rows(each))
        elif name in _NOTES:
            self._notes += 1
            self._height = 0
            add(f"[^{self._notes}]")
            self._behind.append(f"[^{self._notes}]: {self._inside(each)}")
        elif name in _MARGINS:
            if text := self._inside(each):
                self._behind.append(f"{_MARGINS[name]}: {text}")
        elif name in {"subList", "drawText"}:
            self._behind += self._begin_inside().blocks(each)
        else:
            self.pictures += name == "pic"
            self._gather(each, add)

    def _inside(self, element: Element) -> str:
        return "\n".join(self._begin_inside().blocks(element)).strip()

    def _begin_inside(self) -> "Section":
        inner = Section(self._heights)
        inner._notes = self._notes
        return inner

    def _rows(self, table: Element) -> Iterator[list[str]]:
        for row in table:
            if local(row) != "tr":
                continue
            cells: list[str] = []
            for cell in row:
                if local(cell) == "tc":
                    span = child(cell, "cellSpan")
                    width = attribute(span, "colSpan") if span is not None else "1"
                    more = min(int(width) if width.isdigit() else 1, 63) - 1
                    cells += [self._inside(cell), *[""] * more]
            yield cells
