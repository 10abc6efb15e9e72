"""LangChain's own tests of vector stores and retrievers."""

from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import (
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)

from accounts.models import User
from documents.langchain import CollectionRetriever, CollectionStore
from documents.library import collections
from documents.models import Collection

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def notes(alice: User, storage) -> Collection:
    return collections.create(alice, "Notes")


class TestCollectionStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, transactional_db: None, alice: User, notes: Collection) -> VectorStore:
        return CollectionStore(alice, notes, self.get_embeddings())


class TestCollectionRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _texts(self, transactional_db: None, alice: User, notes: Collection, fake) -> None:
        store = CollectionStore(alice, notes)
        store.add_texts(
            [f"The {n} mill stands by the river." for n in ("old", "new", "red", "tall")]
        )
        self.params: dict[str, Any] = {"user": alice, "collections": [notes.pk]}

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return CollectionRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return self.params

    @property
    def retriever_query_example(self) -> str:
        return "Which mill stands by the river?"
