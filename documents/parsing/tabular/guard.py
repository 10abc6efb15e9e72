"""The statement that may be carried out: one SELECT over the tables that were loaded.

DuckDB itself is told to open nothing. This looks at the statement as DuckDB has parsed it, so that
what is refused is told in a sentence, and so that functions which read settings or run other
statements are never reached.
"""

import json
from collections.abc import Collection, Iterator
from typing import Any

import duckdb

MAX_SQL_CHARS = 20_000
ONE_SELECT = "Only one SELECT statement is carried out; tables are read and never changed."
NOTHING_ELSE = (
    "Queries reach the listed tables and nothing else: no files, no network, no settings."
    " {name} cannot be used."
)
_TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest", "repeat"})
# Scalar functions that tell of the process, or reach beyond the tables.
_FUNCTIONS = (
    *("getenv", "current_setting", "getvariable", "read_", "glob", "pragma_", "duckdb_", "query"),
    *("which_secret", "write_log", "parse_duckdb_log", "json_execute", "add_parquet_key"),
    *("current_database", "current_schema", "current_user", "current_role", "user", "session_user"),
    *("version", "pg_", "sql_auto_complete", "sniff_", "copy_", "checkpoint", "nextval", "currval"),
    *("json_serialize", "json_deserialize", "sleep", "in_search_path", "txid_current"),
)


class Refused(Exception):
    """A reason in a sentence why a statement is not carried out."""


def check_statement(con: duckdb.DuckDBPyConnection, sql: str, tables: Collection[str]) -> str:
    """Return the statement to carry out. Raises Refused, or what DuckDB finds wrong with it."""
    if len(sql) > MAX_SQL_CHARS:
        raise Refused(f"The statement is longer than {MAX_SQL_CHARS:,} characters.")
    statements = con.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise Refused(ONE_SELECT)
    statement = statements[0].query
    [written] = con.execute("SELECT json_serialize_sql(?)", [statement]).fetchone() or [""]
    tree = json.loads(written)
    if tree.get("error"):
        raise Refused(ONE_SELECT)
    known = {name.casefold() for name in tables}
    nodes = list(_walk(tree))
    named = {_as_name(key) for node in nodes for key in _cte_names(node)}
    # Outside of its own query, such a name would lead to what DuckDB says of itself.
    if taken := next((name for name in named if name.startswith((*_FUNCTIONS, "sqlite_"))), ""):
        raise Refused(NOTHING_ELSE.format(name=taken))
    known |= named
    for node in nodes:
        _check_node(node, known, tables)
    return statement


def _walk(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield all objects of a tree, however deep it is."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _cte_names(node: dict[str, Any]) -> Iterator[str]:
    cte_map = node.get("cte_map")
    if isinstance(cte_map, dict):
        yield from (entry["key"] for entry in cte_map.get("map", []) if "key" in entry)
    if "cte_name" in node:
        yield node["cte_name"]


def _check_node(node: dict[str, Any], known: set[str], tables: Collection[str]) -> None:
    match node.get("type"):
        case "BASE_TABLE":
            name = str(node.get("table_name", ""))
            place = [node.get("schema_name"), node.get("catalog_name")]
            if _as_name(name) not in known or any(place):
                raise Refused(_describe_unknown(name, tables))
        case "TABLE_FUNCTION":
            function = node.get("function") or {}
            name = _as_name(function.get("function_name", ""))
            if name not in _TABLE_FUNCTIONS:
                raise Refused(NOTHING_ELSE.format(name=name))
    if node.get("class") == "FUNCTION":
        name = _as_name(node.get("function_name", ""))
        if name.startswith(_FUNCTIONS) and name not in _TABLE_FUNCTIONS:
            raise Refused(NOTHING_ELSE.format(name=name))


def _describe_unknown(name: str, tables: Collection[str]) -> str:
    there = ", ".join(sorted(tables)[:20])
    return f"There is no table {name[:80]!r} among those asked: {there}."


def _as_name(name: Any) -> str:
    return str(name).casefold()
