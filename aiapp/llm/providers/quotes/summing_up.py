"""The sentences of a text that are nearest to the whole of it, in their order."""

from collections import Counter
from collections.abc import Sequence

from aiapp.llm.providers.quotes.reading import Quotable
from aiapp.llm.providers.quotes.selection import Vector, compare
from aiapp.llm.providers.quotes.terms import terms
from aiapp.text.segments import Kind

# Whose meaning is looked at, those with the text's own words first.
MAX_COMPARED = 64
# How many are chosen, and how like another a further one may be.
MAX_CHOSEN, MAX_ALIKE = 8, 0.75
# A sentence of less says little, and one of more is no summary.
MIN_CHARS, MAX_CHARS = 40, 500


def rank_by_words(quotables: Sequence[Quotable]) -> list[Quotable]:
    """The sentences that have most of the words that the text keeps coming back to."""
    sentences = [
        each
        for each in quotables
        if each.kind is Kind.SENTENCE and MIN_CHARS <= len(each.text) <= MAX_CHARS
    ]
    counts = Counter(term for each in sentences for term in terms(each.text))
    for each in sentences:
        own = terms(each.text)
        each.score = sum(counts[term] for term in own) / max(len(own), 8)
    return sorted(sentences, key=lambda each: -each.score)[:MAX_COMPARED]


def choose(ranked: Sequence[Quotable], vectors: Sequence[Vector]) -> list[Quotable]:
    """The nearest to the whole that do not repeat one another; without vectors by words alone."""
    if vectors:
        whole = [sum(column) for column in zip(*vectors, strict=True)]
        for each, vector in zip(ranked, vectors, strict=True):
            each.score = compare(whole, vector)
    order = sorted(range(len(ranked)), key=lambda n: -ranked[n].score)
    chosen: list[int] = []
    for n in order:
        if len(chosen) < MAX_CHOSEN and not any(_is_alike(ranked, vectors, n, m) for m in chosen):
            chosen.append(n)
    return sorted((ranked[n] for n in chosen), key=lambda each: (each.source.number, each.place))


def _is_alike(ranked: Sequence[Quotable], vectors: Sequence[Vector], n: int, m: int) -> bool:
    if vectors:
        return compare(vectors[n], vectors[m]) > MAX_ALIKE
    one, other = terms(ranked[n].text), terms(ranked[m].text)
    return len(one & other) > MAX_ALIKE * min(len(one), len(other))
