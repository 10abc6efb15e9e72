"""Presentations: a page a slide, with its title as heading, its tables, charts and notes."""

from collections.abc import Iterator

from documents.parsing import tables
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.notes import Note, note
from documents.parsing.parsers.office import drawings, embedded, reading_order
from documents.parsing.parsers.office.drawn_text import resolve_links
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    Package,
    attribute,
    child,
    descendants,
    drop_alternatives,
    local,
    open_package,
    relation_id,
    walk_chosen,
)
from documents.parsing.parsers.office.slide_lists import read_body

_TITLES = {"title", "ctrTitle"}
_TRUE = {"1", "true"}
# Placeholders that say the same on every slide.
_REPEATED = {"dt", "ftr", "hdr"}
_OF_NOTES_PAGE = {*_REPEATED, "sldNum", "sldImg"}


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    with open_package(path) as package:
        slides = _list_slides(package)
        yield len(slides)
        margins = Margins(package)
        for number, part in enumerate(slides[first - 1 :], first):
            slide = Slide(package, part, margins.list_places(part))
            try:
                text = "\n\n".join(slide.read())
            except BROKEN:
                # One slide that cannot be read does not take the others from their reader.
                yield note("part_unreadable", name=part)
                text = "\n\n".join(slide.blocks)
            for item in embedded.read_embedded(package, part):
                if isinstance(item, str):
                    text = f"{text}\n\n{item}"
                else:
                    yield item
            if around := margins.read(part, slide.margins):
                text = f"{text}\n\n{around}".strip()
            yield from slide.told
            if slide.is_hidden:
                yield note("slide_hidden", number=number)
            if slide.pictures:
                yield note("pictures_unread", count=slide.pictures)
            yield text


def _list_slides(package: Package) -> list[str]:
    """The parts of the slides as they are shown, one after the other."""
    part = package.main()
    relations = package.relations(part)
    found = child(package.parse(part), "sldIdLst")
    ids = (relation_id(each) for each in found) if found is not None else ()
    targets = [relations[each].target for each in ids if each in relations]
    if found is None and child(package.parse(part), "sldMasterIdLst") is None:
        raise KeyError(part)
    return targets


class Margins:
    """Footers and texts of layouts, which stand on many slides and are told once."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._told: set[str] = set()
        self._places: dict[str, reading_order.Places] = {}

    def list_places(self, part: str) -> list[reading_order.Places]:
        """Return where a slide's layout and master put what they hold a place for."""
        try:
            parts = _list_behind(self._package, part)
            for each in parts:
                if each not in self._places:
                    root = self._package.parse(each)
                    self._places[each] = reading_order.list_placeholders(root)
        except BROKEN:
            return []
        return [self._places[each] for each in parts]

    def read(self, part: str, footers: list[str]) -> str:
        """Return what of it has not been told on the slides before."""
        texts = [f"Footer: {text}" for text in footers if text]
        for layout in self._list_new(part):
            self._told.add(layout)
            texts += self._read_layout(layout)
        new = [text for text in dict.fromkeys(texts) if text not in self._told]
        self._told.update(new)
        return "\n".join(new)

    def _list_new(self, part: str) -> list[str]:
        try:
            behind = _list_behind(self._package, part)
        except BROKEN:
            return []
        return [each for each in behind if each not in self._told]

    def _read_layout(self, layout: str) -> Iterator[str]:
        try:
            tree = child(self._package.parse(layout), "cSld", "spTree")
        except BROKEN:
            return
        for shape in walk_chosen(tree) if tree is not None else ():
            body = child(shape, "txBody")
            # What holds a place is only an example.
            if body is not None and not _placeholder(shape) and (text := read_body(body)):
                yield f"On all slides: {text}"


def _list_behind(package: Package, part: str) -> list[str]:
    """The layout of a slide and the master of that."""
    layouts = package.find_related(part, "slideLayout")
    return layouts + [each for one in layouts for each in package.find_related(one, "slideMaster")]


