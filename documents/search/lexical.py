"""Ranking by words: BM25 over PostgreSQL's full text index, where any word of a query counts.

PostgreSQL's own ranks know nothing of how rare a word is, and a question's common words match
nearly everything. So candidates are a few thousand chunks with the query's rarest words
(`documents.search.candidates`). The best of them by PostgreSQL's rank are then scored as
Robertson and Zaragoza (2009) do, with all words.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from aiapp.sql import pool
from aiapp.sql.pool import Query, Statement
from aiapp.text import synonyms
from documents.search.candidates import candidates
from documents.search.frequencies import frequencies, rarest_first, weigh
from documents.search.inputs import Inputs
from documents.search.shapes import Shape, compile_versions, find_shape, list_values
from documents.text.telling import select_telling
from documents.text.words import build_any_query, lone_characters

Weights = dict[str, float]
# As Anserini has them, the reference for BM25 on passages.
K1, B = 0.9, 0.4
# What a word of a heading is worth beside one of the text; the title's worth is a setting.
HEADING_WEIGHT = 0.3
# What a word of an earlier question is worth beside one of this.
CONTEXT_WEIGHT = 0.4
# ... and, where each chunk is looked at, one that means the same (`aiapp.text.synonyms`).
SYNONYM_WEIGHT = 0.4
# How much of what a word tells stands where such a phrase does.
SYNONYM_SHARE = 0.8
# Where each chunk is looked at: what a word by which is only asked ("please", "which") is worth
# beside one that says what the question is about.
ASKING_WEIGHT = 0.4
# There a word is weighed by how rare it is among the best. They are few, so what is known of all
# chunks counts as if so many more had been looked at.
PRIOR_CHUNKS = 2_000
# A question of no more words that say something ("And in 2020?") means what the one before meant.
FEW_WORDS = 1
# A pasted text has hundreds of words; the rarest say what it is about.
MAX_TERMS = 32
# A word that more of all chunks hold says nothing, if there are others.
COMMON_SHARE = 0.2
# How many of the candidates are scored exactly.
SCORED = 300
# In a scope this small each chunk is looked at, and the index of words is not.
EACH_CHUNK = 3_000
# A long value is unpacked each time that a function is given it, unless it was changed before; so
# it is, to what it was.
_BEST = """
    SELECT id, chars, words,
           ts_rank('{{0.1, 0, 0.03, 0.03}}', words, %(all)s::tsquery, 1) AS coarse
      FROM (
        SELECT c.id, c."end" - c.start AS chars, setweight(c.words, 'D', '{{}}'::text[]) AS words
          FROM documents_chunk c
         WHERE NOT c.disabled AND {matches} AND {among} OFFSET 0
      ) unpacked
     ORDER BY coarse DESC, id
     LIMIT %(scored)s::int8
"""
# The rank of one word is a sum of 1/j² over its occurrences, divided by the sum's limit, π²/6; and
# what is left of that sum after n terms is about 1/(n + ½). So it tells how often the word occurs.
# Weights are those of D, C, B and A: of the text, of nothing, of headings and of the title. Words
# of headings and titles count apart from the text's length, so that all chunks under a title gain
# the same and their order among themselves stays.
_SCORED = f"""
    WITH best AS MATERIALIZED ({{best}}), held AS MATERIALIZED (
        SELECT best.id, term.n,
               CASE WHEN ranks.text > 0
                    THEN ranks.times * {K1 + 1} / (ranks.times + {K1} * ({1 - B} + {B} * length))
                    ELSE 0 END
               + CASE WHEN ranks.heading > 0 THEN {HEADING_WEIGHT} ELSE 0 END
               + CASE WHEN ranks.title > 0 THEN %(title)s::float8 ELSE 0 END AS gain
          FROM (
            SELECT id, words, chars / greatest(avg(chars) OVER (), 1) AS length FROM best OFFSET 0
          ) best, unnest(%(terms)s::tsquery[]) WITH ORDINALITY AS term (query, n), LATERAL (
            SELECT text, heading, title,
                   greatest(1, {6 / math.pi**2} / (1 - least(text, 0.999)) - 0.5) AS times
              FROM (
                SELECT ts_rank('{{{{1, 0, 0, 0}}}}', best.words, term.query, 0)::float8 AS text,
                       ts_rank('{{{{0, 0, 1, 0}}}}', best.words, term.query, 0) AS heading,
                       ts_rank('{{{{0, 0, 0, 1}}}}', best.words, term.query, 0) AS title
              ) rank OFFSET 0
          ) ranks
         WHERE greatest(ranks.text, ranks.heading, ranks.title) > 0
    ), weights AS (
        SELECT n, idf, telling, {{weight}} AS weight
          FROM (
            SELECT n, idf, telling, worth, among.found + %(prior)s::float8 AS found,
                   here.holders + %(prior)s::float8 * share AS holders
              FROM unnest(%(idf)s::float8[], %(telling)s::float8[], %(worth)s::float8[],
                          %(shares)s::float8[])
                   WITH ORDINALITY AS term (idf, telling, worth, share, n)
              JOIN (SELECT n, count(*) AS holders FROM held GROUP BY n) here USING (n),
                   (SELECT count(*) AS found FROM best) among
          ) counted
    )
    SELECT id, sum(gain * weight) AS score,
           max(sum(idf)) OVER () / greatest(%(whole)s::float8, 1e-9) AS share,
           max(sum(telling)) OVER () AS telling
      FROM held JOIN weights USING (n)
     GROUP BY id
     ORDER BY score DESC, id
     LIMIT %(limit)s::int8
