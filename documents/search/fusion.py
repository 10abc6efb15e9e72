"""One ranking out of two whose scores cannot be compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

# How far down each ranking goes; what is fused is a question of the first hundred.
DEPTH = 100
# What meaning is worth at least and at most, where both rankings have something to say.
MIN_DENSE_WEIGHT, MAX_DENSE_WEIGHT = 0.2, 0.7


@dataclass(frozen=True, slots=True)
class FusedScore:
    """A chunk's score and its two parts, each already weighted.

    `relevance` is a reranking model's number, where one was asked; it outranks the score.
    """

    score: float
    by_meaning: float
    by_words: float
    relevance: float | None = None


def fuse(
    dense: Mapping[UUID, float],
    lexical: Mapping[UUID, float],
    dense_weight: Callable[[UUID], float],
) -> dict[UUID, FusedScore]:
    """A weighted sum of both lists' scores, each brought to 0..1; the best first.

    Unlike a sum of ranks it keeps how much better the first is than the second. Similarities
    have no zero of their own, so the last of the list is 0; a score by words has one, the chunk
    without any of them, and stays in proportion to the best (Bruch, Gai and Ingber, 2023). The
    lists are long enough (100) that it does not matter what a chunk missing from one gets.
    """
    meaning, words = _scale_to_range(dense), _scale_to_best(lexical)
    total: dict[UUID, FusedScore] = {}
    for chunk in {**meaning, **words}:
        weight = dense_weight(chunk)
        by_meaning = weight * meaning.get(chunk, 0.0)
        by_words = (1 - weight) * words.get(chunk, 0.0)
        total[chunk] = FusedScore(by_meaning + by_words, by_meaning, by_words)
    return dict(sorted(total.items(), key=lambda item: (-item[1].score, item[0])))


def weigh_meaning(lexical: Mapping[UUID, float]) -> float:
    """Return how much of a score is nearness of meaning, from how well words tell passages apart.

    Where the hundredth passage by words is nearly as good as the first - long questions whose
    words stand on every page of a report - words do not tell, and meaning decides. Where it is
    far behind, or there is none, they do. Scores are the best first (docs/adr/0041).
    """
    scores = [*lexical.values()]
    if len(scores) < DEPTH or scores[0] <= 0:
        return MIN_DENSE_WEIGHT
    return min(max(scores[DEPTH - 1] / scores[0], MIN_DENSE_WEIGHT), MAX_DENSE_WEIGHT)


def _scale_to_range(scores: Mapping[UUID, float]) -> dict[UUID, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    # Equal scores are all the best.
    width = high - low
    return {chunk: (score - low) / width if width else 1.0 for chunk, score in scores.items()}


def _scale_to_best(scores: Mapping[UUID, float]) -> dict[UUID, float]:
    best = max(scores.values(), default=0.0)
    return {chunk: score / best if best else 0.0 for chunk, score in scores.items()}
