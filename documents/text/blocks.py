"""A page's text as blocks to show: headings, tables, spoken lines, and text as it stands.

Parsers write headings and tables as Markdown does, and a recording's lines with the time in front.
Nothing else of Markdown is read here, so every character keeps its place, and a passage given by
its offsets is marked to the character whatever block it lies in.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

HEADING = re.compile(r"(#{1,6})[ \t]+(?=\S)")
# [02:05] or [1:02:05], at the start of a line.
CUE = re.compile(r"\[(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?:\.\d+)?\][ \t]*")
TABLE_LINE = re.compile(r"[ \t]*\|.*\|[ \t]*")
DELIMITER = re.compile(r"[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*")
# A cell's end is a bar without a backslash in front.
BAR = re.compile(r"(?<!\\)\|")

Mark = tuple[int, int]


@dataclass(slots=True)
class Run:
    """A run of text that lies in the passage, or outside of it."""

    text: str
    marked: bool = False
    # Where to go to see the passage.
    is_first: bool = False


@dataclass(slots=True)
class Block:
    """`kind` is text, heading, table or cue. A table has `head` and `rows` of cells of runs."""

    kind: str
    runs: Sequence[Run] = ()
    level: int = 0
    seconds: int = 0
    stamp: str = ""
    head: Sequence[Sequence[Run]] = ()
    rows: list[Sequence[Sequence[Run]]] = field(default_factory=list)
    # Whether its head, or all of it, stands further above in the document than the text.
    is_above: bool = False

    def all_runs(self) -> Iterator[Run]:
        yield from self.runs
        for row in (self.head, *self.rows):
            for cell in row:
                yield from cell


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    start: int


def blocks(text: str, mark: Mark = (0, 0)) -> list[Block]:
    """The blocks of a text whose characters `mark[0]` up to `mark[1]` are the passage."""
    result: list[Block] = []
    plain: list[Line] = []
    lines = _lines(text)
    at = 0
    while at < len(lines):
        if table := _table_end(lines, at):
            _flush(result, plain, mark)
            result.append(_table(lines[at:table], mark))
            at = table
            continue
        if block := _single(lines[at], mark):
            _flush(result, plain, mark)
            result.append(block)
        else:
            plain.append(lines[at])
        at += 1
    _flush(result, plain, mark)
    first = next((run for block in result for run in block.all_runs() if run.marked), None)
    if first is not None:
        first.is_first = True
    return result


def blocks_below(columns: str, text: str) -> list[Block]:
    """The blocks of a text that begins among rows, below the names of their columns.

    The names are the head of the table that the text begins with, or else a block of their own.
    """
    lines = text.split("\n")
    at = next((n for n, line in enumerate(lines) if TABLE_LINE.fullmatch(line)), None)
    has_own_head = at is not None and any(map(DELIMITER.fullmatch, lines[at + 1 : at + 2]))
    if at is None or has_own_head or not columns.startswith("|"):
        return [Block("text", [Run(columns)], is_above=True), *blocks(text)]
    head = columns if TABLE_LINE.fullmatch(columns) else f"{columns} |"
    rule = "|" + " --- |" * (len(BAR.findall(head)) - 1)
    found = blocks("\n".join([*lines[:at], head, rule, *lines[at:]]))
    next(block for block in found if block.kind == "table").is_above = True
    return found


def _lines(text: str) -> list[Line]:
    lines: list[Line] = []
    start = 0
    for line in text.split("\n"):
        lines.append(Line(line, start))
        start += len(line) + 1
    return lines


def _flush(result: list[Block], plain: list[Line], mark: Mark) -> None:
    """The lines gathered so far as one block, without the blank ones around them."""
    text = "\n".join(line.text for line in plain)
    if text.strip():
        bare = text.strip("\n")
        start = plain[0].start + text.index(bare)
        result.append(Block("text", _runs(bare, start, mark)))
    plain.clear()


def _single(line: Line, mark: Mark) -> Block | None:
    if heading := HEADING.match(line.text):
        begin = heading.end()
        # The page has the h1, a page of the document an h2.
        level = min(len(heading[1]) + 2, 6)
        return Block("heading", _runs(line.text[begin:], line.start + begin, mark), level=level)
    if cue := CUE.match(line.text):
        hours, minutes, seconds = (int(part or 0) for part in cue.groups())
        runs = _runs(line.text[cue.end() :], line.start + cue.end(), mark)
        total = 3600 * hours + 60 * minutes + seconds
        return Block("cue", runs, seconds=total, stamp=cue[0].strip(" \t[]"))
    return None


def _table_end(lines: Sequence[Line], at: int) -> int:
    """The line behind a table that begins here, or 0. One line with bars is no table yet."""
    end = at
    while end < len(lines) and TABLE_LINE.fullmatch(lines[end].text):
        end += 1
    return end if end - at > 1 else 0


def _table(lines: Sequence[Line], mark: Mark) -> Block:
    block = Block("table")
    if DELIMITER.fullmatch(lines[1].text):
        block.head = _cells(lines[0], mark)
        lines = lines[2:]
    block.rows = [_cells(line, mark) for line in lines if not DELIMITER.fullmatch(line.text)]
    return block


def _cells(line: Line, mark: Mark) -> list[list[Run]]:
    bars = [found.start() for found in BAR.finditer(line.text)]
    cells: list[list[Run]] = []
    for left, right in pairwise(bars):
        cell = line.text[left + 1 : right]
        indent = len(cell) - len(cell.lstrip())
        cells.append(_runs(cell.strip(), line.start + left + 1 + indent, mark))
    return cells


def _runs(text: str, start: int, mark: Mark) -> list[Run]:
    """A text split where the passage begins and ends; `start` is its own place."""
    first = min(max(mark[0] - start, 0), len(text))
    behind = min(max(mark[1] - start, first), len(text))
    parts = (text[:first], text[first:behind], text[behind:])
    return [Run(part, marked=at == 1) for at, part in enumerate(parts) if part]