class Slide:
    """A slide's texts in the order of its shapes; `blocks` is what was read of it so far."""

    def __init__(self, package: Package, part: str, places: list[reading_order.Places]) -> None:
        self._package = package
        self._part = part
        self._places = places
        self.blocks: list[str] = []
        self.pictures = 0
        self.is_hidden = False
        # What is told once of all slides, such as a footer.
        self.margins: list[str] = []
        # Notes on charts and what they hold.
        self.told: list[Note] = []
        self._authors = _list_authors(package)
        self._title = ""

    def read(self) -> list[str]:
        root = self._package.parse(self._part)
        resolve_links(root, self._package.addresses(self._part))
        self.is_hidden = root.get("show") in {"0", "false"}
        self._relations = self._package.relations(self._part)
        tree = child(root, "cSld", "spTree")
        if tree is not None:
            for block in self._shapes(tree):
                self.blocks.append(block)
        if self._title:
            self.blocks.insert(0, f"# {self._title}")
        self.blocks += self._notes()
        self.blocks += self._comments()
        return self.blocks

    def _shapes(self, tree: Element) -> Iterator[str]:
        for shape in reading_order.order(list(walk_chosen(tree)), self._places):
            name = local(shape)
            if name == "grpSp":
                yield from self._shapes(shape)
            elif name == "graphicFrame":
                yield from self._frame(shape)
            elif name == "pic":
                self.pictures += 1
                yield from self._alternative(shape)
            elif name in {"sp", "cxnSp"}:
                yield from self._shape(shape)

    def _shape(self, shape: Element) -> Iterator[str]:
        kind = _placeholder(shape)
        body = child(shape, "txBody")
        if body is None or kind == "sldNum":
            return
        text = read_body(body)
        if kind in _REPEATED:
            # The date of today is none of the slide's.
            if not any(
                attribute(each, "type").startswith("datetime") for each in descendants(body, "fld")
            ):
                self.margins.append(text)
            return
        if kind in _TITLES and text and not self._title:
            self._title = " ".join(text.split())
        elif text:
            yield text

    def _alternative(self, shape: Element) -> Iterator[str]:
        """Yield the words for a picture, where its author has given it some."""
        for each in descendants(shape, "cNvPr"):
            text = " ".join(attribute(each, "descr").split())
            if text:
                yield f"[Picture: {text}]"
            return

    def _frame(self, frame: Element) -> Iterator[str]:
        for table in descendants(frame, "tbl"):
            yield from tables.format_table(_rows(table))
        for name, key, read in (
            ("chart", "id", drawings.read_chart),
            ("relIds", "dm", drawings.read_diagram),
        ):
            for each in descendants(frame, name):
                relation = self._relations.get(relation_id(each, key))
                for item in embedded.read_drawn(self._package, relation, read):
                    if isinstance(item, str):
                        yield item
                    elif isinstance(item, Note):
                        self.told.append(item)

    def _notes(self) -> Iterator[str]:
        for part in self._package.find_related(self._part, "notesSlide"):
            root = self._package.parse(part)
            drop_alternatives(root)
            texts: list[str] = []
            # Not all programs have the notes in the place that is held for them.
            for each in root.iter("{*}sp", "{*}tbl"):
                body = child(each, "txBody")
                if local(each) == "tbl":
                    texts += tables.format_table(_rows(each))
                elif body is not None and _placeholder(each) not in _OF_NOTES_PAGE:
                    texts.append(read_body(body))
            if any(text.strip() for text in texts):
                yield "Notes: " + "\n".join(filter(None, texts)).strip()

    def _comments(self) -> Iterator[str]:
        for part in self._package.find_related(self._part, "comments"):
            for each in self._package.parse(part).iter("{*}cm", "{*}reply"):
                found = [read_body(body) for body in each if local(body) == "txBody"]
                found += [" ".join((t.text or "").split()) for t in each if local(t) == "text"]
                author = self._authors.get(attribute(each, "authorId"), "")
                if text := "\n".join(filter(None, found)):
                    yield f"[Comment by {author}: {text}]" if author else f"[Comment: {text}]"


def _list_authors(package: Package) -> dict[str, str]:
    """Return the names of those who have written comments."""
    authors = {}
    try:
        for kind in ("commentAuthors", "authors"):
            for part in package.find_related(package.main(), kind):
                for each in package.parse(part).iter("{*}cmAuthor", "{*}author"):
                    authors[attribute(each, "id")] = " ".join(attribute(each, "name").split())
    except BROKEN:
        return {}
    return authors


def _placeholder(shape: Element) -> str:
    """The kind of placeholder that a shape is; "" if it is none."""
    for each in descendants(shape, "ph"):
        return attribute(each, "type") or "body"
    return ""


def _rows(table: Element) -> Iterator[list[str]]:
    return tables.lay_out(_read_row(row) for row in table if local(row) == "tr")


def _read_row(row: Element) -> list[tables.Span]:
    spans = []
    for cell in row:
        # Cells that another one covers are written as well.
        is_covered = cell.get("hMerge") in _TRUE or cell.get("vMerge") in _TRUE
        if local(cell) != "tc" or is_covered:
            continue
        body = child(cell, "txBody")
        text = read_body(body) if body is not None else ""
        spans.append(tables.Span(text, _count(cell, "gridSpan"), _count(cell, "rowSpan")))
    return spans


def _count(cell: Element, name: str) -> int:
    told = cell.get(name, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 4 else 1  # noqa: PLR2004
