"""The weight of meaning, decided by how well the words tell passages apart."""

import pytest

from accounts.models import User
from aiapp.db import in_db
from aiapp.ids import uuid7
from documents.access import default_collection
from documents.models import Collection
from documents.search import explain
from documents.search.fusion import DEPTH, MAX_DENSE_WEIGHT, MIN_DENSE_WEIGHT, weigh_meaning
from documents.spaces.spaces import active_space
from documents.spaces.storing import store_vectors
from documents.tests.fake_embeddings import DIMENSION, vector
from documents.tests.library import ready_document

COMMON = "cash flow from operations of the year"


def build_scores(*scores: float) -> dict:
    return {uuid7(): score for score in scores}


@pytest.mark.parametrize(
    ("scores", "weight"),
    [
        # The hundredth is as good as the first, half as good, or hopeless.
        ([9.0] * DEPTH, MAX_DENSE_WEIGHT),
        ([9.0] * 50 + [4.5] * 50, 0.5),
        ([9.0] + [0.9] * 99, MIN_DENSE_WEIGHT),
        # Few hold any of the words: these tell.
        ([9.0] * (DEPTH - 1), MIN_DENSE_WEIGHT),
        ([0.0] * DEPTH, MIN_DENSE_WEIGHT),
    ],
)
def test_the_weight_is_how_near_the_hundredth_comes_to_the_first(scores, weight):
    assert weigh_meaning(build_scores(*scores)) == pytest.approx(weight)


@pytest.fixture
def report(alice: User, storage, fake) -> Collection:
    """A report of whose pages all hold the same words, but the last, which is alone with one."""
    pages = [f"The {COMMON} {n}." for n in range(150)] + ["Zirconium is a metal."]
    document = ready_document(alice, pages, title="report.pdf")
    chunks = list(document.current.chunks.order_by("ordinal").values_list("pk", flat=True))
    away = [0.0, 1.0, *[0.0] * (DIMENSION - 2)]
    vectors = [away] * len(chunks)
    # Page 78 means what is asked for here.
    vectors[77] = vector(f"What was the {COMMON}?")
    store_vectors(active_space(), chunks, vectors)
    return default_collection(alice)


@pytest.mark.django_db(transaction=True)
async def test_where_all_passages_hold_the_words_meaning_decides(report, alice):
    [best] = await explain(alice, f"What was the {COMMON}?", 1)
    assert best.passage.page == 78
    assert best.by_meaning == pytest.approx(MAX_DENSE_WEIGHT)


@pytest.mark.django_db(transaction=True)
async def test_where_one_passage_holds_the_word_words_decide(report, alice):
    [best] = await explain(alice, "zirconium", 1)
    assert best.passage.page == 151
    assert best.by_words == pytest.approx(1 - MIN_DENSE_WEIGHT)


@pytest.mark.django_db(transaction=True)
async def test_a_collection_may_have_a_weight_of_its_own(report, alice):
    report.tuning = {"dense_weight": 0.0}
    await in_db(report.save)
    [best] = await explain(alice, f"What was the {COMMON}?", 1)
    assert (best.by_meaning, best.by_words) == (0.0, 1.0)
