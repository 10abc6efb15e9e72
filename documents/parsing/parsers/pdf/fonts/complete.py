"""A PDF whose pages are read again where pdfium left out characters that have no shape."""

from collections.abc import Callable
from contextlib import closing
from ctypes import byref, c_float
from typing import Any, TypeVar

import pypdfium2
from pypdfium2 import raw

from documents.parsing.contents import Contents
from documents.parsing.parsers.pdf.fonts.substitutes import Substitutes

T = TypeVar("T")
MAX_DEPTH = 3
_substitutes = Substitutes()


class Document:
    """A PDF that is read without the fonts of this machine. Raises PdfiumError, as `raw` does."""

    def __init__(self, path: Contents) -> None:
        _substitutes.use()
        _substitutes.were_wanted = False
        self._path = path
        self._again: pypdfium2.PdfDocument | None = None
        self.raw = pypdfium2.PdfDocument(path)

    def close(self) -> None:
        self.raw.close()
        if self._again:
            self._again.close()

    def read(self, index: int, page: Any, read: Callable[[Any], T]) -> T:
        """Return what is read of a page, with a shape for each character where that is more."""
        # Fonts were looked for when the page was opened.
        if not (_substitutes.were_wanted and _leaves_out(page)):
            return read(page)
        count = _count_characters(page)
        with _substitutes.leave_out_nothing():
            self._again = self._again or pypdfium2.PdfDocument(self._path)
            with closing(self._again[index]) as complete:
                return read(complete if _count_characters(complete) > count else page)

    def draw(self, index: int, dpi: int, max_side: int) -> Any:
        """Return a page in shades of grey, its longer side at most so many pixels."""
        with (
            _substitutes.lend_installed(),
            closing(pypdfium2.PdfDocument(self._path)) as document,
            closing(document[index]) as page,
        ):
            scale = min(dpi / 72, max_side / max(*page.get_size(), 1))
            return page.render(scale=scale, grayscale=True).to_pil()


def _count_characters(page: Any) -> int:
    with closing(page.get_textpage()) as text:
        return len("".join(text.get_text_range().split()))


def _leaves_out(page: Any) -> bool:
    """Tell whether a text without any shape is drawn in a font that the PDF does not hold.

    It may be a space, which has none.
    """
    left, bottom, right, top = (c_float() for _ in range(4))
    places = byref(left), byref(bottom), byref(right), byref(top)
    for drawn in page.get_objects(filter=(raw.FPDF_PAGEOBJ_TEXT,), max_depth=MAX_DEPTH):
        if not raw.FPDFPageObj_GetBounds(drawn.raw, *places):
            continue
        if left.value < right.value and bottom.value < top.value:
            continue
        if raw.FPDFFont_GetIsEmbedded(raw.FPDFTextObj_GetFont(drawn.raw)) == 0:
            return True
    return False
