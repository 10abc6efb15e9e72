"""A query over tables: files are read, and the statement is carried out, in a limited process."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import UUID

from django.conf import settings

from aiapp.db import in_db
from aiapp.errors import InvalidInput
from documents.errors import IngestError, ParserCrashed, TimedOut, TooMuchText
from documents.ingest import table_finding
from documents.ingest.table_finding import Source
from documents.parsing import process
from documents.search.scope import Scope
from documents.tables import listing
from documents.tables.listing import NamedTable

QUERYING = "documents.parsing.tabular.reading:query"
MAX_SQL_CHARS = 20_000
# Each waits for a process that may take as much memory as reading a document.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="tables")
MAX_TABLES = 8
# Of a statement, the names that are looked up.
MAX_NAMES = 400
_NAME = re.compile(r"\w{1,110}")
NO_TABLE = "The statement names no table that there is. Call list_tables for their names."
TOO_MANY = f"A statement may use at most {MAX_TABLES} tables."
TOO_SLOW = (
    "The query took longer than {seconds} seconds and was ended. Filter or aggregate earlier, join"
    " on keys, and let nothing repeat without an end."
)
TOO_SLOW_TO_READ = "The tables are too large to be read within {seconds} seconds."
TOO_LARGE = "The query needs more memory than a query may take. Aggregate, filter or join less."
BROKEN = "The query could not be carried out. Write it in a simpler way."
CHANGED = "The tables have been read anew meanwhile. Call list_tables again."


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Rows that a statement found in tables. `rows` may be fewer than `count`."""

    sql: str
    tables: Sequence[NamedTable]
    columns: Sequence[str]
    rows: Sequence[Sequence[str | None]]
    count: int


@dataclass(slots=True)
class _Asked:
    """A version of which tables are asked, `{name: {number, columns}}`."""

    source: Source
    tables: dict[str, Mapping[str, Any]] = field(default_factory=dict)


async def run_query(scope: Scope, sql: str) -> QueryResult:
    """Carry out one SELECT over the tables that it names.

    Raises InvalidInput with what is wrong, for a model to mend; NotFound for a scope that the user
    may not read. No connection is held while the files are read.
    """
    if len(sql) > MAX_SQL_CHARS:
        raise InvalidInput(f"The statement is longer than {MAX_SQL_CHARS:,} characters.")
    await listing.look_at_unseen(scope)
    tables, asked = await in_db(_find, scope, sql)
    loop = asyncio.get_running_loop()
    answer = await loop.run_in_executor(_threads, _read_and_ask, asked, sql)
    if answer["missing"]:
        await in_db(_forget, [each for each in tables if each.name in answer["missing"]])
        raise InvalidInput(CHANGED, code="tables_changed")
    if answer["error"]:
        raise InvalidInput(answer["error"], code="sql_failed")
    return QueryResult(sql, tables, answer["columns"], answer["rows"], answer["count"])


def _find(scope: Scope, sql: str) -> tuple[list[NamedTable], list[_Asked]]:
    names = list(dict.fromkeys(found[0] for found in _NAME.finditer(sql)))[:MAX_NAMES]
    tables = listing.find_tables(scope, names)
    if not tables:
        raise InvalidInput(NO_TABLE, code="no_table")
    if len(tables) > MAX_TABLES:
        raise InvalidInput(TOO_MANY, code="too_many_tables")
    asked: dict[UUID, _Asked] = {}
    for each in tables:
        version = each.table.version
        if version.pk not in asked:
            asked[version.pk] = _Asked(table_finding.find_source(version))
        asked[version.pk].tables[each.name] = {
            "number": each.table.number,
            "columns": [column["name"] for column in each.table.columns],
        }
    return tables, list(asked.values())


def _forget(tables: Sequence[NamedTable]) -> None:
    for each in tables:
        table_finding.forget_tables(each.table.version)


def _read_and_ask(asked: Sequence[_Asked], sql: str) -> dict[str, Any]:
    with ExitStack() as stack:
        files: list[dict[str, Any]] = []
        for each in asked:
            task = stack.enter_context(table_finding.lend_source(each.source))
            if task is None:
                raise InvalidInput(CHANGED, code="tables_changed")
            files.append({**task, "tables": each.tables})
        return _ask({"sql": sql, "files": files, "memory": settings.PARSE_MEMORY_BYTES})


def _ask(task: Mapping[str, Any]) -> dict[str, Any]:
    seconds = settings.TABLE_QUERY_SECONDS
    is_loaded = False
    with NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(task, file)
        file.flush()
        try:
            for page in process.pages_by(QUERYING, file.name, seconds):
                if is_loaded:
                    answer: dict[str, Any] = json.loads(page)
                    return answer
                is_loaded = True
        except TimedOut as error:
            message = TOO_SLOW if is_loaded else TOO_SLOW_TO_READ
            raise InvalidInput(message.format(seconds=seconds), code="query_too_slow") from error
        except (TooMuchText, ParserCrashed) as error:
            raise InvalidInput(TOO_LARGE if is_loaded else BROKEN, code="query_failed") from error
        except IngestError as error:
            raise InvalidInput(error.message, code=error.reason) from error
    raise InvalidInput(BROKEN, code="query_failed")
