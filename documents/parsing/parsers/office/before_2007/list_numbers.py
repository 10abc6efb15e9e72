"""Numbers of paragraphs in documents of Word 97 to 2003, as they are shown: "3.2" of a clause.

A paragraph names a list of the document by its place in a table ([MS-DOC] 2.9.131), that names one
of the lists that there are (2.9.147), whose levels say how they count (2.9.150): their text has the
number of a level in the place of the level's own.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from documents.parsing.parsers.numerals import write
from documents.parsing.parsers.office.before_2007.word_file import WordFile

LISTS, OVERRIDES = 73, 74
MAX_LEVELS, MAX_LISTS = 9, 5_000
_LIST, _LEVEL, _OVERRIDE = struct.Struct("<iI18xBx"), struct.Struct("<iBB18xBBxx"), 16
_BULLETS = {23, 255}
# How levels count, by the names that it has in files of today.
_KINDS = dict(
    enumerate(
        """
        decimal upperRoman lowerRoman upperLetter lowerLetter ordinal cardinalText ordinalText hex
        chicago ideographDigital japaneseCounting aiueo iroha decimalFullWidth decimalHalfWidth
        japaneseLegal japaneseDigitalTenThousand decimalEnclosedCircle decimalFullWidth2
        aiueoFullWidth irohaFullWidth decimalZero bullet ganada chosung decimalEnclosedFullstop
        decimalEnclosedParen decimalEnclosedCircleChinese ideographEnclosedCircle
        ideographTraditional ideographZodiac ideographZodiacTraditional taiwaneseCounting
        ideographLegalTraditional taiwaneseCountingThousand taiwaneseDigital chineseCounting
        chineseLegalSimplified chineseCountingThousand decimal koreanDigital koreanCounting
        koreanLegal koreanDigital2 hebrew1 arabicAlpha hebrew2 arabicAbjad hindiVowels
        hindiConsonants hindiNumbers hindiCounting thaiLetters thaiNumbers thaiCounting
        vietnameseCounting numberInDash russianLower russianUpper
        """.split()  # noqa: SIM905
    )
)
_LEGAL, _SIMPLE, _HAS_START, _HAS_FORM = 0x04, 0x01, 0x10, 0x20


class Level(NamedTuple):
    start: int
    kind: int
    is_legal: bool
    text: str


class ListNumbers:
    """The lists of a document, and how far each has been counted. Without any it has none."""

    def __init__(self, file: WordFile) -> None:
        self._levels: dict[int, list[Level]] = {}
        # Of each name of a list: the list, and what it begins its levels with.
        self._names: list[tuple[int, dict[int, int]]] = []
        self._counts: dict[int, list[int | None]] = {}
        self._begun: set[int] = set()
        try:
            self._levels = dict(_read_lists(*file.read_behind(LISTS)))
            self._names = list(_read_names(*file.read_behind(OVERRIDES)))
        except (struct.error, ValueError, IndexError):
            # The text can be read without.
            self._levels, self._names = {}, []

    def count(self, name: int, depth: int) -> str:
        """Return the number of the next paragraph of a list; "" if it has none."""
        if not 0 < name <= len(self._names):
            return ""
        key, starts = self._names[name - 1]
        levels = self._levels.get(key, [])
        if depth >= len(levels):
            return ""
        counts = self._counts.setdefault(key, [None] * MAX_LEVELS)
        if name not in self._begun:
            self._begun.add(name)
            for level in starts:
                counts[level] = None
        for n in range(depth + 1):
            first = starts.get(n, levels[n].start)
            before = counts[n]
            if n == depth:
                counts[n] = first if before is None else before + 1
            elif before is None:
                counts[n] = first
        counts[depth + 1 :] = [None] * (MAX_LEVELS - depth - 1)
        return _write(levels, depth, counts)


def _write(levels: list[Level], depth: int, counts: list[int | None]) -> str:
    level = levels[depth]
    if level.kind in _BULLETS:
        return ""
    pieces = []
    for sign in level.text:
        n = ord(sign)
        if n < len(levels):
            is_decimal = level.is_legal and n < depth
            kind = "decimal" if is_decimal else _KINDS.get(levels[n].kind, "decimal")
            pieces.append(write(counts[n] or 0, kind))
        else:
            pieces.append(sign)
    return "".join(pieces).strip()


def _read_lists(table: bytes, behind: bytes) -> Iterator[tuple[int, list[Level]]]:
    """Yield lists by their numbers; their levels stand behind the table of them."""
    if not table:
        return
    (count,) = struct.unpack_from("<H", table)
    at = 0
    for n in range(min(count, MAX_LISTS)):
        number, _, flags = _LIST.unpack_from(table, 2 + n * _LIST.size)
        levels = []
        for _ in range(1 if flags & _SIMPLE else MAX_LEVELS):
            level, at = _read_level(behind, at)
            levels.append(level)
        yield number, levels


def _read_level(data: bytes, at: int) -> tuple[Level, int]:
    start, kind, flags, characters, paragraph = _LEVEL.unpack_from(data, at)
    at += _LEVEL.size + characters + paragraph
    (length,) = struct.unpack_from("<H", data, at)
    text = data[at + 2 : at + 2 + 2 * length].decode("utf-16-le", "replace")
    return Level(start, kind, bool(flags & _LEGAL), text), at + 2 + 2 * length


def _read_names(table: bytes, _: bytes) -> Iterator[tuple[int, dict[int, int]]]:
    """Yield the list of each name, and the starts that it has of its own."""
    if not table:
        return
    (count,) = struct.unpack_from("<I", table)
    count = min(count, MAX_LISTS)
    at = 4 + count * _OVERRIDE
    for n in range(count):
        number, own = struct.unpack_from("<i8xB", table, 4 + n * _OVERRIDE)
        at += 4
        starts = {}
        for _each in range(own):
            start, flags = struct.unpack_from("<iI", table, at)
            at += 8
            if flags & _HAS_FORM:
                level, at = _read_level(table, at)
                start = level.start
            if flags & (_HAS_START | _HAS_FORM):
                starts[min(flags & 0xF, MAX_LEVELS - 1)] = start
        yield number, starts
