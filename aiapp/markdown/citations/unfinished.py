"""The beginnings of marks at the end of a text that is still being written."""

import re

from aiapp.markdown.citations.around import RAISED
from aiapp.markdown.citations.foreign import BRACKETS, MAX_MARK, PARENTHESES, QUOTES, START
from aiapp.markdown.citations.markup import SIGNS, may_become_markup
from aiapp.markdown.citations.raised import CIRCLED
from aiapp.markdown.citations.vocabulary import LABELS, LEADS

OPENING = re.escape(BRACKETS + PARENTHESES + QUOTES)
# Those of some scripts have marks.
_LETTERS = r"(?:[^\W\d_]|[\u0900-\u0903\u093a-\u094f\u0e30-\u0e4e])"
_OPENS = re.compile(rf"\\?[{OPENING}]{{1,2}}[ \u00a0]?[\^#@]?({_LETTERS}*)")
_GOING_ON = re.compile(
    r"[ \u00a0]?[.:：#]?[ \u00a0]?#?"
    r"(?:[_-]?(?:no|nr|number|id|n|i|nu|num|numb|numbe)\b\.?[:：]?[ \u00a0]?|[_-])?"
    r"(?:\d[^\]】］〕〗⟧〛\n]*)?\Z",
    re.IGNORECASE,
)
_BEHIND_LEAD = re.compile(rf"\.?[:：]?(?:[ \u00a0]({_LETTERS}*)(.*))?", re.DOTALL)
_CLOSED = re.compile(r"[\]】］〕〗⟧〛)）」』》〉\n]")
_OURS = re.compile(r"\[\d{1,3}(?:, ?\d{1,3})*\](?!\])")
_KNOWN_BEHIND = re.compile(r"\.\W|[,;:!?。]|[ \u00a0]?\w+\W|.*\n")
_RAISED_BEGINS = re.compile(rf"\[[{RAISED}]{{1,3}}")
_UNFINISHED_CARET = re.compile(r"\^[\[(]?(?:\d[\d, ]*[\])]?\^?)?")
# What follows a number in parentheses says whether it is a mark.
AHEAD = 12


def may_go_on(text: str, at: int) -> bool:
    """Return whether what stands at the end may be a mark, of which more has to come."""
    rest = text[at : at + MAX_MARK + AHEAD]
    if len(rest) == MAX_MARK + AHEAD:
        return False
    if rest[0] in SIGNS and not rest.startswith(r"\["):
        return may_become_markup(rest)
    if rest[0] in f"{RAISED}{CIRCLED}^":
        return _may_have_more(rest)
    closed = _CLOSED.search(rest)
    if closed is None:
        return _may_begin(rest)
    return closed[0] != "\n" and _may_begin(rest[: closed.start()]) and _waits(rest, closed)


def _may_have_more(rest: str) -> bool:
    if rest[0] in RAISED:
        return not rest.strip(RAISED + ",⁻˒⸴")
    if rest[0] in CIRCLED:
        return not rest.lstrip(CIRCLED).strip("*_")
    return _UNFINISHED_CARET.fullmatch(rest) is not None


def _may_begin(rest: str) -> bool:
    if START.startswith(rest) or _RAISED_BEGINS.fullmatch(rest):
        return True
    opened = _OPENS.match(rest)
    if opened is None:
        # Nothing but a backslash.
        return True
    word, more = opened[1].casefold(), rest[opened.end() :]
    if not word:
        return not more or more[0].isdigit()
    return _may_be_label(word, more, *LEADS) or _may_follow_lead(word, more)


def _may_be_label(word: str, more: str, *leads: str) -> bool:
    if not more:
        return any(each.startswith(word) for each in (*LABELS, *leads))
    return word in LABELS and bool(_GOING_ON.match(more))


def _may_follow_lead(word: str, more: str) -> bool:
    """Return whether a label comes behind a word: "see Source 1", "Source: Document 1"."""
    lead = _BEHIND_LEAD.fullmatch(more) if word in LEADS or word in LABELS else None
    if lead is None:
        return False
    word, more = (lead[1] or "").casefold(), lead[2] or ""
    return _may_be_label(word, more) if word else not more


def _waits(rest: str, closed: re.Match[str]) -> bool:
    """Return whether a mark that is whole is one only because of what comes behind it."""
    behind = rest[closed.end() :].lstrip("]】)")
    if rest[0] in PARENTHESES:
        return len(behind) < AHEAD and not _KNOWN_BEHIND.match(behind)
    # A link shows behind its text; our own marks wait for nothing.
    return not behind and not _OURS.match(rest)
