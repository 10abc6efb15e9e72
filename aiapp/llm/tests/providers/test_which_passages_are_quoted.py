"""The passages that are quoted, of those that a search found, where no model has read them."""

from aiapp.llm.base import Inquiry, Source
from aiapp.llm.providers.quotes import selection
from aiapp.llm.providers.quotes.reading import Quotable, read_sources

QUESTION = Inquiry("How many days of holiday are paid?")
REPEATED = " ".join(f"The holidays of the year {year} were paid." for year in range(1950, 1990))
IN_OTHER_WORDS = "Everybody is entitled to 30 free days at full salary."


def rank(*texts: str) -> list[Quotable]:
    """The sentences that are compared by their meaning, of passages found in this order."""
    sources = [
        Source(number=n, title="handbook.pdf", text=text, start=9_000 * n, page=n, score=1 - n / 20)
        for n, text in enumerate(texts, 1)
    ]
    return selection.rank_by_words(QUESTION, read_sources(sources))


def test_a_passage_in_other_words_is_compared_beside_many_sentences_in_the_same() -> None:
    ranked = rank(REPEATED, IN_OTHER_WORDS)
    assert len(ranked) == selection.MAX_COMPARED
    assert [each.text for each in ranked if each.source.number != 1] == [IN_OTHER_WORDS]


def test_of_passages_found_about_as_well_the_last_one_quoted_says_what_was_asked_for() -> None:
    other = "The park is open on all days of the year."
    ranked = rank(REPEATED, other, "Nobody is here on Sundays.", IN_OTHER_WORDS)
    asked = [1.0, 0.0]
    near = {4: [0.9, 0.1], 3: [0.0, 1.0]}
    vectors = [near.get(each.source.number, [0.6, 0.8]) for each in ranked]
    selection.add_meaning(asked, ranked, vectors)
    quoted = {each.source.number for each in selection.select(ranked)}
    assert quoted == {1, 2, 4}
