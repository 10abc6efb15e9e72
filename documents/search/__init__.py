"""Search in the documents that a user may read, by words and by meaning."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from accounts.models import User
from aiapp.db import in_db
from aiapp.llm import embeddings
from aiapp.llm.errors import ModelError
from documents.models import Chunk, EmbeddingSpace
from documents.search import dense, fusion, lexical
from documents.search.scope import Scope
from documents.spaces import known_space

Mode = Literal["hybrid", "dense", "lexical"]
Scores = dict[UUID, float]

# How far down each ranking goes; what is fused is a question of the first hundred.
DEPTH = 100
# A longer query is a pasted text: its beginning and its end, where the question stands, will do.
MOST_CHARS = 2_000
NOT_EMBEDDED = "Keyword search only: the embedding service does not answer."
NOT_INDEXED = "Keyword search only: no document is indexed by this embedding model."


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


@dataclass(slots=True)
class Found:
    """Passages, best first. `notice` says why the search was worse than it should be."""

    passages: list[Passage] = field(default_factory=list)
    notice: str = ""


async def search(  # noqa: PLR0913 - filters are named, and most callers give one or none
    user: User,
    query: str,
    k: int = 5,
    *,
    collections: Sequence[UUID] | None = None,
    documents: Sequence[UUID] | None = None,
    mode: Mode = "hybrid",
) -> Found:
    """The `k` best passages. Raises NotFound for a filter that the user may not read.

    The query is embedded between two units of database work, with no connection held.
    """
    scope = Scope(user, collections, documents)
    text = searchable(query)
    space, by_words = await in_db(_prepared, scope, text)
    if not text or scope.is_empty:
        return Found()
    if mode == "lexical":
        return Found(await in_db(_passages, scope, {}, by_words, k))
    if space is None:
        return Found(await in_db(_passages, scope, {}, by_words, k), NOT_INDEXED)
    try:
        vector = await embeddings.embed_query(text, space.dimension)
    except ModelError:
        return Found(await in_db(_passages, scope, {}, by_words, k), NOT_EMBEDDED)
    words = {} if mode == "dense" else by_words

    def fused() -> list[Passage]:
        return _passages(scope, dense.rank(scope, space, vector, DEPTH), words, k)

    return Found(await in_db(fused))


async def has_documents(user: User, collections: Sequence[UUID] | None) -> bool:
    """Whether there is anything to search, so that those without documents wait for nothing."""
    return await in_db(lambda: Scope(user, collections).readable().exists())


def searchable(query: str) -> str:
    """The query without what PostgreSQL cannot store, and of a length that it can rank."""
    text = query.replace("\x00", " ").encode("utf-8", "ignore").decode("utf-8").strip()
    if len(text) <= MOST_CHARS:
        return text
    half = MOST_CHARS // 2
    return f"{text[:half]} {text[-half:]}"


def _prepared(scope: Scope, text: str) -> tuple[EmbeddingSpace | None, Scores]:
    """Where vectors can be compared, and the ranking that needs none."""
    scope.check()
    return known_space(), lexical.rank(scope, text, DEPTH)


def _passages(scope: Scope, by_meaning: Scores, by_words: Scores, k: int) -> list[Passage]:
    """The best of both rankings, read once more through the scope: access may have changed."""
    scores = fusion.fuse(by_meaning, by_words)
    best = list(scores)[:k]
    chunks = Chunk.objects.filter(pk__in=best, version__in=scope.versions())
    found = {chunk.pk: chunk for chunk in chunks.select_related("version__document")}
    return [_passage(found[pk], by_meaning.get(pk), scores[pk]) for pk in best if pk in found]


def _passage(chunk: Chunk, similarity: float | None, score: float) -> Passage:
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
        score=score,
    )
