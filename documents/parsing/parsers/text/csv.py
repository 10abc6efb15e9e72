"""Tables in text files, separated by what parts their lines most evenly."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

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
# Quotation marks behind a separator and a space, and within a cell behind a stroke.
_SPACED_QUOTE, _ESCAPED_QUOTE = re.compile(r'[,;|] "'), re.compile(r'\\"[^,;|\t\r\n]')


class Form(NamedTuple):
    """The way a file parts its cells, perhaps with spaces before quotes, or strokes in them."""

    separator: str
    skips: bool = False
    escape: str | None = None
    quoting: int = csv.QUOTE_MINIMAL


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first > 1:
        return
    decoded = encodings.read(contents.read(path))
    yield from decoded.notes()
    text, separator = read_separator(decoded.text)
    form = find_form(text, separator)
    if form.quoting == csv.QUOTE_NONE:
        yield note("quotes_ignored")
    yield "\n".join(tables.format_table(list(parse(text, form))))


def read_separator(text: str) -> tuple[str, str]:
    """The text without the line that names its separator, and that."""
    text = text.replace("\0", "")
    start = text[:16].lstrip("\ufeff").lower()
    if not start.startswith(_SEPARATOR_LINE):
        return text, ""
    line, _, rest = text.partition("\n")
    named = line.lstrip("\ufeff").strip("\r\n")[len(_SEPARATOR_LINE) :]
    return rest, named[:1].strip("\"'") or "\t"


def find_form(text: str, separator: str = "") -> Form:
    """The form of a table. Where quotation marks do not match, they are signs like others."""
    form = _find_form(text[:_SAMPLE_CHARS], separator)
    if not form.separator or '"' not in text or _are_quotes_closed(text, form):
        return form
    return form._replace(quoting=csv.QUOTE_NONE)


def _find_form(sample: str, separator: str) -> Form:
    """The form that parts most rows into as many cells; one without a separator is one column."""
    forms = [Form(each) for each in (separator or _SEPARATORS)]
    if _SPACED_QUOTE.search(sample):
        forms += [form._replace(skips=True) for form in forms]
    if _ESCAPED_QUOTE.search(sample):
        forms += [form._replace(escape="\\") for form in forms]
    best, most = Form(separator), 0.0
    for form in forms:
        if form.separator in sample and (score := _rate(sample, form)) > most:
            best, most = form, score
    return best


def _rate(sample: str, form: Form) -> float:
    """Return the share of rows that agree on how many cells there are; 0 where too few do."""
    try:
        rows = [row for row in islice(_parse(sample, form), _SAMPLE_ROWS) if row]
    except csv.Error:
        return 0.0
    # The last may be cut off.
    counts = Counter(len(row) for row in (rows[:-1] if len(rows) > 2 else rows))  # noqa: PLR2004
    if not counts:
        return 0.0
    width, agreeing = max(counts.items(), key=lambda each: (each[0] > 1, each[1]))
    share = agreeing / max(counts.total(), 1)
    if width < 2 or share < _MIN_AGREEING or _is_prose(rows, form.separator):  # noqa: PLR2004
        return 0.0
    # Of separators that agree as well, the one that parts into more.
    return share + width / 1000


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


def _are_quotes_closed(text: str, form: Form) -> bool:
    """Tell whether no cell takes half of the file, for the want of a second quotation mark."""
    row: list[str] = []
    try:
        for row in _parse(text, form):
            if any(cell.count("\n") > _MAX_LINES_OF_CELL for cell in row):
                return False
    except csv.Error:
        return False
    # What goes on to the end of the file, and is not closed there either.
    is_open = bool(row) and "\n" in row[-1].rstrip()
    return not is_open or text.rstrip().endswith('"')


def parse(text: str, form: Form) -> Iterator[list[str]]:
    """Yield all rows. Raises csv.Error."""
    if form.separator:
        yield from _parse(text, form)
    else:
        yield from ([line] for line in text.splitlines())


def _parse(text: str, form: Form) -> Iterator[list[str]]:
    csv.field_size_limit(_MAX_FIELD_CHARS)
    # Lines end where they do in files; other signs that part lines may stand in cells.
    lines = io.StringIO(text, newline="")
    # The library's type of a way of quoting is not that of its constants.
    rows = csv.reader(
        lines,
        delimiter=form.separator,
        quoting=form.quoting,  # type: ignore[arg-type]
        skipinitialspace=form.skips,
        escapechar=form.escape,
        doublequote=form.escape is None,
    )
    for row in rows:
        yield [*map(tables.read_text_formula, row)]
