"""Citation marks: ours, `[1]` or `[1, 2]`, and those that models write instead.

    MARK, marks, remove_marks     our own, in a text that is finished
    match_mark_at                 another form at a place of a text, as numbers

A model is asked for `[1]` and writes what it was trained on: 【1】, 【1†source】, [^1], [Source 1],
[citation:1], [1-3], (1), ¹. Only numbers of passages that the model was shown are marks; whatever
else stands in brackets is text. Where a form has other uses, as (1) numbers the items of a list,
the words around it decide, and in doubt it is text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Longer ones are text.
MAX_MARK = 90

MARK = re.compile(r"\[([0-9]{1,3}(?:\s{0,2},\s{0,2}[0-9]{1,3}){0,19})\]")
# `items[1]`, `a[1] = 2`, `rows[2].name`: what is indexed is a name of a program.
_INDEXED = re.compile(r"(?:(?<![^\W_])[a-z]|[a-z0-9]_\w{0,40}|_[a-z]\w{0,40}|[a-z][A-Z]\w{0,40})\Z")
_USE_OF_INDEX = re.compile(r"\s?(?:[-+*/]?=(?!=)|==)\s?\S|\.[a-z_]\w*(?:[(\s.]|$)|\(")

_LABELS = """
source sources src passage passages document documents doc docs ref refs reference references
citation citations cite excerpt excerpts snippet snippets chunk chunks context
quelle quellen beleg fuente fuentes fonte fontes fonti bron bronnen kilde källa źródło documento
dokument dok kaynak nguồn zdroj forrás lähde المصدر مصدر स्रोत แหล่งที่มา
file files result results evidence
источник источники 출처 자료 문서 근거 인용 참고 구절 来源 來源 出典 資料 文献 引用 文档 参考 參考
"""
LABELS = frozenset(_LABELS.split())
_NAME = rf"(?:{'|'.join(sorted(LABELS, key=len, reverse=True))})"
_LABEL = rf"{_NAME}[ \u00a0_-]?(?:(?:no|nr|number|id)\b)?[.:：#]{{0,2}}[ \u00a0]?#?"
# Which may stand before a label: "(see Source 1)", "[Search result 1]".
LEADS = ("see", "cf", "from", "per", "search", "vgl", "siehe", "voir", "véase", "참고", "참조")
_LEAD = rf"(?:(?:{'|'.join(LEADS)})\.?:?[ \u00a0](?={_NAME}))?"
_CONJUNCTION = r"(?:and|und|et|y|e)\b"
_AND = (
    rf"[ \u00a0]{{0,2}}(?:[,;、，；&](?:[ \u00a0]{{0,2}}{_CONJUNCTION})?|{_CONJUNCTION}|및)"
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
    rf"[ \u00a0]?\^?{_LEAD}(?P<label>{_LABEL})?#?(?P<numbers>{_NUMBERS})(?(label)번?|)"
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

# What is numbered by a number in parentheses, also behind another number: Article 5 (1).
_THINGS = """
equation equations eq eqs formula figure fig table step steps section sec chapter article art rule
clause paragraph para subsection item items point points option options case cases type level phase
part group class question number no nr note line row column page pages version volume vol issue
appendix annex exhibit schedule form example theorem lemma definition property statement constraint
condition assumption hypothesis pair tuple vector coordinate coordinates interval set sets range
§ §§ absatz abs artikel ziffer satz gleichung abbildung tabelle 제 식 표 그림 단계 조 항 호
"""
THINGS = frozenset(_THINGS.split())
# Behind these it is an amount or a thing itself: "a loss of (3)", "according to (1)".
_LEADING = """
of to is was were are be by from at than minus plus equals about in on for with and or only either
neither both
"""
LEADING = frozenset(_LEADING.split())
_COUNTED = "one two three four five six seven eight nine ten eleven twelve"
COUNTED = {word: n for n, word in enumerate(_COUNTED.split(), 1)}
_UNITS = """
metre metres meter meters kilometre kilometres kilometer kilometers centimetre centimetres
centimeter centimeters millimetre millimetres millimeter millimeters foot feet inch inches yard
yards mile miles second seconds sec chi sigma rho
"""
UNITS = frozenset(_UNITS.split())
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


def marks(text: str) -> Iterator[re.Match[str]]:
    """Our own marks in a text without code; `arr[1] = 5` has none."""
    for found in MARK.finditer(text):
        if not is_index(text, found):
            yield found


def numbers_of(mark: re.Match[str]) -> list[int]:
    return [int(number) for number in mark[1].split(",")]


def remove_marks(text: str) -> str:
    parts, at = [], 0
    for found in marks(text):
        parts.append(text[at : found.start()])
        at = found.end()
    return "".join([*parts, text[at:]])


def is_index(text: str, found: re.Match[str]) -> bool:
    """Return whether brackets take a place of a list in a program: `a[1]`, `rows[2].name`."""
    start = found.start()
    if not start or not (text[start - 1].isalnum() or text[start - 1] in "_])"):
        return False
    if _USE_OF_INDEX.match(text, found.end()):
        return True
    return _INDEXED.search(text[max(0, start - 50) : start]) is not None


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
    match = _IN_BRACKETS.match(text, at)
    if match is None or not _closes(match):
        return None
    if mark := MARK.fullmatch(match[0]):
        return CitationMark(len(match[0]), tuple(numbers_of(mark)), ours=True)
    after = text[match.end() : match.end() + 1]
    # A link; the place where a note itself stands; a part of a list in a program.
    is_note = after == ":" and not before.strip()
    is_part = match["open"] == "[" and _INDEXED.search(before[-50:])
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
