"""Measures of a ranking, given what should have been found. All are 0..1."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def recall(ranking: Sequence[T], relevant: Iterable[T], k: int) -> float:
    """The share of the relevant that is among the first `k`."""
    wanted = set(relevant)
    return len(wanted.intersection(ranking[:k])) / len(wanted) if wanted else 0.0


def hit(ranking: Sequence[T], relevant: Iterable[T], k: int) -> float:
    """1 if any of the relevant is among the first `k`."""
    return float(not set(relevant).isdisjoint(ranking[:k]))


def reciprocal_rank(ranking: Sequence[T], relevant: Iterable[T], k: int) -> float:
    """One over the place of the first relevant one among the first `k`."""
    wanted = set(relevant)
    return next((1 / n for n, found in enumerate(ranking[:k], 1) if found in wanted), 0.0)


def ndcg(ranking: Sequence[T], gains: Mapping[T, float], k: int) -> float:
    """Normalised discounted cumulative gain, with linear gains as trec_eval has them."""
    found = sum(gains.get(item, 0.0) / math.log2(n + 1) for n, item in enumerate(ranking[:k], 1))
    best = sorted(gains.values(), reverse=True)[:k]
    ideal = sum(gain / math.log2(n + 1) for n, gain in enumerate(best, 1))
    return found / ideal if ideal else 0.0


def mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else 0.0


def count_covered(expected: Iterable[tuple[int, int]], spans: Iterable[tuple[int, int]]) -> int:
    """Count the characters wanted that are in the spans found, each of them once."""
    places = merge_spans(spans)
    return sum(
        max(0, min(end, last) - max(start, first))
        for start, end in merge_spans(expected)
        for first, last in places
    )


def merge_spans(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans without overlap, in order."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def length(spans: Iterable[tuple[int, int]]) -> int:
    return sum(end - start for start, end in merge_spans(spans))
