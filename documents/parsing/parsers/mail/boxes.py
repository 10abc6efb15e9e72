"""Boxes of letters (mbox), as mail programs and Google Takeout give them out: a page a letter."""

import re
from collections.abc import Iterator

from documents.parsing import contents
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.mail import letters

# More than one document holds; what is beyond is said.
MAX_LETTERS = 5_000
# The line before each letter: who sent it, and when, in the order of C's asctime.
_BEGINNING = re.compile(
    rb"^From [^\r\n]{0,300}\d{4}[^\r\n]{0,20}\r?\n(?=[A-Za-z][\w-]{0,60}:|>?From )", re.M
)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.M)


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    data = contents.read(path)
    beginnings = [found.span() for found in _BEGINNING.finditer(data)]
    if not beginnings:
        # A single letter without the line.
        yield from letters.read_pages(data, first)
        return
    following = [*beginnings[1:], (len(data), len(data))]
    spans = [(begin[1], end[0]) for begin, end in zip(beginnings, following, strict=True)]
    kept = spans[:MAX_LETTERS]
    yield len(kept)
    if len(spans) > len(kept) and first == 1:
        yield note("letters_left_out", count=len(spans) - len(kept))
    for number, (start, end) in enumerate(kept[first - 1 :], first):
        try:
            letter = _QUOTED_FROM.sub(rb"\1", data[start:end])
            for item in letters.read_pages(letter, 1):
                if not isinstance(item, int):
                    yield item
        except ParseError:
            yield note("part_unreadable", name=f"#{number}")
            yield ""
