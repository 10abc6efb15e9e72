"""Sentences are compared with passages: labelled pairs, and how sentences are cut."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from chat.grounding.grade import Grade, judge
from chat.grounding.sentences import sentences
from chat.grounding.terms import terms

PAIRS = json.loads((Path(__file__).parents[1] / "data" / "citations.json").read_text())
HARBOUR = (
    "The harbour of Linden handled 24.4 million containers in 2024. Dr. Marsh leads it. "
    "Night work is not allowed before 6 a.m., and the port never closes."
)


def test_the_check_keeps_its_quality_on_the_pairs_it_was_not_tuned_on() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for passage in PAIRS[1::2]:
        for _kind, label, sentence in passage["pairs"]:
            counts[label, judge(sentence, passage["passage"]).grade] += 1
    called = {grade: sum(n for (_, g), n in counts.items() if g == grade) for grade in Grade}
    there = {grade: sum(n for (label, _), n in counts.items() if label == grade) for grade in Grade}
    precision = {grade: counts[grade, grade] / called[grade] for grade in Grade}
    recall = {grade: counts[grade, grade] / there[grade] for grade in Grade}
    assert precision[Grade.SUPPORTED] >= 0.95
    assert recall[Grade.SUPPORTED] >= 0.85
    assert precision[Grade.UNSUPPORTED] >= 0.94
    assert recall[Grade.UNSUPPORTED] >= 0.84


def test_every_changed_number_and_every_denial_of_the_pairs_is_found() -> None:
    missed = [
        sentence
        for passage in PAIRS
        for kind, _label, sentence in passage["pairs"]
        if kind in {"number", "negated", "elsewhere"}
        and judge(sentence, passage["passage"]).grade != Grade.UNSUPPORTED
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("sentence", "grade"),
    [
        ("The harbour handled 24,400,000 containers in 2024.", Grade.SUPPORTED),
        ("The harbour handled 24.4 containers in 2024.", Grade.UNSUPPORTED),
        ("The harbour handled 2.44 million containers in 2024.", Grade.UNSUPPORTED),
        ("Night work before 6 a.m. isn't allowed.", Grade.SUPPORTED),
        ("Night work is allowed before 6 a.m.", Grade.UNSUPPORTED),
        ("Dr. Larsen leads the harbour of Linden.", Grade.UNSUPPORTED),
        ("Linden's port doesn't close.", Grade.SUPPORTED),
        ("", Grade.UNSUPPORTED),
        ("Yes, it is.", Grade.UNSUPPORTED),
    ],
)
def test_numbers_names_and_denials_decide(sentence: str, grade: Grade) -> None:
    assert judge(sentence, HARBOUR).grade == grade


def test_a_name_from_the_title_of_the_document_is_known() -> None:
    text = "Employees accrue two days of vacation per month."
    sentence = "According to the Orion handbook, employees accrue two days of vacation per month."
    assert judge(sentence, text).grade == Grade.UNSUPPORTED
    assert judge(sentence, text, "Orion handbook.pdf").grade != Grade.UNSUPPORTED


def test_a_row_of_a_table_is_read_with_the_head_of_its_columns() -> None:
    table = "| Town | Residents |\n|---|---|\n| Marlow | 48,300 |\n| Tessin | 17,950 |"
    assert judge("Tessin has 17,950 residents.", table).grade == Grade.SUPPORTED
    assert judge("Tessin has 48,300 residents.", table).grade == Grade.UNSUPPORTED


def texts(answer: str) -> list[str]:
    return [sentence.text for sentence in sentences(answer)]


def test_abbreviations_initials_and_decimals_end_no_sentence() -> None:
    answer = "Dr. J. Stern saw approx. 3.5 cases, e.g. in Basel. She left at 6 p.m. on Monday."
    assert texts(answer) == [
        "Dr. J. Stern saw approx. 3.5 cases, e.g. in Basel.",
        "She left at 6 p.m. on Monday.",
    ]


def test_lists_rows_and_headings_are_sentences_of_their_own_and_code_is_none() -> None:
    answer = (
        "# Result\nIt has\ntwo lines.\n\n- first item [1]\n- second item [2]\n1. third\n\n"
        "| a | b |\n|---|---|\n| c | d [3] |\n\n```python\nx = 1 [4]\n```\nEnd."
    )
    assert texts(answer) == [
        "Result It has two lines.", "first item", "second item", "third", "a b", "c d", "End.",
    ]  # fmt: skip
    cited = [sentence.cites for sentence in sentences(answer) if sentence.cites]
    assert cited == [(1,), (2,), (3,)]


def test_marks_belong_to_the_sentence_that_they_stand_in_or_behind() -> None:
    found = sentences("One [1]. Two.[2][3] Three. [4]\n\n[5]\n\nFour says [6, 7] so.")
    assert [(each.text, each.cites) for each in found] == [
        ("One .", (1,)), ("Two.", (2, 3)), ("Three.", (4, 5)), ("Four says so.", (6, 7)),
    ]  # fmt: skip


def test_korean_and_japanese_sentences_are_cut_without_blanks() -> None:
    assert texts("これは本です。あれは水です。") == ["これは本です。", "あれは水です。"]
    assert texts("문을 열었다. 쉬는 날은 월요일이다.") == ["문을 열었다.", "쉬는 날은 월요일이다."]


def test_sentences_end_with_the_stops_of_other_scripts_too() -> None:
    """The marks of each belong to it alone."""
    hindi = sentences("बिक्री 5% बढ़ी।[1] पार्किंग मुफ़्त है। [2]")
    assert [each.cites for each in hindi] == [(1,), (2,)]
    urdu = sentences("فروخت بڑھی۔[1] پارکنگ مفت ہے۔ [2]")
    assert [each.cites for each in urdu] == [(1,), (2,)]


def test_numbers_are_compared_by_value() -> None:
    assert terms("4,200").numbers == terms("4200").numbers == {"4200"}
    assert terms("2.5 million").numbers == terms("2,500,000").numbers
    assert terms("1,337만 명").numbers == {"13370000"}
    assert terms("10:30 and 192.168.4.1").numbers == {"10:30", "192.168.4.1"}
    assert terms("seven years").numbers == terms("7 years").numbers


@pytest.mark.parametrize(
    "hostile",
    ["[1" * 30_000, "a." * 40_000, "| " * 30_000, "- " * 30_000, "x" * 90_000, "1," * 40_000,
     "[1] " * 20_000, "not " * 10_000, "가" * 60_000, "'" * 60_000],
)  # fmt: skip
def test_no_text_takes_long_to_cut_and_judge(hostile: str) -> None:
    started = time.thread_time()
    for sentence in sentences(hostile)[:20]:
        judge(sentence.text[:1000], HARBOUR)
    assert time.thread_time() - started < 2
