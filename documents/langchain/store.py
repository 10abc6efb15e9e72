"""A collection as a LangChain vector store.

Every call asks what its user may do at that moment. Vectors are those of the app's own model, or
of the `Embeddings` that the program brings; each has a space of its own, and only what is
embedded in it is found.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, Self
from uuid import UUID

from langchain_core.documents import Document as LangChainDocument
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from accounts.models import User
from aiapp.db import in_db
from aiapp.ids import uuid7
from documents.langchain import spaces
from documents.langchain.results import build_document
from documents.library import texts as added
from documents.library.texts import Text
from documents.metadata import parse_condition
from documents.models import Collection
from documents.vector_store.embedded import build_inputs
from documents.vector_store.nearest import Variety, build_scope, find_nearest, find_various

K = 5
Filter = Mapping[str, Any]


class CollectionStore(VectorStore):
    """The part of a collection that `user` may read and change.

    Without `embedding` the app's own model embeds. A model that does not tell its name (as
    `model`, `model_name` or `model_id`) should be given one, by `space_name`.
    """

    def __init__(
        self,
        user: User,
        collection: Collection | UUID,
        embedding: Embeddings | None = None,
        *,
        space_name: str = "",
    ) -> None:
        self.user = user
        self.collection_id = collection.pk if isinstance(collection, Collection) else collection
        self._model = embedding or spaces.AppEmbeddings()
        self._space_name = space_name or spaces.derive_name(self._model)

    @property
    def embeddings(self) -> Embeddings:
        return self._model

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Texts in a new store; `user` and `collection` are named as for the constructor."""
        store = cls(embedding=embedding, **kwargs)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    @classmethod
    async def afrom_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> Self:
        store = cls(embedding=embedding, **kwargs)
        await store.aadd_texts(texts, metadatas, ids=ids)
        return store

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts, or replace those of the same ids; the ids, made where none is given.

        Each becomes a document. All are added or none. Raises InvalidInput for what cannot be
        stored, NotAllowed to who may only read, ModelError when the model does not answer.
        """
        batch = _batch(texts, metadatas, ids)
        if batch:
            self._add(batch, self._model.embed_documents(self._inputs(batch)))
        return [text.id for text in batch]

    async def aadd_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        batch = _batch(texts, metadatas, ids)
        if batch:
            vectors = await self._model.aembed_documents(self._inputs(batch))
            await in_db(self._add, batch, vectors)
        return [text.id for text in batch]

    def get_by_ids(self, ids: Sequence[str], /) -> list[LangChainDocument]:
        """Texts that programs added, as they were added; not passages of uploaded files."""
        found = added.find(self.user, self.collection_id, ids)
        return [
            LangChainDocument(id=t.id, page_content=t.text, metadata=dict(t.metadata))
            for t in found
        ]

    async def aget_by_ids(self, ids: Sequence[str], /) -> list[LangChainDocument]:
        return await in_db(self.get_by_ids, ids)

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Delete texts by their ids, or all that programs added; uploaded files stay."""
        added.delete(self.user, self.collection_id, ids)
        return True

    async def adelete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        return await in_db(self.delete, ids)

    def similarity_search(
        self, query: str, k: int = K, filter: Filter | None = None, **kwargs: Any
    ) -> list[LangChainDocument]:
        """The nearest to the query, nearest first.

        `filter` leaves those whose metadata it holds for (`documents.metadata.conditions`).
        """
        return [found for found, _ in self.similarity_search_with_score(query, k, filter)]

    async def asimilarity_search(
        self, query: str, k: int = K, filter: Filter | None = None, **kwargs: Any
    ) -> list[LangChainDocument]:
        return [found for found, _ in await self.asimilarity_search_with_score(query, k, filter)]

    def similarity_search_with_score(
        self, query: str, k: int = K, filter: Filter | None = None, **kwargs: Any
    ) -> list[tuple[LangChainDocument, float]]:
        """With their cosines: the more, the nearer."""
        return self._nearest(self._model.embed_query(query), k, filter)

    async def asimilarity_search_with_score(
        self, query: str, k: int = K, filter: Filter | None = None, **kwargs: Any
    ) -> list[tuple[LangChainDocument, float]]:
        return await in_db(self._nearest, await self._model.aembed_query(query), k, filter)

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = K, filter: Filter | None = None, **kwargs: Any
    ) -> list[LangChainDocument]:
        return [found for found, _ in self._nearest(embedding, k, filter)]

    async def asimilarity_search_by_vector(
        self, embedding: list[float], k: int = K, filter: Filter | None = None, **kwargs: Any
    ) -> list[LangChainDocument]:
        return await in_db(self.similarity_search_by_vector, embedding, k, filter)

    def max_marginal_relevance_search(
        self,
        query: str,
        k: int = K,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **kwargs: Any,
    ) -> list[LangChainDocument]:
        """`k` of the `fetch_k` nearest, chosen so that they are not all alike."""
        vector = self._model.embed_query(query)
        return self._various(vector, k, Variety(fetch_k, lambda_mult), kwargs.get("filter"))

    async def amax_marginal_relevance_search(
        self,
        query: str,
        k: int = K,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **kwargs: Any,
    ) -> list[LangChainDocument]:
        vector = await self._model.aembed_query(query)
        variety = Variety(fetch_k, lambda_mult)
        return await in_db(self._various, vector, k, variety, kwargs.get("filter"))

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = K,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **kwargs: Any,
    ) -> list[LangChainDocument]:
        return self._various(embedding, k, Variety(fetch_k, lambda_mult), kwargs.get("filter"))

    async def amax_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = K,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **kwargs: Any,
    ) -> list[LangChainDocument]:
        variety = Variety(fetch_k, lambda_mult)
        return await in_db(self._various, embedding, k, variety, kwargs.get("filter"))

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        # A relevance is 0 at least, and halves of a bit may lift a cosine above 1.
        return lambda cosine: min(max(cosine, 0.0), 1.0)

    def _inputs(self, batch: Sequence[Text]) -> list[str]:
        """Return the texts to embed: for the app's own space as in ingest, titles included."""
        if isinstance(self._model, spaces.AppEmbeddings):
            return build_inputs(batch)
        return [text.text for text in batch]

    def _add(self, batch: Sequence[Text], vectors: Sequence[Sequence[float]]) -> None:
        space = spaces.ensure_space(self._model, self._space_name, len(vectors[0]))
        added.add(self.user, self.collection_id, batch, vectors, space)

    def _nearest(
        self, vector: Sequence[float], k: int, metadata: Filter | None
    ) -> list[tuple[LangChainDocument, float]]:
        scope = build_scope(self.user, self.collection_id, parse_condition(metadata))
        space = spaces.find_space(self._model, self._space_name, len(vector))
        found = find_nearest(scope, space, vector, k) if space else []
        return [(build_document(each), score) for each, score in found]

    def _various(
        self, vector: Sequence[float], k: int, variety: Variety, metadata: Filter | None
    ) -> list[LangChainDocument]:
        scope = build_scope(self.user, self.collection_id, parse_condition(metadata))
        space = spaces.find_space(self._model, self._space_name, len(vector))
        found = find_various(scope, space, vector, k, variety) if space else []
        return [build_document(each) for each in found]


def _batch(
    texts: Iterable[str],
    metadatas: Sequence[Mapping[str, Any]] | None,
    ids: Sequence[str | None] | None,
) -> list[Text]:
    """Raises ValueError where the lists differ in length, InvalidInput for a bad text."""
    contents = list(texts)
    for name, others in (("metadatas", metadatas), ("ids", ids)):
        if others is not None and len(others) != len(contents):
            raise ValueError(f"{len(contents)} texts and {len(others)} {name}.")
    rows = zip(contents, metadatas or repeat({}), ids or repeat(None), strict=False)
    batch = [Text(id_ or str(uuid7()), text, dict(metadata)) for text, metadata, id_ in rows]
    for text in batch:
        text.check()
    return batch
