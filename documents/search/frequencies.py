"""Document frequencies: the number of chunks that hold a word is how much the word tells.

PostgreSQL's own statistics know the most common words of all chunks and their shares; they are
read once a minute. Words that they do not list are rare, or the table has not been analysed
yet, and are counted.
"""

import math
import time
from dataclasses import dataclass, field

from aiapp.sql import pool
from aiapp.sql.pool import Query, Statement

# Counting goes no further: a word in more chunks is as good as listed.
MAX_COUNTED = 500
BELIEVED_SECONDS = 60.0

_STATISTICS = Query("""
    SELECT greatest(c.reltuples, 0)::float8, s.most_common_elems::text::text[],
           s.most_common_elem_freqs
      FROM pg_class c LEFT JOIN pg_stats s
           ON s.schemaname = current_schema() AND s.tablename = c.relname AND s.attname = 'words'
     WHERE c.oid = 'documents_chunk'::regclass
""")
_COUNT = Query("""
    SELECT word.lexeme, (
        SELECT count(*) FROM (
            SELECT 1 FROM documents_chunk c WHERE c.words @@ word.query LIMIT %(most)s::int8
        ) holders
    )
      FROM unnest(%(lexemes)s::text[], %(queries)s::tsquery[]) word (lexeme, query)
""")


@dataclass(slots=True)
class Statistics:
    chunks: float = 0.0
    shares: dict[str, float] = field(default_factory=dict)
    expires: float = 0.0


_known = Statistics()


async def frequencies(terms: dict[str, str]) -> tuple[float, dict[str, float]]:
    """Return the number of chunks, and of those with each term, given as `{term: tsquery}`.

    Terms that no chunk holds are left out. The numbers may be a few minutes old, and are about
    right for a table that has been analysed.
    """
    statistics = await _load_statistics()
    listed = {t: statistics.shares[t] * statistics.chunks for t in terms if t in statistics.shares}
    # What is listed is somewhere, even if the table's size is not known yet.
    found = {term: max(count, 1.0) for term, count in listed.items()}
    found |= await _count({term: query for term, query in terms.items() if term not in found})
    return max([statistics.chunks, *found.values()], default=0.0), found


async def _load_statistics() -> Statistics:
    if _known.expires < time.monotonic():
        [[(chunks, words, shares)]] = await pool.run(Statement(_STATISTICS, {}))
        _known.chunks = chunks
        # The array of shares ends with the least, the greatest and the share of nulls.
        _known.shares = dict(zip(words or (), (shares or ())[: len(words or ())], strict=True))
        _known.expires = time.monotonic() + BELIEVED_SECONDS
    return _known


async def _count(terms: dict[str, str]) -> dict[str, float]:
    if not terms:
        return {}
    values = {"most": MAX_COUNTED, "lexemes": list(terms), "queries": list(terms.values())}
    [rows] = await pool.run(Statement(_COUNT, values))
    return {lexeme: float(count) for lexeme, count in rows if count}


def rarest_first(counts: dict[str, float]) -> list[str]:
    return sorted(counts, key=lambda term: (counts[term], term))


def weigh(chunks: float, count: float) -> float:
    """Return what a word tells that so many of the chunks hold, as BM25 has it."""
    return math.log(1 + max(chunks - count + 0.5, 0) / (count + 0.5))
