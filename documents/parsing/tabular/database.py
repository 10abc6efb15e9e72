"""Tables in a DuckDB of their own, in memory, which reads nothing else and is asked once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from documents.parsing.tabular.guard import NOTHING_ELSE, Refused, check_statement
from documents.parsing.tabular.layout import FoundTable
from documents.parsing.tabular.names import ROW

# Of what the process may take; its libraries and the cells that were read want some, too.
MEMORY_SHARE = 0.4
ROWS_AT_ONCE = 20_000
MAX_ROWS, MAX_CHARS, MAX_CELL_CHARS = 200, 6_000, 500
MAX_MESSAGE_CHARS = 600
TOO_MUCH_MEMORY = (
    "The query needs more memory than a query may take. Aggregate, filter or join less."
)
WITHOUT_ZONE = "{name} has a time zone, and none is known here; cast it to TIMESTAMP or DATE."
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": "1",
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
    "max_expression_depth": "250",
}

_OF_EACH_KIND = (
    "SELECT 1, 1.5::DECIMAL(9, 2), 1e9, true, DATE '2000-01-01', TIME '10:00', uuid(),"
    " TIMESTAMP '2000-01-01 10:00', INTERVAL 1 DAY, 'a', '\\x61'::BLOB, [1], {'a': 1}, MAP {1: 2}"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows that a query found, as far as they are shown; or the `error` that it ended with."""

    columns: list[str]
    rows: list[list[str | None]]
    # How many there are, shown or not.
    count: int
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "columns": self.columns,
            "rows": self.rows,
            "count": self.count,
            "error": self.error,
        }


def connect(memory: int) -> duckdb.DuckDBPyConnection:
    """Return an empty database that may take so many bytes."""
    megabytes = max(int(memory * MEMORY_SHARE) // 2**20, 64)
    con = duckdb.connect(":memory:", config=_CONFIG | {"memory_limit": f"{megabytes}MB"})
    con.execute("SET disabled_filesystems = 'LocalFileSystem'")
    return con


def load(con: duckdb.DuckDBPyConnection, name: str, table: FoundTable) -> None:
    """Write a table with its columns and the numbers of its rows."""
    columns = [*table.columns]
    written = ", ".join(f"{_quote(column.name)} {column.type}" for column in columns)
    con.execute(f"CREATE TABLE {_quote(name)} ({written}, {ROW} BIGINT)")
    picked = ", ".join(f"CAST(unnest(?) AS {column.type})" for column in columns)
    insert = f"INSERT INTO {_quote(name)} SELECT {picked}, unnest(?)"
    for first in range(0, len(table.row_numbers), ROWS_AT_ONCE):
        part = slice(first, first + ROWS_AT_ONCE)
        con.execute(insert, [*(each.values[part] for each in columns), table.row_numbers[part]])


def lock(con: duckdb.DuckDBPyConnection) -> None:
    """Take away the power to change a setting, for good."""
    # What turns values into Python's is loaded with the first of each kind, and later cannot be.
    con.execute(_OF_EACH_KIND).fetchall()
    con.execute("SET lock_configuration = true")


def ask(con: duckdb.DuckDBPyConnection, sql: str, tables: Sequence[str]) -> Answer:
    """Carry out a SELECT. What is wrong with it comes back in the database's own words."""
    try:
        statement = check_statement(con, sql, tables)
        result = con.execute(statement)
        described = result.description or []
        if zoned := next((each[0] for each in described if "TIME ZONE" in str(each[1])), None):
            raise Refused(WITHOUT_ZONE.format(name=str(zoned)[:80]))
        columns = [str(each[0]) for each in described]
        rows, count = _take_rows(result)
    except Refused as error:
        return Answer([], [], 0, str(error))
    except duckdb.OutOfMemoryException:
        return Answer([], [], 0, TOO_MUCH_MEMORY)
    except duckdb.PermissionException:
        return Answer([], [], 0, NOTHING_ELSE.format(name="What it asked for"))
    except (duckdb.Error, RuntimeError, ValueError, OverflowError) as error:
        return Answer([], [], 0, _shorten(str(error)))
    return Answer(columns, rows, count)


def _take_rows(result: duckdb.DuckDBPyConnection) -> tuple[list[list[str | None]], int]:
    shown: list[list[str | None]] = []
    chars = count = 0
    while batch := result.fetchmany(2_000):
        for row in batch:
            if count == len(shown) and count < MAX_ROWS and chars < MAX_CHARS:
                cells = [_write(value) for value in row]
                chars += sum(len(cell or "") + 3 for cell in cells)
                if not shown or chars < MAX_CHARS:
                    shown.append(cells)
            count += 1
    return shown, count


def _write(value: Any) -> str | None:
    """Return a value as the model reads it: exact, and no longer than is useful."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        text = format(value, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, float):
        text = repr(value)
        text = text.removesuffix(".0")
    else:
        text = str(value)
    return f"{text[:MAX_CELL_CHARS]}…" if len(text) > MAX_CELL_CHARS else text


def _quote(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _shorten(message: str) -> str:
    """Return DuckDB's word on what is wrong, which a model can mend its statement by."""
    return message[:MAX_MESSAGE_CHARS].strip() or "The database gave no reason."


def list_columns(table: FoundTable) -> Iterator[Mapping[str, str]]:
    for column in table.columns:
        described = {"name": column.name, "type": column.type}
        if column.label and column.label != column.name:
            described["label"] = column.label
        if column.note:
            described["note"] = column.note
        yield described
