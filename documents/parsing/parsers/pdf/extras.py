"""The rest of a PDF beside its pages' text: values of forms, comments, printed page numbers."""

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import pypdfium2
from pypdfium2 import raw

from documents.parsing.notes import Note, note

MAX_ANNOTATIONS, MAX_CHARS = 2_000, 20_000
_NO_COMMENTS = {raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_WIDGET}
_BUTTONS = {raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON}
_NOT_FILLED = {raw.FPDF_FORMFIELD_PUSHBUTTON, raw.FPDF_FORMFIELD_SIGNATURE}


class Form:
    """The form of a document, if it has one. To be made before any of its pages is opened."""

    def __init__(self, document: pypdfium2.PdfDocument) -> None:
        self.handle: Any = None
        if document.get_formtype() != raw.FORMTYPE_NONE:
            document.init_forms()
            self.handle = document.formenv


def read_annotations(page: Any, form: Form) -> list[str]:
    """The values of a page's fields, a line each, and its comments."""
    lines = []
    count = min(raw.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)
    for n in range(count):
        annotation = raw.FPDFPage_GetAnnot(page, n)
        if not annotation:
            continue
        try:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if kind == raw.FPDF_ANNOT_WIDGET:
                line = _read_field(annotation, form) if form.handle else ""
            else:
                line = "" if kind in _NO_COMMENTS else _read_comment(annotation, kind)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
        if line:
            lines.append(line)
    return lines


def _read_field(annotation: Any, form: Form) -> str:
    kind = raw.FPDFAnnot_GetFormFieldType(form.handle, annotation)
    if kind in _NOT_FILLED:
        return ""
    name = _read_of_form(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    name = name or _read_of_form(raw.FPDFAnnot_GetFormFieldName, form, annotation)
    if kind in _BUTTONS:
        if not raw.FPDFAnnot_IsChecked(form.handle, annotation):
            return ""
        value = _read_of_form(raw.FPDFAnnot_GetFormFieldExportValue, form, annotation)
        return f"[x] {name}" if value in {"", "Yes", "On", "1"} else f"[x] {name}: {value}"
    value = _read_of_form(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
    return f"{name}: {value}" if value else ""


def _read_comment(annotation: Any, kind: int) -> str:
    text = _read_text(lambda *room: raw.FPDFAnnot_GetStringValue(annotation, b"Contents", *room))
    if not text or kind == raw.FPDF_ANNOT_FREETEXT:
        return text
    author = _read_text(lambda *room: raw.FPDFAnnot_GetStringValue(annotation, b"T", *room))
    return f"[Comment by {author}: {text}]" if author else f"[Comment: {text}]"


def _read_of_form(read: Callable[..., int], form: Form, annotation: Any) -> str:
    return _read_text(lambda *room: read(form.handle, annotation, *room))


def _read_text(read: Callable[[Any, int], int]) -> str:
    """A text that pdfium writes in UTF-16, asked first for its length, on one line."""
    size = min(read(None, 0), MAX_CHARS * 2)
    if size <= 2:  # noqa: PLR2004 - nothing but the end of the text
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    read(buffer, size)
    return " ".join(bytes(buffer).decode("utf-16-le", "replace").split("\0")[0].split())


def read_labels(document: pypdfium2.PdfDocument) -> Iterator[Note]:
    """Say from where on the numbers in print are others than those of the pages."""
    for index in range(min(len(document), MAX_ANNOTATIONS)):
        label = document.get_page_label(index)
        if label and label != str(index + 1):
            yield note("pages_labelled", number=index + 1, label=label)
            return
