"""Judge from the scores of a search alone whether the documents hold an answer at all.

Two signs are added: how much of what the query's words tell stands together in one passage, and
the similarity of the nearest. Below the bound nothing found is likely to be about the question.
It errs on the side of an answer: docs/retrieval.md has the rates of both mistakes.
"""

MIN_SCORE = 0.65
# Where the model does not know the script of the query, or does not answer, words decide alone.
MIN_SHARE = 0.25


def answerable(share: float, similarity: float | None) -> bool:
    """From the best share of the words' weight in a passage, 0..1, and the best cosine."""
    if similarity is None:
        return share >= MIN_SHARE
    return share + similarity >= MIN_SCORE
