"""Plain text, Markdown and source code: one page, as it is, and as a terminal shows it."""

import re
from collections.abc import Iterator

from documents.parsing import contents, encodings
from documents.parsing.contents import Contents
from documents.parsing.formats import Item

# Colours and titles of windows, in what was copied from a terminal.
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;:?]{0,40}[A-Za-z]|\][^\x07\x1b\n]{0,400}(?:\x07|\x1b\\))")
# A letter struck twice is bold on paper, and one over a line is underlined.
_STRUCK_OVER = re.compile(r"[^\n\x08]\x08")


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first == 1:
        decoded = encodings.read(contents.read(path))
        yield from decoded.notes()
        yield show_as_terminal(decoded.text)


def show_as_terminal(text: str) -> str:
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    return _STRUCK_OVER.sub("", text) if "\x08" in text else text
