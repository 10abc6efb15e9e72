"""List the tables of the documents that the caller may read, and ask them by SQL."""

from uuid import UUID, uuid5

from pydantic import BaseModel, Field

from aiapp.errors import InvalidInput
from chat.prompts import tables as wording
from chat.tools.base import Caller, Outcome
from documents.search import Passage
from documents.search.scope import Scope
from documents.tables import listing, querying
from documents.tables.listing import NamedTable
from documents.tables.querying import QueryResult

MAX_LISTED = 12
FAILED = "The query did not work. The model was told why."
_NAMESPACE = UUID("6f3f1c56-5d0f-4a39-8f1f-0b4d2f0f5d8e")


class ListArguments(BaseModel):
    words: str = Field(
        "",
        description="Words of the table's document, title or columns; empty for all tables.",
        max_length=300,
    )


class QueryArguments(BaseModel):
    sql: str = Field(
        description="One SELECT in DuckDB's SQL over tables that list_tables named.",
        min_length=1,
        max_length=querying.MAX_SQL_CHARS,
    )


async def list_tables(caller: Caller, arguments: ListArguments) -> Outcome:
    found = await listing.list_tables(_build_scope(caller), arguments.words, MAX_LISTED)
    # The columns are a part of documents, which may be taken away from their reader.
    saved_text = f"{found.count:,} {'table' if found.count == 1 else 'tables'}"
    return Outcome(wording.describe_listing(found, arguments.words), saved_text=saved_text)


async def query_table(caller: Caller, arguments: QueryArguments) -> Outcome:
    """Find rows, which become a passage of each table, to be cited like any other."""
    try:
        result = await querying.run_query(_build_scope(caller), arguments.sql)
    except InvalidInput as error:
        # It may quote names of tables and columns, and a cell that could not be converted.
        return Outcome(error.message, saved_text=FAILED, failed=True)
    text = wording.describe_result(result)
    return Outcome(
        "",
        saved_text=f"{result.count:,} {'row' if result.count == 1 else 'rows'}",
        passages=[_build_passage(each, result, text) for each in result.tables],
    )


def _build_scope(caller: Caller) -> Scope:
    return Scope(caller.user, caller.collections, caller.documents, caller.filters)


def _build_passage(named: NamedTable, result: QueryResult, text: str) -> Passage:
    """The rows as words of the table's document, with the place where it can be looked up."""
    table = named.table
    version = table.version
    start, end = named.place
    return Passage(
        # Of this very query: another one about the same table is another passage.
        chunk_id=uuid5(_NAMESPACE, f"{table.pk} {result.sql}"),
        version_id=version.pk,
        document_id=version.document_id,
        title=named.document.title,
        page=table.page if version.paged else None,
        start=start,
        end=end,
        text=text,
        similarity=None,
        score=1.0,
        page_kind=version.page_kind,
        heading=table.title,
        other_documents=_list_others(named, result),
    )


def _list_others(named: NamedTable, result: QueryResult) -> tuple[UUID, ...]:
    """Return the other documents whose cells may be among the rows."""
    documents = dict.fromkeys(each.document.pk for each in result.tables)
    return tuple(each for each in documents if each != named.document.pk)
