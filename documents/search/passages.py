"""The result of a search: passages, read from their chunks, and how each was ranked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import takewhile
from uuid import UUID, uuid4

from django.db.models import QuerySet, UUIDField

from aiapp.sql import pool
from aiapp.sql.compiled import StandIn, build_array, compile_queryset, is_among
from aiapp.sql.pool import Query, Statement
from aiapp.text.columns import put_above
from documents.ingest.remarks import NOTES, list_remarks
from documents.models import Chunk, Page
from documents.search.bearing import Bearing
from documents.search.fusion import FusedScore
from documents.search.scope import Scope
from documents.search.shapes import STAND_INS, Shape, find_shape, list_values, make_stand_in

_CHUNKS = StandIn([uuid4()], "uuid[]")
# Of a passage, in the order of its fields; its similarity and score are not kept.
_COLUMNS = {
    "chunk_id": "pk",
    "version_id": "version",
    "document_id": "version__document",
    "title": "version__document__title",
    "page": "page",
    "start": "start",
    "end": "end",
    "text": "text",
    "page_kind": "version__page_kind",
    "heading": "heading",
    "columns": "columns",
    "notes": "notes",
}


@dataclass(frozen=True, slots=True)
class Passage:
    """Characters `start` to `end` of a version's text; `similarity` is its cosine."""

    chunk_id: UUID
    version_id: UUID
    document_id: UUID
    title: str
    page: int | None
    start: int
    end: int
    text: str
    similarity: float | None
    score: float
    # What `page` counts: pages, slides, sheets or chapters.
    page_kind: str = "page"
    # The headings that it stands under, outermost first, joined by " › ".
    heading: str = ""
    # Of the rows that it begins with, the names of their columns, which stand before it.
    columns: str = ""
    # Of rows of a table: which they are, if there are more.
    note: str = ""
    # Of a page of the web, which is no document: where it is.
    address: str = ""
    # What was guessed or not read of where it is from.
    remarks: tuple[str, ...] = ()
    # Of rows that a query drew from several documents: the others that are in its text.
    other_documents: tuple[UUID, ...] = ()

    @property
    def full_text(self) -> str:
        """Its text below the names of its first rows' columns."""
        return put_above(self.columns, self.text)


@dataclass(slots=True)
class SearchResult:
    """Passages, best first. `notice` says why the search was worse than it should be."""

    passages: list[Passage] = field(default_factory=list)
    notice: str = ""
    # Whether the passages seem to hold an answer; None if there was nothing to tell it by.
    answerable: bool | None = None
    # Whether the question is about the documents at all.
    bearing: Bearing = Bearing.NONE


@dataclass(frozen=True, slots=True)
class Explanation:
    """A passage with its places in both rankings, counted from 1, and the parts of its score."""

    passage: Passage
    dense_rank: int | None
    lexical_rank: int | None
    lexical_score: float | None
    by_meaning: float
    by_words: float
    # What the reranking model says, where there is one.
    relevance: float | None = None


async def fetch(
    scope: Scope,
    fused: Mapping[UUID, FusedScore],
    similarities: Mapping[UUID, float],
    k: int,
) -> list[Passage]:
    """The best passages as `read` finds them, without neighbours."""
    best = list(fused)[:k]
    query = _compile(find_shape(scope))
    [rows] = await pool.run(Statement(query, list_values(scope) | {"chunks": best}))
    found = {row[0]: dict(zip(_COLUMNS, row, strict=True)) for row in rows}
    for each in found.values():
        notes = each.pop("notes")
        each["remarks"] = list_remarks(json.loads(notes), each["page"]) if notes else ()
    return [
        Passage(**found[pk], similarity=similarities.get(pk), score=_get_score(fused[pk]))
        for pk in best
        if pk in found
    ]


@cache
def _compile(shape: Shape) -> Query:
    chunks = _select_visible(make_stand_in(shape), _CHUNKS.value)
    rows = chunks.annotate(notes=NOTES).order_by().values_list(*_COLUMNS.values())
    return Query(compile_queryset(rows, STAND_INS | {"chunks": _CHUNKS}))


def _select_visible(scope: Scope, chunks: list[UUID]) -> QuerySet[Chunk]:
    named = is_among("pk", build_array(chunks, UUIDField()))
    return Chunk.objects.filter(named, version__in=scope.versions(), disabled=False)


def _get_score(fused: FusedScore) -> float:
    return fused.score if fused.relevance is None else fused.relevance


def read(
    scope: Scope,
    fused: Mapping[UUID, FusedScore],
    similarities: Mapping[UUID, float],
    k: int,
    neighbours: int = 0,
) -> list[Passage]:
    """The best passages, read once more through the scope: access may have changed."""
    best = list(fused)[:k]
    chunks = _select_visible(scope, best)
    found = {chunk.pk: chunk for chunk in chunks.select_related("version__document")}
    kept = [found[pk] for pk in best if pk in found]
    passages = [_build_passage(c, similarities.get(c.pk), fused[c.pk]) for c in kept]
    return _widen(passages, kept, neighbours) if neighbours else passages


def _build_passage(chunk: Chunk, similarity: float | None, fused: FusedScore) -> Passage:
    document = chunk.version.document
    return Passage(
        chunk_id=chunk.pk,
        version_id=chunk.version_id,
        document_id=document.pk,
        title=document.title,
        page=chunk.page,
        start=chunk.start,
        end=chunk.end,
        text=chunk.text,
        similarity=similarity,
        score=_get_score(fused),
        page_kind=chunk.version.page_kind,
        heading=chunk.heading,
        columns=chunk.columns,
        remarks=list_remarks(chunk.version.notes, chunk.page),
    )


def _widen(passages: Sequence[Passage], chunks: Sequence[Chunk], neighbours: int) -> list[Passage]:
    """Passages with so many chunks before and after them, on the same page.

    One that another's neighbours cover is left out. What a curator wrote stays as it is.
    """
    wide: list[Passage] = []
    for passage, chunk in zip(passages, chunks, strict=True):
        covered = any(
            other.version_id == passage.version_id
            and other.start <= passage.start
            and passage.end <= other.end
            for other in wide
        )
        if not covered:
            wide.append(passage if chunk.original else _join_neighbours(passage, chunk, neighbours))
    return wide


def _join_neighbours(passage: Passage, chunk: Chunk, neighbours: int) -> Passage:
    near = _near(chunk, neighbours)
    first = min([chunk, *near], key=lambda other: other.start)
    start = min(passage.start, first.start)
    end = max([passage.end, *(other.end for other in near)])
    page = (
        Page.objects.filter(version=chunk.version_id, start__lte=start).order_by("-start").first()
    )
    if page is None or end > page.start + len(page.text):
        return passage
    text = page.text[start - page.start : end - page.start]
    return replace(passage, start=start, end=end, text=text, columns=first.columns)


def _near(chunk: Chunk, neighbours: int) -> list[Chunk]:
    """Return the chunks around one on its page, on each side as far as no curator had a hand in it.

    What one has hidden or rewritten is not brought back by the text that it was cut from.
    """
    first, last = chunk.ordinal - neighbours, chunk.ordinal + neighbours
    around = Chunk.objects.filter(
        version=chunk.version_id, page=chunk.page, ordinal__range=(first, last), disabled=False
    )
    untouched = {each.ordinal: each for each in around.filter(original=None)}
    sides = range(chunk.ordinal - 1, first - 1, -1), range(chunk.ordinal + 1, last + 1)
    return [untouched[at] for side in sides for at in takewhile(untouched.__contains__, side)]
