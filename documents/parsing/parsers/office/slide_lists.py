"""The paragraphs of a shape on a slide, with the numbers that they are shown with."""

import re
from collections.abc import Iterator

from documents.parsing.parsers.numerals import write
from documents.parsing.parsers.office.drawn_text import read_paragraph
from documents.parsing.parsers.office.packages import Element, attribute, child, local

# How a kind of numbers begins, how it counts, and in the rest of its name what stands around.
_KINDS = {
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
    "arabic1": "arabicAlpha",
    "arabic2": "arabicAbjad",
    "arabic": "decimal",
    "circle": "decimalEnclosedCircle",
    "ea1JpnKor": "japaneseCounting",
    "ea1": "chineseCountingThousand",
    "hebrew": "hebrew1",
    "thaiAlpha": "thaiLetters",
    "thaiNum": "thaiNumbers",
    "hindiNum": "hindiNumbers",
}
_AROUND = {"ParenBoth": ("(", ")"), "ParenR": ("", ")"), "Period": ("", "."), "Minus": ("", "-")}
_NUMBER = re.compile(r"[0-9]{1,5}")
_MAX_LEVEL = 8


def read_body(body: Element) -> str:
    """Return the paragraphs of a shape."""
    return "\n".join(_list_lines(body)).strip()


def _list_lines(body: Element) -> Iterator[str]:
    counts: dict[int, tuple[str, int]] = {}
    for paragraph in body:
        if local(paragraph) != "p":
            continue
        text = read_paragraph(paragraph)
        if not text.strip():
            continue
        level = min(_read_number(child(paragraph, "pPr"), "lvl", 0), _MAX_LEVEL)
        counts = {depth: count for depth, count in counts.items() if depth <= level}
        listed = child(paragraph, "pPr", "buAutoNum")
        if listed is None:
            counts.pop(level, None)
            yield text
            continue
        kind = f"{attribute(listed, 'type')} {attribute(listed, 'startAt')}"
        before, count = counts.get(level, ("", 0))
        count = count + 1 if before == kind else _read_number(listed, "startAt", 1)
        counts[level] = kind, count
        yield f"{_write(count, attribute(listed, 'type'))} {text}"


def _write(number: int, kind: str) -> str:
    counted = next((named for start, named in _KINDS.items() if kind.startswith(start)), "decimal")
    opening, closing = next(
        (around for end, around in _AROUND.items() if kind.endswith(end)), ("", "")
    )
    return f"{opening}{write(number, counted)}{closing}"


def _read_number(element: Element | None, name: str, otherwise: int) -> int:
    told = attribute(element, name) if element is not None else ""
    return int(told) if _NUMBER.fullmatch(told) else otherwise
