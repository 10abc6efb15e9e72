"""Presentations: a page a slide, with its title as heading, its tables and the speaker's notes."""

from collections.abc import Iterator
from typing import Any
from zipfile import BadZipFile

import pptx
from lxml.etree import LxmlError
from pptx.exc import PythonPptxError

from documents.parsing import archives, tables
from documents.parsing.limits import ParseError
from documents.parsing.notes import Note

_BROKEN = (PythonPptxError, LxmlError, BadZipFile, KeyError, ValueError, AttributeError)


def read_pages(path: str, first: int) -> Iterator[int | str | Note]:
    with archives.open_archive(path):
        pass
    try:
        slides = list(pptx.Presentation(path).slides)
    except _BROKEN as error:
        raise ParseError("corrupt_file") from error
    yield len(slides)
    for slide in slides[first - 1 :]:
        try:
            yield "\n\n".join(_parts(slide))
        except _BROKEN:
            # One slide that cannot be read does not take the others from their reader.
            yield ""


def _parts(slide: Any) -> Iterator[str]:
    title = slide.shapes.title
    if title is not None and title.text_frame.text.strip():
        yield f"# {' '.join(title.text_frame.text.split())}"
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.has_text_frame and shape.text_frame.text.strip():
            yield shape.text_frame.text.strip()
        elif getattr(shape, "has_table", False):
            rows = ([cell.text for cell in row.cells] for row in shape.table.rows)
            yield from tables.format_table(rows)
    notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    if notes is not None and notes.text.strip():
        yield f"Notes: {notes.text.strip()}"


def _shapes(shapes: Any) -> Iterator[Any]:
    """All shapes, those in groups too, as they follow one another."""
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape
