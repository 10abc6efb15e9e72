"""Word documents: paragraphs, headings, lists and tables in their order, as Markdown."""

import re
from collections.abc import Iterator
from zipfile import BadZipFile

import docx
from docx.opc.exceptions import OpcError
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml.etree import LxmlError

from documents.parsing import archives, tables
from documents.parsing.limits import ParseError
from documents.parsing.notes import Note

_HEADING = re.compile(r"heading ([1-6])", re.IGNORECASE)


def read_pages(path: str, first: int) -> Iterator[int | str | Note]:
    """Pages come into being only when Word lays the text out, so there is one."""
    with archives.open_archive(path):
        pass
    yield 1
    if first == 1:
        try:
            yield "\n\n".join(_blocks(path))
        except (OpcError, LxmlError, BadZipFile, KeyError, ValueError, AttributeError) as error:
            raise ParseError("corrupt_file") from error


def _blocks(path: str) -> Iterator[str]:
    for block in docx.Document(path).iter_inner_content():
        if isinstance(block, Table):
            yield from tables.format_table(_rows(block))
        elif text := _paragraph(block):
            yield text


def _paragraph(paragraph: Paragraph) -> str:
    text = paragraph.text.strip()
    style = (paragraph.style.name if paragraph.style else "") or ""
    if not text:
        return ""
    if style == "Title":
        return f"# {text}"
    if heading := _HEADING.match(style):
        return f"{'#' * int(heading[1])} {text}"
    return f"- {text}" if style.startswith("List") else text


def _rows(table: Table) -> Iterator[list[str]]:
    for row in table.rows:
        seen: list[object] = []
        cells: list[str] = []
        for cell in row.cells:
            # A merged cell is told once for each column that it spans.
            if cell._tc not in seen:
                seen.append(cell._tc)
                cells.append(cell.text)
        yield cells
