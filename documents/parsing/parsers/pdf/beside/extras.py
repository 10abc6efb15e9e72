"""The rest of a PDF beside its pages' text: values of forms, comments, printed page numbers."""

import ctypes
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pypdfium2
from pypdfium2 import raw

from documents.parsing.notes import Note, note
from documents.parsing.parsers import links

MAX_ANNOTATIONS, MAX_CHARS = 2_000, 20_000
MAX_LABELLED, MAX_LABELS = 2_000, 10
_NUMBER = re.compile(r"[0-9]{1,9}$")
MAX_LINKS, MAX_WORDS_CHARS = 200, 200
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


def list_links(page: Any, text: str) -> list[str]:
    """The addresses that a page leads to with the words that do, but those in its text."""
    places = list(_list_addresses(page))
    if not places:
        return []
    found: list[tuple[str, str]] = []
    with closing(page.get_textpage()) as words:
        for edges, address in places:
            said = " ".join(str(words.get_text_bounded(*edges)).split())[:MAX_WORDS_CHARS]
            # A link over several lines is as many.
            if found and found[-1][1] == address:
                said = f"{found.pop()[0]} {said}"
            found.append((said, address))
    told = "".join(text.split()).lower()
    shown = (
        links.show(said, address)
        for said, address in dict.fromkeys(found)
        if not links.is_told(told, address)
    )
    return [f"[Link: {each}]" for each in shown if each.endswith(")")][:MAX_LINKS]


def _list_addresses(page: Any) -> Iterator[tuple[tuple[float, float, float, float], str]]:
    """Yield where links stand on a page, and the addresses that they lead to."""
    for n in range(min(raw.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, n)
        if not annotation:
            continue
        try:
            if address := _read_address(page, annotation):
                box = raw.FS_RECTF()
                raw.FPDFAnnot_GetRect(annotation, box)
                left, right = sorted((box.left, box.right))
                low, high = sorted((box.bottom, box.top))
                # What stands above, below and beside it reaches into it.
                rim, wide = (high - low) / 3, min(1.0, (right - left) / 3)
                yield (left + wide, low + rim, right - wide, high - rim), address
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _read_address(page: Any, annotation: Any) -> str:
    if raw.FPDFAnnot_GetSubtype(annotation) != raw.FPDF_ANNOT_LINK:
        return ""
    link = raw.FPDFAnnot_GetLink(annotation)
    action = raw.FPDFLink_GetAction(link) if link else None
    if not action or raw.FPDFAction_GetType(action) != raw.PDFACTION_URI:
        return ""
    size = min(raw.FPDFAction_GetURIPath(page.pdf, action, None, 0), MAX_CHARS)
    buffer = ctypes.create_string_buffer(max(size, 1))
    raw.FPDFAction_GetURIPath(page.pdf, action, buffer, size)
    return buffer.value.decode("utf-8", "replace").strip()


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
    """Say from where on the numbers in print are others than those of the pages.

    Where they begin again, as behind a preface in Roman numbers, that is said, too.
    """
    said, before = 0, ""
    for index in range(min(len(document), MAX_LABELLED)):
        label = document.get_page_label(index)
        if label and label != str(index + 1) and not _follows(before, label):
            yield note("pages_labelled", number=index + 1, label=label)
            said += 1
        before = label
        if said >= MAX_LABELS:
            return


def _follows(before: str, label: str) -> bool:
    """Tell whether a label is the next one: 5 behind 4, A-2 behind A-1, Roman behind Roman."""
    last, here = _NUMBER.search(before), _NUMBER.search(label)
    if last is None or here is None:
        return bool(before) and last is here is None
    is_next = int(here[0]) == int(last[0]) + 1
    return is_next and before[: last.start()] == label[: here.start()]
