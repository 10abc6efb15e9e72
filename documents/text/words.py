"""The words of a text, cut the same way for texts that are indexed and for queries.

    plain(text)      the text as it looks: one form of each character, nothing invisible
    words(text)      its words, in small letters and in their order

PostgreSQL's own parser asks the database's locale which characters beyond ASCII are letters, so
the same text has other words in another database, and under the locale C each quotation mark,
dash and no-break space is a letter. So words are cut here, by Unicode's tables, and PostgreSQL
gets them one by one (`documents.text.lexemes`).

Korean, Japanese and Chinese put several words between two spaces, or none; there every two
neighbouring characters count as a word, and in Thai, Lao, Burmese and Khmer every two neighbouring
consonants with their vowels. (Bigrams find Korean pages as well as multilingual
embedding models do, see docs/retrieval.md.)
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from aiapp.text.normal_form import normalize
from documents.text.characters import PREPARED, SEPARATED, SHAPES, VISIBLE, WITHOUT_SIGNS

# Longer runs of letters are no words: keys, checksums, encoded files.
MAX_WORD = 200
# Of "state-of-the-art" the whole is a word as well.
MAX_COMPOUND = 64

# Hangul, kana and Han characters, which are written without a space after each word.
_CJK = (
    "\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U000323af"
)
_RUN = re.compile(f"[{_CJK}]+")
# Thai and Lao, Burmese, Khmer: vowels that stand before their consonant, marks behind it, and what
# puts a second consonant below the first.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_MARKS = (
    "\u0e30-\u0e3a\u0e45\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ece"
    "\u102b-\u103e\u1056-\u1059\u105e-\u1060\u17b4-\u17d3\u17dd"
)
_CLUSTER = re.compile(
    rf"[\u0e40-\u0e44\u0ec0-\u0ec4]?[{_UNSPACED}](?:[\u1039\u17d2][{_UNSPACED}]|[{_MARKS}])*"
)
_IN_CLUSTERS = re.compile(f"([{_UNSPACED}]+)")
# A soft hyphen, and the end of the line that it stands at.
# Old encodings have it as a sign of negation, which ends no line otherwise.
_SOFT_HYPHEN = re.compile(
    "\n?\u00ad(?:[ \t\r]{0,4}\n[ \t]{0,4})?|(?<=\\w)\u00ac[ \t\r]{0,4}\n[ \t]{0,4}(?=\\w)"
)
_ORDINAL_SIGN = re.compile("(?<=\\d)[.]?[ºª]")
# Groups of three digits, parted by what is no sign of a list.
_GROUPED = re.compile(
    r"(?<![\d.,])\d{1,3}(?:['’`\u00b4\u02bc\uff07\u00a0\u066c\u2007-\u2009\u202f]\d{3}){1,6}(?!\d)"
)
_SPACED = re.compile(
    r"(?<![\w.,-])(?<!\d )[1-9]\d{0,2}(?: \d{3}){1,6}(?:[.,]\d{1,2})?(?![\w,-]| \d)"
)
_BETWEEN_GROUPS = re.compile(r"\D")

# After `_fold` a text has letters, their marks, and of other characters only these.
_WORD = rf"[^\s\-.,{_CJK}]"
# At a line's end a hyphen may be the word's own or the typesetter's.
_HYPHEN = r"-(?:[ \t]{0,4}\n[ \t]{0,4})?"
# Without spaces, a line ends within a word as often as behind one.
_LINES = rf"[{_CJK}]+(?:[ \t]{{0,2}}\n[ \t]{{0,2}}[{_CJK}]+)*"
_COMPOUND = re.compile(rf"({_LINES})|{_WORD}+(?:(?:[.,]|{_HYPHEN}){_WORD}+)*")
_HYPHENS = re.compile(_HYPHEN)
_POINTS = re.compile(r"[.,]")
_WITH_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:,\d\d)*,\d{3}")
_WITH_POINTS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")

# The same in a text whose characters stand for their kinds (`_shape`).
_SHAPE_OF_WORD = re.compile("w+")
_SHAPE = re.compile(r"w+(?:(?:,|-(?: {0,4}\n {0,4})?|\n?s(?: {0,4}\n {0,4})?)w+)*")

# Letters that look alike or are written for each other, and accents that capitals have not.
_LIKE = str.maketrans(
    {"œ": "oe", "æ": "ae", "ё": "е"}
    | dict(zip("كيىھہۀةأإآٱάέήίόύώ", "کییههههااااαεηιουω", strict=True))
)
# Vowel points of Arabic and Hebrew, which are mostly left out.
_POINTED = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0652\u0670]+")
_DOT_ABOVE = "\u0307"


def plain(text: str) -> str:
    """The text with one form of what looks alike, and without what nobody sees.

    Ligatures, full-width forms and letters with combining marks are composed (NFKC); soft hyphens,
    marks of zero width and of direction are taken out.
    """
    if text.isascii():
        return text
    text = _SOFT_HYPHEN.sub("", text).translate(VISIBLE)
    return normalize("NFKC", text)


def without_points(text: str) -> str:
    """The text without the vowel points of Arabic and Hebrew, which are mostly left out."""
    return text if text.isascii() else _POINTED.sub("", text)


def remove_signs(text: str) -> str:
    """The text with a space for each character that belongs to no word, as punctuation."""
    return text.translate(WITHOUT_SIGNS)


def without_grouping(text: str) -> str:
    """The text with 1'500 as 1500: an apostrophe or a no-break space parts no numbers.

    The Arabic sign of decimals becomes a point.
    """
    return _GROUPED.sub(_remove_marks, text).replace("\u066b", ".")


def words(text: str) -> list[str]:
    """The words of a text in their order, in small letters; the time is linear in its length.

    A word with hyphens counts as its parts and as one, for "e-mail" may be written "email" and a
    typesetter's hyphen at the end of a line is none. A number has no marks between
    its digits but a decimal point.
    """
    folded = _fold(text)
    cut = [
        word
        for match in _COMPOUND.finditer(folded)
        for compound in (_pairs(match[0]) if match[1] else _cut_words(match[0]))
        for word in _cut_clusters(compound)
        if len(word) <= MAX_WORD
    ]
    for number in _SPACED.findall(folded):
        # 1 500 may be two numbers, or one; so each counts.
        cut += _whole(number.replace(" ", "").replace(",", "."))
    return cut


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each of the `words` in the text as it stands.

    What hyphens or marks between digits join comes first as one, then in parts.
    """
    for whole in _SHAPE.finditer(text.translate(SHAPES)):
        parts = list(_SHAPE_OF_WORD.finditer(whole[0]))
        if len(parts) > 1:
            yield whole.span()
        for part in parts:
            yield whole.start() + part.start(), whole.start() + part.end()


