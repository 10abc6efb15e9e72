"""A document's text as its reader sees it: a window of pages, and in it the passage quoted.

A window is a few pages, and of a very long page a slice, so a document of a thousand pages
opens as fast as a letter. Offsets count characters of the whole version, as citations do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.models import QuerySet
from django.db.models.functions import Length, Substr

from documents.files import media_types
from documents.models import Chunk, Page, Version
from documents.text.blocks import Block, blocks

# What a browser draws from the file itself (pdf, image, audio), and else how its text is laid out.
Look = Literal["pdf", "image", "audio", "text", "plain"]

# Pages before and behind a passage; a page that is asked for stands first, so that it is what
# one sees without a script.
AROUND = 5
SHOWN = 2 * AROUND + 1
# A longer page is cut: text files are one page, however long.
SLICE = 40_000
# Of a slice, what stands before a passage.
LEAD = 4_000


@dataclass(frozen=True, slots=True)
class Target:
    """The place that a reader wants to see: a page, an offset, or the passage `start` to `end`."""

    page: int | None = None
    start: int | None = None
    end: int | None = None


@dataclass(slots=True)
class Section:
    """The text of a page, or of a slice of one, split where the passage begins and ends."""

    number: int
    start: int
    before: str
    marked: str = ""
    after: str = ""
    # Where to go on in a page that is cut.
    earlier: int | None = None
    later: int | None = None
    # A passage over two pages has two marks, of which the first is the one to go to.
    is_first_mark: bool = False

    @property
    def blocks(self) -> list[Block]:
        """The text as headings, tables and the like, for formats that have them."""
        begin = len(self.before)
        found = blocks(self.before + self.marked + self.after, (begin, begin + len(self.marked)))
        if not self.is_first_mark:
            for block in found:
                for run in block.all_runs():
                    run.is_first = False
        return found


@dataclass(frozen=True, slots=True)
class Window:
    page: int
    last_page: int
    sections: Sequence[Section]

    @property
    def earlier(self) -> int | None:
        """The page to ask for to see what stands before the window."""
        first = self.sections[0].number if self.sections else 1
        return max(first - SHOWN, 1) if first > 1 else None

    @property
    def later(self) -> int | None:
        last = self.sections[-1].number if self.sections else self.last_page
        return last + 1 if last < self.last_page else None

    @property
    def quotes(self) -> list[Section]:
        """The pages that hold a part of the passage."""
        return [section for section in self.sections if section.marked]

    @property
    def first_quoted(self) -> int | None:
        return next((section.number for section in self.quotes), None)


def look(version: Version) -> Look:
    """Return how a browser can show the file of a version, beside its text."""
    kind, _, _subtype = version.media_type.partition("/")
    if version.media_type == media_types.PDF:
        return "pdf"
    if kind in {"image", "audio"}:
        return "image" if kind == "image" else "audio"
    return "plain" if version.media_type in {media_types.TEXT, media_types.CODE} else "text"


def window(version: Version, target: Target) -> Window:
    pages = Page.objects.filter(version=version)
    last = pages.order_by("-number").values_list("number", flat=True).first() or 0
    page = _page(pages, target, last)
    sections = [_section(slice_, target) for slice_ in _slices(pages, page, target)]
    for section in sections:
        if section.marked:
            section.is_first_mark = True
            break
    return Window(page, last, sections)


def find_columns(version: Version, target: Target) -> str:
    """Return the names of the columns of the rows that a passage begins with.

    "" if it begins with none, has the names in it, or was of a version that is not searched now.
    """
    if target.start is None or target.end is None:
        return ""
    chunks = Chunk.objects.filter(version=version, start=target.start).exclude(columns="")
    return chunks.values_list("columns", flat=True).first() or ""


def _page(pages: QuerySet[Page], target: Target, last: int) -> int:
    if target.start is None:
        return min(max(target.page or 1, 1), max(last, 1))
    holding = pages.filter(start__lte=target.start).order_by("-number")
    return holding.values_list("number", flat=True).first() or 1


@dataclass(slots=True)
class _Slice:
    number: int
    page_start: int
    length: int
    text: str
    at: int = 0


def _slices(pages: QuerySet[Page], page: int, target: Target) -> Iterator[_Slice]:
    first = page if target.start is None else page - AROUND
    nearby = pages.filter(number__range=(first, first + SHOWN - 1)).order_by("number")
    cut = nearby.annotate(length=Length("text"), cut=Substr("text", 1, SLICE))
    for found in (_Slice(*row) for row in cut.values_list("number", "start", "length", "cut")):
        at = (target.start or 0) - found.page_start - (LEAD if target.end is not None else 0)
        if found.number == page and found.length > SLICE and at > 0:
            found.at = min(at, found.length - 1)
            rest = pages.filter(number=page).annotate(cut=Substr("text", found.at + 1, SLICE))
            found.text = rest.values_list("cut", flat=True).get()
        yield found


def _section(piece: _Slice, target: Target) -> Section:
    start = piece.page_start + piece.at
    section = Section(piece.number, start, piece.text)
    if piece.at > 0:
        section.earlier = max(start - SLICE, piece.page_start)
    if piece.at + len(piece.text) < piece.length:
        section.later = start + len(piece.text)
    if target.start is not None and target.end is not None:
        _mark(section, target.start - start, target.end - start)
    return section


def _mark(section: Section, first: int, behind: int) -> None:
    """Split a section's text, if any of it lies between two places counted from its start."""
    text = section.before
    first, behind = max(first, 0), min(behind, len(text))
    if first < behind:
        section.before, section.marked, section.after = (
            text[:first],
            text[first:behind],
            text[behind:],
        )
