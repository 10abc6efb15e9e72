"""Files within a PDF: invoices as data, tables behind a report, the parts of a portfolio."""

import ctypes
from collections.abc import Iterator
from typing import Any, NamedTuple

import pypdfium2
from pypdfium2 import raw

from documents.parsing.formats import Item
from documents.parsing.notes import note
from documents.parsing.parsers.attachments import read_attachment

MAX_FILES, MAX_ANNOTATIONS, MAX_BYTES = 100, 2_000, 50_000_000


class File(NamedTuple):
    """A file by its name; without data it is one that cannot be read."""

    name: str
    data: bytes


def list_of_document(document: pypdfium2.PdfDocument) -> Iterator[File]:
    for n in range(min(document.count_attachments(), MAX_FILES)):
        try:
            held = document.get_attachment(n)
        except pypdfium2.PdfiumError:
            yield File(f"#{n + 1}", b"")
        else:
            yield _take(held)


def list_on_page(page: Any, document: pypdfium2.PdfDocument) -> Iterator[File]:
    """Yield the files behind the marks on a page."""
    for n in range(min(raw.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, n)
        if not annotation:
            continue
        try:
            if raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_FILEATTACHMENT:
                held = raw.FPDFAnnot_GetFileAttachment(annotation)
                if held:
                    yield _take(pypdfium2.PdfAttachment(held, document))
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def read(files: list[File]) -> Iterator[Item]:
    """Yield the texts of files, each under its name, and notes on those that cannot be read."""
    for each in files:
        if each.data:
            yield from read_attachment(each.name, each.data)
        else:
            yield note("attachment_unread", name=each.name)


def _take(held: pypdfium2.PdfAttachment) -> File:
    name = "?"
    try:
        name = " ".join(held.get_name().split()) or name
        size = ctypes.c_ulong()
        raw.FPDFAttachment_GetFile(held, None, 0, size)
        data = bytes(held.get_data()) if size.value <= MAX_BYTES else b""
    except pypdfium2.PdfiumError:
        data = b""
    return File(name, data)
