"""The best of a ranking in a better order, by a model that reads query and passage together."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from aiapp.db import in_db
from aiapp.llm import reranking
from aiapp.llm.errors import ModelError
from aiapp.text.columns import put_above
from documents.models import Chunk
from documents.search.fusion import FusedScore
from documents.search.scope import Scope
from documents.spaces.storing import compose_embedding_text

# As many as such models read in about a second.
DEPTH = 30

logger = logging.getLogger(__name__)


async def rerank(
    query: str, scope: Scope, fused: Mapping[UUID, FusedScore], most: int
) -> dict[UUID, FusedScore]:
    """The ranking with its first `DEPTH`, or `most` if that is more, by how well they answer.

    A service that fails leaves the order as it was: a search is worth more than its last step.
    """
    if not (fused and reranking.is_configured()):
        return dict(fused)
    texts = await in_db(_read_texts, scope, list(fused)[: max(DEPTH, most)])
    try:
        relevance = await reranking.score_relevance(query, list(texts.values())) if texts else []
    except ModelError as error:
        logger.warning("not_reranked", extra={"code": error.reason})
        return dict(fused)
    read = {
        chunk: replace(fused[chunk], relevance=each)
        for chunk, each in zip(texts, relevance, strict=True)
    }
    first = sorted(read.items(), key=lambda item: -(item[1].relevance or 0))
    return dict(first) | {chunk: each for chunk, each in fused.items() if chunk not in read}


def _read_texts(scope: Scope, chunks: list[UUID]) -> dict[UUID, str]:
    """Read each passage's text, with its title and headings, in the ranking's order."""
    # Once more through the scope, since the text goes to another service.
    visible = Chunk.objects.filter(pk__in=chunks, version__in=scope.versions(), disabled=False)
    rows = visible.values_list("pk", "version__document__title", "heading", "columns", "text")
    texts = {
        chunk: compose_embedding_text(title, heading, put_above(columns, text))
        for chunk, title, heading, columns, text in rows
    }
    return {chunk: texts[chunk] for chunk in chunks if chunk in texts}
