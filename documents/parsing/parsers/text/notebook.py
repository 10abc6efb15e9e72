"""Notebooks of Jupyter: their texts, programs and what those have printed."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from documents.parsing import contents, encodings
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.text import structured
from documents.parsing.parsers.web import html

_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_PAGE, _DATA = "text/html", "application/json"
_SHOWN = ("text/markdown", "text/plain", "text/latex")


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first > 1:
        return
    decoded = encodings.read(contents.read(path))
    yield from decoded.notes()
    try:
        book = json.loads(decoded.text)
        cells = book.get("cells") or [
            cell for sheet in book.get("worksheets", ()) for cell in sheet.get("cells", ())
        ]
        language = str(book.get("metadata", {}).get("language_info", {}).get("name", ""))
        blocks = [block for cell in cells for block in _read_cell(cell, language)]
        pictures = sum(_count_pictures(cell) for cell in cells)
    except (ParseError, ValueError, AttributeError, TypeError, RecursionError):
        # What breaks off is still there to be read.
        yield note("text_only")
        yield structured.lay_out_json(decoded.text)
        return
    if pictures:
        yield note("pictures_unread", count=pictures)
    yield "\n\n".join(blocks)


def _read_cell(cell: Mapping[str, Any], language: str) -> Iterator[str]:
    text = _join(cell.get("source", cell.get("input", ""))).strip()
    if not text:
        return
    if cell.get("cell_type") == "heading":
        yield f"{'#' * int(cell.get('level', 1))} {text}"
    elif cell.get("cell_type") == "code":
        yield f"```{language}\n{text}\n```"
        for output in cell.get("outputs", ()):
            if shown := _read_output(output).strip():
                yield f"```\n{shown}\n```"
    else:
        yield text


def _read_output(output: Mapping[str, Any]) -> str:
    data = output.get("data", output)
    for kind in (*_SHOWN, "text"):
        if kind in data:
            return _COLOUR.sub("", _join(data[kind]))
    if _PAGE in data:
        return html.markdown(_join(data[_PAGE]))
    if _DATA in data:
        return json.dumps(data[_DATA], ensure_ascii=False)
    if output.get("ename"):
        return f"{output['ename']}: {output.get('evalue', '')}"
    return ""


def _count_pictures(cell: Mapping[str, Any]) -> int:
    outputs = [output.get("data", output) for output in cell.get("outputs", ())]
    # Pictures that were put into a text lie beside it.
    outputs += (cell.get("attachments") or {}).values()
    return sum(any(str(kind).startswith("image/") for kind in data) for data in outputs)


def _join(text: Any) -> str:
    return "".join(map(str, text)) if isinstance(text, list) else str(text)
