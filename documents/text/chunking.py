"""Cut a version's pages into overlapping chunks that know where they stand.

A chunk never crosses a page, so that a citation names one page, and it is exactly the characters
`start` to `end` of the version's text, which is its pages' texts one after the other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from aiapp.text.columns import Columns
from documents.models.tuning import DEFAULT, Tuning
from documents.text.sections import Sections

if TYPE_CHECKING:
    from langchain_text_splitters import TextSplitter

# The characters that stand for places; chunks follow one another far closer than that many.
_FIRST, _PLACES = 0x10000, 0x100000
# The splitter takes eighty times the memory of what it is given, and a text file is one page
# however long. Between two segments there is no overlap.
SEGMENT_CHARS = 200_000


@dataclass(frozen=True, slots=True)
class Piece:
    ordinal: int
    page: int
    start: int
    end: int
    text: str
    # The headings that it stands under, outermost first, joined by " › ".
    heading: str = ""
    # The names of the columns of the rows that it begins with, which stand before it.
    columns: str = ""


def pieces(
    pages: Iterable[tuple[int, int, str]],
    tuning: Tuning = DEFAULT,
    *,
    headed: bool = False,
    has_tables: bool = True,
) -> Iterator[Piece]:
    """The chunks of pages, each given as its number, its start and its text.

    `headed` says that lines with `#` are headings; each chunk then knows those it begins under.
    With `has_tables` one that begins among the rows of a table knows the names of their columns.
    """
    size = tuning.chunk_chars
    overlap = min(tuning.chunk_overlap, size // 2)
    sections, columns = Sections(), Columns()
    ordinal = 0
    for number, first, text in pages:
        if headed:
            sections.add_page(text)
        if has_tables:
            columns.add_page(text)
        for start, end in spans(text, size, overlap):
            heading = sections.at(start) if headed else ""
            names = columns.at(start, end) if has_tables else ""
            piece = text[start:end]
            yield Piece(ordinal, number, first + start, first + end, piece, heading, names)
            ordinal += 1


def spans(text: str, size: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each chunk of a text."""
    for first, behind in _segments(text):
        for start, end in _cut(text[first:behind], size, overlap):
            yield first + start, first + end


def _segments(text: str) -> Iterator[tuple[int, int]]:
    first = 0
    while len(text) - first > SEGMENT_CHARS:
        behind = first + SEGMENT_CHARS
        places = (
            text.rfind(sep, behind - SEGMENT_CHARS // 10, behind) for sep in ("\n\n", "\n", " ")
        )
        behind = next((place + 1 for place in places if place >= 0), behind)
        yield first, behind
        first = behind
    yield first, len(text)


def _cut(text: str, size: int, overlap: int) -> Iterator[tuple[int, int]]:
    """The splitter tells texts and no places, and a text may stand in many.

    It looks at white space only, so it is given the text with each other character replaced by
    one that tells its place.
    """
    marked = "".join(
        char if char.isspace() else chr(_FIRST + place % _PLACES) for place, char in enumerate(text)
    )
    start = 0
    for part in _splitter(size, overlap).split_text(marked):
        start += (ord(part[0]) - _FIRST - start) % _PLACES
        yield start, start + len(part)


@cache
def _splitter(size: int, overlap: int) -> "TextSplitter":
    # Web processes import this module with the tasks and never cut anything, so they are
    # spared the 30 MB.
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: PLC0415

    return RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=overlap)
