"""Writes the marks of an answer in our form while it is being written.

Of what comes, only that is held back which may be the beginning of a mark, so no reader sees a
mark half; anything else passes at once. Code and formulas pass as they are.
"""

import re
from dataclasses import dataclass, field

from aiapp.markdown.citations import (
    CIRCLED,
    MAX_RANGE,
    PARENTHESES,
    RAISED,
    CitationMark,
    PrivateMarks,
    match_mark_at,
)
from aiapp.markdown.citations.unfinished import OPENING, may_go_on

_DASHES = "-\u2010\u2011\u2012\u2013\u2014~\u301c"
_SPECIAL = re.compile(
    rf"\n|`+|\$\$?|\\|<|\{{|##(?=\d|\Z)|#\Z|\^|\]\(|\)|[{OPENING}{RAISED}{CIRCLED}]"
    rf"|[{re.escape(_DASHES)}](?=[\[【]|\Z)"
)
# The signs of elements, commands and formulas.
_MARKUP = "<{#$\\"
_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})")
_LINE_BEGINS = re.compile(r"[ \t>]*+(?:`{1,2}|~{1,2})?\Z")
_CLOSING = re.compile(r"[ \t>]*+(`++|~++)?+[ \t\r]*+\Z")
# A line that has not begun after so many signs begins as text, so that it is not read again and
# again while it comes.
_MAX_BORDER_CHARS = 200
_OUR_END = re.compile(r"\[(\d{1,3}(?:, ?\d{1,3})*)\]\Z")
_TARGET_IN_PAGE = re.compile(r"\((?:#[^\s()]{0,60})?(?:(\))|\Z)")
_ITEM = re.compile(rf"(?:[(（]\d{{1,2}}[)）][ \u00a0]|[{CIRCLED}][ \u00a0]?)\w")
# Signs of marks that have other uses as well.
_LOOSE = f"{PARENTHESES}{RAISED}{CIRCLED}^"
# The line before a mark, as far as it is looked at.
BEHIND = 100
_ENDS = {"$": "$", "$$": "$$", r"\(": r"\)", r"\[": r"\]", "](": ")"}


