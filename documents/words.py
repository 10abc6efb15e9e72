"""What counts as a word, for texts that are indexed and for queries alike.

PostgreSQL's parser cuts at spaces and its English dictionary finds stems. Korean, Japanese and
Chinese put several words between two spaces, or none; there every two neighbouring characters
count as a word. (Bigrams find Korean pages as well as multilingual embedding models do, see
docs/retrieval.md.)
"""

import re
from collections.abc import Iterable

LANGUAGE = "english"

# Hangul, kana and Han characters, which are written without a space after each word.
_CJK = (
    "\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U000323af"
)
_RUN = re.compile(f"[{_CJK}]+")


def searchable(text: str) -> str:
    """The text as it is given to `to_tsvector`: runs of CJK characters cut into bigrams.

    A run of a single character stays; between the bigrams and what stands beside them are spaces.
    """
    return _RUN.sub(_as_bigrams, text)


def has_cjk(text: str) -> bool:
    return _RUN.search(text) is not None


def lone_characters(text: str) -> list[str]:
    """CJK characters of a query that stand alone; as a word's beginning they still find it."""
    return [run for run in _RUN.findall(text) if len(run) == 1]


def any_of(lexemes: Iterable[str], beginnings: Iterable[str] = ()) -> str:
    """A `tsquery` that matches a text with any of the lexemes, or a word that so begins."""
    terms = [_quoted(lexeme) for lexeme in lexemes]
    return " | ".join([*terms, *(f"{_quoted(beginning)}:*" for beginning in beginnings)])


def _as_bigrams(match: re.Match[str]) -> str:
    run = match[0]
    pairs = [run[n : n + 2] for n in range(len(run) - 1)] or [run]
    return f" {' '.join(pairs)} "


def _quoted(lexeme: str) -> str:
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
