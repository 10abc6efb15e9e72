"""Mark a query's words in the texts that were found for it, as the index compares them."""

import re
from collections.abc import Iterable
from itertools import groupby

from django.db import connection

from documents.words import LANGUAGE, has_cjk, searchable

_WORD = re.compile(r"\w+")
_LEXEMES = f"""
    SELECT word, tsvector_to_array(to_tsvector('{LANGUAGE}', word)) FROM unnest(%s::text[]) word
"""  # noqa: S608 - put together from constants
_MOST_WORDS = 20_000


def marked(texts: Iterable[str], query: str) -> list[list[tuple[str, bool]]]:
    """Each text in runs, of which those are true that hold a word of the query."""
    texts = list(texts)
    wanted = _wanted(texts, query)
    return [_runs(text, wanted, set(searchable(query).split())) for text in texts]


def _wanted(texts: list[str], query: str) -> set[str]:
    """The words of the texts that have a stem in common with the query."""
    asked = set(_WORD.findall(query.lower()))
    found = {word for text in texts for word in _WORD.findall(text.lower())}
    words = [*asked, *sorted(found - asked)[:_MOST_WORDS]]
    with connection.cursor() as cursor:
        cursor.execute(_LEXEMES, [[word.replace("\x00", "") for word in words]])
        lexemes = dict(cursor.fetchall())
    stems = {lexeme for word in asked for lexeme in lexemes.get(word, ())}
    return {word for word, own in lexemes.items() if not stems.isdisjoint(own)}


def _runs(text: str, wanted: set[str], pairs: set[str]) -> list[tuple[str, bool]]:
    flags = [False] * len(text)
    for match in _WORD.finditer(text):
        if has_cjk(match[0]):
            _flag_pairs(flags, text, match, pairs)
        elif match[0].lower() in wanted:
            flags[match.start() : match.end()] = [True] * (match.end() - match.start())
    groups = groupby(zip(text, flags, strict=True), key=lambda item: item[1])
    return [("".join(letter for letter, _ in run), flag) for flag, run in groups]


def _flag_pairs(flags: list[bool], text: str, match: re.Match[str], pairs: set[str]) -> None:
    """Where words are not parted by spaces, every two neighbouring characters are one."""
    for start in range(match.start(), match.end()):
        if text[start : start + 2] in pairs:
            flags[start : start + 2] = [True, True]
