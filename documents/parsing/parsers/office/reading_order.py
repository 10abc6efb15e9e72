"""The order in which the shapes of a slide are read: files have them as they were drawn."""

from collections.abc import Sequence
from typing import NamedTuple

from documents.parsing.parsers.office.packages import Element, attribute, child, descendants, local

MAX_SHAPES = 200
# Of the smaller of two shapes: how much of it has to lie beside or below the other.
MIN_OVERLAP = 0.5
# By how much of the smaller one they may run into each other.
MAX_INTO = 0.15


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float


Places = dict[tuple[str, str], Box]


def find_box(shape: Element) -> Box | None:
    """Return where a shape stands, if it says so itself."""
    place = child(shape, "xfrm")
    for name in ("spPr", "grpSpPr"):
        place = place if place is not None else child(shape, name, "xfrm")
    offset = child(place, "off") if place is not None else None
    extent = child(place, "ext") if place is not None else None
    if offset is None or extent is None:
        return None
    try:
        x, y = int(attribute(offset, "x")), int(attribute(offset, "y"))
        return Box(x, y, x + int(attribute(extent, "cx")), y + int(attribute(extent, "cy")))
    except ValueError:
        return None


def list_placeholders(root: Element) -> Places:
    """Return where a layout puts what it holds a place for, by kind and by number."""
    found: Places = {}
    for shape in descendants(root, "sp"):
        box = find_box(shape)
        for holder in descendants(shape, "ph"):
            if box is not None:
                found.setdefault(("idx", attribute(holder, "idx") or "0"), box)
                found.setdefault(("type", attribute(holder, "type") or "body"), box)
    return found


def order(shapes: Sequence[Element], layouts: Sequence[Places]) -> list[Element]:
    """Return shapes so that none stands before one that is above it, or left of it.

    Of those that lie in no such order the one that the file has first comes first: columns stay
    together.
    """
    if len(shapes) > MAX_SHAPES:
        return list(shapes)
    boxes = [find_box(each) or _inherit(each, layouts) for each in shapes]
    before: list[set[int]] = [
        {m for m, other in enumerate(boxes) if other and box and _is_before(other, box)}
        for box in boxes
    ]
    left = list(range(len(shapes)))
    ordered = []
    while left:
        taken = next((n for n in left if not before[n].intersection(left)), left[0])
        left.remove(taken)
        ordered.append(shapes[taken])
    return ordered


def _inherit(shape: Element, layouts: Sequence[Places]) -> Box | None:
    if local(shape) not in {"sp", "pic", "graphicFrame"}:
        return None
    for holder in descendants(shape, "ph"):
        index, kind = attribute(holder, "idx"), attribute(holder, "type") or "body"
        for layout in layouts:
            if box := (layout.get(("idx", index)) if index else None) or layout.get(("type", kind)):
                return box
    return None


def _is_before(one: Box, other: Box) -> bool:
    wide = min(one.right - one.left, other.right - other.left)
    high = min(one.bottom - one.top, other.bottom - other.top)
    beside = min(one.right, other.right) - max(one.left, other.left)
    level = min(one.bottom, other.bottom) - max(one.top, other.top)
    is_above = one.top < other.top and level <= MAX_INTO * high and beside > MIN_OVERLAP * wide
    is_left = one.left < other.left and beside <= MAX_INTO * wide and level > MIN_OVERLAP * high
    return is_above or is_left
