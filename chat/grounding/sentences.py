"""An answer cut into sentences, each with the numbers of the passages that it cites."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from aiapp.markdown.citations import marks, numbers_of, remove_marks
from aiapp.text.sentence_ends import find_ends
from documents.text.words import without_grouping

# What stands between backticks cites nothing.
CODE = re.compile(r"`[^`\n]{1,400}`")
# A mark behind the full stop belongs to the sentence before it.
MARKS_BEHIND = re.compile(r"[ \t]*(?:\[\d{1,2}(?:\s*,\s*\d{1,2})*\][ \t]*)+")
MARKS_INSIDE = re.compile(r"(?:\[\d{1,3}(?:\s{0,2},\s{0,2}\d{1,3}){0,19}\][ \t]?){1,20}")
# What joins a clause to the one before it.
JOINT = re.compile(
    r"[ \t]*(?:[,;，；、]|\u2013|\u2014|(?:and|but|while|whereas|und|aber|während|et|mais|y|pero)\b"
    r"|(?:e|ma|mas|en|maar|и|а|но|та|але)\b|그리고|하지만)",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]+|\d+")
MIN_CLAUSE_WORDS = 4
# As far as a clause is looked at.
MAX_CLAUSE_CHARS = 300
FENCE = re.compile(r"[ \t]*(?:```|~~~)")
# The start of a line that is no text: a list's dash or number, a heading's, a quotation's.
LEAD = re.compile(r"[ \t]*(?:(?:[-*+•]|\d{1,3}[.)]|#{1,6}|>)[ \t]+)+")
RULE = re.compile(r"[ \t|:+-]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence. `text` is without marks; `cites` holds the numbers of those that stood in it."""

    text: str
    cites: tuple[int, ...] = ()


def sentences(answer: str, limit: int | None = None, *, by_marks: bool = False) -> list[Sentence]:
    """The sentences of an answer in Markdown, or the first `limit` of them.

    Code is left out: it states nothing to check. A row of a table and an item of a list are
    sentences of their own. A line that has nothing but marks lends them to the sentence before it.
    With `by_marks` the clauses of a sentence that have marks of their own are sentences: "The port
    opens at six [1], and the ferry leaves at seven [2]."
    """
    result: list[Sentence] = []
    # White space is made equal below, and some of it stands between the digits of one number.
    segments = _split_segments(without_grouping(answer))
    for text in chain.from_iterable(map(_split_clauses, segments)) if by_marks else segments:
        cites = tuple(n for mark in marks(CODE.sub(" ", text)) for n in numbers_of(mark))
        bare = " ".join(_remove_marks(text).split()).strip("*_ ")
        if any(sign.isalnum() for sign in bare):
            if len(result) == limit:
                break
            result.append(Sentence(bare, cites))
        elif cites and result:
            # Each number once, since a thousand lines may say the same.
            both = dict.fromkeys((*result[-1].cites, *cites))
            result[-1] = Sentence(result[-1].text, tuple(both))
    return result


def split(text: str, limit: int | None = None) -> list[str]:
    """The sentences of a passage, or the first `limit` of them."""
    return [sentence.text for sentence in sentences(text, limit)]


def _split_clauses(text: str) -> list[str]:
    """Cut a sentence behind its marks, where what follows begins a clause and has marks too."""
    parts, begin = [], 0
    for found in MARKS_INSIDE.finditer(text):
        clause = text[max(begin, found.start() - MAX_CLAUSE_CHARS) : found.start()]
        rest = text[found.end() : found.end() + MAX_CLAUSE_CHARS]
        is_clause = len(WORD.findall(clause)) >= MIN_CLAUSE_WORDS and JOINT.match(rest)
        if is_clause and _has_own_clause(rest):
            parts.append(text[begin : found.end()])
            begin = found.end()
    return [*parts, text[begin:]]


def _has_own_clause(rest: str) -> bool:
    mark = next(marks(rest), None)
    return mark is not None and len(WORD.findall(rest[: mark.start()])) >= MIN_CLAUSE_WORDS


def _split_segments(answer: str) -> Iterator[str]:
    """Cut paragraphs into sentences; lines that belong together are joined before."""
    paragraph: list[str] = []
    is_code = False
    for line in answer.splitlines():
        if FENCE.match(line):
            is_code = not is_code
            continue
        lead = LEAD.match(line)
        is_row = line.lstrip().startswith("|")
        if is_code or not line.strip() or lead or is_row:
            yield from _cut(" ".join(paragraph))
            paragraph = []
        if is_code or RULE.fullmatch(line):
            continue
        paragraph.append(line[lead.end() :] if lead else line.replace("|", " ") if is_row else line)
        if is_row:
            yield paragraph.pop()
    yield from _cut(" ".join(paragraph))


def _cut(text: str) -> Iterator[str]:
    begin = 0
    for end in find_ends(text):
        behind = MARKS_BEHIND.match(text, end)
        stop = behind.end() if behind else end
        if stop > begin:
            yield text[begin:stop]
        begin = stop
    if text[begin:].strip():
        yield text[begin:]


def _remove_marks(text: str) -> str:
    parts, at = [], 0
    for code in CODE.finditer(text):
        parts += [remove_marks(text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, remove_marks(text[at:])])
