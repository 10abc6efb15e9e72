"""Signs of fonts, boxes and choices of forms, formulas: what of a run is no plain text."""

from collections.abc import Callable

from documents.parsing.parsers import symbols
from documents.parsing.parsers.office.packages import Element, attribute, child, local
from documents.parsing.parsers.office.word import formulas


def _symbol(sign: Element) -> str:
    """A sign of a font; those without a place in Unicode are pictures rather than text."""
    try:
        return symbols.read_symbol(int(attribute(sign, "char"), 16), attribute(sign, "font"))
    except ValueError:
        return ""


def read_text(text: Element) -> str:
    """The text of a run, whose font may be one of signs."""
    written = text.text or ""
    if written.isascii():
        return written
    fonts = child(text.getparent(), "rPr", "rFonts") if text.getparent() is not None else None
    return symbols.translate(written, attribute(fonts, "ascii") if fonts is not None else "")


def is_hidden(run: Element) -> bool:
    hidden = child(run, "rPr", "vanish")
    is_set = hidden is not None and attribute(hidden, "val") not in {"0", "false", "off"}
    return is_set and child(run, "t") is not None


def _field_value(data: Element) -> str:
    """The value of a form's field that is not in the text beside it: a box, or a list's choice."""
    box = child(data, "checkBox")
    if box is not None:
        mark = child(box, "checked")
        if mark is None:
            mark = child(box, "default")
        is_set = mark is not None and attribute(mark, "val") not in {"0", "false", "off"}
        return "[x]" if is_set else "[ ]"
    choices = child(data, "ddList")
    if choices is None:
        return ""
    entries = [attribute(each, "val") for each in choices if local(each) == "listEntry"]
    chosen_one = child(choices, "result")
    place = attribute(chosen_one, "val") if chosen_one is not None else "0"
    return entries[int(place)] if place.isdigit() and int(place) < len(entries) else ""


WRITTEN: dict[str, Callable[[Element], str]] = {
    "sym": _symbol,
    "oMath": formulas.write,
    "ffData": _field_value,
}
