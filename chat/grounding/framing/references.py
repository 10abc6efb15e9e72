"""Lines that name sources or topics in an answer, and state nothing that could be judged.

Models end answers with "Sources:" and a line for each passage, though the page lists them already.
Judged as a sentence, "[1] Report.pdf, page 3" is supported by no passage, and a citation is as good
as the worst sentence that cites it.
"""

import re
from collections.abc import Iterator, Sequence

from aiapp.markdown.citations import marks, remove_marks
from aiapp.markdown.citations.vocabulary import LABELS, LEADS, PLACES
from chat.grounding.framing.asides import states_nothing
from chat.grounding.framing.vocabulary import VOCABULARY
from chat.grounding.sentences import FENCE

_TITLES = [title for title in re.split(r"[|\n]", VOCABULARY["titles"]["all"]) if title]
_TITLE = "|".join(sorted(_TITLES, key=len, reverse=True))
_SIGNS = r"[ \t#*_>-]{0,12}"
_HEADING = re.compile(
    rf"{_SIGNS}(?:\d{{1,2}}[.)] )?(?:{_TITLE})[ \t]?(?:\([^()\n]{{0,40}}\))?[ \t:：*_]{{0,8}}",
    re.IGNORECASE,
)
# "Sources: [1], [2]" in one line.
_LABELLED = re.compile(
    rf"{_SIGNS}[(\[（]?(?:{_TITLE})[*_]{{0,2}}[ \t]?[:：][*_]{{0,2}}", re.IGNORECASE
)
_ITEM = re.compile(r"[ \t>]*(?:[-*+•][ \t]|\d{1,3}[.)][ \t]|\[|https?://)")
# What stands under such a heading may state something; these name something.
_ENTRY = re.compile(
    r"[ \t>]*(?:(?:[-*+•]|\d{1,3}[.)])[ \t]{1,4})?[*_]{0,2}\[\d{1,3}\]|[^\n]*https?://"
)
# A heading, or a line that is bold as a whole.
_TOPIC = re.compile(
    r"[ \t]{0,3}#{1,6}[ \t][^\n]*|[ \t]*(?:[-*+•][ \t])?(\*\*|__)[^*_\n]{1,120}\1[ \t:：]*"
)
_HEAD = re.compile(r" {0,3}#{1,6}[ \t]|[ \t]*(\*\*|__)[^*_\n]{1,120}\1[ \t:：]*\Z")
_MARK_AT_END = re.compile(r"\][.。]?[ \t]*\Z")
_ITEM_NUMBER = re.compile(r"\A[ \t]*\d{1,3}[.)][ \t]")
MAX_TOPIC_WORDS = 8
_WORDS = re.compile(r"[^\W\d_]+")
_NUMBERS = re.compile(r"\d+")
_JOINING = """
and und et y e i и 및 와 과 と 和 see in of the from der die das aus de du la
"""
_SAYING_NOTHING = LABELS | PLACES | {*LEADS, *_JOINING.split(), *_WORDS.findall(" ".join(_TITLES))}


def remove_frames(answer: str) -> str:
    """Return an answer without its lists of sources, and without the marks of what is a heading.

    A single line of that kind, "Source: [1]", lends its marks to the line before it, if that has
    none.
    """
    return "\n".join(_keep(answer.splitlines()))


def _keep(lines: Sequence[str]) -> Iterator[str]:
    is_list = is_marked = False
    for line in _blank_code(lines):
        numbers = [mark[0] for mark in marks(line)]
        if _HEADING.fullmatch(line):
            is_list = True
            continue
        is_list = is_list and (not line.strip() or bool(_ITEM.match(line) or numbers))
        if is_list and _ENTRY.match(line):
            continue
        if numbers and _is_label(line):
            if not is_marked:
                yield "".join(numbers)
            continue
        is_marked = bool(numbers) if line.strip() else is_marked
        yield from _unmark_topic(line) if numbers else (line,)
        if _MARK_AT_END.search(line):
            # What the next line says is not cited by this mark.
            yield ""


def _blank_code(lines: Sequence[str]) -> Iterator[str]:
    is_code = False
    for line in lines:
        is_border = FENCE.match(line)
        yield "" if is_code or is_border else line
        is_code = is_code != bool(is_border)


def _is_label(line: str) -> bool:
    """Return whether a line is "Sources: [1], [2]", with or without their names."""
    label = _LABELLED.match(line)
    return label is not None and _lists_only(line[label.end() :])


def _unmark_topic(line: str) -> Iterator[str]:
    yield remove_marks(line) if _is_topic(line) or _opens(line) else line
    if _HEAD.match(line):
        # It is no part of the sentence in the next line.
        yield ""


def _is_topic(line: str) -> bool:
    """Return whether a line names what follows, as a heading or the only cell of a row does."""
    bare = _ITEM_NUMBER.sub("", remove_marks(line))
    if _NUMBERS.search(bare) or len(_WORDS.findall(bare)) > MAX_TOPIC_WORDS:
        return False
    if bare.lstrip().startswith("|"):
        return sum(bool(cell.strip()) for cell in bare.split("|")) == 1
    return bool(_TOPIC.fullmatch(bare))


def _opens(line: str) -> bool:
    """Return whether a line announces what follows: "According to the documents [1]:"."""
    bare = remove_marks(line).rstrip(" \t*_")
    return bare.endswith((":", "：")) and states_nothing(bare)


def _lists_only(rest: str) -> bool:
    """Return whether marks come first behind a label, or there is nothing but marks."""
    return rest.lstrip(" \t*_(（").startswith("[") or not _WORDS.search(remove_marks(rest))


def names_its_source(sentence: str, titles: Sequence[str]) -> bool:
    """Return whether a sentence without its marks is but the titles of what it cites, and a place.

    "Report.pdf, page 3" is; "Report.pdf: 3" is not.
    """
    title = " ".join(titles).casefold()
    text = sentence.casefold()
    said = set(_WORDS.findall(text)) - set(_WORDS.findall(title))
    if said - _SAYING_NOTHING:
        return False
    has_place = bool(said & PLACES)
    return has_place or set(_NUMBERS.findall(text)) <= set(_NUMBERS.findall(title))
