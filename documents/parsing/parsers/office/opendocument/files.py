"""OpenDocument files: a text is one page, a sheet and a slide are one each."""

from collections.abc import Iterator
from contextlib import contextmanager

from documents.parsing import tables
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.office.opendocument.writing import Writing
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    Package,
    attribute,
    child,
    descendants,
    local,
    open_package,
)

_CONTENT, _STYLES, _MANIFEST = "content.xml", "styles.xml", "META-INF/manifest.xml"
_MARGINS = (("header", "Header"), ("footer", "Footer"))


def read_text(path: Contents, first: int) -> Iterator[Item]:
    with _open_body(path, "text") as (package, body, _):
        yield 1
        if first > 1:
            return
        writing = Writing()
        blocks = list(writing.blocks(body))
        blocks += _read_margins(package)
        yield from _describe(writing)
        yield "\n\n".join(blocks)


def read_sheets(path: Contents, first: int) -> Iterator[Item]:
    with _open_body(path, "spreadsheet") as (_, body, hidden):
        sheets = [each for each in body if local(each) == "table"]
        yield len(sheets)
        for sheet in sheets[first - 1 :]:
            name = attribute(sheet, "name")
            if attribute(sheet, "style-name") in hidden:
                yield note("sheet_hidden", name=name)
            yield "\n".join([f"# {name}\n", *tables.format_table(Writing().rows(sheet))])


def read_slides(path: Contents, first: int) -> Iterator[Item]:
    with _open_body(path, "presentation") as (_, body, _hidden):
        slides = [each for each in body if local(each) == "page"]
        yield len(slides)
        for slide in slides[first - 1 :]:
            writing = Writing()
            blocks = list(_read_slide(slide, writing))
            yield from _describe(writing)
            yield "\n\n".join(blocks)


def _read_slide(slide: Element, writing: Writing) -> Iterator[str]:
    has_title = False
    for shape in slide:
        if local(shape) == "notes":
            continue
        blocks = list(writing.blocks([shape]))
        if blocks and not has_title and attribute(shape, "class") == "title":
            has_title = True
            yield f"# {' '.join(' '.join(blocks).split())}"
        else:
            yield from blocks
    notes = child(slide, "notes")
    if notes is not None and (text := "\n".join(Writing().blocks(notes)).strip()):
        yield f"Notes: {text}"


def _describe(writing: Writing) -> Iterator[Item]:
    if writing.deletions:
        yield note("deletions_left_out", count=writing.deletions)
    if writing.pictures:
        yield note("pictures_unread", count=writing.pictures)


@contextmanager
def _open_body(path: Contents, kind: str) -> Iterator[tuple[Package, Element, set[str]]]:
    """The body of a file, and the names of the styles of what is hidden. Raises ParseError."""
    with open_package(path) as package:
        if package.has(_MANIFEST) and b"encryption-data" in package.read(_MANIFEST):
            raise ParseError("password_protected")
        root = package.parse(_CONTENT)
        body = child(root, "body", kind)
        if body is None:
            raise KeyError(kind)
        hidden = {
            attribute(style, "name")
            for style in descendants(root, "style")
            for each in style
            if local(each) == "table-properties" and attribute(each, "display") == "false"
        }
        yield package, body, hidden


def _read_margins(package: Package) -> Iterator[str]:
    """Yield the texts above and below the pages, one on several kinds of pages once."""
    try:
        root = package.parse(_STYLES)
    except BROKEN:
        return
    told: set[str] = set()
    for kind, title in _MARGINS:
        for each in descendants(root, kind):
            text = "\n".join(Writing().blocks(each)).strip()
            if text and text not in told:
                told.add(text)
                yield f"{title}: {text}"
