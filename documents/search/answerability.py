"""Judge from a search whether the documents hold an answer at all.

Two signs are added: how much of what the query's words tell stands together in one passage, and
the similarity of the nearest. Below the bound nothing found is likely to be about the question.
It errs on the side of an answer: docs/retrieval.md has the rates of both mistakes.

Whatever the scores, passages that speak of years, and not of the one that is asked about, do not
answer: "How many went online in 2022?" over a report of 2013.
"""

import re
from collections.abc import Iterable
from itertools import islice

_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?!\d)")
# Between its ends a time may be described without either of them.
_SPAN = re.compile(
    r"(?:19|20)\d\d년?도?(?: ?[-–—~] ?|부터 ?| (?:to|until|till|through) )(?:FY ?)?(?:19|20)\d\d"
)
# The best passages that are looked through, and how many years they name at least: a handbook that
# names none, or that of its edition, is about any.
MAX_PASSAGES, MIN_YEARS = 10, 2

MIN_SCORE = 0.65
# Where the model does not know the script of the query, or does not answer, words decide alone.
MIN_SHARE = 0.25


def answerable(share: float, similarity: float | None) -> bool:
    """From the best share of the words' weight in a passage, 0..1, and the best cosine."""
    if similarity is None:
        return share >= MIN_SHARE
    return share + similarity >= MIN_SCORE


def lacks_year(question: str, passages: Iterable[str]) -> bool:
    """Return whether passages that name years name one that is asked about nowhere."""
    asked = set(_YEAR.findall(_SPAN.sub("", question)))
    named = {
        year
        for text in islice(passages, MAX_PASSAGES if asked else 0)
        for year in _YEAR.findall(text)
    }
    return len(named) >= MIN_YEARS and not asked <= named
