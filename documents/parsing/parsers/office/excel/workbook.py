"""The parts that the sheets of a workbook share: its texts, and how its numbers are shown."""

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from lxml import etree

from documents.parsing.parsers import superscripts
from documents.parsing.parsers.office.excel.number_formats import BUILT_IN
from documents.parsing.parsers.office.packages import (
    BROKEN,
    CONTROLS,
    Element,
    Package,
    attribute,
    child,
    descendants,
    local,
    relation_id,
)
from documents.parsing.parsers.superscripts import Piece

# Of the text of a cell, what is said of how it is pronounced.
_PHONETIC = {"rPh", "phoneticPr"}
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_HEIGHTS = {"superscript": 1, "subscript": -1}


class Readable(Protocol):
    """A source of bytes."""

    def read(self, size: int = -1, /) -> bytes: ...


class Sheet(NamedTuple):
    """A sheet by its name, and its part; "" of one without cells, such as a chart's."""

    name: str
    part: str
    is_hidden: bool


def is_binary(package: Package) -> bool:
    """Tell a workbook in binary form (xlsb), which is another format in the same container."""
    return package.main().lower().endswith(".bin")


class Workbook:
    """A workbook's sheets in their order."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.part = package.main()
        root = package.parse(self.part)
        properties = child(root, "workbookPr")
        dated = attribute(properties, "date1904") if properties is not None else ""
        self.from_1904 = dated in {"1", "true", "on"}
        relations = package.relations(self.part)
        self.sheets = []
        for each in descendants(root, "sheet"):
            relation = relations.get(relation_id(each))
            part = relation.target if relation and package.has(relation.target) else ""
            hidden = attribute(each, "state") in {"hidden", "veryHidden"}
            self.sheets.append(Sheet(attribute(each, "name"), part, hidden))
        self.formats = self._read_formats()
        # The parts that could not be read, or not to their ends.
        self.unread: list[str] = []
        self.texts = list(self._read_texts())

    def _read_formats(self) -> list[str]:
        """The code of each style that cells may have."""
        codes: dict[int, str] = dict(BUILT_IN)
        for part in self.package.find_related(self.part, "styles"):
            try:
                root = self.package.parse(part)
            except BROKEN:
                return []
            for each in descendants(root, "numFmt"):
                codes[int(attribute(each, "numFmtId") or 0)] = attribute(each, "formatCode")
            styles = child(root, "cellXfs")
            if styles is not None:
                ids = (int(attribute(each, "numFmtId") or 0) for each in styles)
                return [codes.get(number, "General") for number in ids]
        return []

    def _read_texts(self) -> Iterator[str]:
        """The texts that cells name by their number, one after the other."""
        for part in self.package.find_related(self.part, "sharedStrings"):
            try:
                with self.package.open(part) as source:
                    for each in iterate(source, "si"):
                        yield read_text(each)
            except BROKEN:
                # Numbers are read without them.
                self.unread.append(part)


class WithoutControls:
    """A part without the bytes that no XML may hold, to be read as a file."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        # Each second byte of UTF-16 may be one of them.
        self._is_wide: bool | None = None

    def read(self, size: int = -1) -> bytes:
        while data := self._source.read(size):
            if self._is_wide is None:
                self._is_wide = b"\0" in data[:4]
            if self._is_wide:
                return data
            if kept := data.translate(None, CONTROLS):
                return kept
        return b""


def unescape(text: str) -> str:
    """Return a text with the signs that stand in it by their numbers, `_x000D_`."""
    return _ESCAPED.sub(_read_escaped, text) if "_x" in text else text


def _read_escaped(found: re.Match[str]) -> str:
    sign = chr(int(found[1], 16))
    if sign in "\r\v":
        # Ends of lines, as other programs write them.
        return "\n"
    return sign if sign.isprintable() or sign in "\t\n" else ""


def iterate(source: Readable, name: str) -> Iterator[Element]:
    """The elements of a name in a part, each given up when the next is asked for."""
    found = etree.iterparse(
        WithoutControls(source),
        tag=f"{{*}}{name}",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in found:
        yield element
        # Those that are done would add up to more than the text of a long sheet.
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def read_text(element: Element) -> str:
    """The text of a cell, whose parts may look different."""
    return superscripts.join(_list_pieces(element, 0))


def _list_pieces(element: Element, height: int) -> Iterator[Piece]:
    for each in element:
        if local(each) == "t":
            yield Piece(height, unescape(each.text or ""))
        elif local(each) not in _PHONETIC:
            aligned = child(each, "rPr", "vertAlign")
            told = attribute(aligned, "val") if aligned is not None else ""
            yield from _list_pieces(each, _HEIGHTS.get(told, height))
