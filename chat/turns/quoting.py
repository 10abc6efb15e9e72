"""Answers that only quote: what is asked for them, and the check that they say what is there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aiapp.llm.base import ChatMessage, Inquiry
from aiapp.markdown.citations import marks, numbers_of, remove_marks
from chat.grounding.grade import Grade
from chat.turns.citations import CitationCheck, cite_passage
from documents.search import Passage

# Breaks of lines, the bars of tables, and the signs that make a sign stand for itself.
_NO_WORDS = re.compile(r"[\s\\|]+")
# What stands for itself behind it, in Markdown.
_BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")
_RULE = re.compile(r"[\s|:-]+")


def compose(inquiries: Sequence[Inquiry], language: str) -> list[ChatMessage]:
    """Return messages that nobody reads: what is asked, by which a kept answer is found."""
    lines = [f"{each.context}\n{each.text}".strip() for each in inquiries]
    return [{"role": "system", "content": language}, {"role": "user", "content": "\n".join(lines)}]


def check(answer: str, passages: Sequence[Passage]) -> CitationCheck:
    """Compare each quote with the passage that it names, character by character.

    A mark outside of a quote names a place and claims nothing, so it gets no grade. An answer that
    quotes nothing is not grounded.
    """
    texts = [_NO_WORDS.sub("", passage.full_text) for passage in passages]
    grades: dict[int, Grade | None] = {}
    for quote in _read_quotes(answer):
        for n, is_there in _compare(quote, texts):
            is_worse = not is_there or grades.get(n) == Grade.UNSUPPORTED
            grades[n] = Grade.UNSUPPORTED if is_worse else Grade.SUPPORTED
    for line in answer.splitlines():
        for n in [] if line.startswith(">") else _list_numbers(line):
            if 1 <= n <= len(passages):
                grades.setdefault(n, None)
    citations = [cite_passage(n, passages[n - 1], grade) for n, grade in sorted(grades.items())]
    return CitationCheck(citations, Grade.SUPPORTED in grades.values())


def locate_quotes(
    answer: str, cited: Sequence[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any], int, int]]:
    """The citation, the start and the end of each line that is quoted, in its document's text."""
    by_number = {each["n"]: each for each in cited}
    found = []
    for quote in _read_quotes(answer):
        numbers = [n for line in quote for n in _list_numbers(line) if n in by_number]
        for line in quote if numbers else ():
            citation = by_number[numbers[0]]
            if (place := _locate(_BACKSLASH.sub(r"\1", remove_marks(line)), citation)) is not None:
                found.append((citation, *place))
    return found


def _locate(line: str, citation: Mapping[str, Any]) -> tuple[int, int] | None:
    """The characters of a line in a passage, whose white space may be other."""
    parts = line.replace("|", " ").split()
    if not parts or _RULE.fullmatch(line):
        return None
    place = re.search(r"[\s|]+".join(map(re.escape, parts)), citation["quote"])
    return place and (citation["start"] + place.start(), citation["start"] + place.end())


def _read_quotes(answer: str) -> Iterator[list[str]]:
    """Yield the lines of each quote, without what makes them one."""
    quote: list[str] = []
    for line in (*answer.splitlines(), ""):
        if line.startswith(">"):
            quote.append(line[1:])
        elif quote:
            yield quote
            quote = []


def _compare(quote: Sequence[str], texts: Sequence[str]) -> list[tuple[int, bool]]:
    """Return the numbers that a quote has, and whether all of its lines stand in the passage."""
    numbers = dict.fromkeys(n for line in quote for n in _list_numbers(line))
    lines = [remove_marks(line) for line in quote if not _RULE.fullmatch(line)]
    bare = [text for line in lines if (text := _NO_WORDS.sub("", line))]
    return [
        (n, all(text in texts[n - 1] for text in bare)) for n in numbers if 1 <= n <= len(texts)
    ]


def _list_numbers(line: str) -> list[int]:
    return [n for mark in marks(line) for n in numbers_of(mark)]
