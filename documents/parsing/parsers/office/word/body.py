"""Paragraphs and tables of Word documents, with what is tied to them: boxes, notes, comments."""

from collections.abc import Callable, Iterator

from documents.parsing import nested, tables
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import Note
from documents.parsing.parsers import links, superscripts
from documents.parsing.parsers.office import drawings, embedded
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    attribute,
    child,
    descendants,
    local,
    relation_id,
    walk_chosen,
)
from documents.parsing.parsers.office.word import fields, signs
from documents.parsing.parsers.office.word.numbering import find_heading, find_list
from documents.parsing.parsers.office.word.story import ADDRESS, Story

_LEFT_OUT = {"del", "moveFrom"}
# Of settings, field codes and of what readers of Word do not see.
_NO_TEXT = {
    *("pPr", "rPr", "sdtPr", "sdtEndPr", "tblPr", "tblGrid", "trPr", "tcPr", "sectPr", "rt"),
    *("delText", "delInstrText", "Fallback", "proofErr", "bookmarkStart", "annotationRef"),
}
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_REFERENCES = {
    "footnoteReference": "footnote",
    "endnoteReference": "endnote",
    "commentReference": "comment",
    # Some programs only mark the words that a comment is about.
    "commentRangeEnd": "comment",
}


class Body:
    """Reads what is in a body, a cell, a box or a note."""

    def __init__(self, story: Story, *, is_cell: bool = False) -> None:
        self._story = story
        self._is_cell = is_cell
        # What the paragraph at hand brings along, to be told behind it.
        self._boxes: list[Element] = []
        self._drawn: list[str] = []
        self._notes: list[tuple[str, str]] = []
        self._fields = fields.Fields()
        # Whether the run at hand is raised or lowered.
        self._height = 0
        # The text of paragraphs whose ends were deleted, to stand before the next.
        self._begun = ""

    def blocks(self, container: Element) -> Iterator[str]:
        for each in walk_chosen(container):
            name = local(each)
            if name == "p":
                yield from self._paragraph(each)
            elif name == "tbl":
                yield from self._table(each)
            elif name in _LEFT_OUT:
                self._story.deletions += 1
            elif name in {"altChunk", "subDoc"}:
                yield from self._part(each)
            elif name not in _NO_TEXT:
                # Controls, insertions, and what else stands around paragraphs.
                yield from self.blocks(each)
        yield from self._end_begun()

    def _end_begun(self) -> Iterator[str]:
        text, self._begun = self._begun.strip(), ""
        if text:
            yield text

    def _part(self, named: Element) -> Iterator[str]:
        """The text of a part in another format, such as HTML, that Word takes in on opening."""
        relation = self._story.relations.get(relation_id(named))
        target = relation.target if relation is not None else ""
        try:
            for item in nested.read(target.rpartition("/")[2], self._story.package.read(target)):
                if isinstance(item, str):
                    yield item
                elif item is not None:
                    self._story.told.append(item)
        except (ParseError, *BROKEN):
            outside = self._story.package.addresses(self._story.part).get(relation_id(named), "")
            self._story.unread.append(target or outside or local(named))

    def _paragraph(self, paragraph: Element) -> Iterator[str]:
        text = self._begun + self._inline(paragraph)
        self._begun = ""
        self._fields.end_paragraph()
        if _is_end_deleted(paragraph):
            self._begun = text
        elif text := text.strip():
            yield self._lead(paragraph, text)
        yield from self._take_along()

    def _take_along(self) -> Iterator[str]:
        """Boxes, drawings and notes of what has just been read."""
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            yield from Body(self._story).blocks(box)
        drawn, self._drawn = self._drawn, []
        yield from drawn
        noted, self._notes = self._notes, []
        for kind, number in noted:
            yield from self._note(kind, number)

    def _note(self, kind: str, number: str) -> Iterator[str]:
        element = self._story.notes.pop((kind, number), None)
        if element is None:
            return
        text = "\n".join(Body(self._story).blocks(element)).strip()
        if not text:
            return
        if kind == "comment":
            author = " ".join(attribute(element, "author").split())
            yield f"[Comment by {author}: {text}]" if author else f"[Comment: {text}]"
        else:
            yield f"[^{self._story.mark(kind, number)}]: {text}"

    def _lead(self, paragraph: Element, text: str) -> str:
        """The text with what shows that it is a heading or in a list."""
        properties = child(paragraph, "pPr")
        named = child(properties, "pStyle") if properties is not None else None
        style = self._story.numbering.style(attribute(named, "val") if named is not None else "")
        heading = find_heading(properties) or style.heading
        list_id, depth = find_list(properties)
        list_id, depth = list_id or style.list_id, depth or style.level
        label = ""
        if self._story.numbering.has_list(list_id):
            label = self._story.numbering.count(list_id, depth)
        elif not heading and not list_id and style.name.startswith("List"):
            label = "-"
        if heading:
            shown = "" if label == "-" else label
            return f"{'#' * heading} {shown} {' '.join(text.split())}".replace("  ", " ")
        indent = "  " * depth if label == "-" else ""
        return f"{indent}{label} {text}" if label else text

    def _inline(self, element: Element) -> str:
        pieces: list[superscripts.Piece] = []
        self._gather(element, lambda text: pieces.append(superscripts.Piece(self._height, text)))
        return superscripts.join(pieces)

    def _gather(self, element: Element, add: Callable[[str], None]) -> None:
        for each in walk_chosen(element):
            name = local(each)
            if name == "t":
                text = signs.read_text(each)
                if self._fields.take_text(text):
                    add(text)
            elif name == "instrText":
                self._fields.take_code(each.text or "")
            elif name in _SIGNS:
                add(_SIGNS[name])
            elif name in _LEFT_OUT:
                self._story.deletions += 1
            elif name not in _NO_TEXT:
                self._gather_special(name, each, add)

    def _gather_special(self, name: str, each: Element, add: Callable[[str], None]) -> None:
        if name in signs.WRITTEN:
            add(signs.WRITTEN[name](each))
        elif name == "r":
            outer, self._height = self._height, self._story.numbering.height(each)
            self._story.hidden += signs.is_hidden(each)
            self._gather(each, add)
            self._height = outer
        elif name in _REFERENCES:
            # The mark of a note is raised, and has brackets to stand apart.
            self._height = 0
            add(self._refer(_REFERENCES[name], attribute(each, "id")))
        elif name in {"hyperlink", "fldSimple", "fldChar"}:
            self._gather_link(name, each, add)
        elif name == "txbxContent":
            self._boxes.append(each)
        elif name in {"drawing", "pict", "object"}:
            self._draw(each)
            self._gather(each, add)
        else:
            self._gather(each, add)

    def _gather_link(self, name: str, each: Element, add: Callable[[str], None]) -> None:
        """Gather a text that may lead to an address, which is written behind it."""
        texts: list[str] = []

        def add_linked(text: str) -> None:
            texts.append(text)
            add(text)

        self._gather(each, add_linked)
        text = "".join(texts)
        if name == "fldChar":
            behind = self._fields.mark(attribute(each, "fldCharType"))
        elif name == "fldSimple":
            behind = links.show_address(text, attribute(each, "instr"))
        else:
            behind = links.show_behind(text, each.get(ADDRESS, ""))
        if behind:
            self._height = 0
            add(behind)

    def _refer(self, kind: str, number: str) -> str:
        if (kind, number) in self._story.notes:
            self._notes.append((kind, number))
        return "" if kind == "comment" else f"[^{self._story.mark(kind, number)}]"

    def _draw(self, drawing: Element) -> None:
        self._story.pictures += any(
            local(each) in {"blip", "imagedata"} for each in drawing.iter("{*}*")
        )
        self._drawn += drawings.read_descriptions(drawing)
        for name, key, read in (
            ("chart", "id", drawings.read_chart),
            ("relIds", "dm", drawings.read_diagram),
        ):
            for each in descendants(drawing, name):
                relation = self._story.relations.get(relation_id(each, key))
                try:
                    for item in embedded.read_drawn(self._story.package, relation, read):
                        self._take_item(item, self._drawn.append)
                except BROKEN:
                    self._story.unread.append(relation.target if relation else name)

    def _take_item(self, item: Item, add: Callable[[str], None]) -> None:
        if isinstance(item, str):
            add(item)
        elif isinstance(item, Note):
            self._story.told.append(item)

    def _table(self, table: Element) -> Iterator[str]:
        yield from self._end_begun()
        rows = list(self._rows(table))
        if (len(rows) == 1 and len(rows[0]) == 1) or all(len(row) == 1 for row in rows):
            # A frame around text rather than a table.
            for (cell,) in rows:
                if cell.strip():
                    yield cell.strip()
        elif self._is_cell:
            yield from tables.format_inner_table(rows)
        else:
            yield from tables.format_table(rows)
        yield from self._take_along()

    def _rows(self, table: Element) -> Iterator[list[str]]:
        above: dict[int, str] = {}
        for row in _within(table, "tr"):
            properties = child(row, "trPr")
            if properties is not None and child(properties, "del") is not None:
                self._story.deletions += 1
                continue
            cells = [""] * _read_count(properties, "gridBefore", 0)
            for cell in _within(row, "tc"):
                column = len(cells)
                text = self._cell(cell)
                merged = child(cell, "tcPr", "vMerge")
                if merged is not None and attribute(merged, "val") != "restart":
                    # A cell over several rows is told in each.
                    text = text or above.get(column, "")
                above[column] = text
                cells += [text, *[""] * (_span(cell) - 1)]
            yield cells

    def _cell(self, cell: Element) -> str:
        inside = Body(self._story, is_cell=True)
        return "\n".join(inside.blocks(cell)).strip()


def _within(element: Element, name: str) -> Iterator[Element]:
    """Rows of a table or cells of a row, those in controls and insertions too."""
    for each in walk_chosen(element):
        if local(each) == name:
            yield each
        elif local(each) in {"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"}:
            yield from _within(each, name)


def _is_end_deleted(paragraph: Element) -> bool:
    """Tell whether a tracked deletion joins a paragraph with the next."""
    properties = child(paragraph, "pPr", "rPr")
    return properties is not None and any(local(each) in _LEFT_OUT for each in properties)


def _span(cell: Element) -> int:
    return _read_count(child(cell, "tcPr"), "gridSpan", 1) or 1


def _read_count(properties: Element | None, name: str, otherwise: int) -> int:
    told = child(properties, name) if properties is not None else None
    number = attribute(told, "val") if told is not None else ""
    return min(int(number), 63) if number.isascii() and number.isdigit() else otherwise
