"""Packages of Office Open XML: their parts, found by what they are to one another.

Elements and kinds are told by the last part of their names, since the strict form of the format
has other namespaces, and programs have written others still.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.entities import html5
from posixpath import basename, dirname, join, normpath
from typing import Any, NamedTuple, TypeAlias
from zipfile import BadZipFile, ZipFile

from lxml import etree

from documents.parsing import archives
from documents.parsing.contents import Contents
from documents.parsing.limits import ParseError

# What a damaged file makes of the libraries that read it.
BROKEN = (
    *(etree.LxmlError, BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError),
    *(RecursionError, NotImplementedError, EOFError, OSError),
)
_RELATIONSHIP = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_STRICT_RELATIONSHIP = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"

# What XML 1.0 forbids, however it is written.
CONTROLS = bytes({*range(32)} - {9, 10, 13})
_ALLOWED = ({9, 10, 13}, range(32, 0xD800), range(0xE000, 0xFFFE), range(0x10000, 0x110000))
_FORBIDDEN_NUMBERS = re.compile(rb"&#(x[0-9a-fA-F]{1,8}|[0-9]{1,8});")
_NAMED = re.compile(rb"&([a-zA-Z][a-zA-Z0-9]{1,31});")
_BARE = re.compile(rb"&(?!#?[a-zA-Z0-9]{1,32};)")
_ENCODING = re.compile(rb"\s{0,64}<\?xml[^>]{0,200}?encoding=[\"']([\w.-]{1,40})")
_OF_XML = {"amp", "lt", "gt", "quot", "apos"}

# lxml has no types of its own.
Element: TypeAlias = Any


class Relation(NamedTuple):
    """A part that another one names: what it is to it, and its name in the archive."""

    kind: str
    target: str


class Package:
    """The parts of an archive. What is asked for and is not there is a KeyError."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        # Some programs write names in other cases than they ask for.
        self._names = {name.replace("\\", "/").lower(): name for name in archive.namelist()}

    def names(self) -> list[str]:
        """The parts, by their names in small letters."""
        return list(self._names)

    def has(self, part: str) -> bool:
        return part.lower() in self._names

    def read(self, part: str) -> bytes:
        return self._archive.read(self._names[part.lower()])

    def parse(self, part: str) -> Element:
        return parse_xml(self.read(part))

    def open(self, part: str) -> Any:
        return self._archive.open(self._names[part.lower()])

    def main(self) -> str:
        """The part that the package is there for."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument" and self.has(relation.target):
                return relation.target
        raise ParseError("corrupt_file")

    def relations(self, part: str) -> dict[str, Relation]:
        """The parts that one names, by the ids that it has for them; without those elsewhere."""
        folder = dirname(part)
        listing = join(folder, "_rels", f"{basename(part)}.rels")
        if not self.has(listing):
            return {}
        found = {}
        for each in self.parse(listing):
            target, kind = each.get("Target", ""), each.get("Type", "")
            if each.get("TargetMode") != "External" and target:
                name = normpath(join("/", folder, target)).lstrip("/")
                found[each.get("Id", "")] = Relation(kind.rpartition("/")[2], name)
        return found

    def addresses(self, part: str) -> dict[str, str]:
        """Return the addresses that a part names, such as those of its links, by their ids."""
        listing = join(dirname(part), "_rels", f"{basename(part)}.rels")
        try:
            listed = self.parse(listing) if self.has(listing) else ()
        except BROKEN:
            # The part can be read without.
            return {}
        return {
            each.get("Id", ""): each.get("Target", "")
            for each in listed
            if each.get("TargetMode") == "External"
        }

    def find_related(self, part: str, kind: str) -> list[str]:
        """The names of the parts that are of a kind to one, those that are there."""
        relations = self.relations(part).values()
        return [each.target for each in relations if each.kind == kind and self.has(each.target)]


@contextmanager
def open_package(path: Contents) -> Iterator[Package]:
    """Raises ParseError for what is no package, here and in the block."""
    with archives.open_archive(path) as archive:
        try:
            yield Package(archive)
        except BROKEN as error:
            raise ParseError("corrupt_file") from error


def parse_cut_xml(data: bytes) -> Element:
    """Return the root of a part that breaks off. Raises an error of `BROKEN` if there is none."""
    root = etree.fromstring(mend_xml(data), _parser(is_mended=True))
    if root is None:
        raise ValueError("There is no element.")
    return root


def parse_xml(data: bytes) -> Element:
    """Return the root of a part. Raises an error of `BROKEN` for what is not whole.

    A sign that XML forbids, or the name of one that only web pages know, costs nothing but itself:
    programs copy them from databases.
    """
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError:
        if (mended := mend_xml(data)) == data:
            raise
        root = etree.fromstring(mended, _parser())
    if root is None:
        raise ValueError("There is no element.")
    return root


def _parser(*, is_mended: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        recover=is_mended,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )


def mend_xml(data: bytes) -> bytes:
    """Return a part without what no XML may hold, if it is in UTF-8; any other as it is."""
    said = _ENCODING.match(data)
    if b"\0" in data[:4] or (said and said[1].lower() != b"utf-8"):
        return data
    data = data.translate(None, CONTROLS)
    data = _FORBIDDEN_NUMBERS.sub(_keep_allowed, data)
    data = _BARE.sub(b"&amp;", _NAMED.sub(_number, data))
    return data.decode("utf-8", "replace").encode()


def _keep_allowed(found: re.Match[bytes]) -> bytes:
    digits = found[1]
    number = int(digits[1:], 16) if digits[:1] in b"xX" else int(digits)
    return found[0] if any(number in each for each in _ALLOWED) else b""


def _number(found: re.Match[bytes]) -> bytes:
    """Return a sign that web pages have a name for by its number; XML's own names stay."""
    name = found[1].decode()
    if name in _OF_XML:
        return found[0]
    signs = html5.get(f"{name};", f"&{name};")
    return "".join(f"&#{ord(sign)};" for sign in signs).encode()


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: Element, name: str) -> str:
    """An attribute by the last part of its name; "" if there is none."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def relation_id(element: Element, name: str = "id") -> str:
    """The id by which an element names another part."""
    found = element.get(_RELATIONSHIP + name) or element.get(_STRICT_RELATIONSHIP + name)
    return str(found or "")


def child(element: Element, *names: str) -> Element | None:
    """The first child of a name, and the first child of that, and so on."""
    found: Element | None = element
    for name in names:
        if found is None:
            return None
        found = next((each for each in found if local(each) == name), None)
    return found


def descendants(element: Element, name: str) -> Iterator[Element]:
    """All elements of a name inside one, in the order in which they are written."""
    yield from element.iter(f"{{*}}{name}")


def drop_alternatives(root: Element) -> None:
    """Leave of alternatives the first, where all that a part holds is looked through."""
    for each in list(descendants(root, "AlternateContent")):
        has_choice = child(each, "Choice") is not None
        for other in list(each)[1:] if has_choice else ():
            each.remove(other)


def walk_chosen(element: Element) -> Iterator[Element]:
    """The children of an element; of alternatives the first, which the others only repeat."""
    for each in element:
        if local(each) != "AlternateContent":
            yield each
            continue
        choice = child(each, "Choice")
        if choice is None:
            choice = child(each, "Fallback")
        if choice is not None:
            yield from walk_chosen(choice)
