"""Marks in the forms that models were trained on, at a place of a text."""

import re
from dataclasses import dataclass

from aiapp.markdown.citations.own import INDEXED, MARK, numbers_of
from aiapp.markdown.citations.vocabulary import COUNTED, LABELS, LEADING, LEADS, THINGS, UNITS

# Longer ones are text.
MAX_MARK = 90
_NAME = rf"(?:{'|'.join(sorted(LABELS, key=len, reverse=True))})"
_LABEL = rf"{_NAME}[ \u00a0_-]?(?:(?:no|nr|number|id)\b)?[.:：#]{{0,2}}[ \u00a0]?#?"
_LEAD = rf"(?:(?:{'|'.join(LEADS)})\.?:?[ \u00a0](?={_NAME}))?"
_CONJUNCTION = r"(?:and|und|et|y|e)\b"
_AND = (
    rf"[ \u00a0]{{0,2}}(?:[,;、，；・&](?:[ \u00a0]{{0,2}}{_CONJUNCTION})?|{_CONJUNCTION}|및)"
    r"[ \u00a0]{0,2}"
)
_TO = r"(?:[ \u00a0]?[-\u2010-\u2015~〜][ \u00a0]?|[ \u00a0](?:to|bis)[ \u00a0])"
_PAGE = r"(?:pages?|seiten?|pp?|s|págs?|쪽|페이지|页|頁|ページ)\.?"
_PAGES = (
    rf"[,: ][ \u00a0]{{0,2}}{_PAGE}[ \u00a0]{{0,2}}\d{{1,4}}(?:[ ]?[-\u2013][ ]?\d{{1,4}})?"
    r"|[,:][ \u00a0]{0,2}\d{1,4}[ ]?(?:쪽|페이지|页|頁|ページ)"
)
_PLACE = (
    rf"{_PAGES}"
    r"|(?::\d{1,4})?†[^\]】］〕〗⟧〛\n]{0,60}"
)
_NUMBERS = rf"\d{{1,3}}(?:(?:(?:{_PAGES})?{_AND}|{_TO})(?:\^|{_LABEL})?\d{{1,3}}){{0,19}}"
_INSIDE = (
    rf"[ \u00a0]?\^?{_LEAD}(?P<label>{_LABEL})?#?(?P<numbers>{_NUMBERS})(?(label)번?|)\^?"
    rf"(?P<place>{_PLACE})?"
    # What a source is called may stand behind its number, and behind that another source.
    r"(?(label)(?P<name>(?:[:,;]|[ \u00a0][-\u2013\u2014])[ \u00a0][^\[\]【】()（）\n]{1,60}"
    r"|[ \u00a0]\([^\[\]【】()（）\n]{1,60}\))?|)[ \u00a0]?"
)
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
}
START = "[cite_start]"
BRACKETS = "".join(open_ for open_ in _CLOSES if open_ not in "(（")
PARENTHESES = "(（"
_IN_BRACKETS = re.compile(
    rf"\\?(?P<open>[{re.escape(BRACKETS)}]{{1,2}}){_INSIDE}\\?(?P<close>[\]】］〕〗⟧〛]{{1,2}})",
    re.IGNORECASE,
)
_IN_PARENTHESES = re.compile(rf"(?P<open>[(（]){_INSIDE}(?P<close>[)）])", re.IGNORECASE)
_RAISED_TAG = re.compile(rf"<sup>[ ]?(?P<open>\[?){_INSIDE}(?P<close>\]?)[ ]?</sup>", re.IGNORECASE)
RAISED = "¹²³⁰⁴⁵⁶⁷⁸⁹"
_RAISED = re.compile(rf"[{RAISED}]{{1,3}}(?:[,˒⸴⁻][{RAISED}]{{1,3}}){{0,9}}")
_RAISED_MARKS = re.compile(
    r"<sup>(?:[ ]?,?[ ]?[\[(]{0,2}\^?(?P<first>\d{1,3})[\])]{0,2})"
    r"(?:[ ]?,?[ ]?[\[(]{0,2}\^?\d{1,3}[\])]{0,2}){0,9}[ ]?</sup>",
    re.IGNORECASE,
)
_CARET = re.compile(
    r"\^(?P<open>\[|\()?(?P<numbers>\d{1,3}(?:[ ]?,[ ]?\d{1,3}){0,9})"
    r"(?P<close>\]|\))?(?P<end>\^)?"
)
# In parentheses they are as often what the text is about: "both uploads (file 1)".
_OF_FILES = re.compile("file|result", re.IGNORECASE)
_PARTS = re.compile(
    rf"(?P<to>{_TO})?(?:\^|(?=[^\W\d_]){_LABEL})?(?P<n>\d{{1,3}})(?:{_PAGES})?", re.IGNORECASE
)
_LABELLED = re.compile(
    rf"(?:{_CONJUNCTION}|[,;&])[ \u00a0]{{0,2}}{_LABEL}(?P<n>\d{{1,3}})(?!\d)", re.IGNORECASE
)

