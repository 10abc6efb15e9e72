"""Merged cells of sheets: what stands in the first of them is true for all."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from documents.parsing.tables import MAX_REPEATED, MAX_REPEATED_CHARS, MAX_SPAN, Below, Beside

MAX_MERGED = 50_000


class Merged(NamedTuple):
    """A range of cells by its rows and columns, the first of which are 1."""

    top: int
    bottom: int
    left: int
    right: int


class MergedCells:
    """The merged cells of a sheet, by the rows at which they begin."""

    def __init__(self, ranges: Iterable[Merged]) -> None:
        self._beginning: dict[int, list[Merged]] = {}
        for each in islice(ranges, MAX_MERGED):
            if 0 < each.left <= each.right and 0 < each.top <= each.bottom:
                self._beginning.setdefault(each.top, []).append(each)
        self._budget = MAX_REPEATED

    def fill(self, rows: Iterable[tuple[int, list[str]]]) -> Iterator[list[str]]:
        """Yield the rows, with what a merged cell says in the places that it covers."""
        under_way: list[tuple[Merged, str]] = []
        for number, cells in rows:
            under_way = [each for each in under_way if each[0].bottom >= number]
            for merged, text in under_way:
                self._put(cells, merged, Below(text), merged.left)
            for merged in self._beginning.pop(number, ()):
                text = cells[merged.left - 1] if merged.left <= len(cells) else ""
                if not text or len(text) > MAX_REPEATED_CHARS:
                    continue
                self._put(cells, merged, Beside(text), merged.left + 1)
                if merged.bottom > number:
                    under_way.append((merged, text))
            yield cells

    def _put(self, cells: list[str], merged: Merged, text: str, first: int) -> None:
        last = min(merged.right, merged.left + MAX_SPAN)
        self._budget -= max(last - first + 1, 0)
        if self._budget < 0:
            return
        cells += [""] * (last - len(cells))
        for column in range(first, last + 1):
            if not cells[column - 1]:
                cells[column - 1] = text
