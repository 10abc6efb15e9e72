"""The two things that a process is begun for: listing a file's tables, and a query over tables.

Both are given a task as a file of JSON, since a process of a parser is given a path. The second
reads its files first, then can open none, and only then sees the statement that a model wrote.
"""

# Loaded with this module, before the process is bound, since their size is not the file's doing,
# and before it can open files no more.
import encodings.utf_16_le  # noqa: F401
import json
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb  # noqa: F401

from documents.parsing.confinement import drop_files
from documents.parsing.tabular import database
from documents.parsing.tabular.grids import read_grids
from documents.parsing.tabular.layout import FoundTable, find_tables

MAX_TABLES = 200
SAMPLE_ROWS, SAMPLE_CHARS = 3, 60


def list_tables(path: str, first: int) -> Iterator[int | str]:
    """Yield the tables of the file that the task names, without their rows, as lists in JSON.

    Each list is a page, so that a long file has the time of many.
    """
    yield 1
    task = json.loads(Path(path).read_text())
    for tables in _read_tables(task["file"], task["kind"]):
        yield json.dumps([_describe(table) for table in tables])


def query(path: str, first: int) -> Iterator[int | str]:
    """Yield two pages: one when the tables are loaded, and the answer to the task's statement.

    Each has the time of a page, so that a large file and an endless statement can be told apart.
    """
    yield 2
    task = json.loads(Path(path).read_text())
    con = database.connect(task["memory"])
    missing = [name for source in task["files"] for name in _load(con, source)]
    database.lock(con)
    drop_files()
    if first == 1:
        yield "loaded"
    names = [name for source in task["files"] for name in source["tables"]]
    answer = database.ask(con, task["sql"], [name for name in names if name not in missing])
    yield json.dumps(answer.as_json() | {"missing": missing})


def _read_tables(path: str, kind: str) -> Iterator[list[FoundTable]]:
    """Yield the tables of a file, grid by grid, at most so many."""
    room = MAX_TABLES
    for grid in read_grids(path, kind):
        found = list(islice(find_tables(grid), room))
        room -= len(found)
        yield found
        if not room:
            return


def _load(con: Any, source: Mapping[str, Any]) -> Iterator[str]:
    """Load the wanted tables of a file; yield the names of those that are not as expected.

    The source says `{name: {number, columns}}` of each.
    """
    wanted = {table["number"]: name for name, table in source["tables"].items()}
    tables = chain.from_iterable(_read_tables(source["file"], source["kind"]))
    for number, table in enumerate(tables):
        name = wanted.get(number)
        if name is None:
            continue
        if [column.name for column in table.columns] == source["tables"][name]["columns"]:
            database.load(con, name, table)
            del wanted[number]
        if not wanted:
            return
    yield from wanted.values()


def _describe(table: FoundTable) -> dict[str, Any]:
    sample = [
        [
            None if (value := column.values[n]) is None else value[:SAMPLE_CHARS]
            for column in table.columns
        ]
        for n in range(min(SAMPLE_ROWS, len(table.row_numbers)))
    ]
    return {
        "title": table.title,
        "page": table.page,
        "start": table.start,
        "end": table.end,
        "columns": list(database.list_columns(table)),
        "rows": len(table.row_numbers),
        "first_row": table.row_numbers[0] if table.row_numbers else 0,
        "last_row": table.row_numbers[-1] if table.row_numbers else 0,
        "lead": table.lead,
        "sample": sample,
        "notes": table.notes[:10],
    }
