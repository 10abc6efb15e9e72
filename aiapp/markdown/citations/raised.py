"""Marks above the line: `¹`, `<sup>1</sup>`, `^1^`, `$^{1}$`, and numbers in circles: `①`."""

import re

from aiapp.markdown.citations.around import CJK_END, RAISED, may_have_note, numbers_thing
from aiapp.markdown.citations.numbers import (
    INSIDE,
    MAX_RANGE,
    CitationMark,
    are_shown,
    build_mark,
)

CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_LIST = r"\d{1,3}(?:[ ]?,[ ]?\d{1,3}){0,9}"
_RAISED_TAG = re.compile(rf"<sup>[ ]?(?P<open>\[?){INSIDE}(?P<close>\]?)[ ]?</sup>", re.IGNORECASE)
_RAISED = re.compile(rf"[{RAISED}]{{1,3}}(?:[,˒⸴⁻][{RAISED}]{{1,3}}){{0,9}}")
_RAISED_MARKS = re.compile(
    r"<sup>(?:[ ]?,?[ ]?[\[(]{0,2}\^?(?P<first>\d{1,3})[\])]{0,2})"
    r"(?:[ ]?,?[ ]?[\[(]{0,2}\^?\d{1,3}[\])]{0,2}){0,9}[ ]?</sup>",
    re.IGNORECASE,
)
_CARET = re.compile(rf"\^(?P<open>\[|\()?(?P<numbers>{_LIST})(?P<close>\]|\))?(?P<end>\^)?")
_FORMULA = re.compile(rf"\$\^(?:\{{\[?(?P<set>{_LIST})\]?\}}|(?P<one>\d))\$")
_CIRCLED = re.compile(f"[{CIRCLED}]{{1,10}}+(?![{CIRCLED}])")
_ENDS = re.compile(r"[*_]{0,3}(?:[.,;:!?。，；：！？|)）]|$|\r?\n)")
_CLOSES = {"": "", "[": "]", "(": ")"}


def match_superscript(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    found = _RAISED.match(text, at)
    after = text[found.end() : found.end() + 1] if found else ""
    # SO₄²⁻ has a charge.
    if found is None or after.isalnum() or (after and after in "⁺⁻"):
        return None
    if not may_have_note(before):
        return None
    numbers = _read_raised(found[0], shown)
    return CitationMark(len(found[0]), numbers, bracketed=False) if numbers else None


def match_raised_tag(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    if found := _RAISED_MARKS.match(text, at):
        digits = re.findall(r"\d+", found[0])
        is_power = found[0][len("<sup>") :].lstrip(" ").startswith(found["first"])
        numbers = tuple(map(int, digits))
        if (is_power and not may_have_note(before)) or not are_shown(numbers, shown):
            return None
        return CitationMark(len(found[0]), numbers)
    return build_mark(_RAISED_TAG.match(text, at), shown, bracketed=True)


def match_caret(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    """`^[1]`, `^1^` and, where it is no power, `^1`."""
    found = _CARET.match(text, at)
    if found is None or (found["close"] or "") != _CLOSES[found["open"] or ""]:
        return None
    numbers = _read(found["numbers"])
    if not are_shown(numbers, shown) or text[found.end() : found.end() + 1].isalnum():
        return None
    is_certain = found["open"] == "[" or bool(found["end"])
    if not may_have_note(before) or (not is_certain and "=" in before):
        return None
    return CitationMark(len(found[0]), numbers, bracketed=is_certain)


def match_formula(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    """`$^{1}$`, a formula that is nothing but a raised number."""
    found = _FORMULA.match(text, at)
    if found is None or not ("[" in found[0] or may_have_note(before)):
        return None
    numbers = _read(found["set"] or found["one"])
    return CitationMark(len(found[0]), numbers) if are_shown(numbers, shown) else None


def match_circled(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    """`①` behind a word or a sentence; before what it numbers it is an item's."""
    found = _CIRCLED.match(text, at)
    numbers = tuple(CIRCLED.index(sign) + 1 for sign in found[0]) if found else ()
    if found is None or not are_shown(numbers, shown) or numbers_thing(before):
        return None
    bare = before.rstrip(" \u00a0")
    is_behind_words = may_have_note(bare) or CJK_END.search(bare)
    if not is_behind_words or bare[-1:] in tuple(":：,，、;；"):
        return None
    if bare != before:
        is_mark = bool(_ENDS.match(text, found.end()))
    else:
        is_mark = not text[found.end() : found.end() + 1].isalnum()
    return CitationMark(len(found[0]), numbers, bracketed=False) if is_mark else None


def read_bracketed(found: re.Match[str], shown: int) -> CitationMark | None:
    """`[¹]`, by a match of what is between the brackets."""
    numbers = _read_raised(found[1], shown)
    return CitationMark(len(found[0]), numbers) if numbers else None


def _read(numbers: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", numbers)))


def _read_raised(raised: str, shown: int) -> tuple[int, ...]:
    plain = raised.translate(str.maketrans(RAISED, "1230456789"))
    if "⁻" in plain:
        first, _, last = plain.partition("⁻")
        whole = range(int(first), int(last) + 1) if last.isdecimal() else range(0)
        numbers = tuple(whole) if len(whole) <= MAX_RANGE else ()
    else:
        numbers = tuple(int(part) for part in re.split("[,˒⸴]", plain))
        if len(numbers) == 1 and numbers[0] > shown:
            # Several marks in a row.
            numbers = tuple(int(digit) for digit in plain)
    return numbers if are_shown(numbers, shown) else ()
