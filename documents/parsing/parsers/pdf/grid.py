"""A table on a page, by the numbers of the characters that stand in its cells."""

from typing import NamedTuple


class Cell(NamedTuple):
    """A cell with its characters, and how many columns and rows it covers."""

    numbers: list[int]
    columns: int = 1
    rows: int = 1


class Table(NamedTuple):
    """The rows of a table, and from where to where its columns go."""

    rows: list[list[Cell]]
    columns: list[tuple[float, float]]

    def numbers(self) -> set[int]:
        return {number for row in self.rows for cell in row for number in cell.numbers}
