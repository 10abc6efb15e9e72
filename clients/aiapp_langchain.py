"""LangChain's vector store and retriever over a site's HTTP API.

One file, for programs that run anywhere: it needs `langchain-core` and `httpx`, and nothing of the
site's. Copy it beside the program, or `pip install` the folder that it stands in.

    store = AiappStore("https://ai.example.org", key, collection_id)
    store.add_texts(["The mill was built in 1843."], [{"year": 1843}], ids=["mill"])
    store.similarity_search("How old is the mill?", k=1, filter={"year": {"$lt": 1900}})

`key` is an API key with the scopes `documents:read` and `documents:write`. The site embeds, so that
its own search and chats find what is added, by meaning too.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Self
from uuid import UUID, uuid4

import httpx
from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from pydantic import SecretStr

K = 5
Filter = Mapping[str, Any]

# Of one request: the site takes 100 texts and a megabyte.
_MAX_TEXTS, _MAX_CHARS = 100, 150_000
# Of the ids in one request.
_MAX_IDS = 1_000
# A site that is busy, or is being restarted, says when to come again. Ids are made here, so that
# what was sent twice is there once.
_PAUSES, _MAX_PAUSE_SECONDS = (0.5, 1.0, 2.0, 4.0), 60.0
_AGAIN = frozenset({429, 502, 503, 504})


class AiappError(Exception):
    """A refusal by the site, by its code (https://…/api/docs) and in a sentence."""

    def __init__(self, status: int, code: str, message: str, data: Any = None) -> None:
        super().__init__(f"{message} ({code})")
        self.status = status
        self.code = code
        self.message = message
        self.data = data


class _Api:
    """Requests to a site, in the words of its API."""

    def __init__(self, site: str, key: str, timeout: float) -> None:
        self.base = f"{site.rstrip('/')}/api/"
        self._options: dict[str, Any] = {
            "headers": {"Authorization": f"Bearer {key}"},
            "timeout": timeout,
        }

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        with httpx.Client(**self._options) as client:
            for pause in _PAUSES:
                try:
                    answer = client.post(self.base + path, json=body)
                except httpx.TransportError:
                    time.sleep(pause)
                    continue
                if answer.status_code not in _AGAIN:
                    return _read(answer)
                time.sleep(_find_pause(answer, pause))
            return _read(client.post(self.base + path, json=body))

    async def apost(self, path: str, body: Mapping[str, Any]) -> Any:
        # A client belongs to one event loop, and callers may have several.
        async with httpx.AsyncClient(**self._options) as client:
            for pause in _PAUSES:
                try:
                    answer = await client.post(self.base + path, json=body)
                except httpx.TransportError:
                    await asyncio.sleep(pause)
                    continue
                if answer.status_code not in _AGAIN:
                    return _read(answer)
                await asyncio.sleep(_find_pause(answer, pause))
            return _read(await client.post(self.base + path, json=body))


class AiappStore(VectorStore):
    """The texts of a collection that the key's owner may read and change."""

    def __init__(
        self, site: str, key: str, collection: UUID | str, *, timeout: float = 120.0
    ) -> None:
        self._api = _Api(site, key, timeout)
        self._texts = f"collections/{UUID(str(collection))}/texts"

    @property
    def embeddings(self) -> None:
        """None: the site embeds."""
        return None

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings | None = None,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Texts in a store; `site`, `key` and `collection` are named as for the constructor."""
        store = cls._open(embedding, kwargs)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    @classmethod
    async def afrom_texts(
        cls,
        texts: list[str],
        embedding: Embeddings | None = None,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> Self:
        store = cls._open(embedding, kwargs)
        await store.aadd_texts(texts, metadatas, ids=ids)
        return store

    @classmethod
    def _open(cls, embedding: Embeddings | None, options: Mapping[str, Any]) -> Self:
        if embedding is not None:
            raise ValueError("The site embeds with its own model; pass None.")
        return cls(**options)

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts, or replace those of the same ids; the ids, made where none is given.

        Each becomes a document of the collection. Many go in several requests, of which each adds
        all of its texts or none.
        """
        rows = _build_rows(texts, metadatas, ids)
        for batch in _batch(rows):
            self._api.post(self._texts, {"texts": batch})
        return [row["id"] for row in rows]

    async def aadd_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        rows = _build_rows(texts, metadatas, ids)
        for batch in _batch(rows):
            await self._api.apost(self._texts, {"texts": batch})
        return [row["id"] for row in rows]

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Texts that programs added, as they were added; not passages of uploaded files."""
        found: list[Document] = []
        for some in _slice(ids):
            found += map(_build_document, self._api.post(f"{self._texts}/read", {"ids": some}))
        return found

    async def aget_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        found: list[Document] = []
        for some in _slice(ids):
            rows = await self._api.apost(f"{self._texts}/read", {"ids": some})
            found += map(_build_document, rows)
        return found

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Delete texts by their ids, or all that programs added; uploaded files stay."""
        for some in [None] if ids is None else _slice(ids):
            self._api.post(f"{self._texts}/delete", {"ids": some})
        return True

    async def adelete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        for some in [None] if ids is None else _slice(ids):
            await self._api.apost(f"{self._texts}/delete", {"ids": some})
        return True

    def similarity_search(
        self, query: str, k: int = K, filter: Filter | None = None, **kwargs: Any
    ) -> list[Document]:
        """The nearest to the query, nearest first, of those that `filter` holds for.

        It is one by metadata: `{"source": "a.txt"}`, `{"year": {"$gte": 2020}}`.
        """
        return [found for found, _ in self.similarity_search_with_score(query, k, filter)]

    async def asimilarity_search(
        self, query: str, k: int = K, filter: Filter | None = None, **kwargs: Any
    ) -> list[Document]:
        return [found for found, _ in await self.asimilarity_search_with_score(query, k, filter)]

    def similarity_search_with_score(
        self, query: str, k: int = K, filter: Filter | None = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """With their cosines: the more, the nearer."""
        rows = self._find({"query": query, "k": k, "filter": filter})
        return [(_build_document(row), row["score"]) for row in rows]

    async def asimilarity_search_with_score(
        self, query: str, k: int = K, filter: Filter | None = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        rows = await self._afind({"query": query, "k": k, "filter": filter})
        return [(_build_document(row), row["score"]) for row in rows]

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = K, filter: Filter | None = None, **kwargs: Any
    ) -> list[Document]:
        """The nearest to a vector, which is one of the site's own model."""
        return _build_documents(self._find({"vector": embedding, "k": k, "filter": filter}))

    async def asimilarity_search_by_vector(
        self, embedding: list[float], k: int = K, filter: Filter | None = None, **kwargs: Any
    ) -> list[Document]:
        return _build_documents(await self._afind({"vector": embedding, "k": k, "filter": filter}))

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """`k` of the `fetch_k` nearest, chosen so that they are not all alike."""
        return _build_documents(
            self._find({"query": query} | _vary(k, fetch_k, lambda_mult, kwargs))
        )

    async def amax_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        asked = {"query": query} | _vary(k, fetch_k, lambda_mult, kwargs)
        return _build_documents(await self._afind(asked))

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **kwargs: Any,
    ) -> list[Document]:
        asked = {"vector": embedding} | _vary(k, fetch_k, lambda_mult, kwargs)
        return _build_documents(self._find(asked))

    async def amax_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **kwargs: Any,
    ) -> list[Document]:
        asked = {"vector": embedding} | _vary(k, fetch_k, lambda_mult, kwargs)
        return _build_documents(await self._afind(asked))

    def _select_relevance_score_fn(self) -> Any:
        # A relevance is 0 at least, and halves of a bit may lift a cosine above 1.
        return lambda cosine: min(max(cosine, 0.0), 1.0)

    def _find(self, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._api.post(f"{self._texts}/search", asked)
        return found

    async def _afind(self, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self._api.apost(f"{self._texts}/search", asked)
        return found


class AiappRetriever(BaseRetriever):
    """Finds the `k` best passages by the site's own search, by words and by meaning.

    Without `collections` it looks where the searches of the key's owner do. Metadata are those of
    the document, with `document`, `title`, `page`, `start`, `end`, `score` and `similarity`, which
    is None for a passage that only its words were found by.
    """

    site: str
    key: SecretStr
    collections: Sequence[UUID | str] | None = None
    k: int = K
    mode: Literal["hybrid", "dense", "lexical"] = "hybrid"
    filter: dict[str, Any] | None = None
    timeout: float = 120.0

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        found = self._open().post("documents/search", self._ask(query, k))
        return [_build_passage(row) for row in found]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        found = await self._open().apost("documents/search", self._ask(query, k))
        return [_build_passage(row) for row in found]

    def _open(self) -> _Api:
        return _Api(self.site, self.key.get_secret_value(), self.timeout)

    def _ask(self, query: str, k: int | None) -> dict[str, Any]:
        named = None if self.collections is None else [str(each) for each in self.collections]
        return {
            "query": query,
            "k": k or self.k,
            "mode": self.mode,
            "collections": named,
            "filter": self.filter,
        }


def _build_rows(
    texts: Iterable[str],
    metadatas: Sequence[Mapping[str, Any]] | None,
    ids: Sequence[str | None] | None,
) -> list[dict[str, Any]]:
    """Raises ValueError where the lists differ in length."""
    contents = list(texts)
    for name, others in (("metadatas", metadatas), ("ids", ids)):
        if others is not None and len(others) != len(contents):
            raise ValueError(f"{len(contents)} texts and {len(others)} {name}.")
    metadatas = metadatas or [{}] * len(contents)
    ids = ids or [None] * len(contents)
    rows = zip(contents, metadatas, ids, strict=True)
    return [
        {"id": id_ or str(uuid4()), "text": text, "metadata": dict(metadata)}
        for text, metadata, id_ in rows
    ]


def _batch(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    chars = 0
    for row in rows:
        size = len(row["text"]) + len(str(row["metadata"]))
        if batch and (len(batch) == _MAX_TEXTS or chars + size > _MAX_CHARS):
            yield batch
            batch, chars = [], 0
        batch.append(row)
        chars += size
    if batch:
        yield batch


def _slice(ids: Sequence[str]) -> Iterator[list[str]]:
    for first in range(0, len(ids), _MAX_IDS):
        yield list(ids[first : first + _MAX_IDS])


def _vary(k: int, fetch_k: int, lambda_mult: float, options: Mapping[str, Any]) -> dict[str, Any]:
    variety = {"fetch_k": fetch_k, "lambda_mult": lambda_mult}
    return {"k": k, "filter": options.get("filter"), "variety": variety}


def _build_document(row: Mapping[str, Any]) -> Document:
    return Document(id=row["id"], page_content=row["text"], metadata=row["metadata"])


def _build_documents(rows: Iterable[Mapping[str, Any]]) -> list[Document]:
    return [_build_document(row) for row in rows]


def _build_passage(row: Mapping[str, Any]) -> Document:
    document = row["document"]
    metadata = document["metadata"] | {"document": document["id"], "title": document["title"]}
    metadata |= {name: row[name] for name in ("page", "start", "end", "score", "similarity")}
    return Document(id=row["chunk_id"], page_content=row["content"], metadata=metadata)


def _find_pause(answer: httpx.Response, pause: float) -> float:
    told = answer.headers.get("Retry-After", "")
    return min(float(told), _MAX_PAUSE_SECONDS) if told.isdecimal() else pause


def _read(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json() if answer.content else None
    try:
        error = answer.json()["error"]
        told = AiappError(answer.status_code, error["code"], error["message"], error.get("data"))
    except (ValueError, KeyError, TypeError) as failure:
        message = f"The site answered {answer.status_code}."
        raise AiappError(answer.status_code, "unknown", message) from failure
    raise told