@dataclass(slots=True)
class Rewriter:
    """One for each text, whose writer was shown so many passages.

    `feed` tells what may be shown, `finish` the rest. A `verbatim` text stays as it is.
    """

    shown: int
    verbatim: bool = False
    _private: PrivateMarks = field(init=False)
    _buffer: str = ""
    _line_begins: bool = True
    _before: str = ""
    # The marks that began the fenced block; empty outside of one.
    _fence: str = ""
    # What ends the code, the formula or the address that the text stands in; empty outside.
    _until: str = ""
    # Our own marks, and numbered items, make what stands in parentheses text.
    _parentheses: bool = True
    # The numbers of the element that what is written now stands in.
    _around: tuple[int, ...] | None = None
    # The last number of a mark that has just been written; 0 behind other text.
    _last: int = 0
    _parts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._private = PrivateMarks(self.shown)

    def feed(self, text: str) -> str:
        if self.verbatim:
            return text
        return self._write(self._buffer + self._private.feed(text), final=False)

    def finish(self) -> str:
        written = self._write(self._buffer + self._private.finish(), final=True)
        # An element that nobody ended.
        return written + "".join(f"[{n}]" for n in self._around or ())

    def _write(self, text: str, *, final: bool) -> str:
        if not self.shown:
            return text
        at = 0
        while at < len(text):
            length = self._next(text, at, final=final)
            if not length:
                break
            at += length
        self._buffer = text[at:]
        written = "".join(self._parts)
        self._parts.clear()
        return written

    def _next(self, text: str, at: int, *, final: bool) -> int:
        """Write what comes next, and return its length; 0 until more is known."""
        if self._line_begins and (length := self._begin_line(text, at, final=final)) is not None:
            return length
        if self._fence:
            return self._pass(text, at, (text.find("\n", at) + 1 or len(text)) - at)
        found = _SPECIAL.search(text, at)
        if found is None:
            return self._pass(text, at, len(text) - at)
        if found.start() > at:
            return self._pass(text, at, found.start() - at)
        return self._special(text, found, final=final)

    def _begin_line(self, text: str, at: int, *, final: bool) -> int | None:
        """Begin or end a fenced block; None where the line is none of its borders."""
        end = text.find("\n", at)
        line = text[at:] if end < 0 else text[at:end]
        if end < 0 and not final and self._may_become_border(line):
            return 0
        self._line_begins = False
        if self._fence:
            closing = _CLOSING.match(line)
            if closing and (closing[1] or "").startswith(self._fence):
                self._fence = ""
                return self._pass(text, at, len(line)) or None
            return None
        if opening := _FENCE.match(line):
            self._fence = opening[1]
            return self._pass(text, at, opening.end())
        return None

    def _may_become_border(self, line: str) -> bool:
        if len(line) > _MAX_BORDER_CHARS:
            return False
        found = _CLOSING.match(line) if self._fence else _LINE_BEGINS.match(line)
        return found is not None

    def _special(self, text: str, match: re.Match[str], *, final: bool) -> int:
        sign, at = match[0], match.start()
        if sign == "\n" or (sign == ")" and not self._until):
            return self._pass(text, at, 1)
        if self._until or sign[0] == "`" or sign == "](":
            return self._border(text, match, final=final)
        if sign[0] in _MARKUP and not text.startswith(r"\[", at):
            return self._markup(text, match, final=final)
        if sign in _DASHES:
            return self._range(text, at, final=final)
        return self._mark(text, at, final=final)

    def _markup(self, text: str, match: re.Match[str], *, final: bool) -> int:
        sign, at = match[0], match.start()
        if not final and may_go_on(text, at):
            return 0
        mark = match_mark_at(text, at, self._before, self.shown)
        if mark is not None and not (mark.ends and self._around is None):
            return self._write_mark(mark)
        if sign[0] == "$":
            return self._border(text, match, final=final)
        if sign != "\\":
            return self._pass(text, at, 1)
        # A formula, or a sign that is meant as it stands.
        self._until = _ENDS.get(text[at : at + 2], "")
        return self._pass(text, at, 2)

    def _range(self, text: str, at: int, *, final: bool) -> int:
        """Write what lies between two marks: `[1]-[3]`."""
        if self._last:
            if not final and (at + 1 == len(text) or may_go_on(text, at + 1)):
                return 0
            mark = (
                match_mark_at(text, at + 1, self._before + text[at], self.shown)
                if at + 1 < len(text)
                else None
            )
            numbers = mark.numbers if mark else ()
            if mark and len(numbers) == 1 and self._last < numbers[0] <= self.shown:
                between = range(self._last + 1, numbers[0] + 1)
                if len(between) <= MAX_RANGE:
                    return 1 + self._write_mark(CitationMark(mark.length, tuple(between)))
        return self._pass(text, at, 1)

    def _border(self, text: str, match: re.Match[str], *, final: bool) -> int:
        """Enter code, a formula or the address of a link, or leave it."""
        sign, at = match[0], match.start()
        if match.end() == len(text) and sign[0] in "`$\\" and not final:
            return 0
        if sign == "\\" and self._until:
            sign = text[at : at + 2]
        if self._until:
            if sign == self._until:
                self._until = ""
        elif sign == "$" and not self._begins_formula(text, match.end()):
            pass
        else:
            self._until = _ENDS.get(sign, sign)
        return self._pass(text, at, len(sign))

    def _begins_formula(self, text: str, end: int) -> bool:
        """Prices and names of variables have the same sign."""
        follows = text[end : end + 1]
        return not (self._before[-1:].isalnum() or follows.isdecimal() or follows.isspace())

    def _mark(self, text: str, at: int, *, final: bool) -> int:
        if text[at] == "(" and self._before.endswith("]"):
            return self._address(text, at, final=final)
        if not final and may_go_on(text, at):
            return 0
        mark = match_mark_at(text, at, self._before, self.shown)
        if mark is None or (text[at] in _LOOSE and not self._trusts(mark)):
            if text[at] in PARENTHESES + CIRCLED:
                self._note_item(text, at)
            if text.startswith(r"\[", at):
                self._until = r"\]"
                return self._pass(text, at, 2)
            return self._pass(text, at, 1)
        if mark.ours:
            self._parentheses = self._parentheses and not any(n <= self.shown for n in mark.numbers)
            length = self._pass(text, at, mark.length)
            self._last = mark.numbers[-1]
            return length
        return self._write_mark(mark)

    def _write_mark(self, mark: CitationMark) -> int:
        """Write a mark in our form. What follows is read as though none stood here: "(1)(2)"."""
        numbers = mark.numbers
        if mark.around is not None:
            self._around = mark.around
        elif mark.ends:
            numbers, self._around = self._around or (), None
        if mark.is_note:
            # An item of a list; as it stands Markdown takes it for the address of a link.
            self._parts.append("- ")
        self._parts.extend(f"[{n}]" for n in numbers)
        self._last = numbers[-1] if numbers else 0
        return mark.length

    def _address(self, text: str, at: int, *, final: bool) -> int:
        """Enter the address of a link, whose "](" came apart; skip one that leads from a mark."""
        ours = _OUR_END.search(self._before)
        if ours is None:
            self._until = ")"
            return self._pass(text, at, 1)
        target = _TARGET_IN_PAGE.match(text, at)
        if target is None or any(int(n) > self.shown for n in ours[1].split(",")):
            return self._pass(text, at, 1)
        if target[1]:
            # "[1](#source-1)": the page has no such place.
            return len(target[0])
        return self._pass(text, at, 1) if final else 0

    def _trusts(self, mark: CitationMark) -> bool:
        return mark.bracketed or self._parentheses

    def _note_item(self, text: str, at: int) -> None:
        """Numbers in parentheses or circles before what they number: `(1) price, (2) quality`."""
        if _ITEM.match(text[at : at + 8]) and (
            not self._before.strip(" \t>*-") or self._before.rstrip()[-1:] in ":;,：；，、"
        ):
            self._parentheses = False

    def _pass(self, text: str, at: int, length: int) -> int:
        piece = text[at : at + length]
        self._parts.append(piece)
        self._last = 0
        _, ended, line = piece.rpartition("\n")
        self._before = line[-BEHIND:] if ended else (self._before + piece)[-BEHIND:]
        if ended:
            self._line_begins = not line
            # A formula or an address in a line ends with it, and so does code that nobody closed.
            self._until = self._until if self._until in {"$$", r"\]"} else ""
        return len(piece)


def rewrite(text: str, shown: int) -> str:
    """A whole text with its marks in our form."""
    rewriter = Rewriter(shown)
    return rewriter.feed(text) + rewriter.finish()
