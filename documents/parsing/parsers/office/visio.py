"""Drawings of Visio: the texts of their shapes, page by page, their data, and what leads where."""

from collections.abc import Iterator

from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    Package,
    attribute,
    child,
    descendants,
    local,
    open_package,
    relation_id,
)

_PAGES, _COMMENTS = "visio/pages/pages.xml", "visio/comments.xml"
MAX_DEPTH = 100


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    with open_package(path) as package:
        pages = list(_list_pages(package))
        if not pages:
            raise ParseError("corrupt_file")
        yield len(pages)
        for number, (name, part) in enumerate(pages[first - 1 :], first):
            blocks = [f"# {name}"] if name else []
            try:
                blocks += _read_page(package.parse(part))
            except BROKEN:
                yield note("part_unreadable", name=name or part)
            if number == len(pages):
                blocks += _read_comments(package)
            yield "\n\n".join(blocks)


def _list_pages(package: Package) -> Iterator[tuple[str, str]]:
    relations = package.relations(_PAGES)
    for page in descendants(package.parse(_PAGES), "Page"):
        named = child(page, "Rel")
        relation = relations.get(relation_id(named)) if named is not None else None
        if relation is not None:
            yield attribute(page, "Name") or attribute(page, "NameU"), relation.target


def _read_page(root: Element) -> Iterator[str]:
    texts: dict[str, str] = {}
    shapes = child(root, "Shapes")
    if shapes is not None:
        yield from _read_shapes(shapes, texts, 0)
    if lines := list(_list_connections(root, texts)):
        yield "\n".join(lines)


def _read_shapes(shapes: Element, texts: dict[str, str], depth: int) -> Iterator[str]:
    """Yield the texts of shapes from the top, and note them by the shapes' ids."""
    for shape in sorted((each for each in shapes if local(each) == "Shape"), key=_find_place):
        text = "".join("".join(each.itertext()) for each in shape if local(each) == "Text").strip()
        texts[attribute(shape, "ID")] = " ".join(text.split())
        lines = [*filter(None, [text]), *_list_data(shape)]
        if lines:
            yield "\n".join(lines)
        inside = child(shape, "Shapes")
        if inside is not None and depth < MAX_DEPTH:
            yield from _read_shapes(inside, texts, depth + 1)


def _find_place(shape: Element) -> tuple[float, float]:
    """Return how far a shape is from the top and the left, in tenths of an inch."""
    told = {attribute(cell, "N"): attribute(cell, "V") for cell in shape if local(cell) == "Cell"}
    try:
        return -round(float(told.get("PinY", "0")), 1), round(float(told.get("PinX", "0")), 1)
    except ValueError:
        return 0.0, 0.0


def _list_data(shape: Element) -> Iterator[str]:
    """Yield what has been noted on a shape, such as an address or a price."""
    for section in shape:
        if local(section) != "Section" or attribute(section, "N") != "Property":
            continue
        for row in section:
            told = {attribute(cell, "N"): attribute(cell, "V") for cell in row}
            if value := told.get("Value", "").strip():
                yield f"{told.get('Label') or attribute(row, 'N')}: {value}"


def _list_connections(root: Element, texts: dict[str, str]) -> Iterator[str]:
    """Yield which shape a line leads from, and to which."""
    ends: dict[str, dict[str, str]] = {}
    for each in descendants(root, "Connect"):
        line = ends.setdefault(attribute(each, "FromSheet"), {})
        line[attribute(each, "FromCell")] = texts.get(attribute(each, "ToSheet"), "")
    for key, line in ends.items():
        start, end = line.get("BeginX", ""), line.get("EndX", "")
        if start and end:
            said = f" ({texts[key]})" if texts.get(key) else ""
            yield f"{start} → {end}{said}"


def _read_comments(package: Package) -> Iterator[str]:
    if not package.has(_COMMENTS):
        return
    try:
        root = package.parse(_COMMENTS)
    except BROKEN:
        return
    for each in descendants(root, "CommentEntry"):
        if text := " ".join("".join(each.itertext()).split()):
            yield f"[Comment: {text}]"
