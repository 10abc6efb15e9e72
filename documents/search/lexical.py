"""Ranking by words: BM25 over PostgreSQL's full text index, where any word of a query counts.

PostgreSQL's own ranks know nothing of how rare a word is, and a question's common words match
nearly everything. So candidates are the chunks with one of the query's rarest words, as many
words as give a few thousand chunks (the idea of MaxScore: common words alone cannot carry a
passage to the top). The best of them by PostgreSQL's rank are then scored as Robertson and
Zaragoza (2009) do, with all words.
"""

import math
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from documents.headings import without_suffixes
from documents.search.frequencies import frequencies, rarest_first
from documents.search.scope import Scope
from documents.words import LANGUAGE, any_of, lone_characters, searchable

# As Anserini has them, the reference for BM25 on passages.
K1, B = 0.9, 0.4
# What a word of a heading is worth beside one of the text; the title's worth is a setting.
HEADING_WEIGHT = 0.3
# What a word of an earlier question is worth beside one of this.
CONTEXT_WEIGHT = 0.4
# A pasted text has hundreds of words; the rarest say what it is about.
MOST_TERMS = 32
# A word that more of all chunks hold says nothing, if there are others.
COMMON_SHARE = 0.2
# Candidates from the index, about; and how many of them are scored exactly.
CANDIDATES = 3_000
SCORED = 300
# In a scope this small each chunk is looked at, and the index of words is not.
EACH_CHUNK = 3_000

_LEXEMES = f"SELECT tsvector_to_array(to_tsvector('{LANGUAGE}', %s))"
# The rank of one word is a sum of 1/j² over its occurrences, divided by that sum's limit; so it
# tells how often the word occurs. Weights: D, C, B, A, which are text, -, heading, title.
_LIMIT = math.pi**2 / 6
_BEST = """
    SELECT c.id, c."end" - c.start AS chars, c.words,
           ts_rank('{{0.1, 0, 0.03, 0.03}}', c.words, %(all)s::tsquery, 1) AS coarse
      FROM documents_chunk c
     WHERE NOT c.disabled AND {matches} AND c.version_id {among} ({versions})
     ORDER BY coarse DESC, c.id
     LIMIT %(scored)s
"""
_SCORED = """
    SELECT best.id, best.chars, ranks.text, ranks.heading, ranks.title
      FROM ({best}) best, LATERAL (
        SELECT array_agg(ts_rank('{{1, 0, 0, 0}}', best.words, q.term, 0) ORDER BY q.n) AS text,
               array_agg(ts_rank('{{0, 0, 1, 0}}', best.words, q.term, 0) ORDER BY q.n) AS heading,
               array_agg(ts_rank('{{0, 0, 0, 1}}', best.words, q.term, 0) ORDER BY q.n) AS title
          FROM unnest(%(terms)s::tsquery[]) WITH ORDINALITY q (term, n)
      ) ranks
"""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best chunks and their scores, best first.

    `share` is how much of what the query's words tell (the sum of their weights) the chunk has
    that holds most of it, from 0 to 1: whether the words asked for stand together anywhere.
    """

    scores: dict[UUID, float] = field(default_factory=dict)
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of a query with their tsqueries and weights, the rarest first."""

    queries: dict[str, str]
    idf: dict[str, float]
    # The words whose chunks are candidates.
    leading: list[str]


def rank(scope: Scope, text: str, context: str, limit: int, title_weight: float) -> Ranking:
    """Rank the chunks that hold any of the words.

    Words of `context`, which was asked before, count for less than those of `text`.
    """
    terms = _terms(text, context, scope)
    if not terms.queries:
        return Ranking()
    rows = _candidates(scope, terms)
    scores = _scores(rows, terms, title_weight)
    best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return Ranking(dict(best[:limit]), _share(rows, terms))


