"""Answers as models write them: in other words, with marks in the middle, in other languages.

What is true of the passages is never called "Not supported", and what is false is never supported.
"""

import json
from pathlib import Path

import pytest

from chat.tests.grounding.test_citing import passage
from chat.turns.citations import check

DATA = json.loads((Path(__file__).parents[1] / "data" / "answers.json").read_text("utf-8"))
SETS = [
    ([passage(text, page) for page, text in enumerate(each["passages"], 1)], each) for each in DATA
]
(PASSAGES, FIRST), *_ = SETS
QUESTION = FIRST["question"]


def list_answers(kind: str) -> list[tuple]:
    return [
        (answer, passages, each["question"]) for passages, each in SETS for answer in each[kind]
    ]


@pytest.mark.parametrize(("answer", "passages", "question"), list_answers("true"))
def test_what_is_true_is_not_called_unsupported(answer, passages, question) -> None:
    citations = check(answer, passages, question).citations
    assert citations
    assert "unsupported" not in {each.support for each in citations}


@pytest.mark.parametrize(("answer", "passages", "question"), list_answers("false"))
def test_what_is_false_is_not_called_supported(answer, passages, question) -> None:
    citations = check(answer, passages, question).citations
    assert {each.support for each in citations} & {"weak", "unsupported"}


@pytest.mark.parametrize(
    "answer",
    [
        "Sie haben Anspruch auf 25 Urlaubstage pro Jahr [1].",
        "연차는 연 25일이며, 매월 2.08일씩 발생합니다 [1].",
        "Vous avez droit à 25 jours de congés par an, et ils sont payés [1].",
        "У вас есть 25 дней отпуска в год [1].",
    ],
)
def test_an_answer_in_another_language_is_compared_by_its_numbers_alone(answer: str) -> None:
    checked = check(answer, PASSAGES, QUESTION)
    assert [each.support for each in checked.citations] == ["weak"]
    # Nobody can say that it rests on nothing.
    assert checked.grounded is None
    other = check(answer.replace("25", "52"), PASSAGES, QUESTION)
    assert [each.support for each in other.citations] == ["unsupported"]


def test_each_clause_is_judged_by_its_own_marks() -> None:
    answer = (
        "Requests are made in the portal at least two weeks in advance [1], and the daily allowance"
        " is 28 euros in Germany [2]."
    )
    graded = [(each.n, each.support) for each in check(answer, PASSAGES).citations]
    assert graded == [(1, "supported"), (2, "supported")]
    graded = [
        (each.n, each.support) for each in check(answer.replace("28", "38"), PASSAGES).citations
    ]
    assert graded == [(1, "supported"), (2, "unsupported")]
