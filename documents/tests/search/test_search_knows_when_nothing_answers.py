"""A search tells whether the documents seem to hold an answer."""

import pytest

from aiapp.db import in_db
from documents.search import search
from documents.search.answerability import answerable, lacks_year
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


async def test_other_words_for_what_is_asked_are_as_good(alice, storage, embedding):
    cover = "Form 10-K. Commission file 1-2. Address of principal executive offices: 4 Quay Street."
    pages = (cover, *(f"Note {n}. Ships are depreciated over {n} years." for n in range(20, 30)))
    await in_db(ready_document, alice, pages, title="report.pdf", embedded=True)
    found = await search(alice, "Where is its headquarters?")
    assert found.passages[0].text == cover
    assert found.answerable is True


SURVEY = (
    "Of those over 65 years 59 percent went online in 2013, and 53 percent in 2012.",
    "Of those over 80 years 37 percent went online in 2013.",
)


async def test_a_year_that_the_passages_leave_out_is_not_answered_for(alice, storage, embedding):
    await in_db(ready_document, alice, SURVEY, title="survey.pdf", embedded=True)
    asked = "What percentage of those over 80 years went online in {}?"
    assert (await search(alice, asked.format(2013))).answerable is True
    found = await search(alice, asked.format(2022))
    assert found.answerable is False
    assert len(found.passages) == len(SURVEY)


@pytest.mark.parametrize(
    ("question", "passages"),
    [
        ("How many went online?", ["In 2012 one half, in 2013 more."]),
        # A text without years, or with that of its edition, is about any.
        ("How much vacation is there in 2031?", ["There are 30 days.", "Edition of 2019."]),
        (
            "What changed from 2012 to 2014?",
            ["In 2012 one half did, in 2013 more,", "in 2014 all."],
        ),
        ("How did sales go from 2009 to 2020?", ["In 2012 well,", "in 2013 better."]),
        ("2009년부터 2020년까지 어떻게 변화하였나?", ["2012년 3억", "2013년 4억"]),
        ("What was sold in FY2014?", ["2014", "2013"]),
        ("2014년 매출은?", ["2013년 3억", "2014년 4억"]),
        ("Are there 12,014 or 20145 of them?", ["2012 and 2013"]),
    ],
)
def test_years_tell_nothing_where_the_one_asked_for_may_be_there(question, passages):
    assert not lacks_year(question, passages)


@pytest.fixture
def in_handbook(transactional_db, alice, storage, embedding):
    return ready_document(alice, HANDBOOK, embedded=True)
