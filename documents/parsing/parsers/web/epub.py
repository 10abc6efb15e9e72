"""E-books: a page a chapter, in the order in which the book is read."""

from collections.abc import Iterator
from posixpath import dirname, join, normpath
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError as XmlError
from defusedxml.ElementTree import fromstring

from documents.parsing import archives
from documents.parsing.limits import ParseError
from documents.parsing.notes import Note
from documents.parsing.parsers.web.html import markdown

_CONTAINER = "META-INF/container.xml"
_ANY = "{*}"
_PAGES = ("application/xhtml+xml", "text/html")


def read_pages(path: str, first: int) -> Iterator[int | str | Note]:
    with archives.open_archive(path) as book:
        chapters = _chapters(book)
        yield len(chapters)
        for name in chapters[first - 1 :]:
            yield markdown(_read(book, name).decode("utf-8", "replace"))


def _chapters(book: ZipFile) -> list[str]:
    try:
        container = fromstring(_read(book, _CONTAINER))
        package_name = container.find(f".//{_ANY}rootfile").get("full-path")
        package = fromstring(_read(book, package_name))
    except (XmlError, DefusedXmlException, AttributeError, ValueError) as error:
        raise ParseError("corrupt_file") from error
    items = {
        item.get("id"): item.get("href", "")
        for item in package.iterfind(f".//{_ANY}manifest/{_ANY}item")
        if item.get("media-type") in _PAGES
    }
    order = [each.get("idref") for each in package.iterfind(f".//{_ANY}spine/{_ANY}itemref")]
    folder = dirname(package_name)
    return [normpath(join(folder, unquote(items[name]))) for name in order if name in items]


def _read(book: ZipFile, name: str) -> bytes:
    try:
        return book.read(name)
    except (KeyError, BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        raise ParseError("corrupt_file") from error
