"""Answers read aloud by a configured service; without one, the browser's own voice does."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from html import unescape

from aiapp.llm import speech
from aiapp.markdown import render
from aiapp.markdown.citations import remove_marks

# Ten minutes, about.
MAX_CHARS = 10_000
# What is not to be heard: code, formulas, marks of sources, tables.
_LEFT_OUT = re.compile(r'class="(?:code|math|math display|cite|table-scroll)"')
_BEFORE_MARK = re.compile(r"(?<!\s)\s+(?=\[\d)")
_VOID = {"br", "hr"}
_BLOCKS = {"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"}


# The HTML is our own, so each tag and each attribute is whole.
_PIECE = re.compile(
    r"""<(?P<end>/?+)(?P<tag>\w++)(?P<attributes>(?:[^"<>]++|"[^"]*+")*+)>|(?P<text>[^<]++)"""
)


def words_of(content: str) -> str:
    """The text of an answer as a person would read it out, at most `MAX_CHARS` characters.

    Renders the answer, so call it from a thread.
    """
    words, left_out = [], 0
    for piece in _PIECE.finditer(render(content)):
        tag = piece["tag"]
        if tag is None:
            words.append("" if left_out else unescape(piece["text"]))
        elif not piece["end"]:
            is_silent = left_out or tag == "pre" or _LEFT_OUT.search(piece["attributes"])
            left_out += bool(is_silent and tag not in _VOID)
        elif left_out:
            left_out -= tag not in _VOID
        elif tag in _BLOCKS:
            words.append("\n")
    lines = (
        " ".join(remove_marks(_BEFORE_MARK.sub("", line)).split())
        for line in "".join(words).splitlines()
    )
    return "\n".join(line for line in lines if line)[:MAX_CHARS]


async def open_sound(words: str) -> AsyncIterator[bytes]:
    """The sound of some words, once its first bytes are there, so that a refusal is still told.

    Raises a ModelError.
    """
    sound = speech.synthesize(words)
    first = await anext(sound, b"")

    async def rest() -> AsyncGenerator[bytes, None]:
        async with aclosing(sound):
            yield first
            async for piece in sound:
                yield piece

    return rest()
