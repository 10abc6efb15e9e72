"""Answers that only quote: what is asked for them, and the check that they say what is there."""

import re
from collections.abc import Sequence

from aiapp.llm.base import ChatMessage, Inquiry
from aiapp.markdown.citations import marks, numbers_of, remove_marks
from chat.grounding.grade import Grade
from chat.turns.citations import CitationCheck, cite_passage
from documents.search import Passage

# Breaks of lines, the bars of tables, and the signs that make a sign stand for itself.
_NO_WORDS = re.compile(r"[\s\\|]+")
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
    texts = [_NO_WORDS.sub("", passage.text) for passage in passages]
    grades: dict[int, Grade | None] = {}
    quote: list[str] = []
    for line in (*answer.splitlines(), ""):
        is_quote = line.startswith(">")
        if is_quote:
            quote.append(line[1:])
            continue
        for n, is_there in _compare(quote, texts):
            worst = Grade.UNSUPPORTED if grades.get(n) == Grade.UNSUPPORTED else Grade.SUPPORTED
            grades[n] = worst if is_there else Grade.UNSUPPORTED
        quote = []
        for n in _list_numbers(line):
            if 1 <= n <= len(passages):
                grades.setdefault(n, None)
    citations = [cite_passage(n, passages[n - 1], grade) for n, grade in sorted(grades.items())]
    return CitationCheck(citations, Grade.SUPPORTED in grades.values())


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
