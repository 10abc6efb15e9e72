"""The tables within a scope, and the names by which SQL can tell them apart.

The condition on who may read them is the scope's own, and part of each query.
"""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from aiapp.db import in_db
from aiapp.sql import pool
from aiapp.sql.compiled import compile_queryset
from aiapp.sql.pool import Query, Statement
from documents.ingest import table_finding
from documents.models import Document, Page, Table, Version
from documents.search.scope import Scope
from documents.search.shapes import STAND_INS, Shape, find_shape, list_values, make_stand_in

# While somebody waits, so many documents are looked at that nobody has looked at yet.
MAX_FOUND_NOW, SECONDS_NOW = 20, 6.0
MAX_WORDS, MAX_WORD_CHARS = 8, 40
_TAIL_CHARS = 6
_WITH_TAIL = re.compile(rf"(?P<name>.+)_(?P<tail>[0-9a-f]{{{_TAIL_CHARS}}})")


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A table with the name that no other in its scope has."""

    name: str
    table: Table

    @property
    def document(self) -> Document:
        return self.table.version.document

    @property
    def place(self) -> tuple[int, int]:
        """The characters of the document's text that it takes; none, where its page begins."""
        first = getattr(self.table, "page_start", None) or 0
        if self.table.start is None or self.table.end is None:
            return first, first
        return self.table.start, self.table.end


@dataclass(frozen=True, slots=True)
class Listing:
    """Tables, those of the newest documents first; `count` is of all that there are."""

    tables: Sequence[NamedTable]
    count: int
    # Documents that have not been looked at yet.
    waiting: int


async def has_tables(scope: Scope) -> bool:
    """Return whether a scope has tables that are known; cheap enough for every question."""
    if scope.is_empty:
        return False
    [[(found,)]] = await pool.run(Statement(_compile(find_shape(scope)), list_values(scope)))
    return bool(found)


@cache
def _compile(shape: Shape) -> Query:
    known = Table.objects.filter(version=OuterRef("current"))
    unknown = Q(current__tables_recipe__lt=table_finding.RECIPE) & Q(
        current__media_type__in=table_finding.OF_TABLES
    )
    readable = make_stand_in(shape).readable().order_by()
    first = readable.filter(Exists(known) | unknown).values("pk")[:1]
    return Query(f"SELECT EXISTS ({compile_queryset(first, STAND_INS)})")


async def list_tables(scope: Scope, words: str, limit: int) -> Listing:
    """Return the tables that all the words fit: of their document, title or columns.

    A few documents that nobody has looked at yet are looked at first.
    """
    await look_at_unseen(scope)
    return await in_db(_list_tables, scope, words, limit)


async def look_at_unseen(scope: Scope) -> None:
    """Find the tables of a few documents that nobody has looked at, in a bounded time.

    Raises NotFound for a scope that the user may not read.
    """
    until = time.monotonic() + SECONDS_NOW
    for version in await in_db(_find_unseen, scope):
        if time.monotonic() > until:
            break
        source = await in_db(table_finding.find_source, version)
        found = await asyncio.to_thread(table_finding.read_tables, source)
        if found is not None:
            await in_db(table_finding.store_tables, version, found)


def _list_tables(scope: Scope, words: str, limit: int) -> Listing:
    found = _select(scope)
    for word in words.split()[:MAX_WORDS]:
        part = word[:MAX_WORD_CHARS]
        found = found.filter(
            Q(name__icontains=part)
            | Q(title__icontains=part)
            | Q(version__document__title__icontains=part)
            | Q(columns__icontains=part)
        )
    ordered = found.select_related("version__document").order_by("-version", "number")
    tables = list(ordered[:limit])
    waiting = table_finding.find_waiting().filter(pk__in=scope.versions()).count()
    return Listing(_name(scope, tables), found.count(), waiting)


def find_tables(scope: Scope, names: Collection[str]) -> list[NamedTable]:
    """Return the tables that are called so, in whatever case."""
    wanted = {name.casefold() for name in names}
    bases = {found["name"] for name in wanted if (found := _WITH_TAIL.fullmatch(name))}
    rows = _select(scope).filter(name__in=wanted | bases).select_related("version__document")
    named = _name(scope, list(rows.order_by("version", "number")))
    return [each for each in named if each.name.casefold() in wanted]


def _select(scope: Scope) -> QuerySet[Table]:
    """Return the tables of a scope, with the place in the text where the page of each begins."""
    page = Page.objects.filter(version=OuterRef("version"), number=OuterRef("page"))
    tables = Table.objects.filter(version__in=scope.versions())
    return tables.annotate(page_start=Subquery(page.values("start")[:1]))


def _name(scope: Scope, tables: Iterable[Table]) -> list[NamedTable]:
    """Return tables with names of their own: that of two gets the end of its document's id."""
    listed = list(tables)
    others = _select(scope).filter(name__in={table.name for table in listed})
    holders: dict[str, set[UUID]] = defaultdict(set)
    for name, version in others.order_by().values_list("name", "version"):
        holders[name].add(version)
    return [
        NamedTable(
            table.name
            if len(holders[table.name]) <= 1
            else f"{table.name}_{table.version.document_id.hex[-_TAIL_CHARS:]}",
            table,
        )
        for table in listed
    ]


def _find_unseen(scope: Scope) -> list[Version]:
    """Return documents that nobody has looked at, what is all tables first."""
    scope.check()
    waiting = table_finding.find_waiting().filter(pk__in=scope.versions())
    likely = waiting.filter(media_type__in=table_finding.OF_TABLES)
    others = waiting.exclude(media_type__in=table_finding.OF_TABLES)
    return [*likely[:MAX_FOUND_NOW], *others[:MAX_FOUND_NOW]][:MAX_FOUND_NOW]
