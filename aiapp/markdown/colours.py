"""Colours of code, in one pass over it.

Every expression here takes what it looks at and never gives any of it back, so the time grows
with the length of the code, whatever stands in it. What the highlighters of others do, to parse
the language with expressions that go back and try again, takes minutes for a few hostile lines
and cannot be interrupted inside a process. So a language here is its comments, texts, numbers
and known words (`languages.toml`), which is what its colours tell a reader.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

# The short class names that the style sheet knows.
CLASSES = frozenset(
    (
        *("c", "cp", "ge", "gd", "gh", "gi", "gs", "gu", "k", "mi"),
        *("na", "nb", "nc", "nd", "nf", "nl", "nt", "nv", "s"),
    )
)
_TABLE = Path(__file__).with_name("languages.toml")
_NUMBER = (
    r"0[xX][0-9a-fA-F_]++|0[bBoO][0-7_]++"
    r"|\d[\d_]*+(?:\.\d[\d_]*+)?+(?:[eE][+-]?+\d++)?+[A-Za-z%]{0,3}"
)


@dataclass(frozen=True, slots=True)
class Language:
    """`tokens` finds what may have a colour; the name of its group is the class.

    Words are found in the group `word`, and keys and function names by what follows them.
    """

    tokens: re.Pattern[str]
    words: dict[str, str]
    keys: tuple[str, ...]
    fold: bool
    classes: bool

    def word_class(self, word: str, code: str, end: int) -> str:
        """The class of a word that ends at a place in the code; empty for most words."""
        if known := self.words.get(word.lower() if self.fold else word):
            return known
        if self.keys and code.startswith(self.keys, end):
            return "nt"
        if code.startswith("(", end):
            return "nf"
        # A word in capitals is a constant, a single one a parameter of a type.
        is_class = word[0].isupper() and (len(word) == 1 or not word.isupper())
        return "nc" if self.classes and is_class else ""


def colour(code: str, name: str) -> str:
    """HTML of the code, in colours if the name is that of a language that we know."""
    language = find_language(name.lower())
    return "".join(_pieces(code, language)) if language else escape(code)


def language_names() -> Iterable[str]:
    """All names that `colour` knows a language by."""
    return _rows().keys()


@cache
def find_language(name: str) -> Language | None:
    row = _rows().get(name)
    if row is None:
        return None
    kinds = {"keywords": "k", "builtins": "nb"}
    words = {w: kind for field, kind in kinds.items() for w in row.get(field, "").split()}
    return Language(
        tokens=re.compile("|".join(_alternatives(row)), re.MULTILINE | re.DOTALL),
        words=words,
        keys=tuple(row.get("keys", ())),
        fold=row.get("fold", False),
        classes=row.get("classes", False),
    )


@cache
def _rows() -> dict[str, dict[str, Any]]:
    """The table by every name, with what a row takes from the one that it is like."""
    table: dict[str, dict[str, Any]] = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    rows: dict[str, dict[str, Any]] = {}
    for title, row in table.items():
        whole = table.get(row.get("like", ""), {}) | row
        for name in (title, *row.get("names", ())):
            rows[name] = whole
    return rows


def _pieces(code: str, language: Language) -> Iterator[str]:
    at = 0
    for match in language.tokens.finditer(code):
        text, kind = match[0], str(match.lastgroup).rstrip("_0123456789")
        if kind == "word":
            kind = language.word_class(text, code, match.end())
        elif kind == "s" and language.keys and code.startswith(language.keys, match.end()):
            kind = "nt"
        if kind:
            yield escape(code[at : match.start()])
            yield f'<span class="{kind}">{escape(text)}</span>'
            at = match.end()
    yield escape(code[at:])


def _alternatives(row: dict[str, Any]) -> Iterator[str]:
    """Expressions, each in a group that is named for its class and, since names differ, a number.

    What begins a comment or a text wins over what is shorter, as in the languages themselves.
    """
    found = [*map(tuple, row.get("rules", ())), *_comments(row), *_texts(row), ("mi", _NUMBER)]
    for signs, kind in ((row.get("variables"), "nv"), (row.get("decorators"), "nd")):
        if signs:
            found.append((kind, rf"[{re.escape(signs)}][^\W\d][\w.]*+"))
    found.append(("word", rf"[^\W\d][\w{row.get('letters', '')}]*+"))
    for at, (kind, expression) in enumerate(found):
        yield f"(?P<{kind}_{at}>{expression})"


def _comments(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    before = r"(?<!\S)" if row.get("apart") else ""
    for begins, ends in row.get("block_comments", ()):
        yield "c", _up_to(begins, ends)
    for begins in row.get("line_comments", ()):
        yield "c", rf"{before}{re.escape(begins)}[^\n]*+"


def _texts(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    before = r"(?<!\w)" if row.get("apart") else ""
    for begins, ends in row.get("texts", ()):
        yield "s", before + _up_to(begins, ends)
    for field, stops in (("quotes", r"\n"), ("long_quotes", "")):
        for quote in row.get(field, ()):
            inside = rf"[^{quote}\\{stops}]++|\\."
            yield "s", rf"{before}{quote}(?:{inside})*+{quote}?+"


def _up_to(begins: str, ends: str) -> str:
    """From what begins it to what ends it, or to the end of the code."""
    return rf"{re.escape(begins)}(?:(?!{re.escape(ends)}).)*+(?:{re.escape(ends)})?+"
