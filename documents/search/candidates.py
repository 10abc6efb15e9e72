"""The chunks worth scoring for a query, as a tsquery that finds about so many.

What holds the query's rarest words comes first (the idea of MaxScore: common words alone hardly
carry a passage to the top). But the rarest word of a question may be a chance one, "kindly", and
the answer hold the others; so the room that is left goes to chunks with two of those.
"""

from collections.abc import Collection, Mapping
from itertools import combinations

# Candidates from the index, about.
CANDIDATES = 1_000
# Fewer are not worth a ranking; then one more word may bring in so many.
TOO_FEW, MAX_ADDED = 300, 10_000


def candidates(
    counts: Mapping[str, float],
    telling: Collection[str],
    queries: Mapping[str, str],
    chunks: float,
) -> str:
    """A tsquery for the chunks with the rarest of these words, or with two of the others.

    `counts` says how many of so many chunks hold each word, the rarest first; those that are not
    `telling` never stand alone.
    """
    leading, total = _choose_leading({term: counts[term] for term in telling})
    rest = [term for term in counts if term not in leading]
    terms = [queries[term] for term in leading]
    # As if words stood in chunks independently of each other.
    pairs = sorted((counts[a] * counts[b] / max(chunks, 1), a, b) for a, b in combinations(rest, 2))
    for count, one, other in pairs:
        if total + count > CANDIDATES:
            break
        terms.append(f"({queries[one]}) & ({queries[other]})")
        total += count
    if rest and total < TOO_FEW and (not terms or counts[rest[0]] <= MAX_ADDED):
        terms.append(queries[rest[0]])
    return " | ".join(terms)


def _choose_leading(counts: Mapping[str, float]) -> tuple[list[str], float]:
    leading: list[str] = []
    found = 0.0
    for term, count in counts.items():
        if found + count > CANDIDATES:
            break
        leading.append(term)
        found += count
    return leading, found
