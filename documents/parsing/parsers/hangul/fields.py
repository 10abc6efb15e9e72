"""Marks in an HWPX paragraph that are none of its text: numbers, fields of forms, links."""

import re
from collections.abc import Callable

from documents.parsing.parsers.office.packages import Element, attribute, child, descendants

_CHECKED, _COUNTED = "CHECKED", {"TABLE", "PICTURE", "EQUATION"}


def find_address(field: Element) -> str:
    """Return the address of a field that is a link; "" of others, and of places within."""
    if attribute(field, "type") != "HYPERLINK":
        return ""
    told = {attribute(each, "name"): each.text or "" for each in descendants(field, "stringParam")}
    # The command has the address first, with a stroke before its colons.
    address = told.get("Path") or told.get("Command", "").partition(";")[0]
    # What stands behind a stroke is the frame that it opens in.
    return address.partition("|")[0].replace("\\:", ":").replace("\\?", "?").strip()


def _read_number(field: Element) -> str:
    """The number of a table or picture; those of notes and pages are told otherwise."""
    return attribute(field, "num") if attribute(field, "numType") in _COUNTED else ""


def _read_box(field: Element) -> str:
    mark = "[x]" if attribute(field, "value").upper() == _CHECKED else "[ ]"
    return f" {mark} {attribute(field, 'caption')} "


def _read_entry(field: Element) -> str:
    text = child(field, "text")
    return f" {(text.text or '').strip() if text is not None else ''} "


def _read_main(field: Element) -> str:
    """Letters that have their reading above them."""
    text = child(field, "mainText")
    return (text.text or "") if text is not None else ""


WRITTEN: dict[str, Callable[[Element], str]] = {
    "tab": lambda _: "\t",
    "lineBreak": lambda _: "\n",
    "nbSpace": lambda _: " ",
    "fwSpace": lambda _: " ",
    "hyphen": lambda _: "-",
    # A formula, in the words of Hancom's editor.
    "script": lambda field: field.text or "",
    "autoNum": _read_number,
    "checkBtn": _read_box,
    "radioBtn": _read_box,
    "btn": lambda field: f" {attribute(field, 'caption')} ",
    "edit": _read_entry,
    "comboBox": lambda field: f" {attribute(field, 'selectedValue')} ",
    # Words that are drawn in a shape, whose line ends are written as signs.
    "textart": lambda field: re.sub("[␍␊]+", "\n", attribute(field, "text")),
    "compose": lambda field: attribute(field, "composeText"),
    "dutmal": _read_main,
}
