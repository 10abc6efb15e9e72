"""A search tells whether a question is about the documents at all."""

import pytest

from documents.search import Bearing, search
from documents.search.bearing import Signs, judge
from documents.tests.library import HANDBOOK, ready_document
from documents.text.telling import (
    has_few_words,
    is_about_us,
    is_small_talk,
    points_at_documents,
    select_telling,
)


@pytest.fixture
def in_handbook(transactional_db, alice, storage, embedding):
    return ready_document(alice, HANDBOOK, embedded=True)


@pytest.mark.parametrize(
    ("query", "bearings"),
    [
        ("How many days of vacation do employees accrue?", {Bearing.SURE}),
        ("When does the cafeteria open?", {Bearing.SURE, Bearing.PERHAPS}),
        # In other words, and in one that the handbook has.
        ("Is there lunch?", {Bearing.PERHAPS}),
        ("Explain how a rainbow forms, in simple words", {Bearing.NONE}),
        # The handbook has "three", "years" and "help".
        ("Please help me to plan the next three years", {Bearing.NONE, Bearing.PERHAPS}),
        ("무지개는 어떻게 생기나요?", {Bearing.NONE}),
    ],
)
async def test_general_questions_are_told_from_those_about_documents(
    alice, in_handbook, query, bearings
):
    assert (await search(alice, query)).bearing in bearings


async def test_a_follow_up_of_a_word_is_never_sure(alice, in_handbook):
    earlier = ["How many days of vacation do employees accrue?"]
    assert (await search(alice, earlier[0])).bearing is Bearing.SURE
    assert (await search(alice, "Thanks!", earlier=earlier)).bearing is not Bearing.SURE


def test_the_more_is_searched_the_less_chance_says() -> None:
    def bearing_in(chunks: int) -> Bearing:
        return judge(Signs(0.35, 5.0, 10.0, chunks))

    assert bearing_in(20) is Bearing.PERHAPS
    assert bearing_in(20_000) is Bearing.NONE


def test_words_that_no_document_has_speak_against_it() -> None:
    assert judge(Signs(0.3, 6.0, 6.0, 100)) is Bearing.PERHAPS
    assert judge(Signs(0.3, 0.0, 6.0, 100)) is Bearing.NONE


def test_a_question_about_us_needs_less() -> None:
    assert judge(Signs(0.3, 0.0, 6.0, 20)) is Bearing.NONE
    assert judge(Signs(0.3, 0.0, 6.0, 20, about_us=True)) is Bearing.PERHAPS
    assert is_about_us("Can I work from Spain?")
    assert is_about_us("우리 회사의 휴가 규정")
    assert not is_about_us("How do I cook rice in the US?")


def test_where_similarity_means_nothing_words_decide() -> None:
    assert judge(Signs(None, 0.0, 9.0, 1)) is Bearing.NONE
    assert judge(Signs(None, 2.0, 9.0, 20)) is Bearing.PERHAPS
    assert judge(Signs(None, 30.0, 40.0, 1_000)) is Bearing.SURE
    assert judge(Signs(None, 30.0, 400.0, 1_000)) is Bearing.PERHAPS


@pytest.mark.parametrize(
    ("question", "telling"),
    [
        ("Could you please explain how a rainbow forms?", "you how a rainbow forms"),
        ("연차휴가는 며칠인가요?", "연차휴가"),
        ("커피와 차를 표로 비교해 줘", "커피 차를 표로"),
    ],
)
def test_words_by_which_one_asks_tell_nothing(question: str, telling: str) -> None:
    assert select_telling(question).replace("?", "").split() == telling.split()


def test_a_question_may_name_documents() -> None:
    for text in ("What do my documents say about chess?", "이 문서를 요약해 줘"):
        assert points_at_documents(text)
    for text in (
        "How do I document a function?",
        "Why does Python not open the file?",
        "What is mass according to the theory of relativity?",
        "지문을 읽어 줘",
    ):
        assert not points_at_documents(text)


def test_small_talk_asks_nothing() -> None:
    for text in ("Hello!", "Thank you very much", "good morning", "안녕하세요", "고마워요"):
        assert is_small_talk(text)
    for text in ("Hi, when does the cafeteria open?", "Hinduism", "thanks to whom was it built?"):
        assert not is_small_talk(text)


def test_a_question_of_few_words_says_little_alone() -> None:
    assert has_few_words("Shorter, please")
    assert has_few_words("더 짧게 써 줘")
    assert not has_few_words("Write a poem about octopuses and whales")