MAX_RANGE = 20

_MIN_WORD_CHARS = 3
_CJK_END = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]\Z")
_WORD_BEFORE = re.compile(
    r"((?<![^\W\d_])[^\W\d_]++|(?<!§)§++)[.\"”’»)*_]{0,3}"
    r"(?P<number>[ \u00a0]\d[\d.,]{0,9})?[ \u00a0]?\Z"
)
_YEAR_BEFORE = re.compile(r"(?<![\d.,])(?:1[5-9]|20)\d\d\Z")
# Raised and lowered digits are letters for `re`.
_LETTERS_BEFORE = re.compile(rf"([^\W\d_{RAISED}₀-₉]{{1,30}}+)[\"”’»)*_]{{0,3}}\Z")
_PARENTHESIS_FOLLOWS = re.compile(
    r"[\w%\"”’»)*\]][ \u00a0]{1,2}\Z|[.!?。…][\"”’»)*_]{0,3}[ \u00a0]?\Z"
)
_GOES_ON = re.compile(
    # `report (1).pdf` is the name of a file.
    r"[*_]{0,3}(?:\.(?![a-z0-9])|[,;:!?。，；！？|)]|$|\r?\n|[ \u00a0]?[(（]\d{1,3}[)）]"
    r"|[ \u00a0](?:and|but|while|which|or|as|whereas|und|aber|et|y|pero)\b)"
)


@dataclass(frozen=True, slots=True)
class CitationMark:
    """A mark as a model wrote it: how many characters it has, and its numbers.

    `bracketed` is false for forms that have other uses as well. `ours` is one of ours already,
    whose numbers may be of no passage.
    """

    length: int
    numbers: tuple[int, ...]
    bracketed: bool = True
    ours: bool = False


