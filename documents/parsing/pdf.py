"""The text of a PDF, page by page: pdfium, which is fast, or pypdf, which is pure Python.

pypdf is for files on which pdfium crashes: slow, but what it fails on is an exception.
"""

from collections.abc import Iterator
from contextlib import closing

import pypdfium2
import pypdfium2.raw
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from documents.parsing.limits import ParseError

# Where a line ended in a hyphen, pdfium leaves this mark and no line break.
_HYPHEN = "\ufffe"


def pages_of(path: str, first: int) -> Iterator[int | str]:
    """First the number of pages, then the text of each page from `first` on (the first is 1)."""
    with closing(_opened(path)) as document:
        yield len(document)
        for index in range(first - 1, len(document)):
            yield _text(document, index)


def _opened(path: str) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        password = pypdfium2.raw.FPDF_ERR_PASSWORD
        protected = getattr(error, "err_code", None) == password or "password" in str(error)
        raise ParseError("password_protected" if protected else "corrupt_file") from error


def _text(document: pypdfium2.PdfDocument, index: int) -> str:
    try:
        with closing(document[index]) as page, closing(page.get_textpage()) as text:
            return str(text.get_text_bounded()).replace(_HYPHEN, "-")
    except pypdfium2.PdfiumError:
        # One page that cannot be read does not take the others from their reader.
        return ""


def pages_by_pypdf(path: str, first: int) -> Iterator[int | str]:
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise ParseError("password_protected")
        count = len(reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, OSError) as error:
        raise ParseError("corrupt_file") from error
    yield count
    for index in range(first - 1, count):
        try:
            yield reader.pages[index].extract_text()
        except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            yield ""
