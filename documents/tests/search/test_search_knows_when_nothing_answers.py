"""A search tells whether the documents seem to hold an answer."""

import pytest

from documents.search import search
from documents.search.answerability import answerable
from documents.tests.library import HANDBOOK, ready_document

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "query", ["How many days of vacation do employees accrue?", "when does the cafeteria open"]
)
async def test_a_question_about_the_documents_can_be_answered(alice, embedding, in_handbook, query):
    assert (await search(alice, query)).answerable is True


@pytest.mark.parametrize(
    "query", ["Who won the chess olympiad in Tromsø?", "boiling temperature of molten basalt"]
)
async def test_a_question_about_something_else_cannot(alice, embedding, in_handbook, query):
    assert (await search(alice, query)).answerable is False


async def test_without_vectors_words_decide(alice, in_handbook):
    assert (await search(alice, "vacation days", mode="lexical")).answerable is True


async def test_where_nothing_is_found_there_is_nothing_to_tell_it_by(alice):
    assert (await search(alice, "vacation")).answerable is None


def test_either_sign_can_make_up_for_the_other() -> None:
    assert answerable(0.9, 0.0)
    assert answerable(0.0, 0.7)
    assert not answerable(0.3, 0.3)
    assert not answerable(0.2, None)


@pytest.fixture
def in_handbook(transactional_db, alice, storage, embedding):
    return ready_document(alice, HANDBOOK, embedded=True)
