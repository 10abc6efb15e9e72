"""The text of a PDF on which pdfium crashes: pypdf is slow, but fails with an exception."""

from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from documents.parsing.contents import Contents, for_library
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    try:
        reader = PdfReader(for_library(path))
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
