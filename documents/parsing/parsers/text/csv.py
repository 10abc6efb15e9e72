"""Tables in text files, separated by whatever their first lines are separated by."""

import csv
from collections.abc import Iterator
from pathlib import Path

from documents.parsing import tables
from documents.parsing.limits import ParseError
from documents.parsing.notes import Note
from documents.parsing.parsers.text.encodings import decode

_SAMPLE = 16 * 1024
_MAX_FIELD_CHARS = 1_000_000


def read_pages(path: str, first: int) -> Iterator[int | str | Note]:
    yield 1
    if first == 1:
        text = decode(Path(path).read_bytes())
        try:
            yield "\n".join(tables.format_table(_rows(text)))
        except csv.Error as error:
            raise ParseError("corrupt_file") from error


def _rows(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(_MAX_FIELD_CHARS)
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:_SAMPLE], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    return csv.reader(text.splitlines(keepends=True), dialect)
