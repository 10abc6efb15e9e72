"""Other words for what a question says."""

import pytest

from aiapp.text.synonyms import MAX_PHRASES, find_synonyms


@pytest.mark.parametrize(
    ("question", "other", "said"),
    [
        ("Where is its headquarters?", "principal executive offices", "headquarters"),
        ("Who is the CEO?", "chief executive officer", "ceo"),
        ("When did the Chief\nExecutive  Officer retire?", "ceo", "chief executive officer"),
        ("How high was the cost of sales?", "cogs", "cost of sales"),
        ("What is in the P&L?", "profit and loss", "p&l"),
        ("How much PP&E is there?", "fixed assets", "pp&e"),
        ("What was paid for in FY2015?", "2015", "fy2015"),
        ("And in FY'16?", "2016", "fy'16"),
        ("본사는 어디에 있습니까?", "본점", "본사"),
    ],
)
def test_a_phrase_is_known_by_its_other_names(question: str, other: str, said: str) -> None:
    assert find_synonyms(question)[other] == said


@pytest.mark.parametrize(
    "question",
    [
        "Why is the sky blue?",
        # Each of the words alone is something else.
        "Which executive has the principal role in our offices?",
        "What does a balance cost on a sheet of ice?",
        "Is it due?",
        "",
    ],
)
def test_other_texts_have_none(question: str) -> None:
    assert find_synonyms(question) == {}


def test_what_the_text_says_itself_is_no_other_word_for_it() -> None:
    found = find_synonyms("Is the head office, or are the principal executive offices, in Oslo?")
    assert "headquarters" in found
    assert not {"head office", "principal executive offices"} & found.keys()
    assert "2015" not in find_synonyms("What changed in 2015, which they call FY2015?")


def test_however_much_is_asked_they_stay_few() -> None:
    assert len(find_synonyms("CEO CFO COO staff rivals capex COGS PTO NDA SLA VAT MFA")) == (
        MAX_PHRASES
    )
