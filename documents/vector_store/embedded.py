"""Texts and questions that the app's own model embeds, without holding a connection meanwhile."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import InvalidInput, Unavailable
from aiapp.llm.embedding import client
from documents.library import texts as added
from documents.library.texts import Text
from documents.models import EmbeddingSpace
from documents.spaces.spaces import active_space, get_searched_space
from documents.spaces.storing import compose_embedding_text

# For a request that a program waits for; work in the background is more patient.
MAX_SECONDS = 120


def build_inputs(texts: Sequence[Text]) -> list[str]:
    """Return what is embedded of texts: as in ingest, titles included."""
    return [compose_embedding_text(text.title, "", text.text) for text in texts]


async def add(user: User, collection_id: UUID, texts: Sequence[Text]) -> None:
    """Embed texts and store them, all or none.

    Raises InvalidInput, NotFound, NotAllowed, ModelError, or Unavailable where the model is slow.
    """
    for text in texts:
        text.check()
    await in_db(added.check_writable, user, collection_id)
    space = await in_db(active_space)
    try:
        async with asyncio.timeout(MAX_SECONDS):
            vectors = await asyncio.to_thread(client.embed_batch, build_inputs(texts), space)
    except TimeoutError as error:
        raise Unavailable("The texts could not be embedded in time.", retry_after=10) from error
    await in_db(added.add, user, collection_id, texts, vectors, space)


async def embed_query(
    query: str, vector: Sequence[float] | None
) -> tuple[EmbeddingSpace | None, list[float]]:
    """Return the space that is searched, and a question's vector in it; or one that was given.

    Raises InvalidInput for a vector of another dimension, ModelError.
    """
    space = await in_db(get_searched_space)
    if space is None:
        return None, []
    if vector is None:
        return space, await client.embed_query(query, space)
    if len(vector) != space.dimension:
        message = f"Vectors here have {space.dimension} numbers."
        raise InvalidInput(message, code="bad_vector")
    return space, list(vector)
