"""The cells that tables are found on, and the bounds of what is read of them."""

from dataclasses import dataclass, field

from documents.parsing.tabular.columns import Value

MAX_COLUMNS = 200
# Of a heading or a caption.
MAX_LABEL_CHARS = 120


@dataclass(slots=True)
class Row:
    """A row of a grid. `number` is what its reader calls it, counted from 1."""

    number: int
    cells: list[Value]


@dataclass(slots=True)
class Grid:
    """The cells of a sheet, a file of values or a table in a text."""

    rows: list[Row]
    # The sheet, or the headings that it stands under.
    title: str = ""
    # The page, slide or sheet, and where in the document's text it stands.
    page: int = 1
    start: int | None = None
    end: int | None = None
    is_comma_likely: bool = False
    # What was seen while it was read, and people should know.
    notes: list[str] = field(default_factory=list)
    # Whether it is one table by its file's own word, which is not to be split.
    is_whole: bool = False


def get_cell(row: Row, column: int) -> Value:
    return row.cells[column] if column < len(row.cells) else None
