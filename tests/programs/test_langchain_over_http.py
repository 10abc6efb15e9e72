"""LangChain's store and retriever over HTTP, against a served site, by LangChain's own tests."""

import os
import re
import subprocess
import sys
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import (
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)

from clients.aiapp_langchain import AiappError, AiappRetriever, AiappStore
from tests.processes import site

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def key(api: httpx2.Client) -> str:
    scopes = ["documents:read", "documents:write"]
    made: str = api.post("/api/keys", json={"name": "LangChain", "scopes": scopes}).json()["key"]
    return made


@pytest.fixture
def collection(api: httpx2.Client) -> str:
    made: str = api.post("/api/collections", json={"name": f"texts {uuid4()}"}).json()["id"]
    return made


@pytest.fixture
def store(address: str, key: str, collection: str) -> AiappStore:
    return AiappStore(address, key, collection)


class TestStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, store: AiappStore) -> VectorStore:
        return store


class TestRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _texts(self, address: str, key: str, store: AiappStore, collection: str) -> None:
        store.add_texts(
            [f"The {n} mill stands by the river." for n in ("old", "new", "red", "tall")]
        )
        self.params: dict[str, Any] = {"site": address, "key": key, "collections": [collection]}

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return AiappRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return self.params

    @property
    def retriever_query_example(self) -> str:
        return "Which mill stands by the river?"


async def test_searches_are_filtered_by_metadata(store):
    years = {"mill": 1843, "bakery": 1901, "smithy": 1790}
    store.add_texts([*years], [{"year": year} for year in years.values()], ids=[*years])
    old = {"year": {"$lt": 1900}}
    assert {found.id for found in store.similarity_search("mill", 5, old)} == {"mill", "smithy"}
    found = await store.asimilarity_search_with_score("bakery", k=5, filter={"year": 1901})
    assert [each.metadata for each, _ in found] == [{"year": 1901}]
    retriever = store.as_retriever(search_kwargs={"k": 2, "filter": old})
    assert len(await retriever.ainvoke("mill")) == 2
    various = store.max_marginal_relevance_search("mill", k=2, filter=old)
    assert {found.id for found in various} == {"mill", "smithy"}
    assert store.similarity_search(" \n") == []
    with pytest.raises(AiappError, match="validation_error"):
        store.similarity_search("mill", filter={"year": {"lt": 1900}})


def test_many_texts_go_in_several_requests(store):
    texts = [f"Text {n}. " + "x" * 2_000 for n in range(130)]
    ids = store.add_texts(texts)
    assert [found.page_content for found in store.get_by_ids(ids)] == texts
    store.delete()
    assert store.get_by_ids(ids) == []


def test_a_vector_is_one_of_the_sites_model(store):
    store.add_texts(["A mill."])
    with pytest.raises(AiappError, match="bad_vector"):
        store.similarity_search_by_vector([1.0, 0.0])
    with pytest.raises(ValueError, match="own model"):
        AiappStore.from_texts(["A"], object())  # type: ignore[arg-type]


def test_refusals_say_why(store, api, address, key, shared_site, shared_web):
    stranger = shared_site.client(shared_web, "stranger_to_texts")
    theirs = stranger.post("/api/collections", json={"name": f"theirs {uuid4()}"}).json()["id"]
    for foreign in (theirs, uuid4()):
        hidden = AiappStore(address, key, foreign)
        with pytest.raises(AiappError) as refused:
            hidden.add_texts(["A mill."])
        assert (refused.value.status, refused.value.code) == (404, "not_found")
        for call in (hidden.get_by_ids, hidden.delete):
            with pytest.raises(AiappError, match="not_found"):
                call(["1"])
        with pytest.raises(AiappError, match="not_found"):
            hidden.similarity_search("mill")
    with pytest.raises(AiappError, match="invalid_key"):
        AiappStore(address, "aiapp_" + "x" * 43, theirs).add_texts(["A mill."])
    with pytest.raises(AiappError, match="bad_metadata"):
        store.add_texts(["A mill."], [{"$or": 1}])
    readers = api.post("/api/keys", json={"name": "reads", "scopes": ["documents:read"]}).json()
    reading = AiappStore(address, readers["key"], store._texts.split("/")[1])
    with pytest.raises(AiappError, match="insufficient_scope"):
        reading.add_texts(["A mill."])
    assert reading.similarity_search("mill") == []


def test_the_documented_program_runs_without_django(address, key, tmp_path):
    text = (site.ROOT / "docs/langchain.md").read_text()
    example = re.search(r"## From elsewhere.*?```python\n(.*?)```", text, re.DOTALL)
    assert example
    (tmp_path / "aiapp_langchain.py").write_text(
        (site.ROOT / "clients/aiapp_langchain.py").read_text()
    )
    check = "\nimport sys\nassert not {'django', 'documents'} & sys.modules.keys()"
    (tmp_path / "program.py").write_text(example[1] + check)
    environment = {"SITE": address, "KEY": key, "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "program.py"],
        check=False,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "mill The mill was built in 1843. {'year': 1843, 'labels': ['mill']}" in done.stdout
    assert "The bakery has baked since 1901." in done.stdout
