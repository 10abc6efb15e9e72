"""Answers read aloud by a configured service; without one, the browser's own voice does."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from html.parser import HTMLParser

from aiapp.llm import speech
from aiapp.markdown import render
from aiapp.markdown.citations import without_marks

# Ten minutes, about.
MOST_CHARS = 10_000
# What is not to be heard: code, formulas, marks of sources, tables.
_LEFT_OUT = re.compile(r"\b(?:code|math|cite|table-scroll)\b")
_BEFORE_MARK = re.compile(r"(?<!\s)\s+(?=\[\d)")
_VOID = {"br", "img", "hr", "input", "col", "wbr"}
_BLOCKS = {"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"}


class _Words(HTMLParser):
    """The text of an answer's HTML as a person would read it out."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._inside = 0

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        names = dict(attrs).get("class") or ""
        if self._inside or tag in {"pre", "math", "svg"} or _LEFT_OUT.search(names):
            self._inside += 1

    def handle_endtag(self, tag: str) -> None:
        if self._inside:
            self._inside -= 1
        elif tag in _BLOCKS:
            self._parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self._parts.append(data)


def words_of(content: str) -> str:
    """What is heard of an answer, at most `MOST_CHARS` characters."""
    reader = _Words()
    reader.feed(render(content))
    lines = (
        " ".join(without_marks(_BEFORE_MARK.sub("", line)).split())
        for line in reader.text.splitlines()
    )
    return "\n".join(line for line in lines if line)[:MOST_CHARS]


async def opened(content: str) -> AsyncIterator[bytes]:
    """The sound of an answer, once its first bytes are there, so that a refusal is still told.

    Raises a ModelError.
    """
    sound = speech.spoken(words_of(content))
    first = await anext(sound, b"")

    async def rest() -> AsyncGenerator[bytes, None]:
        async with aclosing(sound):
            yield first
            async for piece in sound:
                yield piece

    return rest()