def match_mark_at(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    """The mark that stands at a place, if one does and its passages were shown.

    `before` is the line up to there. What follows must be there already, a dozen characters.
    """
    sign = text[at]
    if sign in RAISED:
        return _match_superscript(text, at, before, shown)
    if sign == "^":
        return _match_caret(text, at, before, shown)
    if sign in PARENTHESES:
        return _match_parentheses(text, at, before, shown)
    if sign == "<":
        return _match_raised_tag(text, at, before, shown)
    return _match_brackets(text, at, before, shown)


def _match_brackets(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    if text.startswith(START, at):
        # Gemini's, before what it cites; the number comes behind: `[cite_start]…[cite: 1]`.
        return CitationMark(len(START), ())
    match = _IN_BRACKETS.match(text, at)
    if match is None or not _closes(match):
        return None
    if mark := MARK.fullmatch(match[0]):
        return CitationMark(len(match[0]), tuple(numbers_of(mark)), ours=True)
    after = text[match.end() : match.end() + 1]
    # A link; the place where a note itself stands; a part of a list in a program.
    is_note = after == ":" and not before.strip()
    is_part = match["open"] == "[" and INDEXED.search(before[-50:])
    # In a program `[1-3]+` is a pattern.
    if (after and after in "(+{") or is_note or is_part:
        return None
    return _build_mark(match, shown, bracketed=True)


def _match_parentheses(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    match = _IN_PARENTHESES.match(text, at)
    if match is None or before.endswith("]"):
        return None
    if match["label"]:
        is_thing = _OF_FILES.match(match["label"])
        return None if is_thing else _build_mark(match, shown, bracketed=True)
    if not _is_alone(before, match["numbers"]) or not _GOES_ON.match(text, match.end()):
        return None
    if match["place"] or re.search(_TO, match["numbers"]):
        return None
    return _build_mark(match, shown, bracketed=False)


def _is_alone(before: str, number: str) -> bool:
    """Return whether a number in parentheses stands behind what was said, and numbers nothing."""
    if not (_PARENTHESIS_FOLLOWS.search(before) or _CJK_END.search(before)):
        return False
    match = _WORD_BEFORE.search(before[-60:])
    if match is None:
        return True
    word = match[1].casefold()
    if word in THINGS or word.removesuffix("s") in THINGS:
        return False
    if len(word) == 1 and word.isascii() and match[1].islower() and not match["number"]:
        # A function: "f (1)".
        return False
    # "within two (2)" says the same again.
    return bool(match["number"]) or (word not in LEADING and str(COUNTED.get(word)) != number)


def _match_superscript(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    found = _RAISED.match(text, at)
    after = text[found.end() : found.end() + 1] if found else ""
    # SO₄²⁻ has a charge.
    if found is None or after.isalnum() or (after and after in "⁺⁻"):
        return None
    if not _may_have_note(before):
        return None
    numbers = _raised_numbers(found[0], shown)
    return CitationMark(len(found[0]), numbers, bracketed=False) if numbers else None


def _match_raised_tag(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    if found := _RAISED_MARKS.match(text, at):
        digits = re.findall(r"\d+", found[0])
        is_power = found[0][len("<sup>") :].lstrip(" ").startswith(found["first"])
        numbers = tuple(map(int, digits))
        if (is_power and not _may_have_note(before)) or not _are_shown(numbers, shown):
            return None
        return CitationMark(len(found[0]), numbers)
    return _build_mark(_RAISED_TAG.match(text, at), shown, bracketed=True)


def _match_caret(text: str, at: int, before: str, shown: int) -> CitationMark | None:
    """`^[1]`, `^1^` and, where it is no power, `^1`."""
    found = _CARET.match(text, at)
    if found is None or (found["close"] or "") != _CLOSES.get(found["open"] or "", ""):
        return None
    numbers = tuple(int(n) for n in re.findall(r"\d+", found["numbers"]))
    if not _are_shown(numbers, shown) or text[found.end() : found.end() + 1].isalnum():
        return None
    is_certain = found["open"] == "[" or bool(found["end"])
    if not _may_have_note(before) or (not is_certain and "=" in before):
        return None
    return CitationMark(len(found[0]), numbers, bracketed=is_certain)


def _are_shown(numbers: tuple[int, ...], shown: int) -> bool:
    return all(1 <= n <= shown for n in numbers)


def _may_have_note(before: str) -> bool:
    """Return whether a raised number is no power: behind a word, a sentence or a year."""
    if before[-1:] in tuple(" \u00a0"):
        # A power stands at what it raises.
        return before.rstrip(" \u00a0")[-1:].isalpha() or _may_have_note(before.rstrip(" \u00a0"))
    word = _LETTERS_BEFORE.search(before)
    if word is None:
        return before[-1:] in tuple('.,;:!?。，…%"”’»)') or bool(_YEAR_BEFORE.search(before))
    if _CJK_END.search(word[1]):
        return True
    return len(word[1]) >= _MIN_WORD_CHARS and word[1].casefold() not in UNITS


def _raised_numbers(raised: str, shown: int) -> tuple[int, ...]:
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
    return numbers if _are_shown(numbers, shown) else ()


def _closes(match: re.Match[str]) -> bool:
    return match["close"] == "".join(_CLOSES[sign] for sign in match["open"])


def _build_mark(match: re.Match[str] | None, shown: int, *, bracketed: bool) -> CitationMark | None:
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
    if not _are_shown(tuple(numbers), shown):
        return None
    return CitationMark(len(match[0]), tuple(numbers), bracketed)
