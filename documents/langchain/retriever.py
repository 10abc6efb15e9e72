"""The app's own search, by words and by meaning, as a LangChain retriever."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever

from accounts.models import User
from aiapp.db import in_db
from aiapp.llm.registry import close_clients
from documents.langchain.results import build_document
from documents.metadata import parse_condition
from documents.search import Filters, Mode, search
from documents.vector_store.results import convert_passages


class CollectionRetriever(BaseRetriever):
    """Finds the `k` best passages of what `user` may read, as `documents.search` does.

    `collections` left out means those that the user's searches look into: their own, those shared
    with them, those published for everybody, and what they have chosen. Metadata has `score`,
    and `similarity`, which is None for a passage that only its words were found by.
    """

    user: Any
    collections: Sequence[UUID] | None = None
    k: int = 5
    mode: Mode = "hybrid"
    # By metadata, as `documents.metadata.conditions` reads it.
    filter: dict[str, Any] | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[LangChainDocument]:
        return async_to_sync(self._search_on_own_loop)(query, k or self.k)

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[LangChainDocument]:
        return await self._search(query, k or self.k)

    async def _search(self, query: str, k: int) -> list[LangChainDocument]:
        user: User = self.user
        filters = Filters(metadata=parse_condition(self.filter))
        found = await search(
            user, query, k, collections=self.collections, mode=self.mode, filters=filters
        )
        converted = await in_db(convert_passages, user, found.passages)
        pairs = [(passage, build_document(found)) for passage, found in converted]
        for passage, document in pairs:
            scores = {"score": passage.score, "similarity": passage.similarity}
            document.metadata = document.metadata | scores
        return [document for _, document in pairs]

    async def _search_on_own_loop(self, query: str, k: int) -> list[LangChainDocument]:
        try:
            return await self._search(query, k)
        finally:
            await close_clients()
