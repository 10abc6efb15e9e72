"""Texts are cut into what can be quoted, and questions into what they ask."""

import pytest

from aiapp.text.questions import split_questions
from aiapp.text.segments import split


def cut(text: str) -> list[str]:
    return [" ".join(text[each.start : each.end].split()) for each in split(text)]


def test_lines_of_a_pdf_are_joined_to_sentences() -> None:
    text = (
        "The company was founded in 1994 by two engineers who\r\nhad met at Dr. Weber's "
        "laboratory.\r\nIt employs 1,204 people in Gothenburg and Porto today."
    )
    assert cut(text) == [
        "The company was founded in 1994 by two engineers who had met at Dr. Weber's laboratory.",
        "It employs 1,204 people in Gothenburg and Porto today.",
    ]


def test_rows_of_figures_stand_for_themselves_under_their_years() -> None:
    text = "Results\n2021 2022 2023\nNet sales $ 310 $ 402 $ 466\nNet income 12 15 18\n"
    rows = [each for each in split(text) if each.head]
    assert [text[each.start : each.end] for each in rows] == [
        "Net sales $ 310 $ 402 $ 466",
        "Net income 12 15 18",
    ]
    assert {text[slice(*each.head)] for each in rows if each.head} == {"2021 2022 2023"}


def test_items_of_a_list_and_lines_of_names_are_not_joined() -> None:
    text = (
        "We are exposed to two risks that we cannot influence ourselves in any way:\n"
        "• prices of energy, which rose\nby a third\n• the weather\n"
    )
    assert cut(text)[1:] == ["• prices of energy, which rose by a third", "• the weather"]
    names = "Jane Roe 54 President\nJohn Doe 48 Treasurer\nAnn Poe 51 Secretary\nIda Loe 40 Clerk"
    assert cut(names) == names.split("\n")


def test_a_sentence_that_begins_with_a_capital_in_each_line_is_one() -> None:
    text = (
        "Annual Report\nControls\nAs the rules ask, our Chief Executive Officer and Chief\n"
        "Financial Officer have looked at the controls and found\nthem good."
    )
    assert cut(text)[-1].startswith(
        "As the rules ask, our Chief Executive Officer and Chief Financial"
    )


@pytest.mark.parametrize(
    "text", ["", "\n\r\n", "|\n|---|\n", "```\n", "a" * 10_000, "1 2 " * 9_000]
)
def test_any_text_is_cut_into_parts_of_itself(text: str) -> None:
    for each in split(text):
        assert 0 <= each.start < each.end <= len(text)


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("Who leads it and where is it?", ["Who leads it", "where is it?"]),
        ("Who leads it? Where is it based?", ["Who leads it?", "Where is it based?"]),
        ("대표이사는 누구이고 본사는 어디인가요?", ["대표이사는 누구이고", "본사는 어디인가요?"]),
        ("What are rates and prices?", ["What are rates and prices?"]),
        ("We write a report. What is the revenue?", ["We write a report. What is the revenue?"]),
        ("Hello", ["Hello"]),
    ],
)
def test_several_questions_are_told_apart(text: str, questions: list[str]) -> None:
    assert split_questions(text) == questions


def test_a_pasted_text_is_one_question() -> None:
    text = "Why? " * 400
    assert split_questions(text) == [text.strip()]