def has_cjk(text: str) -> bool:
    return _RUN.search(text) is not None


def is_unspaced(text: str) -> bool:
    """Return whether a text has a script that puts no space between words."""
    return has_cjk(text) or _IN_CLUSTERS.search(text) is not None


def lone_characters(text: str) -> list[str]:
    """Characters of a query in scripts without spaces that stand alone.

    As a word's beginning they still find it; of Thai and its like consonants with their vowels.
    """
    lone = [run for run in _RUN.findall(plain(text)) if len(run) == 1]
    runs = _IN_CLUSTERS.findall(_fold(text))
    return lone + [run for run in runs if _CLUSTER.match(run).end() == len(run)]  # type: ignore[union-attr]


def build_any_query(lexemes: Iterable[str], beginnings: Iterable[str] = ()) -> str:
    """A `tsquery` that matches a text with any of the lexemes, or a word that so begins."""
    terms = [quote_lexeme(lexeme) for lexeme in lexemes]
    return " | ".join([*terms, *(f"{quote_lexeme(beginning)}:*" for beginning in beginnings)])


def quote_lexeme(lexeme: str) -> str:
    """A lexeme as it is written in a `tsquery`."""
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def _fold(text: str) -> str:
    """Small letters, digits and marks of letters; of the rest only hyphen, point, comma, line."""
    text = without_grouping(text)
    if not text.isascii():
        text = plain(_ORDINAL_SIGN.sub(" ", text).translate(PREPARED)).casefold()
        # A capital I with a dot becomes two characters, and one without a dot has a small one.
        text = text.replace(f"i{_DOT_ABOVE}", "i").replace("\u0131", "i")
        # Some letters fold to capitals, and some into characters that can be composed.
        text = without_points(normalize("NFKC", text)).translate(_LIKE)
    return text.lower().translate(SEPARATED)


def _remove_marks(match: re.Match[str]) -> str:
    return _BETWEEN_GROUPS.sub("", match[0])


def _pairs(run: str) -> list[str]:
    joined = run if run.isalnum() else "".join(run.split())
    return [joined[n : n + 2] for n in range(len(joined) - 1)] or [joined]


def _cut_clusters(word: str) -> Iterable[str]:
    """Return a word, or of scripts without spaces every two consonants with their vowels."""
    if word.isascii() or not _IN_CLUSTERS.search(word):
        return (word,)
    cut: list[str] = []
    for run in filter(None, _IN_CLUSTERS.split(word)):
        clusters = _CLUSTER.findall(run)
        cut += [f"{one}{two}" for one, two in pairwise(clusters)] or [run]
    return cut


def _cut_words(compound: str) -> Iterator[str]:
    if compound.isalnum():
        yield compound
        return
    parts = _HYPHENS.split(compound)
    for part in parts:
        yield from _split_points(part)
    whole = "".join(parts)
    if len(parts) > 1 and len(whole) <= MAX_COMPOUND and not _is_number(whole):
        yield _POINTS.sub("", whole)


def _split_points(text: str) -> Iterator[str]:
    """Yield the words between hyphens: a number, an abbreviation (U.S.), words beside a point."""
    parts = _POINTS.split(text)
    if len(parts) == 1:
        yield text
    elif _is_number(text):
        yield from _numbers(text)
    elif all(len(part) == 1 and not part.isdecimal() for part in parts):
        yield "".join(parts)
    else:
        yield from parts


def _numbers(text: str) -> Iterator[str]:
    """1,500.25 as 1500.25. 1.500 may be either of two numbers, and stands for both.

    Of a date, a version or a list (3.12.2024, 3.1.4, 1,2,3) each number counts, and of what has
    points the whole.
    """
    if _WITH_COMMAS.fullmatch(text):
        yield from _whole(text.replace(",", ""))
        return
    if _WITH_POINTS.fullmatch(text):
        yield from _whole(text.replace(".", "").replace(",", "."))
    parts = _POINTS.split(text)
    if len(parts) == 2:  # noqa: PLR2004 - one mark
        yield from _whole(text.replace(",", "."))
        return
    yield from parts
    if "," not in text:
        yield text


def _whole(number: str) -> Iterator[str]:
    """A number, and without its decimals if those are nothing: 1500.00 is 1500."""
    yield number
    whole, _, decimals = number.partition(".")
    if decimals and not decimals.strip("0"):
        yield whole


def _is_number(text: str) -> bool:
    return text.replace(".", "").replace(",", "").isdecimal()
