"""One ranking out of two whose scores cannot be compared."""

from collections.abc import Mapping
from uuid import UUID

DENSE_WEIGHT = 0.5


def fuse(dense: Mapping[UUID, float], lexical: Mapping[UUID, float]) -> dict[UUID, float]:
    """A weighted sum of the scores, each list stretched to 0..1; the best first.

    Unlike a sum of ranks it keeps how much better the first is than the second. The lists are
    long enough (100) that it does not matter what a chunk missing from one of them gets.
    """
    total = dict.fromkeys([*dense, *lexical], 0.0)
    for scores, weight in ((dense, DENSE_WEIGHT), (lexical, 1 - DENSE_WEIGHT)):
        for chunk, score in _stretched(scores).items():
            total[chunk] += weight * score
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _stretched(scores: Mapping[UUID, float]) -> dict[UUID, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    # Equal scores are all the best.
    width = high - low
    return {chunk: (score - low) / width if width else 1.0 for chunk, score in scores.items()}
