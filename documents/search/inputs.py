"""The inputs of both rankings of a search, read in one round trip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import orjson

from aiapp.errors import NotFound
from aiapp.llm.embedding.endpoints import is_configured
from aiapp.sql import pool
from aiapp.sql.compiled import compile_queryset
from aiapp.sql.inserts import build, list_columns
from aiapp.sql.pool import Query, Row, Statement
from documents.models import EmbeddingSpace
from documents.models.tuning import Tuning
from documents.search.scope import Scope
from documents.search.shapes import STAND_INS, Shape, find_shape, list_values, make_stand_in
from documents.text.headings import remove_suffixes
from documents.text.lexemes import STEMS
from documents.text.words import words

# So many versions of a part of the library are named in the statement, beside the rule of access:
# what it will find the planner overrates or underrates, and reads the index of words once for each.
NAMED_VERSIONS = 1_000

_SPACE = Query(
    f"SELECT {list_columns(EmbeddingSpace, 'space')}"  # noqa: S608 - columns of ours
    f" FROM {EmbeddingSpace._meta.db_table} space WHERE space.active"
)


@dataclass(frozen=True, slots=True)
class Inputs:
    scope: Scope
    space: EmbeddingSpace | None = None
    # Chunks in scope, as ingest counted them.
    chunk_count: int = 0
    # The versions in scope as PostgreSQL writes them, unless there are too many to name.
    versions: str | None = None
    # Of the collections in scope that have settings of their own.
    tunings: Mapping[UUID, Tuning] = field(default_factory=dict)
    # The lexemes of each word that was asked for.
    stems: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def find_lexemes(self, text: str) -> list[str]:
        """Return a text's lexemes, without the ends of file names, if there is more to it.

        Titles are indexed without those, which say nothing.
        """
        return self._stem(remove_suffixes(text)) or self._stem(text)

    def count_lexemes(self, text: str) -> int:
        return len(self._stem(text))

    def _stem(self, text: str) -> list[str]:
        return sorted({stem for word in words(text) for stem in self.stems.get(word, ())})


async def read_inputs(scope: Scope, texts: Sequence[str]) -> Inputs:
    """Read what is to be known before a search in scope for any of these texts.

    Raises NotFound for a collection or document that is named and may not be read.
    """
    shape, values = find_shape(scope), list_values(scope)
    cut = {word for text in texts for each in (text, remove_suffixes(text)) for word in words(each)}
    statements = [
        Statement(_compile_totals(shape), values | {"most": NAMED_VERSIONS}),
        Statement(_SPACE, {}),
        Statement(STEMS, {"words": list(cut)}),
    ]
    wanted = [
        (_compile_known(collections=True), scope.collections),
        (_compile_known(collections=False), scope.documents),
    ]
    named = [(query, len(set(ids))) for query, ids in wanted if ids]
    statements += [Statement(query, values) for query, _ in named]
    [totals], spaces, stems, *known = await pool.run(*statements)
    if any(rows[0][0] < count for rows, (_, count) in zip(known, named, strict=True)):
        raise NotFound
    chunk_count, versions, tunings = totals
    return Inputs(
        scope=scope,
        space=_find_usable(spaces),
        chunk_count=chunk_count,
        versions=versions,
        tunings={UUID(pk): Tuning.load(kept) for pk, kept in orjson.loads(tunings).items()},
        stems={word: found or () for word, found in stems},
    )


def _find_usable(spaces: list[Row]) -> EmbeddingSpace | None:
    space = build(EmbeddingSpace, spaces[0]) if spaces else None
    return space if space and is_configured(space.provider) else None


@cache
def _compile_totals(shape: Shape) -> Query:
    columns = "current", "current__chunk_count", "collection", "collection__tuning"
    readable: Any = make_stand_in(shape).readable().order_by().values_list(*columns)
    sql = compile_queryset(readable, STAND_INS)
    return Query(f"""
        SELECT coalesce(sum(chunks), 0)::int8,
               CASE WHEN count(*) <= %(most)s::int8 THEN array_agg(version)::text END,
               coalesce(
                   jsonb_object_agg(collection, tuning) FILTER (WHERE tuning <> '{{}}'), '{{}}'
               )
          FROM ({sql}) readable (version, chunks, collection, tuning)
    """)  # noqa: S608 - put together from constants


@cache
def _compile_known(*, collections: bool) -> Query:
    stand_in = make_stand_in(Shape(collections, not collections, False, False, False, False))
    found: Any = stand_in.known_collections() if collections else stand_in.known_documents()
    sql = compile_queryset(found.order_by().values("pk"), STAND_INS)
    return Query(f"SELECT count(*) FROM ({sql}) known")  # noqa: S608 - put together from constants