"""  # noqa: S608 - put together from constants
# What a word weighs. Candidates that were chosen for a rare word nearly all hold it, which says
# nothing of the word; so how many of them do counts only where none were chosen.
_WEIGHT_AMONG_ALL = "idf"
_WEIGHT_AMONG_BEST = "worth * ln(1 + greatest(found - holders + 0.5, 0) / (holders + 0.5))"


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best chunks and their scores, best first.

    `share` is how much of what the query's words tell (the sum of their weights) the chunk has
    that holds most of it, from 0 to 1: whether the words asked for stand together anywhere.
    `telling` is the weight of those of the query's own words that say what it is about, in the
    chunk with most of them, and `telling_whole` that of all, even of those that nothing holds.
    """

    scores: dict[UUID, float] = field(default_factory=dict)
    share: float = 0.0
    telling: float = 0.0
    telling_whole: float = 0.0


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of a query with their tsqueries and weights, the rarest first."""

    queries: dict[str, str]
    idf: dict[str, float]
    # The weights of those that were asked for, together.
    whole: float
    # What each is worth, however rare it is.
    worth: dict[str, float]
    # How many chunks there are in all, about.
    chunks: float
    # How many chunks in scope hold each, about.
    counts: dict[str, float]
    # Which share of all chunks holds each.
    shares: dict[str, float]
    # Those that not every other chunk holds.
    telling: list[str]
    # The weights of the words that say what the query is about (`documents.text.telling`), also of
    # those that no chunk holds.
    subject: dict[str, float]

    @property
    def any(self) -> str:
        """A tsquery for the chunks that hold one of the words."""
        return " | ".join(self.queries.values())


async def rank(inputs: Inputs, text: str, context: str, limit: int, title_weight: float) -> Ranking:
    """Rank the chunks that hold any of the words.

    Words of `context`, which was asked before, count for less than those of `text`.
    """
    terms = await _weigh_terms(text, context, inputs)
    whole = sum(terms.subject.values())
    if not terms.queries:
        return Ranking(telling_whole=whole)
    values = {"limit": limit, "title": title_weight, "some": terms.any}
    if inputs.chunk_count > EACH_CHUNK:
        values["some"] = candidates(terms.counts, terms.telling, terms.queries, inputs.chunk_count)
    rows = await _score(inputs, terms, values)
    if not rows and values["some"] != terms.any:
        # The rare words may be those of documents that are not in scope.
        rows = await _score(inputs, terms, values | {"some": terms.any})
    share, telling = rows[0][2:] if rows else (0.0, 0.0)
    return Ranking({chunk: score for chunk, score, *_ in rows}, min(share, 1.0), telling, whole)


def find_synonyms(text: str, inputs: Inputs) -> Mapping[str, str]:
    """Other phrases for what a text says, in a scope so small that each chunk is looked at."""
    return synonyms.find_synonyms(text) if inputs.chunk_count <= EACH_CHUNK else {}


async def _weigh_terms(text: str, context: str, inputs: Inputs) -> Terms:
    current = _build_queries(text, inputs)
    before = _build_queries(context, inputs) if context else {}
    meanings = find_synonyms(text, inputs)
    alike = _build_queries(", ".join(meanings), inputs)
    queries = alike | before | current
    known, counts = await frequencies(queries)
    chunks = max(known, inputs.chunk_count)
    rarest = rarest_first(counts)
    asked = [term for term in rarest if term in current or term in before][:MAX_TERMS]
    meant = [term for term in rarest if term not in current and term not in before]
    meant = meant[: MAX_TERMS - len(asked)]
    terms = [*asked, *meant]
    telling = [term for term in terms if counts[term] <= COMMON_SHARE * chunks] or terms[:1]
    share = min(inputs.chunk_count / chunks, 1.0) if chunks else 1.0
    idf = {term: weigh(chunks, counts[term]) for term in terms}
    subject = set(inputs.find_lexemes(select_telling(text))) & current.keys()
    own = {term: weigh(chunks, counts.get(term, 0)) for term in current}
    instead = _weigh_instead(meanings, own, inputs)
    replaced = current.keys() & inputs.find_lexemes(", ".join(meanings.values()))
    others = _weigh_earlier(idf, asked, current)
    # Together they weigh no more than what they stand for, found or not.
    most = sum(own[term] for term in replaced)
    others |= _weigh_together(idf, meant, SYNONYM_WEIGHT, most)
    return Terms(
        queries={term: queries[term] for term in terms},
        idf={term: others.get(term, 1) * idf[term] for term in asked}
        | {term: instead.get(term, 0.0) for term in meant},
        worth={term: _weigh_asking(term, subject) for term in terms} | others,
        whole=sum(others.get(term, 1) * idf[term] for term in asked)
        + sum(own[term] for term in replaced if term not in counts),
        chunks=chunks,
        counts={term: counts[term] * share for term in terms},
        shares={term: counts[term] / chunks for term in terms},
        telling=telling,
        subject={term: own[term] for term in subject},
    )


def _weigh_earlier(idf: Weights, asked: list[str], current: Collection[str]) -> Weights:
    """The worth of words that were only asked before.

    Together they weigh no more than the words of a question that says something itself.
    """
    earlier = [term for term in asked if term not in current]
    own = sum(idf[term] for term in asked if term in current)
    most = own if len(current) > FEW_WORDS else math.inf
    return _weigh_together(idf, earlier, CONTEXT_WEIGHT, most)


def _weigh_instead(meanings: Mapping[str, str], own: Weights, inputs: Inputs) -> Weights:
    """Return how far each word of a phrase tells what the question's own words would."""
    told: Weights = {}
    for other, said in meanings.items():
        words = inputs.find_lexemes(other)
        whole = sum(own.get(term, 0.0) for term in inputs.find_lexemes(said))
        for term in words:
            told[term] = max(told.get(term, 0.0), SYNONYM_SHARE * whole / len(words))
    return told


