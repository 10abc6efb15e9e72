"""The text of a page, of which each character is known by its number."""

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate, chain, compress, count, pairwise
from operator import not_
from typing import Any

from pypdfium2 import raw

from documents.parsing.parsers.pdf import raised, right_to_left
from documents.parsing.parsers.pdf.fonts.codeless import mark_codeless
from documents.parsing.parsers.pdf.glyphs import Glyph, measure

_WORD = re.compile(r"\S+")
_MARKS = frozenset("0123456789,*†‡§+-−–")


class Written:
    """A page's text as pdfium tells it, with signs before figures that stand higher or lower.

    Characters that are drawn are counted, breaks between them are not. Of some pages it cannot be
    told which characters are which; those are without `is_known`.
    """

    def __init__(self, text: Any) -> None:
        self._text = text
        self._measured: list[Glyph] | None = None
        self._glyphs: dict[int, Glyph] = {}
        told = str(text.get_text_bounded())
        stored = str(text.get_text_range())
        self._places = list(compress(range(len(stored)), map(not_, map(str.isspace, stored))))
        self.is_known = len(stored) == text.count_chars()
        if self.is_known and not _is_same(stored, told):
            # What stands beside the page is stored, and not told.
            beside = set(self._places).difference(self._list_on_page())
            stored = "".join(sign for n, sign in enumerate(stored) if n not in beside)
            self._places = [n for n in self._places if n not in beside]
            self._measured, self._glyphs = None, {}
            self.is_known = _is_same(stored, told)
        # What is told glues words, where lines of several cells lie close together; what is stored
        # has breaks around figures that stand higher.
        self._told = _join_breaks(told, stored) if self.is_known else mark_codeless(text, told)
        if right_to_left.has_words(self._told) and (glyphs := self._measure_told(stored)):
            self._told = right_to_left.put_in_order(self._told, glyphs)
        self._chars = "".join(self._told.split())
        self._shown: str | None = None
        # What stands before each character.
        self._before = self._list_breaks() if self.is_known else []

    def _measure_told(self, stored: str) -> list[Glyph]:
        """Return where the characters stand of what is told, known or not; nothing if it cannot."""
        if self.is_known:
            return self.measure()
        if not _is_same(stored, self._told) or max(stored) > "\uffff":
            return []
        # Characters that have no code are counted, and are not in the text.
        find = raw.FPDFText_GetCharIndexFromTextIndex
        return measure(self._text, [find(self._text.raw, place) for place in self._places])

    def __str__(self) -> str:
        if not self.is_known:
            return self._told
        if self._shown is None:
            pairs = zip(self._before, self._chars, strict=True)
            self._shown = "".join(chain.from_iterable(pairs))
        return self._shown

    def measure(self) -> list[Glyph]:
        """Return where characters stand, by their numbers; measured when it is first asked for."""
        if self._measured is None:
            self._measured = measure(self._text, self._places)
        return self._measured

    def tell(self, numbers: Sequence[int]) -> str:
        """Return some of the characters on one line, in the order of their numbers."""
        pieces = [self._chars[number] for number in numbers[:1]]
        for before, number in pairwise(numbers):
            pieces += [self._part(before, number), self._chars[number]]
        return " ".join("".join(pieces).split())

    def _part(self, before: int, number: int) -> str:
        """Return what stands between two characters of a cell."""
        if number == before + 1:
            return self._before[number]
        if not self._glyphs:
            self._glyphs = {each.number: each for each in self._measured or ()}
        here, last = self._glyphs.get(number), self._glyphs.get(before)
        if here is None or last is None or self._chars[number] not in _MARKS:
            return " "
        return "^" if _is_raised(here, last) else " "

    def join(self, numbers: Sequence[int]) -> str:
        """Return some of the characters with nothing between them."""
        return "".join(self._chars[number] for number in numbers)

    def tell_lines(self, numbers: Sequence[int]) -> str:
        """Return some of the characters with the breaks between them."""
        pieces = [self._chars[number] for number in numbers[:1]]
        for before, number in pairwise(numbers):
            gap = self._before[number] if number == before + 1 else "\n"
            pieces += [gap, self._chars[number]]
        return "".join(pieces)

    def has_on_a_line(self, numbers: Sequence[int]) -> bool:
        """Tell whether the text has characters on one line that is theirs alone."""
        first, last = numbers[0], numbers[-1]
        breaks = self._before[first + 1 : last + 1]
        return last - first + 1 == len(numbers) and not any("\n" in each for each in breaks)

    def count_lines(self, numbers: Sequence[int]) -> int:
        """Return on how many lines the text has some of the characters."""
        apart = (
            number != before + 1 or "\n" in self._before[number]
            for before, number in pairwise(numbers)
        )
        return 1 + sum(apart)

    def replace(self, blocks: Mapping[int, str], left_out: Collection[int]) -> str:
        """Return the text with blocks in the places of some characters, and without others."""
        pieces: list[str] = []
        is_break_due = False
        for number, char in enumerate(self._chars):
            if number in blocks:
                pieces.append(f"\n\n{blocks[number].strip()}\n")
            if number in left_out:
                is_break_due = True
                continue
            pieces += ["\n" if is_break_due else self._before[number], char]
            is_break_due = False
        return "".join(pieces).strip("\n")

    def _list_on_page(self) -> list[int]:
        left, bottom, right, top = self._text.page.get_bbox()
        return [
            self._places[each.number]
            for each in self.measure()
            if left <= each.right
            and each.left <= right
            and bottom <= each.top
            and each.bottom <= top
        ]

    def _list_breaks(self) -> list[str]:
        breaks: list[str] = []
        # By the place in what is told, that among the characters.
        numbers: dict[int, int] = {}
        signs = raised.find_signs(self._text, self._told, self._places)
        end = 0
        for word in _WORD.finditer(self._told):
            start = word.start()
            if signs:
                numbers |= zip(range(start, word.end()), count(len(breaks)))
            breaks.append(self._told[end:start])
            end = word.end()
            breaks += [""] * (end - start - 1)
        for place, (left_out, sign) in signs.items():
            number = numbers[place]
            gap = breaks[number]
            breaks[number] = gap[: max(len(gap) - left_out, 0)] + sign
        return breaks


def _is_raised(here: Glyph, last: Glyph) -> bool:
    """Tell whether a character is smaller than one before, higher, and right beside it."""
    size = last.top - last.bottom
    return (
        here.top - here.bottom <= raised.MAX_SIZE * size
        and here.bottom - last.bottom >= raised.MIN_MOVED * size
        and abs(here.left - last.right) <= raised.MAX_GAP * size
    )


def _join_breaks(told: str, stored: str) -> str:
    """Return a text with the breaks of another, where it has none of its own."""
    words, further = told.split(), stored.split()
    if len(words) >= len(further):
        return told
    ends = set(accumulate(map(len, further)))
    pieces, count = [], 0
    for at, char in enumerate(told):
        is_glued = count in ends and not char.isspace() and at and not told[at - 1].isspace()
        pieces += ["\n", char] if is_glued else [char]
        count += not char.isspace()
    return "".join(pieces)


def _is_same(stored: str, told: str) -> bool:
    """Tell whether two texts differ in their spaces alone."""
    left, right = ("".join(each.split()).replace("\ufffe", "\x02") for each in (stored, told))
    return left == right
