"""The vectors in an answer to a request for embeddings, in the forms in which servers send them.

A wrong vector would be found, or not, for years; so nothing about it is taken on trust.
"""

import base64
import math
import struct
from typing import Any

import orjson

from aiapp.llm.errors import BrokenAnswer

_LISTS = ("data", "embeddings", "results")


def vectors_of(body: bytes, count: int, dimension: int | None) -> list[list[float]]:
    """Return a vector for each text, in the order of the texts. Raises BrokenAnswer."""
    try:
        items = _items_of(orjson.loads(body))
        indexes = [_index_of(item, place) for place, item in enumerate(items)]
        by_index = dict(zip(indexes, map(_vector_of, items), strict=True))
    except (ValueError, KeyError, TypeError, IndexError, struct.error) as error:
        raise _broken("malformed_embedding") from error
    if sorted(indexes) != list(range(count)):
        raise _broken("embedding_count")
    vectors = [by_index[number] for number in range(count)]
    if not all(len(vector) == (dimension or len(vectors[0])) for vector in vectors):
        raise _broken("embedding_dimension")
    # A vector of zeros has no direction, so no cosine; NaN and infinity have no sum.
    if not all(math.isfinite(length := math.hypot(*vector)) and length for vector in vectors):
        raise _broken("embedding_not_finite")
    return vectors


def _items_of(answer: Any) -> list[Any]:
    if isinstance(answer, dict):
        lists = (answer[name] for name in _LISTS if isinstance(answer.get(name), list))
        answer = next(lists, None)
    if not isinstance(answer, list):
        raise TypeError
    return answer


def _index_of(item: Any, place: int) -> int:
    """Return which text an item is about. Gemini leaves out a 0, others all numbers."""
    index = item.get("index") if isinstance(item, dict) else None
    return place if index is None else int(index)


def _vector_of(item: Any) -> list[float]:
    values = item["embedding"] if isinstance(item, dict) else item
    if isinstance(values, str):
        packed = base64.b64decode(values, validate=True)
        return list(struct.unpack(f"<{len(packed) // 4}f", packed))
    if isinstance(values[0], list):
        # llama.cpp gives a list for each sequence.
        (values,) = values
    return [float(number) for number in values]


def _broken(code: str) -> BrokenAnswer:
    return BrokenAnswer("The embedding service gave an answer that makes no sense.", code=code)
