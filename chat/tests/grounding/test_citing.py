"""An answer says which passages it rests on, and whether they support it."""

from dataclasses import replace
from uuid import uuid4

import pytest

from chat.turns.citations import check, cite
from documents.search import Passage

HARBOUR = "The harbour of Busan handled 24.4 million containers in 2024, more than ever before."
FERRY = "The ferry to Jeju leaves every evening at seven from the eastern pier."


def passage(text: str, page: int = 1) -> Passage:
    return Passage(
        chunk_id=uuid4(),
        version_id=uuid4(),
        document_id=uuid4(),
        title="Report",
        page=page,
        start=0,
        end=len(text),
        text=text,
        similarity=0.5,
        score=0.5,
    )


PASSAGES = [passage(HARBOUR, 3), passage(FERRY, 9)]


def test_a_marked_statement_that_the_passage_holds_is_supported() -> None:
    (citation,) = cite("Busan handled 24.4 million containers in 2024 [1].", PASSAGES)
    assert (citation.n, citation.page, citation.supported) == (1, 3, True)
    assert citation.quote == HARBOUR


def test_another_number_than_the_passage_has_is_not_supported() -> None:
    (citation,) = cite("Busan handled 31 million containers in 2024 [1].", PASSAGES)
    assert citation.supported is False


def test_a_statement_about_something_else_is_not_supported() -> None:
    (citation,) = cite("Whales migrate towards colder waters each spring [2].", PASSAGES)
    assert (citation.n, citation.supported) == (2, False)


@pytest.mark.parametrize(
    ("answer", "support"),
    [
        ("Person 52 has the extension 4052 [1].", "supported"),
        ("The extension of Person 52 is 4052 [1].", "supported"),
        ("The extension of Person 52 is 4059 [1].", "unsupported"),
        ("The extension of Person 52 is 4053 [1].", "unsupported"),
        ("Person 53 has the extension 4052 [1].", "unsupported"),
    ],
)
def test_a_row_is_judged_below_the_names_of_its_columns(answer: str, support: str) -> None:
    rows = "".join(f"| Person {n} | Building {n % 7} | {4_000 + n} |\n" for n in range(47, 60))
    given = replace(passage(rows), columns="| Name | Office | Extension |")
    (citation,) = cite(answer, [given])
    assert (citation.support, citation.quote) == (support, rows)


def test_a_mark_without_a_passage_cites_nothing() -> None:
    citations = cite("The ferry to Jeju leaves every evening [2][7].", PASSAGES)
    assert [citation.n for citation in citations] == [2]


def test_several_numbers_in_one_mark_are_several_citations() -> None:
    citations = cite("Busan has a harbour and a ferry [1, 2].", PASSAGES)
    assert [citation.n for citation in citations] == [1, 2]


def test_an_answer_without_marks_gets_the_passage_that_it_shares_its_words_with() -> None:
    (citation,) = cite("The ferry leaves every evening at seven.", PASSAGES)
    assert (citation.n, citation.supported) == (2, None)


def test_an_answer_that_shares_too_little_gets_all_that_the_model_was_given() -> None:
    assert [citation.n for citation in cite("Certainly, here you go!", PASSAGES)] == [1, 2]


def test_without_passages_there_is_nothing_to_cite() -> None:
    assert cite("Anything [1].", []) == []


def test_a_citation_is_as_good_as_the_worst_sentence_that_cites_it() -> None:
    good, bad = "Busan handled 24.4 million containers in 2024 [1].", "It has 900 cranes [1]."
    assert [c.support for c in cite(good, PASSAGES)] == ["supported"]
    assert [(c.support, c.supported) for c in cite(f"{good} {bad}", PASSAGES)] == [
        ("unsupported", False)
    ]


def test_a_sentence_that_is_half_there_is_weakly_supported() -> None:
    said = (
        "The ferry to Jeju leaves every evening, and its restaurant is praised by travellers [2]."
    )
    assert [(c.support, c.supported) for c in cite(said, PASSAGES)] == [("weak", False)]


