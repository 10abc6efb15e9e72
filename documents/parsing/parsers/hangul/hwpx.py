"""HWPX: the sections of a document of Hancom Office, as blocks of Markdown."""

import re
from collections.abc import Iterator

from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.hangul.numbering import Numbering
from documents.parsing.parsers.hangul.section import Section
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Package,
    attribute,
    child,
    descendants,
    open_package,
)

_SECTION = re.compile(r"contents/section(\d{1,5})\.xml", re.IGNORECASE)
_HEADER = re.compile(r"contents/header\.xml", re.IGNORECASE)
_MANIFEST = "META-INF/manifest.xml"
_MASTER = re.compile(r"contents/masterpage\d{1,5}\.xml", re.IGNORECASE)


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    with open_package(path) as package:
        if package.has(_MANIFEST) and b"encryption-data" in package.read(_MANIFEST):
            raise ParseError("password_protected")
        found = (_SECTION.fullmatch(name) for name in package.names())
        parts = sorted((int(each[1]), each[0]) for each in found if each)
        if not parts:
            raise ParseError("corrupt_file")
        yield 1
        if first > 1:
            return
        blocks: list[str] = []
        heights = _read_heights(package)
        section = Section(heights, _read_numbering(package))
        for _, part in parts:
            try:
                blocks += section.blocks(package.parse(part))
            except BROKEN:
                yield note("part_unreadable", name=part)
        blocks += _read_master_pages(package, heights)
        for code, count in (
            ("pictures_unread", section.pictures),
            ("objects_unread", section.objects),
            ("deletions_left_out", section.deletions),
        ):
            if count:
                yield note(code, count=count)
        yield "\n\n".join(block for block in blocks if block.strip())


def _read_heights(package: Package) -> dict[str, int]:
    """Return the characters' properties that raise (1) or lower (-1) them, by their ids."""
    heights: dict[str, int] = {}
    for part in filter(_HEADER.fullmatch, package.names()):
        try:
            root = package.parse(part)
        except BROKEN:
            continue
        for each in descendants(root, "charPr"):
            if child(each, "supscript") is not None:
                heights[attribute(each, "id")] = 1
            elif child(each, "subscript") is not None:
                heights[attribute(each, "id")] = -1
    return heights


def _read_numbering(package: Package) -> Numbering:
    for part in filter(_HEADER.fullmatch, package.names()):
        try:
            return Numbering(package.parse(part))
        except BROKEN:
            continue
    return Numbering()


def _read_master_pages(package: Package, heights: dict[str, int]) -> Iterator[str]:
    """Yield what stands on all pages, once."""
    told: set[str] = set()
    for part in sorted(filter(_MASTER.fullmatch, package.names())):
        try:
            blocks = Section(heights, Numbering()).blocks(package.parse(part))
            text = "\n".join(blocks).strip()
        except BROKEN:
            continue
        if text and text not in told:
            told.add(text)
            yield f"On all pages: {text}"
