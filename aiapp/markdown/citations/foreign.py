"""Marks in the forms that models were trained on, at a place of a text."""

import re
from dataclasses import replace

from aiapp.markdown.citations import markup, raised
from aiapp.markdown.citations.around import GOES_ON, RAISED, is_alone
from aiapp.markdown.citations.numbers import INSIDE, TO, CitationMark, build_mark
from aiapp.markdown.citations.own import INDEXED, MARK, numbers_of

# Longer ones are text.
MAX_MARK = 90
_CLOSES = {
    "[": "]",
    "【": "】",
    "［": "］",
    "〔": "〕",
    "〖": "〗",
    "⟦": "⟧",
    "〚": "〛",
    "(": ")",
    "（": "）",
    "「": "」",
    "『": "』",
    "《": "》",
    "〈": "〉",
}
START = "[cite_start]"
PARENTHESES = "(（"
# Of these only what names a source is a mark.
QUOTES = "「『《〈"
BRACKETS = "".join(open_ for open_ in _CLOSES if open_ not in PARENTHESES + QUOTES)
_IN_BRACKETS = re.compile(
    rf"\\?(?P<open>[{re.escape(BRACKETS)}]{{1,2}}){INSIDE}[.,;]?\\?(?P<close>[\]】］〕〗⟧〛]{{1,2}})",
    re.IGNORECASE,
)
_IN_PARENTHESES = re.compile(rf"(?P<open>[(（]){INSIDE}(?P<close>[)）])", re.IGNORECASE)
_IN_QUOTES = re.compile(rf"(?P<open>[{QUOTES}]){INSIDE}(?P<close>[」』》〉])", re.IGNORECASE)
_RAISED_IN_BRACKETS = re.compile(rf"\[([{RAISED}]{{1,3}})\]")
# In parentheses they are as often what the text is about: "both uploads (file 1)", "(ID: 2)".
_OF_THINGS = re.compile("file|result|id|[a-z]+_id", re.IGNORECASE)


def match_mark_at(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    """The mark that stands at a place, if one does and its passages were shown.

    `before` is the line up to there. What follows must be there already, a dozen characters.
    """
    sign = text[at]
    if sign == "<" or (sign in markup.SIGNS and not text.startswith(r"\[", at)):
        return _match_markup(text, at, before, shown)
    if sign in QUOTES:
        match = _IN_QUOTES.match(text, at)
        is_named = match is not None and match["label"] and _closes(match)
        return build_mark(match, shown, bracketed=True) if is_named else None
    match_sign = _SIGNS.get(sign, _match_brackets)
    return match_sign(text, at, before, shown)


def _match_markup(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    mark = None
    if text[at] == "<":
        mark = raised.match_raised_tag(text, at, before, shown)
    elif text[at] == "$":
        mark = raised.match_formula(text, at, before, shown)
    return mark or markup.match_markup(text, at, before, shown)


def _match_brackets(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    if text.startswith(START, at):
        # Gemini's, before what it cites; the number comes behind: `[cite_start]…[cite: 1]`.
        return CitationMark(len(START), ())
    if small := _RAISED_IN_BRACKETS.match(text, at):
        is_link = text[small.end() : small.end() + 1] == "("
        return None if is_link else raised.read_bracketed(small, shown)
    if mark := MARK.match(text, at):
        return CitationMark(len(mark[0]), tuple(numbers_of(mark)), ours=True)
    match = _IN_BRACKETS.match(text, at)
    return _read_brackets(text, match, before, shown) if match and _closes(match) else None


def _read_brackets(text: str, match: re.Match[str], before: str, shown: int) -> CitationMark | None:
    after = text[match.end() : match.end() + 1]
    # A link; a part of a list in a program, where `[1-3]+` is a pattern.
    is_part = match["open"] == "[" and INDEXED.search(before[-50:])
    if (after and after in "(+{") or is_part:
        return None
    mark = build_mark(match, shown, bracketed=True)
    if mark is None or after != ":" or before.strip():
        return mark
    # The place where a note itself stands: "[^1]: Handbook, page 3".
    return replace(mark, length=mark.length + 1, is_note=True)


def _match_parentheses(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    match = _IN_PARENTHESES.match(text, at)
    if match is None or before.endswith("]"):
        return None
    if match["label"]:
        is_thing = _OF_THINGS.match(match["label"])
        return None if is_thing else build_mark(match, shown, bracketed=True)
    if "†" in (match["place"] or ""):
        return build_mark(match, shown, bracketed=True)
    if not is_alone(before, match["numbers"]) or not GOES_ON.match(text, match.end()):
        return None
    if match["place"] or re.search(TO, match["numbers"]):
        return None
    return build_mark(match, shown, bracketed=False)


def _closes(match: re.Match[str]) -> bool:
    return match["close"] == "".join(_CLOSES[sign] for sign in match["open"])


_SIGNS = {
    **dict.fromkeys(RAISED, raised.match_superscript),
    **dict.fromkeys(raised.CIRCLED, raised.match_circled),
    **dict.fromkeys(PARENTHESES, _match_parentheses),
    "^": raised.match_caret,
}