def test_two_passages_may_share_what_a_sentence_says() -> None:
    said = (
        "The harbour of Busan handled 24.4 million containers in 2024, and the ferry to Jeju "
        "leaves every evening at seven [1][2]."
    )
    assert [c.support for c in cite(said, PASSAGES)] == ["supported", "supported"]
    alone = cite(said.replace("[2]", ""), PASSAGES)
    assert [c.support for c in alone] == ["weak"]


def test_an_answer_is_grounded_if_a_passage_supports_one_of_its_sentences() -> None:
    true, false = "The ferry to Jeju leaves every evening at seven", "Whales sing at night"
    assert check(f"{true} [2]. {false} [1].", PASSAGES).grounded is True
    assert check(f"{false} [1].", PASSAGES).grounded is False
    assert check(f"{true}. {false}.", PASSAGES).grounded is True
    assert check(f"{false}.", PASSAGES).grounded is False
    assert check("Anything.", []).grounded is None


@pytest.mark.parametrize(
    ("question", "answer", "is_grounded"),
    [
        ("How many containers did Busan handle in 2024?", "24.4 million", True),
        ("How many whales were counted?", "24.4", False),
        ("How many whales migrate?", "two", False),
        ("How many wheels has a bicycle?", "Two.", False),
        ("Where does the evening ferry go every evening at seven?", "Jeju", True),
        ("Who wrote Hamlet?", "Busan [1]", False),
        ("Who wrote Hamlet?", "Yes", False),
    ],
)
def test_a_word_or_two_are_judged_as_the_answer_to_their_question(question, answer, is_grounded):
    """A word that stands somewhere in a passage bears nothing out."""
    assert check(answer, PASSAGES, question).grounded is is_grounded


STATED = "Busan handled 24.4 million containers in 2024 [1]. The ferry leaves at seven [2]."


@pytest.mark.parametrize(
    "sources",
    [
        "Sources:\n[1] Report, page 3\n[2] Report, page 9",
        "**Sources**\n\n- [1] Report\n- [2] Report (p. 9)",
        "References:\n1. Report [1]\n2. Report [2]",
        "## References\n\n[1] Port of Busan, https://ports.example/y.pdf\n\n[2] Ferries.",
        "[^1]: Report, page 3\n[^2]: Report",
        "[1]: Report, page 3",
        "Quellen: [1], [2]",
        "*Source: Report [1]*",
        "출처: [1] Report, [2] Report",
        "**참고 문헌**\n[1] Report 3쪽",
        "来源：\n1. 【1】Report\n2. 【2】Report 第9页",
        "Fuentes: [1][2]",
    ],
)
def test_a_list_of_sources_at_the_end_states_nothing(sources: str) -> None:
    checked = check(f"{STATED}\n\n{sources}", PASSAGES)
    supported = [(each.n, each.support) for each in checked.citations]
    assert supported == [(1, "supported"), (2, "supported")]


@pytest.mark.parametrize(
    ("answer", "graded"),
    [
        # One line of that kind is the mark of what stands before it.
        ("Busan handled 24.4 million containers in 2024.\n\nSource: [1]", [(1, "supported")]),
        ("Busan handled 31 million containers in 2024.\n(Source: [1])", [(1, "unsupported")]),
        # What states something is judged, under such a heading too.
        ("Sources:\n- Busan handled 31 million containers in 2024 [1]", [(1, "unsupported")]),
        ("Report: 31 [1]", [(1, "unsupported")]),
        ("Sources say that Busan handled 31 million containers [1].", [(1, "unsupported")]),
        ("```\nSources:\n```\n[1] handled 31 million containers.", [(1, "unsupported")]),
    ],
)
def test_what_states_something_is_judged_near_a_list_of_sources_too(answer, graded) -> None:
    assert [(each.n, each.support) for each in check(answer, PASSAGES).citations] == graded
