"""The units of a text that can be quoted: whole sentences, rows of tables, items of lists.

Each is the characters `start` to `end` of the text as it stands. Texts of PDFs have a line break at
the end of each line and nothing between paragraphs, so a line that is much shorter than the others
ends a paragraph, and one that consists of figures is a row.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from aiapp.text.sentence_ends import find_ends

# A longer sentence is cut between words.
MAX_CHARS = 800
MAX_SEGMENTS = 400
# A line that has less than this of the usual length ends its paragraph.
SHORT_LINE = 0.62
# So many lines in a row that begin with a capital are a list.
MIN_LISTED = 4
# A line of this share of the usual length is full, and none of fewer characters.
FULL_LINE, MIN_FULL_CHARS = 0.85, 45
# Of a row, how much of it figures are, and how many.
FIGURES_SHARE, MIN_FIGURES = 0.34, 2
# A heading of columns is looked for over so many rows.
MAX_ROWS_BELOW = 40

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_HEADING = re.compile(r"[ \t]*(?:#{1,6}[ \t]+|=+ )")
_RULE = re.compile(r"[\s|:+=_-]+")
_ITEM = re.compile(
    r"[ \t]*(?:[-*+•●▪◦–·‣□■○※▶➢][ \t]*(?=\S|\Z)|\(?(?:\d{1,2}|[a-zA-Z가-하ivx]{1,2})[.)][ \t]+"
    r"|[①-⑳][ \t]*|>[ \t]+|\[(?:\d{1,3}:)?\d{1,3}:\d{2}\][ \t]*)"
)
_TOKEN = re.compile(r"\S+")
_FIGURE = re.compile(r"[($€£¥₩~+-]*\d[\d.,:/%)]*(?:[%kKmMbB)x])?[*†‡]?|[-–—]|n/?a", re.IGNORECASE)
_PERIOD = re.compile(
    r"\(?(?:FY|CY)?'?(?:19|20)\d{2}[E)]?[,:]?|[12]?Q[1-4]|H[12]|[1-4]분기|(?:19|20)\d{2}년",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…。！？:;][\"'”’」』)\]]*\Z")
_GOES_ON = re.compile(r"(?:,|-|–|\b(?:and|or|of|the|a|an|to|in|for|by|with))\Z")


class Kind(StrEnum):
    SENTENCE = "sentence"
    ROW = "row"
    HEADING = "heading"


@dataclass(frozen=True, slots=True)
class Segment:
    """A unit of a text. `head` is where the heading of a row's columns stands, if it has one."""

    start: int
    end: int
    kind: Kind = Kind.SENTENCE
    head: tuple[int, int] | None = None
    # Whether it begins and ends where a sentence does, as far as can be told.
    whole: bool = True


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int

    @property
    def span(self) -> tuple[int, int]:
        indent = len(self.text) - len(self.text.lstrip())
        return self.start + indent, self.start + len(self.text.rstrip())


def split(text: str) -> list[Segment]:
    """The first `MAX_SEGMENTS` segments of a text, in their order; headings are among them."""
    segments: list[Segment] = []
    for segment in _split(text):
        segments.append(segment)
        if len(segments) == MAX_SEGMENTS:
            break
    return segments


def _split(text: str) -> Iterator[Segment]:
    lines = list(_lines(text))
    usual = _measure_lines(lines)
    listed = _find_listed(lines, usual)
    rows = _Rows()
    paragraph: list[_Line] = []
    is_code = False
    for at, line in enumerate(lines):
        if _FENCE.match(line.text):
            is_code = not is_code
        kind = _classify(line, is_code=is_code)
        item = kind == "prose" and _ITEM.match(line.text)
        is_new = at in listed or (paragraph and _ends(paragraph[-1], line, usual))
        if kind != "prose" or item or is_new:
            yield from _cut(text, paragraph)
            paragraph = []
        if kind == "prose":
            rows.pass_by(line)
            paragraph.append(line)
        elif kind == "row":
            is_above_rule = at + 1 < len(lines) and is_rule(lines[at + 1].text)
            if not rows.take_head(line, is_above_rule=is_above_rule):
                yield Segment(*line.span, Kind.ROW, rows.find_head())
        elif kind == "heading":
            yield Segment(*line.span, Kind.HEADING)
    yield from _cut(text, paragraph)


def _lines(text: str) -> Iterator[_Line]:
    for found in _LINE.finditer(text):
        if found.end() > found.start():
            yield _Line(found[0].rstrip("\r\n"), found.start())


def _classify(line: _Line, *, is_code: bool) -> str:
    bare = line.text.strip()
    if is_code or not bare or _RULE.fullmatch(bare):
        return "none"
    if _HEADING.match(line.text):
        return "heading"
    if bare.startswith("|") or is_row(bare):
        return "row"
    return "prose"


