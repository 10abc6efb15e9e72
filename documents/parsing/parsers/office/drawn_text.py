"""Text of drawings in Office: the paragraphs of shapes, charts and diagrams."""

from collections.abc import Callable, Iterator

from documents.parsing.parsers import links, superscripts, symbols
from documents.parsing.parsers.office.excel.workbook import unescape
from documents.parsing.parsers.office.packages import (
    Element,
    attribute,
    child,
    descendants,
    local,
    relation_id,
    walk_chosen,
)
from documents.parsing.parsers.office.word import formulas
from documents.parsing.parsers.superscripts import Piece

# Where a link's address is kept while its part is read.
_ADDRESS = "address"

_SIGNS: dict[str, Callable[[Element], str]] = {
    # Some programs write a break as a control, which would glue words when left out.
    "t": lambda text: symbols.translate(unescape(text.text or "").replace("\v", "\n")),
    "br": lambda _: "\n",
    "tab": lambda _: "\t",
    "oMath": formulas.write,
}


def read_paragraph(paragraph: Element) -> str:
    """The text of a paragraph; a line break within it is a break here, too."""
    return superscripts.join(_list_pieces(paragraph, 0))


def resolve_links(root: Element, addresses: dict[str, str]) -> None:
    """Write on the links in a part which addresses they lead to."""
    if addresses:
        for each in descendants(root, "hlinkClick"):
            each.set(_ADDRESS, addresses.get(relation_id(each), ""))


def _list_pieces(element: Element, height: int) -> Iterator[Piece]:
    linked, address = "", ""
    for each in walk_chosen(element):
        name = local(each)
        # A link may be in parts, of which each leads to where it does.
        if address and _find_address(each) != address:
            yield Piece(0, links.show_behind(linked, address))
            linked, address = "", ""
        if name in _SIGNS:
            yield Piece(height, _SIGNS[name](each))
        elif not name.endswith("Pr"):
            pieces = list(_list_pieces(each, _find_height(each)))
            yield from pieces
            address = _find_address(each)
            linked += "".join(piece.text for piece in pieces) if address else ""
    if address:
        yield Piece(0, links.show_behind(linked, address))


def _find_address(run: Element) -> str:
    link = child(run, "rPr", "hlinkClick")
    return str(link.get(_ADDRESS, "")) if link is not None else ""


def _find_height(run: Element) -> int:
    """Return how a run stands to its line, which is told in thousandths of a percent."""
    properties = child(run, "rPr")
    told = attribute(properties, "baseline") if properties is not None else ""
    told = told.removesuffix("%")
    if told.strip("-0") == "":
        return 0
    return -1 if told.startswith("-") else 1
