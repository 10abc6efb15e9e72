"""Writes the marks of an answer in our form while it is being written.

Of what comes, only that is held back which may be the beginning of a mark, so no reader sees a
mark half; anything else passes at once. Code and formulas pass as they are.
"""

import re
from dataclasses import dataclass, field

from aiapp.markdown.citations import (
    BRACKETS,
    MAX_MARK,
    PARENTHESES,
    RAISED,
    START,
    CitationMark,
    match_mark_at,
)
from aiapp.markdown.citations.vocabulary import LABELS, LEADS

_SPECIAL = re.compile(
    rf"\n|`+|\$\$?|\\|<sup>|<|\^|\]\(|\)|[{re.escape(BRACKETS + PARENTHESES)}{RAISED}]"
)
_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})")
_LINE_BEGINS = re.compile(r"[ \t>]*+(?:`{1,2}|~{1,2})?\Z")
_CLOSING = re.compile(r"[ \t>]*+(`++|~++)?+[ \t\r]*+\Z")
# A line that has not begun after so many signs begins as text, so that it is not read again and
# again while it comes.
_MAX_BORDER_CHARS = 200
# Those of some scripts have marks.
_LETTERS = r"(?:[^\W\d_]|[\u0900-\u0903\u093a-\u094f\u0e30-\u0e4e])"
_OPENS = re.compile(
    rf"\\?[{re.escape(BRACKETS + PARENTHESES)}]{{1,2}}[ \u00a0]?[\^#]?({_LETTERS}*)"
)
_GOING_ON = re.compile(
    r"[ \u00a0]?[.:：#]?[ \u00a0]?#?"
    r"(?:(?:no|nr|number|id|n|i|nu|num|numb|numbe)\b\.?:?[ \u00a0]?|[_-])?"
    r"(?:\d[^\]】］〕〗⟧〛\n]*)?\Z",
    re.IGNORECASE,
)
_BEHIND_LEAD = re.compile(rf"\.?:?(?:[ \u00a0]({_LETTERS}*)(.*))?", re.DOTALL)
_CLOSED = re.compile(r"[\]】］〕〗⟧〛)）\n]")
_OURS = re.compile(r"\[\d{1,3}(?:, ?\d{1,3})*\](?!\])")
_OUR_END = re.compile(r"\[(\d{1,3}(?:, ?\d{1,3})*)\]\Z")
_TARGET_IN_PAGE = re.compile(r"\((?:#[^\s()]{0,60})?(?:(\))|\Z)")
_KNOWN_BEHIND = re.compile(r"\.\W|[,;:!?。]|[ \u00a0]?\w+\W|.*\n")
_UNFINISHED_CARET = re.compile(r"\^[\[(]?(?:\d[\d, ]*[\])]?\^?)?")
_SUP = "<sup>"
# What follows a number in parentheses says whether it is a mark.
AHEAD = 12
# The line before a mark, as far as it is looked at.
BEHIND = 100
_ENDS = {"$": "$", "$$": "$$", r"\(": r"\)", r"\[": r"\]", "](": ")"}


@dataclass(slots=True)
class Rewriter:
    """One for each text, whose writer was shown so many passages.

    `feed` tells what may be shown, `finish` the rest.
    """

    shown: int
    _buffer: str = ""
    _line_begins: bool = True
    _before: str = ""
    # The marks that began the fenced block; empty outside of one.
    _fence: str = ""
    # What ends the code, the formula or the address that the text stands in; empty outside.
    _until: str = ""
    # Our own marks, and numbered items, make what stands in parentheses text.
    _parentheses: bool = True
    _parts: list[str] = field(default_factory=list)

    def feed(self, text: str) -> str:
        return self._write(self._buffer + text, final=False)

    def finish(self) -> str:
        return self._write(self._buffer, final=True)

    def _write(self, text: str, *, final: bool) -> str:
        if not self.shown:
            self._buffer = ""
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
        if self._until or sign in {"`", "$", "$$", "]("} or sign[0] == "`":
            return self._border(text, match, final=final)
        if sign == "\\" and text[at : at + 2] != r"\[":
            # A formula, or a sign that is meant as it stands.
            if at + 1 == len(text) and not final:
                return 0
            self._until = _ENDS.get(text[at : at + 2], "")
            return self._pass(text, at, 2)
        return self._mark(text, at, final=final)

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
        if not final and self._may_go_on(text, at):
            return 0
        mark = match_mark_at(text, at, self._before, self.shown)
        if mark is None or (text[at] in f"{PARENTHESES}{RAISED}^" and not self._trusts(mark)):
            if text[at] in PARENTHESES:
                self._note_item(text, at)
            if text.startswith(r"\[", at):
                self._until = r"\]"
                return self._pass(text, at, 2)
            return self._pass(text, at, 1)
        if mark.ours:
            self._parentheses = self._parentheses and not any(n <= self.shown for n in mark.numbers)
            return self._pass(text, at, mark.length)
        # What follows is read as though no mark stood here: "(1)(2)".
        self._parts.extend(f"[{n}]" for n in mark.numbers)
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
        """Numbers in parentheses before what they number: `(1) price, (2) quality`."""
        if re.match(r"[(（]\d{1,2}[)）][ \u00a0]\w", text[at : at + 8]) and (
            not self._before.strip(" \t>*-") or self._before.rstrip()[-1:] in ":;,"
        ):
            self._parentheses = False

    def _may_go_on(self, text: str, at: int) -> bool:
        """Return whether what stands at the end may be a mark, of which more has to come."""
        rest = text[at : at + MAX_MARK + AHEAD]
        if len(rest) == MAX_MARK + AHEAD:
            return False
        if rest[0] in RAISED:
            return not rest.strip(RAISED + ",⁻˒⸴")
        if rest[0] == "^":
            return _UNFINISHED_CARET.fullmatch(rest) is not None
        if rest[0] == "<":
            return _SUP.startswith(rest) or (rest.startswith(_SUP) and "</sup>" not in rest)
        closed = _CLOSED.search(rest)
        if closed is None:
            return _may_begin(rest)
        return closed[0] != "\n" and _may_begin(rest[: closed.start()]) and _waits(rest, closed)

    def _pass(self, text: str, at: int, length: int) -> int:
        piece = text[at : at + length]
        self._parts.append(piece)
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


def _may_begin(rest: str) -> bool:
    if START.startswith(rest):
        return True
    opened = _OPENS.match(rest)
    if opened is None:
        # Nothing but a backslash.
        return True
    word, more = opened[1].casefold(), rest[opened.end() :]
    if word in LEADS and more:
        lead = _BEHIND_LEAD.fullmatch(more)
        word, more = ((lead[1] or "").casefold(), lead[2] or "") if lead else ("", "no")
        if not word:
            return not more
    if not word:
        return not more or more[0].isdecimal()
    if not more:
        return any(label.startswith(word) for label in (*LABELS, *LEADS))
    return word in LABELS and bool(_GOING_ON.match(more))


def _waits(rest: str, closed: re.Match[str]) -> bool:
    """Return whether a mark that is whole is one only because of what comes behind it."""
    behind = rest[closed.end() :].lstrip("]】)")
    if rest[0] in PARENTHESES:
        return len(behind) < AHEAD and not _KNOWN_BEHIND.match(behind)
    # A link shows behind its text; our own marks wait for nothing.
    return not behind and not _OURS.match(rest)
