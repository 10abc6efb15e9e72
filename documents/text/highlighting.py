"""Mark a query's words in the texts that were found for it, as the index compares them."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from documents.text.lexemes import stems
from documents.text.words import is_unspaced, spans, words

_MAX_WORDS = 20_000
# Two syllables of three letters each, where those stand one by one, or of Thai with their marks.
_MAX_PAIR = 8

Span = tuple[int, int]


def mark_words(texts: Iterable[str], query: str) -> list[list[tuple[str, bool]]]:
    """Each text in runs, of which those are true that hold a word of the query.

    Joined, the runs are the text as it stands; what a word is compared by is not shown.
    """
    query_words = words(query)
    found = [list(_find_words(text)) for text in texts]
    wanted = _find_matching(
        {word for places in found for _, own in places for word in own}, query_words
    )
    pairs = {word for word in query_words if is_unspaced(word)}
    return [_runs(text, places, wanted, pairs) for text, places in zip(texts, found, strict=True)]


def _find_words(text: str) -> Iterator[tuple[Span, set[str]]]:
    """The places of a text with the words that stand there.

    A place that holds others (`e-mail`) has only what they do not have (`email`).
    """
    places = list(spans(text))
    for at, (start, end) in enumerate(places, 1):
        own = set(words(text[start:end]))
        while at < len(places) and places[at][0] < end:
            own.difference_update(words(text[slice(*places[at])]))
            at += 1  # noqa: PLW2901 - looks ahead
        yield (start, end), own


def _find_matching(there: set[str], query_words: list[str]) -> set[str]:
    """The words of the texts that have a stem in common with the query."""
    mine = set(query_words)
    lexemes = stems([*mine, *sorted(there - mine)[:_MAX_WORDS]])
    known = {lexeme for word in mine for lexeme in lexemes.get(word, ())}
    return {word for word, own in lexemes.items() if not known.isdisjoint(own)}


def _runs(
    text: str, places: list[tuple[Span, set[str]]], wanted: set[str], pairs: set[str]
) -> list[tuple[str, bool]]:
    flags = [False] * len(text)
    for (start, end), own in places:
        if is_unspaced(text[start:end]):
            _flag_pairs(flags, text, (start, end), pairs)
        elif not wanted.isdisjoint(own):
            flags[start:end] = [True] * (end - start)
    groups = groupby(zip(text, flags, strict=True), key=lambda item: item[1])
    return [("".join(letter for letter, _ in run), flag) for flag, run in groups]


def _flag_pairs(flags: list[bool], text: str, span: Span, pairs: set[str]) -> None:
    """Flag every two neighbouring characters as a word, where no spaces part words."""
    for start in range(*span):
        # In another form a character may be two or more, as a syllable in its letters.
        for end in range(start + 1, min(start + _MAX_PAIR, span[1]) + 1):
            if not pairs.isdisjoint(words(text[start:end])[:1]):
                flags[start:end] = [True] * (end - start)
                break
