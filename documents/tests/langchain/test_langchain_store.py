"""A collection's vector store does more than LangChain's own tests ask."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from django.db import connection
from langchain_core.embeddings import DeterministicFakeEmbedding

from accounts.models import User
from aiapp.errors import InvalidInput, NotAllowed, NotFound
from documents.ingest.pipeline import ingest
from documents.langchain import CollectionRetriever, CollectionStore
from documents.library import collections
from documents.models import Collection, CollectionShare, Document, EmbeddingSpace, Version
from documents.search import search

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[3]


@pytest.fixture
def notes(alice: User, storage) -> Collection:
    return collections.create(alice, "Notes")


@pytest.fixture
def store(alice: User, notes: Collection, fake) -> CollectionStore:
    return CollectionStore(alice, notes)


def test_the_documented_example_runs(alice, notes, embedding):
    example = re.search(r"```python\n(.*?)```", (ROOT / "docs/langchain.md").read_text(), re.S)
    names = {"user": alice, "collection": notes}
    exec(example[1], names)  # noqa: S102 - our own documentation
    assert [found.id for found in names["best"]] == ["history-1"]
    assert [found.id for found, _ in names["with_scores"]] == ["history-1"]
    assert names["found"][0].page_content == "The mill was built in 1843."
    assert names["found"][0].metadata == {"source": "history.txt"}
    assert names["passages"][0].metadata["score"] > names["passages"][1].metadata["score"]
    assert names["store"].get_by_ids(["history-1", "bakery-1"]) == names["best"]


async def test_the_apps_own_search_finds_added_texts(store, alice):
    await store.aadd_texts(["The mill was built in 1843."], [{"title": "History"}])
    found = await search(alice, "mill 1843")
    assert [(p.title, p.text) for p in found.passages] == [
        ("History", "The mill was built in 1843.")
    ]
    assert found.passages[0].similarity is not None


async def test_texts_of_a_foreign_model_are_found_by_their_words(store, alice, notes):
    await CollectionStore(alice, notes, DeterministicFakeEmbedding(size=8)).aadd_texts(["A mill."])
    await store.aadd_texts(["Bread."])
    found = await search(alice, "mill")
    assert [p.similarity for p in found.passages if p.text == "A mill."] == [None]


def test_passages_of_uploaded_files_are_found_with_their_place(store, upload, notes, alice):
    document = upload(b"The mill stands by the river.", "mill.txt").document
    Document.objects.filter(pk=document.pk).update(collection=notes)
    ingest(document.versions.get().pk)
    (found,) = store.similarity_search("mill")
    assert found.metadata["document"] == str(document.pk)
    assert (found.metadata["title"], found.metadata["start"]) == ("mill.txt", 0)
    store.delete()
    assert store.similarity_search("mill") == [found]


def test_the_same_text_again_makes_no_version_and_another_one_does(store):
    for text in ("one", "one", "two"):
        store.add_texts([text], ids=["a"])
    assert [v.number for v in Version.objects.all()] == [2, 1]
    assert [found.page_content for found in store.similarity_search("two")] == ["two"]


def test_metadata_changes_without_a_new_version(store):
    store.add_texts(["one"], [{"tag": "old"}], ids=["a"])
    store.add_texts(["one"], [{"tag": "new"}], ids=["a"])
    assert Version.objects.count() == 1
    assert store.similarity_search("one", filter={"tag": "old"}) == []
    assert store.get_by_ids(["a"])[0].metadata == {"tag": "new"}


def test_a_text_added_twice_in_one_call_is_the_last(store):
    assert store.add_texts(["one", "two"], ids=["a", "a"]) == ["a", "a"]
    assert [found.page_content for found in store.get_by_ids(["a"])] == ["two"]


def test_models_do_not_see_each_others_vectors(store, alice, notes):
    six = CollectionStore(alice, notes, DeterministicFakeEmbedding(size=6))
    other = CollectionStore(alice, notes, DeterministicFakeEmbedding(size=6), space_name="other")
    six.add_texts(["one"], ids=["a"])
    assert [found.id for found in six.similarity_search("one")] == ["a"]
    assert other.similarity_search("one") == []
    assert store.similarity_search("one") == []
    # The text is there already; only its vector is new.
    other.add_texts(["one"], ids=["a"])
    assert [found.id for found in other.similarity_search("one")] == ["a"]
    assert Version.objects.count() == 1
    assert EmbeddingSpace.objects.filter(active=True, provider="langchain").count() == 0


def test_a_reader_finds_and_cannot_write(alice, bob, notes, store):
    store.add_texts(["one"], ids=["a"])
    CollectionShare.objects.create(collection=notes, user=bob, role="reader")
    shared = CollectionStore(bob, notes)
    assert [found.id for found in shared.similarity_search("one")] == ["a"]
    with pytest.raises(NotAllowed):
        shared.add_texts(["two"])
    with pytest.raises(NotAllowed):
        shared.delete(["a"])
    assert Document.objects.count() == 1


def test_a_stranger_sees_no_collection(store, bob, notes):
    store.add_texts(["one"], ids=["a"])
    foreign = CollectionStore(bob, notes)
    for call in (foreign.similarity_search, lambda text: foreign.add_texts([text])):
        with pytest.raises(NotFound):
            call("one")
    assert foreign.get_by_ids(["a"]) == []


def test_an_editor_neither_finds_nor_replaces_a_restricted_text(store, bob, notes):
    store.add_texts(["one"], ids=["a"])
    Document.objects.update(restricted=True)
    CollectionShare.objects.create(collection=notes, user=bob, role="editor")
    edited = CollectionStore(bob, notes)
    assert edited.similarity_search("one") == edited.get_by_ids(["a"]) == []
    assert edited.add_texts(["two"], ids=["a"]) == ["a"]
    assert [found.page_content for found in edited.get_by_ids(["a"])] == ["two"]
    edited.delete()
    assert [found.page_content for found in store.get_by_ids(["a"])] == ["one"]


def test_of_two_texts_of_one_id_the_older_is_meant(store, alice, bob, notes):
    """As when a restricted text is opened to those who have used its id meanwhile."""
    store.add_texts(["one"], ids=["a"])
    Document.objects.update(restricted=True)
    CollectionShare.objects.create(collection=notes, user=bob, role="editor")
    CollectionStore(bob, notes).add_texts(["two"], ids=["a"])
    Document.objects.update(restricted=False)
    assert [found.page_content for found in store.get_by_ids(["a"])] == ["one"]
    store.add_texts(["three"], ids=["a"])
    assert [found.page_content for found in store.get_by_ids(["a"])] == ["three"]
    store.delete(["a"])
    assert not Document.objects.exists()


def test_the_release_before_is_given_one_text_of_each_id(alice, notes):
    papers = collections.create(alice, "Papers")
    for collection, name in ((notes, "a"), (notes, "a"), (notes, "a"), (notes, ""), (papers, "a")):
        Document.objects.create(collection=collection, title="x", external_id=name)
    Document.objects.create(collection=notes, title="x", external_id="")
    migration = import_module("documents.migrations.0007_names_of_hidden_texts")
    with connection.schema_editor() as editor:
        migration.name_apart(None, editor)
    ids = Document.objects.order_by("pk").values_list("collection__name", "external_id")
    assert [ids[n] for n in (0, 3, 4, 5)] == [
        ("Notes", "a"), ("Notes", ""), ("Papers", "a"), ("Notes", "")
    ]  # fmt: skip
    named = [each for each in ids if each[1]]
    assert len(set(named)) == len(named) == 4
    assert all(name.startswith("a ") for _, name in (ids[1], ids[2]))


def test_deleting_takes_the_files_along(store, storage):
    store.add_texts(["one", "two"], ids=["a", "b"])
    assert len(_files(storage)) == 2
    store.delete()
    assert _files(storage) == []
    assert not Document.objects.exists()


def test_a_batch_with_a_bad_vector_leaves_nothing(store, alice, notes, storage):
    class Broken(DeterministicFakeEmbedding):
        def embed_documents(self, texts):
            return [[1.0, 0.0], [float("nan"), 0.0]]

    with pytest.raises(Exception, match="NaN"):
        CollectionStore(alice, notes, Broken(size=2)).add_texts(["one", "two"])
    assert not Document.objects.exists()
    assert _files(storage) == []


@pytest.mark.parametrize(
    ("text", "metadata", "id_"),
    [
        ("  ", {}, "a"),
        ("\x00", {}, "a"),
        ("x" * 50_001, {}, "a"),
        ("one", {"when": object()}, "a"),
        ("one", {"n": float("nan")}, "a"),
        ("one", {"n": "\x00"}, "a"),
        ("one", {}, "a" * 301),
    ],
)
def test_what_cannot_be_stored_is_refused_before_it_is_embedded(store, fake, text, metadata, id_):
    with pytest.raises(InvalidInput):
        store.add_texts([text], [metadata], ids=[id_])
    assert fake.batches == []


def test_lists_of_different_lengths_are_refused(store):
    with pytest.raises(ValueError, match="2 texts and 1 ids"):
        store.add_texts(["one", "two"], ids=["a"])


def test_variety_passes_over_what_says_the_same(alice, notes, storage):
    places = {"a": [1.0, 0.0], "a again": [0.99, 0.01], "b": [0.7, 0.7]}

    class Flat(DeterministicFakeEmbedding):
        def embed_documents(self, texts):
            return [places[text] for text in texts]

        def embed_query(self, text):
            return [1.0, 0.1]

    store = CollectionStore.from_texts(list(places), Flat(size=2), user=alice, collection=notes)
    near = store.as_retriever(search_kwargs={"k": 2}).invoke("a")
    various = store.as_retriever(
        search_type="mmr", search_kwargs={"k": 2, "lambda_mult": 0.3}
    ).invoke("a")
    assert {found.page_content for found in near} == {"a", "a again"}
    assert {found.page_content for found in various} & {"b"}
    strict = store.as_retriever(
        search_type="similarity_score_threshold", search_kwargs={"score_threshold": 0.9}
    )
    assert len(strict.invoke("a")) == 2


def test_adding_takes_about_a_statement_for_each_text(store, django_assert_max_num_queries):
    with django_assert_max_num_queries(200 + 40):
        store.add_texts([f"Text number {n}." for n in range(200)])
    assert Document.objects.count() == 200


async def test_the_retriever_keeps_to_what_its_user_may_read(store, alice, bob, notes):
    await store.aadd_texts(["The mill."])
    assert len(await CollectionRetriever(user=alice).ainvoke("mill")) == 1
    assert await CollectionRetriever(user=bob).ainvoke("mill") == []
    with pytest.raises(NotFound):
        await CollectionRetriever(user=bob, collections=[notes.pk]).ainvoke("mill")


def test_web_processes_do_not_load_langchain():
    program = (
        "import sys, django; django.setup(); import aiapp.asgi; from django.urls import resolve;"
        "resolve('/documents/'); sys.exit('langchain_core' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def _files(storage: Path) -> list[Path]:
    return [path for path in storage.rglob("*") if path.is_file()] if storage.exists() else []
