"""E-books: a page a chapter, in the order in which the book is read."""

import re
from collections.abc import Iterator
from posixpath import dirname, join, normpath
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile

from lxml import etree

from documents.parsing import archives
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.web.html import decode, markdown

_CONTAINER = "META-INF/container.xml"
_PAGES = ("application/xhtml+xml", "text/html")
_PAGE_NAME = re.compile(r"\.x?html?$", re.IGNORECASE)
_DIGITS = re.compile(r"([0-9]{1,9})")
_NOT_CHAPTERS = re.compile(r"(?:^|/)(?:nav|toc|cover)[^/]{0,20}$", re.IGNORECASE)
_UNREADABLE = (KeyError, BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError)
_LOCK = "META-INF/encryption.xml"
# Fonts are often scrambled, which harms no text.
_LOCKED_PAGE = re.compile(rb"URI=[\"'][^\"']{1,300}\.x?html?[\"']", re.IGNORECASE)


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    with archives.open_archive(path) as book:
        if _is_locked(book):
            raise ParseError("password_protected")
        chapters, is_flawed = _find_chapters(book)
        if not chapters:
            raise ParseError("corrupt_file")
        yield len(chapters)
        if is_flawed and first == 1:
            yield note("package_flawed")
        for name in chapters[first - 1 :]:
            try:
                decoded, notes = decode(book.read(name))
            except _UNREADABLE:
                yield note("part_unreadable", name=name)
                yield ""
                continue
            yield from notes
            yield markdown(decoded.text)


def _is_locked(book: ZipFile) -> bool:
    if _LOCK not in book.namelist():
        return False
    try:
        return _LOCKED_PAGE.search(book.read(_LOCK)) is not None
    except _UNREADABLE:
        return False


def _find_chapters(book: ZipFile) -> tuple[list[str], bool]:
    """The chapters in the order of reading, and whether that had to be found without the list."""
    names = {name.lower(): name for name in book.namelist()}
    try:
        listed = _read_list(book, names)
    except (etree.LxmlError, ValueError, AttributeError, *_UNREADABLE):
        listed = []
    # A chapter that is listed and missing is told when it is its turn.
    if any(name.lower() in names for name in listed):
        return [names.get(name.lower(), name) for name in listed], False
    pages = sorted((name for name in names.values() if _PAGE_NAME.search(name)), key=_count)
    return [name for name in pages if not _NOT_CHAPTERS.search(name)] or pages, True


def _count(name: str) -> list[tuple[int, str]]:
    """Return what names are put in order by: the tenth chapter comes behind the second."""
    return [
        (int(part), "") if part.isdigit() else (0, part) for part in _DIGITS.split(name) if part
    ]


def _read_list(book: ZipFile, names: dict[str, str]) -> list[str]:
    package_name = ""
    if _CONTAINER.lower() in names:
        root = _parse(book.read(names[_CONTAINER.lower()])).find(".//{*}rootfile")
        package_name = str(root.get("full-path", "")) if root is not None else ""
    if package_name.lower() not in names:
        package_name = next((name for name in names.values() if name.endswith(".opf")), "")
    package = _parse(book.read(names[package_name.lower()]))
    items = {
        str(item.get("id")): str(item.get("href", ""))
        for item in package.iterfind(".//{*}manifest/{*}item")
        if item.get("media-type") in _PAGES or _PAGE_NAME.search(str(item.get("href", "")))
    }
    order = [str(each.get("idref")) for each in package.iterfind(".//{*}spine/{*}itemref")]
    folder = dirname(package_name)
    found = [items[key] for key in order if key in items] or list(items.values())
    return [normpath(join(folder, unquote(href.partition("#")[0]))) for href in found]


def _parse(data: bytes) -> etree._Element:
    """The root of a list, its flaws overlooked; entities are not looked up."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, recover=True)
    root = etree.fromstring(data.lstrip(), parser)
    if root is None or b"<!ENTITY" in data:
        raise ValueError("The list has no element, or means to have more than it has.")
    return root
