"""Search in the documents that a user may read, by words and by meaning."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from django.utils.translation import gettext_noop

from accounts.models import User
from aiapp.db import in_db
from aiapp.llm.embedding import client
from aiapp.llm.embedding.scripts import knows
from aiapp.llm.errors import ModelError
from aiapp.sql import pool
from aiapp.sql.pool import Statement
from aiapp.text.synonyms import find_synonyms
from documents.models import Chunk
from documents.models.tuning import DEFAULT, Tuning
from documents.search import dense, fusion, lexical, passages
from documents.search.answerability import answerable, lacks_year
from documents.search.bearing import Bearing, Signs, judge
from documents.search.fusion import DEPTH, FusedScore
from documents.search.inputs import Inputs, read_inputs
from documents.search.passages import Explanation, Passage, SearchResult
from documents.search.reranking import rerank
from documents.search.scope import Filters, Scope
from documents.search.shapes import compile_exists, find_shape, list_values
from documents.search.table_parts import note_parts
from documents.text.telling import is_about_us

__all__ = [
    "Bearing",
    "Explanation",
    "Filters",
    "Mode",
    "Passage",
    "SearchResult",
    "explain",
    "has_documents",
    "search",
    "searchable",
]

Mode = Literal["hybrid", "dense", "lexical"]
Scores = dict[UUID, float]

# A longer query is a pasted text: its beginning and its end, where the question stands, will do.
MAX_CHARS = 2_000
# A question of so few words that say something gains by others for them; a longer one needs none.
MAX_SHORT = 4
_ORDER = (Bearing.NONE, Bearing.PERHAPS, Bearing.SURE)
NOT_EMBEDDED = gettext_noop("Keyword search only: the embedding service is not responding.")
NOT_INDEXED = gettext_noop("Keyword search only: no document is indexed by this embedding model.")


async def search(  # noqa: PLR0913 - filters are named, and most callers give one or none
    user: User,
    query: str,
    k: int = 5,
    *,
    collections: Sequence[UUID] | None = None,
    documents: Sequence[UUID] | None = None,
    mode: Mode = "hybrid",
    earlier: Sequence[str] = (),
    filters: Filters | None = None,
    tuning: Tuning | None = None,
) -> SearchResult:
    """The `k` best passages. Raises NotFound for a filter that the user may not read.

    `earlier` are what the user asked before, the newest last, for a question that follows them
    up. `tuning` is tried instead of the collections' own. The query is embedded between two
    units of database work, with no connection held.
    """
    scope = Scope(user, collections, documents, filters or Filters())
    rankings = await _rank(SearchQuery(searchable(query), tuple(earlier), mode, k, tuning), scope)
    if not rankings.fused:
        return SearchResult(notice=rankings.notice)
    if wide := rankings.tuning.neighbours:
        best = await in_db(passages.read, scope, rankings.fused, rankings.by_meaning, k, wide)
    else:
        best = await passages.fetch(scope, rankings.fused, rankings.by_meaning, k)
    return SearchResult(
        await note_parts(best),
        rankings.notice,
        None if mode == "dense" else _is_answerable(rankings, query, best),
        rankings.bearing,
    )


async def explain(  # noqa: PLR0913 - as `search`
    user: User,
    query: str,
    k: int = 5,
    *,
    collections: Sequence[UUID] | None = None,
    documents: Sequence[UUID] | None = None,
    mode: Mode = "hybrid",
    earlier: Sequence[str] = (),
    filters: Filters | None = None,
    tuning: Tuning | None = None,
) -> list[Explanation]:
    """Search as `search` does, and say how each passage came to its place."""
    scope = Scope(user, collections, documents, filters or Filters())
    rankings = await _rank(SearchQuery(searchable(query), tuple(earlier), mode, k, tuning), scope)
    best = await in_db(passages.read, scope, rankings.fused, rankings.by_meaning, k, 0)
    meaning = {chunk: n for n, chunk in enumerate(rankings.by_meaning, 1)}
    words = {chunk: n for n, chunk in enumerate(rankings.by_words, 1)}
    return [
        Explanation(
            passage=passage,
            dense_rank=meaning.get(passage.chunk_id),
            lexical_rank=words.get(passage.chunk_id),
            lexical_score=rankings.by_words.get(passage.chunk_id),
            by_meaning=rankings.fused[passage.chunk_id].by_meaning,
            by_words=rankings.fused[passage.chunk_id].by_words,
            relevance=rankings.fused[passage.chunk_id].relevance,
        )
        for passage in best
    ]


async def has_documents(
    user: User, collections: Sequence[UUID] | None, filters: Filters | None = None
) -> bool:
    """Return whether there is anything to search; without documents nobody need wait."""
    scope = Scope(user, collections, filters=filters or Filters())
    if scope.is_empty:
        return False
    [[(exists,)]] = await pool.run(Statement(compile_exists(find_shape(scope)), list_values(scope)))
    return bool(exists)


def searchable(query: str) -> str:
    """The query without what PostgreSQL cannot store, and of a length that it can rank."""
    text = query.replace("\x00", " ").encode("utf-8", "ignore").decode("utf-8").strip()
    if len(text) <= MAX_CHARS:
        return text
    half = MAX_CHARS // 2
    return f"{text[:half]} {text[-half:]}"


@dataclass(frozen=True, slots=True)
class SearchQuery:
    text: str
    earlier: tuple[str, ...]
    mode: Mode
    # How many passages are wanted.
    k: int
    # Tried instead of the collections' own.
    tuning: Tuning | None

    @property
    def context(self) -> str:
        """The context that a follow-up question leaves unsaid: the last two before it."""
        return searchable("\n".join(self.earlier[-2:]))


@dataclass(slots=True)
class Rankings:
    """Both rankings, best first, and the one made of them."""

    by_meaning: Scores = field(default_factory=dict)
    by_words: Scores = field(default_factory=dict)
    fused: dict[UUID, FusedScore] = field(default_factory=dict)
    # How much of the query one passage has, by words; and whether similarities mean anything.
    share: float = 0.0
    knows_script: bool = True
    bearing: Bearing = Bearing.NONE
    notice: str = ""
    # What all searched collections have in common, or was asked for.
    tuning: Tuning = DEFAULT


async def _rank(query: SearchQuery, scope: Scope) -> Rankings:
    """Both rankings at once, each with a connection of its own while it asks the database."""
    if not query.text or scope.is_empty:
        await in_db(scope.check)
        return Rankings(tuning=query.tuning or DEFAULT)
    inputs = await read_inputs(scope, [query.text, query.context, *find_synonyms(query.text)])
    rankings = Rankings(tuning=_choose_tuning(query, scope, inputs))
    space = inputs.space
    rankings.knows_script = space is None or knows(space.model, query.text)
    words, (rankings.by_meaning, rankings.notice) = await asyncio.gather(
        _rank_by_words(query, inputs, rankings.tuning)
        if query.mode != "dense"
        else _no_lexical_ranking(),
        _rank_by_meaning(_add_synonyms(_build_dense_query(query, inputs), inputs), inputs)
        if query.mode != "lexical"
        else _no_dense_ranking(),
    )
    if query.mode == "dense" and rankings.notice:
        # Better found by words than not at all.
        words = await _rank_by_words(query, inputs, rankings.tuning)
    rankings.by_words, rankings.share = words.scores, words.share
    rankings.bearing = _judge_bearing(query, inputs, rankings, words)
    tunings = {} if query.tuning else inputs.tunings
    weight = (
        await in_db(_build_weight, rankings, tunings)
        if tunings
        else _build_weight(rankings, tunings)
    )
    rankings.fused = fusion.fuse(rankings.by_meaning, rankings.by_words, weight)
    rankings.fused = await rerank(query.text, scope, rankings.fused, query.k)
    return rankings


def _choose_tuning(query: SearchQuery, scope: Scope, inputs: Inputs) -> Tuning:
    if query.tuning is None and scope.collections and len(set(scope.collections)) == 1:
        return inputs.tunings.get(scope.collections[0], DEFAULT)
    return query.tuning or DEFAULT


def _build_dense_query(query: SearchQuery, inputs: Inputs) -> str:
    """Return the text whose meaning is looked for."""
    if not query.earlier or inputs.count_lexemes(query.text) > lexical.FEW_WORDS:
        return query.text
    return searchable(f"{query.earlier[-1]}\n{query.text}")


def _add_synonyms(text: str, inputs: Inputs) -> str:
    """Return a short text with other words for what it says."""
    is_short = inputs.count_lexemes(text) <= MAX_SHORT
    synonyms = ", ".join(lexical.find_synonyms(text, inputs) if is_short else ())
    return f"{text} ({synonyms})" if synonyms else text


async def _rank_by_words(query: SearchQuery, inputs: Inputs, tuning: Tuning) -> lexical.Ranking:
    return await lexical.rank(inputs, query.text, query.context, DEPTH, tuning.title_weight)


async def _rank_by_meaning(text: str, inputs: Inputs) -> tuple[Scores, str]:
    """The nearest chunks; or none, and a notice why."""
    if inputs.space is None:
        return {}, NOT_INDEXED
    try:
        vector = await client.embed_query(text, inputs.space)
    except ModelError:
        return {}, NOT_EMBEDDED
    return await dense.find_nearest(inputs, inputs.space, vector, DEPTH), ""


async def _no_lexical_ranking() -> lexical.Ranking:
    return lexical.Ranking()


async def _no_dense_ranking() -> tuple[Scores, str]:
    return {}, ""


def _is_answerable(rankings: Rankings, query: str, found: Sequence[Passage]) -> bool:
    texts = (f"{each.title} {each.heading} {each.full_text}" for each in found)
    return answerable(rankings.share, _find_similarity(rankings)) and not lacks_year(query, texts)


def _judge_bearing(
    query: SearchQuery, inputs: Inputs, rankings: Rankings, words: lexical.Ranking
) -> Bearing:
    bearing = judge(
        Signs(
            _find_similarity(rankings),
            words.telling,
            words.telling_whole,
            inputs.chunk_count,
            is_about_us(query.text),
        )
    )
    # What is embedded with the question before it, is as near as that one was: "Thanks!"
    is_joined = _build_dense_query(query, inputs) != query.text
    return min(bearing, Bearing.PERHAPS, key=_ORDER.index) if is_joined else bearing


def _find_similarity(rankings: Rankings) -> float | None:
    """Return the similarity of the nearest chunk; None where it means nothing."""
    known = rankings.by_meaning if rankings.knows_script else {}
    return max(known.values(), default=None)


def _build_weight(rankings: Rankings, tunings: Mapping[UUID, Tuning]) -> Callable[[UUID], float]:
    """Return the weight of a chunk's nearness of meaning, as a function of the chunk."""
    if not rankings.by_words:
        return lambda _: 1.0
    if not (rankings.by_meaning and rankings.knows_script):
        return lambda _: 0.0
    by_question = fusion.weigh_meaning(rankings.by_words)

    def weigh(tuning: Tuning) -> float:
        return by_question if tuning.dense_weight is None else tuning.dense_weight

    if not tunings:
        weight = weigh(rankings.tuning)
        return lambda _: weight
    homes = _find_collections({**rankings.by_meaning, **rankings.by_words})
    return lambda chunk: weigh(tunings.get(homes[chunk], DEFAULT))


def _find_collections(chunks: Scores) -> dict[UUID, UUID]:
    found = Chunk.objects.filter(pk__in=chunks)
    return dict(found.values_list("pk", "version__document__collection"))
