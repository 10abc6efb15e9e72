"""The text of a PDF, page by page, by pdfium. A page without text is a scan, read as a picture."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pypdfium2
import pypdfium2.raw

from documents.parsing.limits import ParseError
from documents.parsing.notes import Note

# Where a line ended in a hyphen, pdfium leaves this mark and no line break.
_HYPHEN = "\ufffe"
OCR_DPI, MAX_SIDE_PIXELS = 200, 3_500
WHITE = 255


def read_pages(path: str, first: int) -> Iterator[int | str | Note]:
    """First the number of pages, then the text of each page from `first` on (the first is 1)."""
    with closing(_open(path)) as document:
        yield len(document)
        scans = Scans(document)
        empty = True
        for index in range(first - 1, len(document)):
            text = _text(document, index) or scans.text(index)
            empty = empty and not text
            yield text
        if empty and first == 1 and scans.unread:
            raise ParseError("ocr_unavailable")


class Scans:
    """Pages that are pictures. Those that cannot be read stay without text."""

    def __init__(self, document: pypdfium2.PdfDocument) -> None:
        self._document = document
        self.unread = 0

    def text(self, index: int) -> str:
        # Pillow and what reads pictures are only wanted here.
        from documents.parsing import ocr  # noqa: PLC0415

        try:
            picture = self._render(index)
            if picture is None or picture.convert("L").getextrema()[0] == WHITE:
                return ""
            return ocr.read(picture)
        except ParseError as error:
            self.unread += error.code == "ocr_unavailable"
        except pypdfium2.PdfiumError:
            pass
        return ""

    def _render(self, index: int) -> Any:
        with closing(self._document[index]) as page:
            width, height = page.get_size()
            scale = min(OCR_DPI / 72, MAX_SIDE_PIXELS / max(width, height, 1))
            return page.render(scale=scale, grayscale=True).to_pil()


def _open(path: str) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        password = pypdfium2.raw.FPDF_ERR_PASSWORD
        protected = getattr(error, "err_code", None) == password or "password" in str(error)
        raise ParseError("password_protected" if protected else "corrupt_file") from error


def _text(document: pypdfium2.PdfDocument, index: int) -> str:
    try:
        with closing(document[index]) as page, closing(page.get_textpage()) as text:
            found = str(text.get_text_bounded()).replace(_HYPHEN, "-")
            return found if found.strip() else ""
    except pypdfium2.PdfiumError:
        # One page that cannot be read does not take the others from their reader.
        return ""