def _terms(text: str, context: str, scope: Scope) -> Terms:
    asked = _queries(text)
    queries = (_queries(context) if context else {}) | asked
    chunks, counts = frequencies(queries)
    kept = [term for term in rarest_first(counts) if counts[term] > 0][:MOST_TERMS]
    telling = [term for term in kept if counts[term] <= COMMON_SHARE * chunks] or kept[:1]
    share = min(scope.chunk_count / chunks, 1.0) if chunks else 1.0
    return Terms(
        queries={term: queries[term] for term in kept},
        idf={t: _idf(chunks, counts[t]) * (1 if t in asked else CONTEXT_WEIGHT) for t in kept},
        leading=_leading(telling, {term: counts[term] * share for term in telling}),
    )


def _idf(chunks: float, count: float) -> float:
    return math.log(1 + max(chunks - count + 0.5, 0) / (count + 0.5))


def _queries(text: str) -> dict[str, str]:
    """The words of a query, each with the tsquery that finds it."""
    # A file's name is one word to PostgreSQL, so its parts are asked for beside it.
    with connection.cursor() as cursor:
        cursor.execute(_LEXEMES, [searchable(f"{text} {without_suffixes(text)}")])
        lexemes: list[str] = cursor.fetchone()[0]
    lone = set(lone_characters(text))
    return {word: any_of([], [word]) if word in lone else any_of([word]) for word in lexemes}


def _leading(telling: list[str], counts: dict[str, float]) -> list[str]:
    leading: list[str] = []
    found = 0.0
    for term in telling:
        found += counts[term]
        if leading and found > CANDIDATES:
            break
        leading.append(term)
    return leading


def _candidates(scope: Scope, terms: Terms) -> list[tuple[Any, ...]]:
    small = scope.chunk_count <= EACH_CHUNK
    leading = list(terms.queries) if small else terms.leading
    versions, values = scope.versions().query.sql_with_params()
    best = _BEST.format(
        # An index is only used for the bare condition.
        matches="(c.words @@ %(some)s::tsquery) IS TRUE"
        if small
        else "c.words @@ %(some)s::tsquery",
        among="= ANY" if small else "IN",
        versions=f"ARRAY({_named(versions)})" if small else _named(versions),
    )
    parameters: dict[str, Any] = {
        "all": " | ".join(terms.queries.values()),
        "some": " | ".join(terms.queries[term] for term in leading),
        "terms": list(terms.queries.values()),
        "scored": SCORED,
    }
    parameters |= {f"scope{n}": value for n, value in enumerate(values)}
    with connection.cursor() as cursor:
        cursor.execute(_SCORED.format(best=best), parameters)
        return list(cursor.fetchall())


def _named(sql: str) -> str:
    """Django's placeholders by name, since a statement cannot have both kinds."""
    head, *rest = sql.split("%s")
    return head + "".join(f"%(scope{n})s{part}" for n, part in enumerate(rest))


def _scores(rows: list[tuple[Any, ...]], terms: Terms, title_weight: float) -> dict[UUID, float]:
    if not rows:
        return {}
    mean = sum(chars for _, chars, *_ in rows) / len(rows) or 1
    weights = [terms.idf[term] for term in terms.queries]
    scores: dict[UUID, float] = {}
    for chunk, chars, in_text, in_heading, in_title in rows:
        short = K1 * (1 - B + B * chars / mean)
        score = 0.0
        for idf, text, heading, title in zip(weights, in_text, in_heading, in_title, strict=True):
            if text:
                times = _times(text)
                score += idf * times * (K1 + 1) / (times + short)
            # Apart from the text's length, so that all chunks under a title gain the same and
            # their order among themselves stays.
            score += idf * (HEADING_WEIGHT * bool(heading) + title_weight * bool(title))
        scores[chunk] = score
    return scores


def _share(rows: list[tuple[Any, ...]], terms: Terms) -> float:
    weights = [terms.idf[term] for term in terms.queries]
    whole = sum(weights)
    held = (
        sum(w for w, *ranks in zip(weights, *row[2:], strict=True) if any(ranks)) for row in rows
    )
    return max(held, default=0.0) / whole if whole else 0.0


def _times(rank: float) -> float:
    """How often a word occurs: the rest of the sum of 1/j² after n terms is about 1/(n + ½)."""
    rest = _LIMIT * (1 - min(rank, 0.999))
    return max(1.0, 1 / rest - 0.5)