def is_rule(line: str) -> bool:
    """Return whether a line is what stands below the names of columns."""
    return "-" in line and _RULE.fullmatch(line.strip()) is not None


def is_row(line: str) -> bool:
    """Return whether a line, without white space around it, is of figures."""
    if len(line) > MAX_CHARS or _SENTENCE_END.search(line[-8:]):
        return False
    tokens = _TOKEN.findall(line)
    figures = count_figures(line)
    signs = sum(token in {"$", "€", "£", "₩", "%"} for token in tokens)
    return figures >= MIN_FIGURES and figures + signs >= FIGURES_SHARE * len(tokens)


def count_figures(line: str) -> int:
    """Return how many words of a line are numbers, or dashes in their place."""
    return sum(_FIGURE.fullmatch(token) is not None for token in _TOKEN.findall(line))


def count_periods(line: str) -> int:
    """Return how many words of a line are years, quarters and the like."""
    return sum(_PERIOD.fullmatch(token) is not None for token in _TOKEN.findall(line))


class _Rows:
    """The heading of columns that the next row stands under."""

    def __init__(self) -> None:
        self._head: tuple[int, int] | None = None
        self._age = 0

    def take_head(self, line: _Line, *, is_above_rule: bool) -> bool:
        """Return whether a row is the heading of those below."""
        if not is_above_rule and not names_periods(line.text):
            return False
        self._head, self._age = line.span, 0
        return True

    def pass_by(self, line: _Line) -> None:
        if names_periods(line.text):
            self._head, self._age = line.span, 0
        self._age += 1

    def find_head(self) -> tuple[int, int] | None:
        self._age += 1
        return self._head if self._age <= MAX_ROWS_BELOW else None


def names_periods(line: str) -> bool:
    """Return whether years or quarters are what a line says, as above the columns of a table."""
    periods = count_periods(line)
    is_named = periods >= MIN_FIGURES and periods * 2 >= len(_TOKEN.findall(line))
    return is_named and count_figures(line) <= periods + 1


def _measure_lines(lines: Sequence[_Line]) -> int:
    """The usual length of a full line: of four lines of a text three are no longer."""
    lengths = sorted(len(line.text.strip()) for line in lines if line.text.strip())
    return lengths[len(lengths) * 3 // 4] if lengths else 0


def _find_listed(lines: Sequence[_Line], usual: int) -> set[int]:
    """Return which lines stand for themselves: several in a row that all begin like one.

    Of prose hardly any two lines in a row begin with a capital, and of a list or a table of names
    all do.
    """
    listed: set[int] = set()
    run: list[int] = []
    # A full line may go on in the next, whatever that begins with.
    full = max(FULL_LINE * usual, MIN_FULL_CHARS)
    for at, line in enumerate(lines):
        bare = line.text.strip()
        begins = bare[:1].isupper() or not bare[:1].isalpha()
        if not begins:
            run = []
            continue
        if run and _SENTENCE_END.search(lines[run[-1]].text.rstrip()[-8:]):
            run = []
        run.append(at)
        if len(run) >= MIN_LISTED:
            # Those before the newest are among them already, once the run is long enough.
            new = run[1:] if len(run) == MIN_LISTED else run[-1:]
            listed.update(n for n in new if len(lines[n - 1].text.strip()) < full)
    return listed


def _ends(line: _Line, following: _Line, usual: int) -> bool:
    """Return whether a paragraph ends with a line."""
    bare, then = line.text.strip(), following.text.strip()
    if _GOES_ON.search(bare) or (then[:1].islower()):
        return False
    return len(bare) < SHORT_LINE * usual


def _cut(text: str, paragraph: Sequence[_Line]) -> Iterator[Segment]:
    """Cut lines that belong together into sentences."""
    if not paragraph:
        return
    start, end = paragraph[0].span[0], paragraph[-1].span[1]
    begin = start
    for stop in (*(start + place for place in find_ends(text[start:end])), end):
        yield from _cut_sentence(text, begin, stop)
        begin = stop


def _cut_sentence(text: str, start: int, end: int) -> Iterator[Segment]:
    bare = text[start:end].strip()
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end = start + len(bare)
    is_whole = end - start <= MAX_CHARS
    while end - start > MAX_CHARS:
        stop = max(text.rfind(sign, start, start + MAX_CHARS) for sign in " \n")
        stop = stop if stop > start else start + MAX_CHARS
        yield Segment(start, stop, whole=False)
        start = stop + (text[stop : stop + 1].isspace())
    if any(sign.isalnum() for sign in text[start:end]):
        yield Segment(start, end, whole=is_whole)
