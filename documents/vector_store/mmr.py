"""Maximal marginal relevance (Carbonell and Goldstein, 1998): near the query, not all alike."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
Vector = Sequence[float]


def diverse(query: Vector, vectors: Mapping[K, Vector], k: int, lambda_mult: float) -> list[K]:
    """The keys of `k` vectors; `lambda_mult` 1 looks at nearness alone, 0 at variety alone."""
    remaining = {key: _direction(vector) for key, vector in vectors.items()}
    wanted = _direction(query)
    near = {key: _dot(wanted, vector) for key, vector in remaining.items()}
    likeness = dict.fromkeys(remaining, 0.0)
    selection: list[K] = []
    while remaining and len(selection) < k:
        # Of equals the first, which is the nearest.
        best = max(
            remaining, key=lambda key: lambda_mult * near[key] - (1 - lambda_mult) * likeness[key]
        )
        vector = remaining.pop(best)
        selection.append(best)
        for key, other in remaining.items():
            # To what it is most alike so far; the first choice overwrites the zero.
            alike = _dot(vector, other)
            likeness[key] = alike if len(selection) == 1 else max(likeness[key], alike)
    return selection


def _direction(vector: Vector) -> list[float]:
    length = math.hypot(*vector) or 1.0
    return [number / length for number in vector]


def _dot(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
