"""The document around its paragraphs: its notes, its styles, and what was left out."""

from dataclasses import dataclass, field

from documents.parsing.notes import Note
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    Package,
    Relation,
    attribute,
    child,
    descendants,
    local,
    parse_cut_xml,
    relation_id,
)
from documents.parsing.parsers.office.word.numbering import Numbering

# The parts that hold notes, what a note is called there, and how it is marked in the text.
_NOTES = {"footnotes": ("footnote", ""), "endnotes": ("endnote", "e"), "comments": ("comment", "c")}
# Where a link's address is kept while its part is read.
ADDRESS = "address"
_SEPARATORS = {"separator", "continuationSeparator", "continuationNotice"}


@dataclass
class Story:
    """A document's notes and lists, and counts of what its paragraphs leave out."""

    package: Package
    part: str
    numbering: Numbering
    deletions: int = 0
    pictures: int = 0
    hidden: int = 0
    unread: list[str] = field(default_factory=list)
    # Notes on files within the document.
    told: list[Note] = field(default_factory=list)
    notes: dict[tuple[str, str], Element] = field(default_factory=dict)
    # Notes are numbered as the text comes upon them.
    numbers: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.relations: dict[str, Relation] = {}
        try:
            self.relations = self.package.relations(self.part)
        except BROKEN:
            # The text can be read without what it names.
            self.unread.append(f"{self.part}.rels")
        for part, (kind, _) in _NOTES.items():
            for name in self.list_related(part):
                self._read_notes(name, kind)

    def list_related(self, kind: str) -> list[str]:
        """The names of the parts that are of a kind to the document, those that are there."""
        named = (each.target for each in self.relations.values() if each.kind == kind)
        return [name for name in named if self.package.has(name)]

    def read_body(self) -> Element | None:
        """Return the body of the document, up to where its part breaks off."""
        try:
            root = self.parse(self.part)
        except BROKEN:
            root = parse_cut_xml(self.package.read(self.part))
            self.unread.append(self.part)
        return child(root, "body")

    def parse(self, part: str) -> Element:
        """Return the root of a part, whose links have the addresses that they lead to."""
        root = self.package.parse(part)
        addresses = self.package.addresses(part)
        if addresses:
            for each in descendants(root, "hyperlink"):
                place = attribute(each, "anchor")
                address = addresses.get(relation_id(each), "")
                each.set(ADDRESS, f"{address}#{place}" if address and place else address)
        return root

    def _read_notes(self, name: str, kind: str) -> None:
        try:
            root = self.parse(name)
        except BROKEN:
            self.unread.append(name)
            return
        for each in root:
            if local(each) == kind and attribute(each, "type") not in _SEPARATORS:
                self.notes[kind, attribute(each, "id")] = each

    def mark(self, kind: str, number: str) -> str:
        """The mark of a note in the text, as in Markdown."""
        key = (kind, number)
        if key not in self.numbers:
            prefix = next(mark for name, mark in _NOTES.values() if name == kind)
            count = sum(each[0] == kind for each in self.numbers) + 1
            self.numbers[key] = f"{prefix}{count}"
        return self.numbers[key]
