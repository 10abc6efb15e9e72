"""The embedding model of a vector store, and the space in which its vectors are compared."""

import asyncio

from langchain_core.embeddings import Embeddings

from aiapp.db import in_db
from aiapp.llm.embedding import client
from documents.models import EmbeddingSpace
from documents.spaces.spaces import active_space, get_searched_space, make_index

PROVIDER = "langchain"
_MAX_NAME_CHARS = 200


class AppEmbeddings(Embeddings):
    """The app's own embedding model; its vectors are those of the active space."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return client.embed_batch(texts, active_space())

    def embed_query(self, text: str) -> list[float]:
        return client.embed_batch([text], active_space())[0]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        # On a thread of the database's, since LangChain's own would keep its connection.
        space = await in_db(active_space)
        return await asyncio.to_thread(client.embed_batch, texts, space)

    async def aembed_query(self, text: str) -> list[float]:
        return await client.embed_query(text, await in_db(active_space))


def derive_name(model: Embeddings) -> str:
    """Return what its vectors are recognised by: the class, and the model that it says it asks."""
    kind = type(model)
    names = (getattr(model, name, None) for name in ("model", "model_name", "model_id"))
    model_name = next((name for name in names if isinstance(name, str)), "")
    return f"{kind.__module__}.{kind.__qualname__} {model_name}".strip()[-_MAX_NAME_CHARS:]


def find_space(model: Embeddings, name: str, dimension: int) -> EmbeddingSpace | None:
    """The model's space, if there are vectors in it."""
    if isinstance(model, AppEmbeddings):
        return get_searched_space()
    return EmbeddingSpace.objects.filter(provider=PROVIDER, model=name, dimension=dimension).first()


def ensure_space(model: Embeddings, name: str, dimension: int) -> EmbeddingSpace:
    """The model's space, made on its first use, beside the active one."""
    if isinstance(model, AppEmbeddings):
        return active_space()
    space, made = EmbeddingSpace.objects.get_or_create(
        provider=PROVIDER, model=name, dimension=dimension
    )
    if made:
        make_index(space)
    return space
