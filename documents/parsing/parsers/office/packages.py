"""Packages of Office Open XML: their parts, found by what they are to one another.

Elements and kinds are told by the last part of their names, since the strict form of the format
has other namespaces, and programs have written others still.
"""

from collections.abc import Iterator
from contextlib import contextmanager
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


def parse_xml(data: bytes) -> Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    root = etree.fromstring(data, parser)
    if root is None:
        raise ValueError("There is no element.")
    return root


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
