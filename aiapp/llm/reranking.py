"""Scores of how well passages answer a query, by a model that reads both: a cross-encoder.

The protocol is the one that vLLM, Jina, Cohere, LocalAI and llama.cpp share: `POST …/rerank` with
`{model, query, documents}` is answered by `{results: [{index, relevance_score}]}`.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Any

import httpx2
import orjson
from django.conf import settings

from aiapp.concurrency.per_loop import PerLoop
from aiapp.llm.errors import BrokenAnswer, ModelBusy, ModelRefused, ModelUnavailable
from aiapp.llm.transport import load_certificates

# As others call them: Voyage, Text Embeddings Inference, NVIDIA, DashScope, Cloudflare.
_LISTS = ("results", "data", "rankings", "output", "result", "response")
_INDEXES, _SCORES = ("index", "id"), ("relevance_score", "score", "logit")
MAX_DEPTH = 3
_UNREADABLE = (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError)
_REFUSED = {httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN, httpx2.codes.NOT_FOUND}


def is_configured() -> bool:
    return bool(settings.RERANK_BASE_URL)


async def score_relevance(query: str, texts: Sequence[str]) -> list[float]:
    """A number for each text, the greater the better it answers. Raises ModelError."""
    try:
        # httpx's own limit is for each read, so an answer in drops would take for ever.
        async with asyncio.timeout(settings.RERANK_SECONDS):
            response = await _clients.get().post(
                f"{settings.RERANK_BASE_URL.rstrip('/')}/rerank",
                json={"model": settings.RERANK_MODEL, "query": query, "documents": list(texts)},
                headers={"Authorization": f"Bearer {settings.RERANK_API_KEY}"}
                if settings.RERANK_API_KEY
                else {},
            )
    except (httpx2.HTTPError, TimeoutError, OSError) as error:
        raise ModelUnavailable("The reranking service is not responding at the moment.") from error
    if response.status_code == httpx2.codes.TOO_MANY_REQUESTS:
        raise ModelBusy("The reranking service is busy.")
    if response.status_code in _REFUSED:
        raise ModelRefused("The reranking service refused access.")
    if response.status_code != httpx2.codes.OK:
        raise ModelUnavailable("The reranking service is not responding at the moment.")
    return _read(response.content, len(texts))


def _read(body: bytes, count: int) -> list[float]:
    try:
        results = _find_results(orjson.loads(body))
        scores = {_find(one, _INDEXES, int): _find(one, _SCORES, float) for one in results}
    except (*_UNREADABLE, StopIteration) as error:
        raise _make_broken_answer() from error
    if len(results) != count or scores.keys() != set(range(count)):
        raise _make_broken_answer()
    if not all(map(math.isfinite, scores.values())):
        raise _make_broken_answer()
    return [scores[n] for n in range(count)]


def _find_results(answer: Any) -> list[Any]:
    """Return the list of scores, wherever it stands. Raises StopIteration without any."""
    for _ in range(MAX_DEPTH):
        if isinstance(answer, list):
            break
        answer = next(answer[name] for name in _LISTS if isinstance(answer.get(name), list | dict))
    found: list[Any] = answer
    return found


def _find(result: Any, names: tuple[str, ...], kind: Callable[[Any], Any]) -> Any:
    return kind(next(result[name] for name in names if name in result))


def _make_broken_answer() -> BrokenAnswer:
    return BrokenAnswer("The reranking service returned an unusable answer.")


def _build_client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(timeout=None, verify=load_certificates())


# The connections of a client belong to the event loop that first used it.
_clients = PerLoop(_build_client, httpx2.AsyncClient.aclose)


async def close_client() -> None:
    """Close the running loop's connections; for loops that end, as a worker's does."""
    await _clients.close()
