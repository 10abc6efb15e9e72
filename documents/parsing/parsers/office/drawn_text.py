"""Text of drawings in Office: the paragraphs of shapes, charts and diagrams."""

from collections.abc import Iterator

from documents.parsing.parsers import superscripts
from documents.parsing.parsers.office.packages import Element, attribute, child, local, walk_chosen
from documents.parsing.parsers.superscripts import Piece


def read_paragraph(paragraph: Element) -> str:
    """The text of a paragraph; a line break within it is a break here, too."""
    return superscripts.join(_list_pieces(paragraph, 0))


def _list_pieces(element: Element, height: int) -> Iterator[Piece]:
    for each in walk_chosen(element):
        name = local(each)
        if name == "t":
            # Some programs write a break as a control, which would glue words when left out.
            yield Piece(height, (each.text or "").replace("\v", "\n"))
        elif name == "br":
            yield Piece(0, "\n")
        elif name == "tab":
            yield Piece(0, "\t")
        elif not name.endswith("Pr"):
            yield from _list_pieces(each, _find_height(each))


def _find_height(run: Element) -> int:
    """Return how a run stands to its line, which is told in thousandths of a percent."""
    properties = child(run, "rPr")
    told = attribute(properties, "baseline") if properties is not None else ""
    told = told.removesuffix("%")
    if told.strip("-0") == "":
        return 0
    return -1 if told.startswith("-") else 1
