"""Articles and books in XML: JATS, DocBook and TEI, with their headings, lists and tables.

All three have sections within sections, each with a title of its own. What is not known is read as
the text that it holds, so that nothing is lost.
"""

import re
from collections.abc import Iterator

from documents.parsing import tables
from documents.parsing.parsers import superscripts
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    attribute,
    child,
    local,
    parse_xml,
)
from documents.parsing.parsers.superscripts import Piece

_HEAD = 4_096
# What a file of one of them says of itself near its beginning.
_MARKS = re.compile(
    rb"docbook\.org/ns/docbook|tei-c\.org/ns|//NLM//DTD|//DTD DocBook|JATS-|<TEI[.\s>]"
    rb"|<article\b[^>]{0,400}\b(?:article-type|dtd-version)="
)
_ROOTS = {"article", "book", "chapter", "part", "section", "TEI", "TEI.2", "teiCorpus", "refentry"}
_SECTIONS = {
    *("sec", "abstract", "ack", "app", "ref-list", "boxed-text", "trans-abstract"),
    *("part", "chapter", "appendix", "preface", "section", "simplesect", "glossary", "index"),
    *("bibliography", "refentry", "refsect1", "refsect2", "refsect3", "dedication", "article"),
    *(f"sect{n}" for n in range(1, 6)),
    *("div", *(f"div{n}" for n in range(8))),
}
_TITLES = {"title", "head", "article-title"}
_ITEMS = {"list-item", "listitem", "item", "ref", "biblioentry", "bibl", "def-item", "member"}
_BLOCKS = {
    *("p", "para", "simpara", "ab", "l", "lg", "sp", "quote", "blockquote", "note", "caption"),
    *("varlistentry", "term", "fig", "figure", "disp-formula", "contrib", "author", "titlepage"),
    *("subtitle", "front", "body", "back", "info", "fn", "footnote", "list", "teiHeader", "label"),
}
_TABLES = {"table", "informaltable"}
_ROWS, _CELLS = {"tr", "row"}, {"td", "th", "entry", "cell"}
_CODE = {"programlisting", "screen", "preformat", "literallayout", "eg", "synopsis"}
_PARTS = _SECTIONS | _TITLES | _ITEMS | _BLOCKS | _TABLES | _CODE
# Inside of a line these are no blocks, whatever they are elsewhere.
_WITHIN = {"quote", "note", "label", "author", "title", "bibl", "term", "abstract"}
_HEIGHTS = {"sup": 1, "superscript": 1, "sub": -1, "subscript": -1}
MAX_HEADING, MAX_DEPTH = 6, 200


def find_publication(data: bytes) -> str:
    """Return the text of an article or book in Markdown; "" of all other XML."""
    if not _MARKS.search(data[:_HEAD]):
        return ""
    try:
        root = parse_xml(data)
    except BROKEN:
        # As it is, it can be read all the same.
        return ""
    if local(root) not in _ROOTS:
        return ""
    return "\n\n".join(_Reader(root).read(root, 1, 0))


class _Reader:
    def __init__(self, root: Element) -> None:
        # Elements with blocks within are no part of a line.
        self._holders: set[Element] = set()
        for each in root.iter("{*}*"):
            if _is_block(each):
                self._hold(each)

    def _hold(self, element: Element) -> None:
        above = element.getparent()
        while above is not None and above not in self._holders:
            self._holders.add(above)
            above = above.getparent()

    def read(self, element: Element, level: int, depth: int) -> Iterator[str]:
        """Yield the blocks of an element; `level` is that of a title within."""
        if depth > MAX_DEPTH:
            yield " ".join("".join(element.itertext()).split())
            return
        name = local(element)
        if name in _TABLES:
            yield from self._read_table(element)
        elif name in _CODE:
            yield f"```\n{''.join(element.itertext()).strip()}\n```"
        elif name in _ITEMS and element in self._holders:
            first, *rest = [*self._read_mixed(element, level, depth), ""]
            yield "\n".join(filter(None, [f"- {first}", *(f"  {line}" for line in rest if line)]))
        else:
            yield from self._read_mixed(element, level, depth)

    def _read_mixed(self, element: Element, level: int, depth: int) -> Iterator[str]:
        """Yield the lines of an element and the blocks between them, in their order."""
        mark = _find_mark(element, level)
        if element not in self._holders:
            if line := self._write_line(element):
                yield f"{mark}{line}"
            return
        pieces = [Piece(0, element.text or "")]
        gap = _find_gap(element)
        for each in element:
            if each in self._holders or _is_block(each):
                yield from _take(pieces)
                yield from self.read(each, level + (local(each) in _SECTIONS), depth + 1)
            else:
                pieces += _list_pieces(each, _HEIGHTS.get(local(each), 0), 0)
            pieces.append(Piece(0, f"{each.tail or ''}{gap}"))
        yield from _take(pieces)

    def _read_table(self, table: Element) -> Iterator[str]:
        rows = (
            [self._read_cell(cell) for cell in row if local(cell) in _CELLS]
            for row in table.iter("{*}*")
            if local(row) in _ROWS
        )
        for name in ("title", "caption", "head"):
            if (title := child(table, name)) is not None:
                yield self._write_line(title)
        yield "\n".join(tables.format_table(tables.lay_out(rows))).strip()

    def _read_cell(self, cell: Element) -> tables.Span:
        wide, high = (
            _read_count(cell, *names) for names in (("colspan", "cols"), ("rowspan", "rows"))
        )
        # Of DocBook, rows beyond the first.
        more = attribute(cell, "morerows")
        return tables.Span(
            self._write_line(cell), wide, high + (int(more) if more.isdigit() else 0)
        )

    def _write_line(self, element: Element) -> str:
        return " ".join(superscripts.join(_list_pieces(element, 0, 0)).split())


def _find_mark(element: Element, level: int) -> str:
    if not _is_title(element):
        return "- " if local(element) in _ITEMS else ""
    return f"{'#' * min(max(level, 1), MAX_HEADING)} "


def _is_block(element: Element) -> bool:
    return local(element) in _PARTS - _WITHIN or _is_title(element)


def _is_title(element: Element) -> bool:
    """Tell the title of a section from that of a figure, a table, or a book that is quoted."""
    above = element.getparent()
    if local(element) not in _TITLES or above is None:
        return False
    held = {*_SECTIONS, *_ROOTS, "title-group", "info", "articleinfo", "bookinfo", "titleStmt"}
    return local(above) in held


def _take(pieces: list[Piece]) -> Iterator[str]:
    line = " ".join(superscripts.join(pieces).split())
    pieces.clear()
    if line:
        yield line


def _list_pieces(element: Element, height: int, depth: int) -> Iterator[Piece]:
    yield Piece(height, element.text or "")
    gap = _find_gap(element)
    for each in element if depth < MAX_DEPTH else ():
        yield from _list_pieces(each, _HEIGHTS.get(local(each), height), depth + 1)
        yield Piece(height, f"{each.tail or ''}{gap}")


def _find_gap(element: Element) -> str:
    """Return what parts the elements that one holds: if they are all that it has, they are words.

    As a name and a surname are, which stand beside each other without a space.
    """
    texts = (element.text, *(each.tail for each in element))
    return "" if any((text or "").strip() for text in texts) else " "


def _read_count(cell: Element, *names: str) -> int:
    told = next((found for name in names if (found := attribute(cell, name))), "1")
    return int(told) if told.isascii() and told.isdigit() else 1
