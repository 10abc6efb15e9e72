"""The vectors in an answer to a request for embeddings, in the forms in which servers send them.

A wrong vector would be found, or not, for years; so nothing about it is taken on trust.
"""

import base64
import math
import struct
from typing import Any

import orjson

from aiapp.llm.errors import BrokenAnswer
from aiapp.llm.refusals.meaning import interpret_error

BOM = b"\xef\xbb\xbf"
_LISTS = ("data", "embeddings", "results", "vectors", "predictions")
# Where gateways put an answer, and where an item has its vector: Gemini, Vertex and Cohere.
_WRAPPERS = ("data", "result", "output", "response", "embeddings", "embeddingsByType")
_FROM_URL = str.maketrans("-_", "+/")
_VECTORS = ("embedding", "embeddings", "values", "float", "vector")
_INDEXES = ("index", "text_index")
MAX_DEPTH = 4
_UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, StopIteration)


def parse_vectors(body: bytes, count: int, dimension: int | None) -> list[list[float]]:
    """Return a vector for each text, in the order of the texts. Raises ModelError."""
    answer: Any = None
    try:
        answer = orjson.loads(body.removeprefix(BOM))
        _check_for_error(answer)
        items = _find_items(answer)
        indexes = _order_indexes([_read_index(item, place) for place, item in enumerate(items)])
        by_index = dict(zip(indexes, map(_parse_vector, items), strict=True))
    except (*_UNREADABLE, struct.error) as error:
        _check_for_words(answer)
        raise _make_broken_answer("malformed_embedding") from error
    if sorted(indexes) != list(range(count)):
        raise _make_broken_answer("embedding_count")
    vectors = [by_index[number] for number in range(count)]
    if not all(len(vector) == (dimension or len(vectors[0])) for vector in vectors):
        raise _make_broken_answer("embedding_dimension")
    # A vector of zeros has no direction, so no cosine; NaN and infinity have no sum.
    if not all(math.isfinite(length := math.hypot(*vector)) and length for vector in vectors):
        raise _make_broken_answer("embedding_not_finite")
    return vectors


def _find_items(answer: Any) -> list[Any]:
    for _ in range(MAX_DEPTH):
        if isinstance(answer, list):
            first = answer[0] if len(answer) == 1 else None
            if not (isinstance(first, dict) and isinstance(first.get("data"), list)):
                return answer
            answer = first
        if isinstance(answer.get("embedding"), list):
            # Ollama's, of one text.
            return [answer]
        # Cohere's are by their type.
        lists = (answer.get(name) for name in (*_LISTS, "float"))
        wrapped = (answer.get(name) for name in _WRAPPERS)
        answer = next(
            (each for each in lists if isinstance(each, list)),
            next((each for each in wrapped if isinstance(each, dict)), None),
        )
    raise TypeError


def _read_index(item: Any, place: int) -> int:
    """Return which text an item is about. Gemini leaves out a 0, others all numbers."""
    told = (item.get(name) for name in _INDEXES) if isinstance(item, dict) else ()
    index = next((each for each in told if each is not None), None)
    return place if index is None else int(index)


def _order_indexes(indexes: list[int]) -> list[int]:
    """Return the indexes from 0 on; where they say nothing, being all the same, the list's order.

    Some servers count from 1, and some give each item a 0.
    """
    if len(indexes) > 1 and set(indexes) == {0}:
        return list(range(len(indexes)))
    if indexes and min(indexes) == 1 and max(indexes) == len(indexes):
        return [index - 1 for index in indexes]
    return indexes


def _check_for_error(answer: Any) -> None:
    """Raise what an error means that comes with a status of success, if it can be understood."""
    error = answer.get("error") if isinstance(answer, dict) else None
    if error and not isinstance(fault := interpret_error(error), BrokenAnswer):
        raise fault


def _check_for_words(answer: Any) -> None:
    """Raise what an answer without vectors means by its words, if it can be understood."""
    if isinstance(answer, dict) and not isinstance(fault := interpret_error(answer), BrokenAnswer):
        raise fault


def _parse_vector(item: Any) -> list[float]:
    values = item
    while isinstance(values, dict):
        values = next(values[name] for name in _VECTORS if values.get(name))
    if isinstance(values, str) and values.startswith("["):
        values = orjson.loads(values)
    if isinstance(values, str):
        values = values.strip().translate(_FROM_URL).rstrip("=")
        packed = base64.b64decode(values + "=" * (-len(values) % 4), validate=True)
        return list(struct.unpack(f"<{len(packed) // 4}f", packed))
    if isinstance(values[0], list):
        # llama.cpp gives a list for each sequence.
        (values,) = values
    return [float(number) for number in values]


def _make_broken_answer(code: str) -> BrokenAnswer:
    return BrokenAnswer("The embedding service returned an unusable answer.", code=code)
