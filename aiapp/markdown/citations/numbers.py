"""The numbers in a mark, with what may stand beside them: labels, pages, names of files."""

import re
from dataclasses import dataclass

from aiapp.markdown.citations.vocabulary import LABELS, LEADS, PLACES

_NAME = rf"(?:{'|'.join(sorted(LABELS, key=len, reverse=True))})"
LABEL = rf"{_NAME}[ \u00a0_-]?(?:(?:no|nr|number|id)\b)?[.:：#]{{0,2}}[ \u00a0]?#?"
_LEAD = rf"(?:(?:{'|'.join(LEADS)}|{_NAME})\.?[:：]?[ \u00a0](?={_NAME}))?"
_CONJUNCTION = r"(?:and|und|et|y|e|en|och|og|ja|ve|oraz|i|и|та|і|και|و|ו)\b"
_AND = (
    rf"[ \u00a0]{{0,2}}(?:[,;、，；・&](?:[ \u00a0]{{0,2}}{_CONJUNCTION})?"
    rf"|{_CONJUNCTION}|[및와과と和及与與])[ \u00a0]{{0,2}}"
)
TO = r"(?:[ \u00a0]?[-\u2010-\u2015~〜][ \u00a0]?|[ \u00a0](?:to|bis)[ \u00a0])"
_PAGE = rf"(?:{'|'.join(sorted(PLACES, key=len, reverse=True))})\.?"
_DIGITS = r"\d{1,4}(?:\.\d{1,3}){0,3}"
_PAGES = (
    rf"[,:; ][ \u00a0]{{0,2}}(?:{_PAGE}[ \u00a0]{{0,2}}|§{{1,2}}[ \u00a0]?|L){_DIGITS}"
    rf"(?:[ ]?[-\u2013][ ]?L?{_DIGITS})?"
    r"|[,:][ \u00a0]{0,2}\d{1,4}[ ]?(?:쪽|페이지|页|頁|ページ)"
)
# A file's name tells it from other words behind a number.
_KINDS = "pdf|docx?|xlsx?|pptx?|md|txt|html?|csv|eml|msg|od[tsp]|rtf|epub"
_FILE = rf"[^\[\]【】()（）{{}}\n]{{1,60}}\.(?:{_KINDS})"
_PLACE = (
    rf"{_PAGES}|[ \u00a0]\((?:{_PAGE}[ \u00a0]{{0,2}})?{_DIGITS}(?:[-\u2013]{_DIGITS})?\)"
    r"|(?::\d{1,4})?†[^\]】］〕〗⟧〛)\n]{0,60}"
)
NUMBERS = rf"\d{{1,3}}(?:(?:(?:{_PAGES})?{_AND}|{TO})(?:[\^#@]|{LABEL})?\d{{1,3}}){{0,19}}"
INSIDE = (
    rf"[ \u00a0]?[\^@]?{_LEAD}(?P<label>{LABEL})?#?(?P<numbers>{NUMBERS})(?(label)번?|)\^?"
    rf"(?P<place>{_PLACE})?"
    # What a source is called may stand behind its number, and behind that another source.
    r"(?(label)(?P<name>(?:[:,;|]|[ \u00a0][-\u2013\u2014])[ \u00a0]?[^\[\]【】()（）\n]{1,60}"
    r"|[ \u00a0]\([^\[\]【】()（）\n]{1,60}\))?"
    rf"|(?:(?:[:,;|]|[ \u00a0][-\u2013\u2014])?[ \u00a0]?{_FILE}(?:{_PAGES})?)?)[ \u00a0]?"
)
_PARTS = re.compile(
    rf"(?P<to>{TO})?(?:[\^#@]|(?=[^\W\d_]){LABEL})?(?P<n>\d{{1,3}})(?:{_PAGES})?", re.IGNORECASE
)
_LABELLED = re.compile(
    rf"(?:{_CONJUNCTION}|[,;&])[ \u00a0]{{0,2}}{LABEL}(?P<n>\d{{1,3}})(?!\d)", re.IGNORECASE
)

MAX_RANGE = 20


@dataclass(frozen=True, slots=True)
class CitationMark:
    """A mark as a model wrote it: how many characters it has, and its numbers.

    `bracketed` is false for forms that have other uses as well. `ours` is one of ours already,
    whose numbers may be of no passage. `around` are the numbers of an element around what is cited,
    which stand at its beginning; `ends` is its end. `is_note` says that what is cited stands
    behind it, with the colon between them.
    """

    length: int
    numbers: tuple[int, ...]
    bracketed: bool = True
    ours: bool = False
    around: tuple[int, ...] | None = None
    ends: bool = False
    is_note: bool = False


def are_shown(numbers: tuple[int, ...], shown: int) -> bool:
    return all(1 <= n <= shown for n in numbers)


def build_mark(match: re.Match[str] | None, shown: int, *, bracketed: bool) -> CitationMark | None:
    """The numbers in a match; None unless all of them were shown."""
    if match is None:
        return None
    numbers: list[int] = []
    for part in _PARTS.finditer(match["numbers"]):
        n = int(part["n"])
        if part["to"] and numbers:
            if not 0 < n - numbers[-1] <= MAX_RANGE:
                return None
            numbers += range(numbers[-1] + 1, n)
        numbers.append(n)
    name = match.groupdict().get("name") or ""
    more = (int(other["n"]) for other in _LABELLED.finditer(name))
    numbers += [n for n in more if 1 <= n <= shown and n not in numbers]
    if not are_shown(tuple(numbers), shown):
        return None
    return CitationMark(len(match[0]), tuple(numbers), bracketed)
