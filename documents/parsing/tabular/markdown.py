"""Tables in a text as the parsers write them: Markdown, whose header long tables repeat."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from documents.parsing.parsers import links

_RULE = re.compile(r"\|?\s{0,3}:?-{3,}:?\s{0,3}(?:\|\s{0,3}:?-{3,}:?\s{0,3})*\|?\s*")
_MAX_RULE_CHARS = 4_000
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(?P<title>[^\n]+)")
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(slots=True)
class TextTable:
    """A table in a text. `start` and `end` are places in it; the first row is the header."""

    start: int
    end: int
    title: str
    rows: list[list[str]] = field(default_factory=list)


def find_text_tables(text: str) -> Iterator[TextTable]:
    """Yield the tables of a text; what begins again with the same header is one."""
    reader = _Reader(text)
    for line in text.splitlines(keepends=True):
        if done := reader.read(line):
            yield done
    if reader.table:
        yield reader.table


class _Reader:
    """Reads a text line by line. `table` is the last one seen, which may go on."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.table: TextTable | None = None
        self._is_open = False
        self._heading = ""
        self._place = 0
        # The line before, and its place.
        self._previous, self._previous_place = "", 0

    def read(self, line: str) -> TextTable | None:
        """Take the next line in; return the table before it, if another one begins."""
        stripped, done = line.strip(), None
        end = self._place + len(line.rstrip())
        if _is_rule(stripped) and _is_row(self._previous):
            done = self._begin(end)
        elif self._is_open and self.table and _is_row(stripped):
            # The header of the next block is none of the rows.
            if (cells := split_row(stripped)) != self.table.rows[0]:
                self.table.rows.append(cells)
                self.table.end = end
        else:
            self._is_open = False
            if found := _HEADING.match(line):
                self._heading = found["title"].strip("# \t\r\n")
        self._previous, self._previous_place = stripped, self._place
        self._place += len(line)
        return done

    def _begin(self, end: int) -> TextTable | None:
        header, table, done = split_row(self._previous), self.table, None
        goes_on = table is not None and table.rows[0] == header
        if table is None or not goes_on or self._text[table.end : self._previous_place].strip():
            done = table
            self.table = TextTable(self._previous_place, end, self._heading, [header])
        elif table:
            table.end = end
        self._is_open = True
        return done


def split_row(line: str) -> list[str]:
    """Return the cells of a row, without the marks at its ends."""
    inner = line.strip()
    inner = inner[1:] if inner.startswith("|") else inner
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    # The address behind a link is none of the value that it stands behind.
    return [links.leave_out(cell.replace("\\|", "|").strip()) for cell in _CELL.split(inner)]


def count_rows(text: str) -> int:
    """Return how many rows of tables a piece of such a text holds, headers left out."""
    count = 0
    lines = [line.strip() for line in text.splitlines()]
    for n, line in enumerate(lines):
        if _is_rule(line):
            # The line above was a header.
            count -= n > 0 and _is_row(lines[n - 1])
        elif _is_row(line):
            count += 1
    return max(count, 0)


def _is_row(line: str) -> bool:
    return line.startswith("|") and len(line) > 1


def _is_rule(line: str) -> bool:
    return line.startswith("|") and len(line) <= _MAX_RULE_CHARS and bool(_RULE.fullmatch(line))
