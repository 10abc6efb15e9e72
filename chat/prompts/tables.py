"""The wording of tables for a model: what they hold, and what a query has found."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from documents.tables.listing import Listing, NamedTable
from documents.tables.querying import QueryResult

MAX_COLUMNS, MAX_SAMPLE_CHARS = 60, 900
NONE = "There are no tables in the documents{matching}."
MORE = "{left:,} more tables are not shown; name words of their title or columns to find them."
WAITING = "{count:,} documents have not been searched for tables yet; ask again in a minute."
_FEW = 3


def describe_listing(listing: Listing, words: str) -> str:
    """Return the tables with their columns, the number of their rows, and a few of those."""
    if not listing.tables:
        lines = [NONE.format(matching=f" that fit {words!r}" if words else "")]
    else:
        lines = [_describe_table(each) for each in listing.tables]
    if left := listing.count - len(listing.tables):
        lines.append(MORE.format(left=left))
    if listing.waiting:
        lines.append(WAITING.format(count=listing.waiting))
    return "\n\n".join(lines)


def _describe_table(named: NamedTable) -> str:
    table = named.table
    lines = [
        f"Table {named.name}: {describe_origin(named)}, {table.rows:,} rows. Columns:",
        *(_describe_column(column) for column in table.columns[:MAX_COLUMNS]),
    ]
    if len(table.columns) > MAX_COLUMNS:
        lines.append(f"- and {len(table.columns) - MAX_COLUMNS} more columns")
    lines.append("- row_number BIGINT (the row in the file)")
    lines += [f"Note: {note}." for note in table.notes]
    if table.sample:
        names = [column["name"] for column in table.columns]
        lines.append(f"First rows:\n{format_rows(names, table.sample)[:MAX_SAMPLE_CHARS]}")
    return "\n".join(lines)


def _describe_column(column: Mapping[str, Any]) -> str:
    told = [
        f"{column['label']!r} in the file" if column.get("label") else "",
        column.get("note", ""),
    ]
    more = "; ".join(each for each in told if each)
    return f"- {column['name']} {column['type']}{f' ({more})' if more else ''}"


def describe_origin(named: NamedTable) -> str:
    """Name the document of a table, and the sheet, page or heading where it stands."""
    table = named.table
    title = named.document.title.replace("\n", " ")
    place = f", {table.title!r}" if table.title else ""
    if table.version.paged and table.version.page_kind != "sheet":
        place += f", {table.version.page_kind} {table.page}"
    return f"{title!r}{place}"


def describe_result(result: QueryResult) -> str:
    """Return what was asked of which rows, and the rows that were found."""
    lines = [
        f"From {describe_origin(each)}: table {each.name}, {describe_rows(each)}."
        for each in result.tables
    ]
    lines += list(_describe_notes(result.tables))
    lines.append(f"SQL: {result.sql.strip()}")
    shown = len(result.rows)
    if not result.count:
        lines.append("Result: no rows.")
    elif shown < result.count:
        lines.append(f"Result: the first {shown:,} of {result.count:,} rows:")
    else:
        lines.append(f"Result: {shown:,} {'row' if shown == 1 else 'rows'}:")
    if result.rows:
        lines.append(format_rows(result.columns, result.rows))
    return "\n".join(lines)


def describe_rows(named: NamedTable) -> str:
    """Say which rows of the file a table has, all of which a query has read."""
    table = named.table
    if not table.rows:
        return "no rows"
    return f"all {table.rows:,} rows ({table.first_row:,} to {table.last_row:,} of the file)"


def _describe_notes(tables: Sequence[NamedTable]) -> Iterable[str]:
    for each in tables:
        for note in each.table.notes[:_FEW]:
            yield f"Note on {each.name}: {note}."


def format_rows(columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> str:
    """Return rows as a Markdown table."""
    lines = [f"| {' | '.join(map(_format_cell, columns))} |", f"|{' --- |' * len(columns)}"]
    lines += [f"| {' | '.join(map(_format_cell, row))} |" for row in rows]
    return "\n".join(lines)


def _format_cell(value: str | None) -> str:
    return "" if value is None else " ".join(value.replace("|", "/").split())
