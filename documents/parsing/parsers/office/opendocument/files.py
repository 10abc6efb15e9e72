"""OpenDocument files: a text is one page; a sheet, a slide and a drawing's page are one each."""

from collections.abc import Iterator
from contextlib import contextmanager

from lxml import etree

from documents.parsing import contents, tables
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.office.opendocument import controls, hidden
from documents.parsing.parsers.office.opendocument.heights import Heights
from documents.parsing.parsers.office.opendocument.numbering import Numbering
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
    parse_xml,
)

_CONTENT, _STYLES, _MANIFEST = "content.xml", "styles.xml", "META-INF/manifest.xml"
_OF_OPENOFFICE = "http://openoffice.org/2000/office"
_MARGINS = (("header", "Header"), ("footer", "Footer"))


def read_text(path: Contents, first: int) -> Iterator[Item]:
    with _open_body(path, "text") as (package, body, _):
        yield 1
        if first > 1:
            return
        roots = [package.parse(part) for part in (_CONTENT, _STYLES) if package.has(part)]
        writing = Writing(Numbering(roots), package.read_object, Heights(roots))
        blocks = list(writing.blocks(body))
        blocks += _read_margins(package)
        yield from _describe(writing)
        yield from hidden.describe(body, hidden.list_styles(roots))
        yield "\n\n".join(blocks)


def read_sheets(path: Contents, first: int) -> Iterator[Item]:
    with _open_body(path, "spreadsheet") as (package, body, root):
        sheets = [each for each in body if local(each) == "table"]
        yield len(sheets)
        styles, heights = hidden.list_styles([root]), Heights([root])
        for sheet in sheets[first - 1 :]:
            name = attribute(sheet, "name")
            if attribute(sheet, "style-name") in styles:
                yield note("sheet_hidden", name=name)
            yield from hidden.describe(sheet, styles)
            writing = Writing(read_object=package.read_object, heights=heights)
            blocks = [*tables.format_table(writing.rows(sheet)), *writing.take_behind()]
            blocks += writing.blocks(each for each in sheet if local(each) == "shapes")
            yield from _describe(writing)
            yield "\n".join([f"# {name}\n", *blocks])


def read_slides(path: Contents, first: int) -> Iterator[Item]:
    yield from _read_pages(path, first, "presentation")


def read_drawings(path: Contents, first: int) -> Iterator[Item]:
    yield from _read_pages(path, first, "drawing")


def _read_pages(path: Contents, first: int, kind: str) -> Iterator[Item]:
    with _open_body(path, kind) as (package, body, root):
        slides = [each for each in body if local(each) == "page"]
        yield len(slides)
        heights, styles = Heights([root]), hidden.list_styles([root])
        for number, slide in enumerate(slides[first - 1 :], first):
            writing = Writing(read_object=package.read_object, heights=heights)
            blocks = list(_read_slide(slide, writing))
            if attribute(slide, "style-name") in styles:
                yield note("slide_hidden", number=number)
            yield from hidden.describe(slide, styles)
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
    if notes is not None and (text := "\n".join(writing.begin_inside().blocks(notes)).strip()):
        yield f"Notes: {text}"


def _describe(writing: Writing) -> Iterator[Item]:
    if writing.deletions:
        yield note("deletions_left_out", count=writing.deletions)
    if writing.pictures:
        yield note("pictures_unread", count=writing.pictures)


class _Parts:
    """The parts of a file; one that is a single text of XML holds all in one."""

    def __init__(self, package: Package | None, flat: bytes = b"") -> None:
        self._package = package
        self._flat = parse_xml(flat) if package is None else None

    def has(self, part: str) -> bool:
        return self._package.has(part) if self._package else part == _CONTENT

    def read(self, part: str) -> bytes:
        return self._package.read(part) if self._package else b""

    def parse(self, part: str) -> Element:
        return self._package.parse(part) if self._package else self._flat

    def read_object(self, address: str) -> Element | None:
        """The content of an object within the file; None if there is none."""
        name = f"{address.removeprefix('./').rstrip('/')}/{_CONTENT}"
        try:
            return self.parse(name) if address and self.has(name) else None
        except BROKEN:
            return None


@contextmanager
def _open_parts(path: Contents) -> Iterator[_Parts]:
    data = path if isinstance(path, bytes) else _read_beginning(path)
    if not data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        with open_package(path) as package:
            yield _Parts(package)
        return
    try:
        yield _Parts(None, contents.read(path))
    except BROKEN as error:
        raise ParseError("corrupt_file") from error


def _read_beginning(path: str) -> bytes:
    with contents.open_file(path) as file:
        return file.read(64)


@contextmanager
def _open_body(path: Contents, kind: str) -> Iterator[tuple[_Parts, Element, Element]]:
    """The parts of a file, its body, and the root around that. Raises ParseError."""
    with _open_parts(path) as package:
        if package.has(_MANIFEST) and b"encryption-data" in package.read(_MANIFEST):
            raise ParseError("password_protected")
        root = package.parse(_CONTENT)
        body = child(root, "body", kind)
        if body is None and etree.QName(root).namespace == _OF_OPENOFFICE:
            # Before there was the standard, a body had no kind.
            body = child(root, "body")
        if body is None:
            raise KeyError(kind)
        controls.show_values(root)
        yield package, body, root


def _read_margins(package: _Parts) -> Iterator[str]:
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
