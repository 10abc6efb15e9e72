"""The document around its paragraphs: its notes, its styles, and what was left out."""

from dataclasses import dataclass, field

from documents.parsing.notes import Note
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    Package,
    attribute,
    descendants,
    local,
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
        self.relations = self.package.relations(self.part)
        for part, (kind, _) in _NOTES.items():
            for name in self.package.find_related(self.part, part):
                self._read_notes(name, kind)

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
