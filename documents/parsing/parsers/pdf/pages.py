"""The text of a PDF, page by page, by pdfium. A page that is a picture is read as one."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pypdfium2
import pypdfium2.raw

from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import Note, note
from documents.parsing.parsers import symbols
from documents.parsing.parsers.pdf import garbled, page_text, upright
from documents.parsing.parsers.pdf.beside import embedded, extras, xfa
from documents.parsing.parsers.pdf.fonts.codeless import MARK
from documents.parsing.parsers.pdf.fonts.complete import Document
from documents.parsing.parsers.pdf.fonts.ligatures import Ligatures
from documents.parsing.parsers.pdf.page_text import Unfinished

# Where a line ended in a hyphen, pdfium leaves one of these marks and no line break.
_HYPHEN = re.compile("[\ufffe\x02]")
# Between small letters it parted a word, and goes; elsewhere, as in "2026-27", it was meant.
_PARTED = re.compile("(?<=[^\\W\\d_A-Z])[\ufffe\x02](?=[^\\W\\d_A-Z])")
PAGES_AT_ONCE = 500
OCR_DPI, MAX_SIDE_PIXELS = 200, 3_500
WHITE = 255
# Programs write every space as one that parts no lines where they have parted the lines already.
_SIGNS = symbols.SIGNS | {0xA0: " "}
# A page that is mostly a picture, and has no more text of its own than a stamp has.
MIN_PICTURE_SHARE, MAX_STAMP_CHARS = 0.5, 300


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    """First the number of pages, then the text of each page from `first` on (the first is 1)."""
    with closing(_open(path)) as document:
        count = len(document.raw)
        yield count
        if first == 1:
            yield from extras.read_labels(document.raw)
    empty, unread = True, 0
    unfinished = _find_unfinished(path, first - 2) if first > 1 else None
    for start in range(first - 1, count, PAGES_AT_ONCE):
        # What pdfium keeps of each page it has read goes with the document.
        with closing(_open(path)) as document:
            reader = Reader(document, unfinished)
            for index in range(start, min(start + PAGES_AT_ONCE, count)):
                text = reader.read(index)
                yield from reader.take_notes()
                empty = empty and not text
                files = reader.take_files()
                if index == count - 1:
                    files += embedded.list_of_document(document.raw)
                blocks = [text] if index else [text, xfa.read(document.raw)]
                for item in embedded.read(files):
                    if isinstance(item, str):
                        blocks.append(item)
                    else:
                        yield item
                yield "\n\n".join(filter(None, blocks))
            unread, unfinished = unread + reader.unread, reader.unfinished
    if empty and first == 1 and unread:
        raise ParseError("ocr_unavailable")


class Reader:
    """Reads pages, by their text or their picture. Those that cannot be read stay without text."""

    def __init__(self, document: Document, unfinished: Unfinished | None) -> None:
        self._document = document
        # The table that the page before ended with.
        self.unfinished = unfinished
        self._form = extras.Form(document.raw)
        self._ligatures = Ligatures()
        self._notes: list[Note] = []
        self._files: list[embedded.File] = []
        self.unread = 0

    def take_notes(self) -> list[Note]:
        taken, self._notes = self._notes, []
        return taken

    def take_files(self) -> list[embedded.File]:
        taken, self._files = self._files, []
        return taken

    def read(self, index: int) -> str:
        try:
            with closing(self._document.raw[index]) as page:
                text, is_garbled, self.unfinished = _read_text(
                    self._document, index, page, self.unfinished
                )
                text, restored = self._ligatures.restore(text)
                text = text.replace(MARK, "")
                if restored:
                    self._notes.append(note("ligatures_guessed", count=restored))
                if is_garbled or _is_picture(page, text):
                    text = self._read_picture(index, text, is_garbled=is_garbled)
                behind = extras.read_annotations(page, self._form)
                behind += extras.list_links(page, text)
                self._files += embedded.list_on_page(page, self._document.raw)
        except pypdfium2.PdfiumError:
            # One page that cannot be read does not take the others from their reader.
            self._notes.append(note("part_unreadable", name=f"#{index + 1}"))
            self.unfinished = None
            return ""
        return "\n".join(filter(None, [text, *behind]))

    def _read_picture(self, index: int, text: str, *, is_garbled: bool) -> str:
        # Pillow and what reads pictures are only wanted here.
        from documents.parsing import ocr  # noqa: PLC0415

        try:
            picture = self._document.draw(index, OCR_DPI, MAX_SIDE_PIXELS)
            if picture.convert("L").getextrema()[0] == WHITE:
                if is_garbled:
                    self._notes.append(note("letters_unknown", count=1))
                return text
            seen = ocr.read(picture)
        except ParseError as error:
            if error.code == "ocr_unavailable":
                self.unread += 1
                self._notes.append(note("ocr_unavailable"))
            seen = ""
        is_better = bool(seen) and not garbled.is_garbled(seen)
        if not (is_better if is_garbled else len(seen.split()) > len(text.split())):
            if is_garbled:
                self._notes.append(note("letters_unknown", count=1))
            return text
        self._notes.append(note("read_as_picture", count=1))
        return seen


def _open(path: Contents) -> Document:
    try:
        return Document(path)
    except pypdfium2.PdfiumError as error:
        password = pypdfium2.raw.FPDF_ERR_PASSWORD
        protected = getattr(error, "err_code", None) == password or "password" in str(error)
        raise ParseError("password_protected" if protected else "corrupt_file") from error


def _find_unfinished(path: Contents, index: int) -> Unfinished | None:
    """Return the table that a page ends with, of which somebody has read the text before."""
    try:
        with closing(_open(path)) as document, closing(document.raw[index]) as page:
            return _read_text(document, index, page, None)[2]
    except (pypdfium2.PdfiumError, IndexError):
        return None


# The text of a page, whether it is another than people see, and the table that may go on.
Found = tuple[str, bool, Unfinished | None]


def _read_text(document: Document, index: int, page: Any, before: Unfinished | None) -> Found:
    def read(page: Any) -> Found:
        with upright.open_text(page) as text:
            found, unfinished = page_text.read(page, text, before)
            is_garbled = garbled.is_unknown(text)
        found = _HYPHEN.sub("-", _PARTED.sub("", found)).translate(_SIGNS)
        found = found if found.strip() else ""
        return found, bool(found) and (is_garbled or garbled.is_garbled(found)), unfinished

    return document.read(index, page, read)


def _is_picture(page: Any, text: str) -> bool:
    """Tell whether a page shows more than its text says: a scan, with or without a stamp."""
    if not text:
        return True
    if len(text) > MAX_STAMP_CHARS:
        return False
    width, height = page.get_size()
    covered = 0.0
    kinds = (pypdfium2.raw.FPDF_PAGEOBJ_IMAGE,)
    for each in page.get_objects(filter=kinds, max_depth=3):
        left, bottom, right, top = each.get_bounds()
        covered += max(right - left, 0) * max(top - bottom, 0)
    return bool(covered > MIN_PICTURE_SHARE * width * height)