def _weigh_together(idf: Weights, terms: list[str], weight: float, most: float) -> Weights:
    whole = sum(idf[term] for term in terms)
    return dict.fromkeys(terms, weight * min(most / whole, 1) if whole else weight)


def _weigh_asking(term: str, subject: Collection[str]) -> float:
    """The worth of a word of the question itself; the same for all if it has none but those."""
    return 1.0 if term in subject or not subject else ASKING_WEIGHT


def _build_queries(text: str, inputs: Inputs) -> dict[str, str]:
    """The words of a query, each with the tsquery that finds it."""
    lone = set(lone_characters(text))
    return {
        word: build_any_query([], [word]) if word in lone else build_any_query([word])
        for word in inputs.find_lexemes(text)
    }


async def _score(inputs: Inputs, terms: Terms, values: dict[str, Any]) -> list[pool.Row]:
    is_part = inputs.chunk_count * 2 < terms.chunks and inputs.versions is not None
    query = _compile(find_shape(inputs.scope), inputs.chunk_count <= EACH_CHUNK, is_part)
    parameters = {
        **list_values(inputs.scope),
        **values,
        "versions": inputs.versions,
        "all": terms.any,
        "terms": list(terms.queries.values()),
        "idf": list(terms.idf.values()),
        "worth": [terms.worth[term] for term in terms.queries],
        "shares": [terms.shares[term] for term in terms.queries],
        "prior": min(terms.chunks, PRIOR_CHUNKS),
        "whole": terms.whole,
        "telling": [terms.subject.get(term, 0.0) for term in terms.queries],
        "scored": SCORED,
    }
    # What is best depends on the words and on what may be read.
    [rows] = await pool.run(Statement(query, parameters, prepare=False))
    return rows


@cache
def _compile(shape: Shape, is_small: bool, is_part: bool) -> Query:
    # An index is only used for the bare condition.
    versions = compile_versions(shape)
    matches, among = "c.words @@ %(some)s::tsquery", f"c.version_id IN ({versions})"
    weight = _WEIGHT_AMONG_ALL
    if is_small:
        matches, among = f"({matches}) IS TRUE", f"c.version_id = ANY(ARRAY({versions}))"
        weight = _WEIGHT_AMONG_BEST
    elif is_part:
        among = f"c.version_id = ANY(%(versions)s::uuid[]) AND {among}"
    best = _BEST.format(matches=matches, among=among)
    return Query(_SCORED.format(best=best, weight=weight))
