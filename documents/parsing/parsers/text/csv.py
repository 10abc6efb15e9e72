"""Tables in text files, separated by what parts their lines most evenly."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from documents.parsing import contents, encodings, tables
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.notes import note

_SEPARATORS = (",", ";", "\t", "|")
_SAMPLE_CHARS, _SAMPLE_ROWS = 64 * 1024, 100
_MAX_FIELD_CHARS = 1_000_000
# Lines that spreadsheets write to say how to part the others.
_SEPARATOR_LINE = "sep="
# Of the rows, how many have to agree on how many cells there are.
_MIN_AGREEING = 0.6
# Of the commas, how many may be followed by a space before it is a text that has commas.
_MAX_SPACED = 0.8
# A cell with so many lines is not one: somebody wrote a quotation mark for an inch.
_MAX_LINES_OF_CELL = 200


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first > 1:
        return
    decoded = encodings.read(contents.read(path))
    yield from decoded.notes()
    text, separator = _read_separator(decoded.text.replace("\0", ""))
    separator = separator or _find_separator(text[:_SAMPLE_CHARS])
    rows = _read_rows(text, separator, csv.QUOTE_MINIMAL)
    if rows is None:
        yield note("quotes_ignored")
        rows = _read_rows(text, separator, csv.QUOTE_NONE) or []
    yield "\n".join(tables.format_table(rows))


def _read_separator(text: str) -> tuple[str, str]:
    """The text without the line that names its separator, and that."""
    start = text[:16].lstrip("\ufeff").lower()
    if not start.startswith(_SEPARATOR_LINE):
        return text, ""
    line, _, rest = text.partition("\n")
    named = line.lstrip("\ufeff").strip("\r\n")[len(_SEPARATOR_LINE) :]
    return rest, named[:1].strip("\"'") or "\t"


def _find_separator(sample: str) -> str:
    """The separator that parts most rows into as many cells; "" for a single column."""
    best, most = "", 0.0
    for separator in _SEPARATORS:
        if separator not in sample:
            continue
        parsed = islice(_parse(sample, separator, csv.QUOTE_MINIMAL), _SAMPLE_ROWS)
        rows = [row for row in parsed if row]
        # The last may be cut off.
        counts = Counter(len(row) for row in (rows[:-1] if len(rows) > 2 else rows))  # noqa: PLR2004
        width, agreeing = max(counts.items(), key=lambda each: (each[0] > 1, each[1]))
        share = agreeing / max(counts.total(), 1)
        if width < 2 or share < _MIN_AGREEING or _is_prose(rows, separator):  # noqa: PLR2004
            continue
        # Of separators that agree as well, the one that parts into more.
        if share + width / 1000 > most:
            best, most = separator, share + width / 1000
    return best


def _is_prose(rows: Sequence[Sequence[str]], separator: str) -> bool:
    """Tell whether commas stand as in sentences: none in the first line, a space behind each."""
    behind = [cell for row in rows for cell in row[1:]]
    spaced = sum(cell.startswith(" ") for cell in behind)
    return (
        separator == ","
        and len(rows[0]) == 1
        and spaced > _MAX_SPACED * len(behind)
        and bool(behind)
    )


def _read_rows(text: str, separator: str, quoting: int) -> list[list[str]] | None:
    """All rows; None where a quotation mark that nobody closed would take half of the file."""
    if not separator:
        return [[line] for line in text.splitlines()]
    try:
        rows = list(_parse(text, separator, quoting))
    except csv.Error:
        return None
    if quoting == csv.QUOTE_NONE:
        return rows
    too_long = any(cell.count("\n") > _MAX_LINES_OF_CELL for row in rows for cell in row)
    return None if too_long else rows


def _parse(text: str, separator: str, quoting: int) -> Iterator[list[str]]:
    csv.field_size_limit(_MAX_FIELD_CHARS)
    # Lines end where they do in files; other signs that part lines may stand in cells.
    lines = io.StringIO(text, newline="")
    # The library's type of a way of quoting is not that of its constants.
    rows = csv.reader(lines, delimiter=separator, quoting=quoting)  # type: ignore[arg-type]
    for row in rows:
        yield [*map(tables.read_text_formula, row)]
