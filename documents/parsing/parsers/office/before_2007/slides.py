"""Presentations of PowerPoint 97 to 2003: a page a slide, with its title, tables and notes.

The stream of a presentation is a tree of records, and grows with each save: what has changed is
written behind what it was. Which records hold, and in which order slides are shown, is told by the
lists that the newest edit points to ([MS-PPT] 2.1.2).
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from documents.parsing import tables
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.office import embedded
from documents.parsing.parsers.office.before_2007.opening import BROKEN, open_streams, read_stream

_DOCUMENT, _SLIDE_ATOM, _LISTING, _PERSIST = 0x3E8, 0x3EF, 0xFF0, 0x3F3
_HEADER, _WIDE, _NARROW, _OUTLINE = 0xF9F, 0xFA0, 0xFA8, 0xF9E
_EDIT, _PERSISTED = 0xFF5, 0x1772
_GROUP, _SHAPE, _TEXT_BOX, _ANCHOR, _TERTIARY = 0xF003, 0xF004, 0xF00D, 0xF00F, 0xF122
_OBJECT = 0x1011
_PICTURE_FRAME, _SHAPE_ATOM = 75, 0xF00A
_IS_TABLE = 0x39F
_SLIDES, _NOTES = 0, 2
_LOCKED = 0xF3D1C4DF
_TITLES, _BODY_OF_NOTES = {0, 6}, 2
_CONTAINER = 0xF
_HEAD = struct.Struct("<HHI")


class Record(NamedTuple):
    """A record of the stream, and where what is in it begins and ends."""

    kind: int
    version: int
    start: int
    end: int

    @property
    def instance(self) -> int:
        return self.version >> 4

    @property
    def is_container(self) -> bool:
        return self.version & 0xF == _CONTAINER


@dataclass(slots=True)
class Listed:
    """A slide of a list: where it is, its id, and the texts that the list has of it."""

    place: int
    id: int
    texts: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class Shapes:
    """The content of a slide: its title, its blocks of text, and how many pictures it shows."""

    title: str = ""
    blocks: list[str] = field(default_factory=list)
    pictures: int = 0


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    with open_streams(path) as file:
        user = read_stream(file, "Current User")
        (token, newest) = struct.unpack_from("<II", user, 12)
        if token == _LOCKED:
            raise ParseError("password_protected")
        show = _Show(read_stream(file, "PowerPoint Document"), newest)
        slides = show.list_slides()
        yield len(slides)
        for number, slide in enumerate(slides[first - 1 :], first):
            # Files within are told behind the last slide.
            held = show.list_objects() if number == len(slides) else ()
            yield from _read_slide(show, slide, held)


def _read_slide(show: "_Show", slide: Listed, held: Iterable[bytes]) -> Iterator[Item]:
    shapes = Shapes()
    try:
        show.read_shapes(slide, shapes)
        shapes.blocks += show.read_notes(slide)
    except BROKEN:
        # One slide that cannot be read does not take the others from their reader.
        yield note("part_unreadable", name=f"slide {slide.id}")
    for item in embedded.read_objects(held):
        if isinstance(item, str):
            shapes.blocks.append(item)
        else:
            yield item
    if shapes.pictures:
        yield note("pictures_unread", count=shapes.pictures)
    title = [f"# {' '.join(shapes.title.split())}"] if shapes.title.strip() else []
    yield "\n\n".join([*title, *shapes.blocks])


class _Show:
    """A presentation: its records, and which of them hold."""

    def __init__(self, data: bytes, newest: int) -> None:
        self._data = data
        self._places: dict[int, int] = {}
        self._listings: dict[int, list[Listed]] = {}
        document = self._find_places(newest)
        for listing in self._children(self._at(self._places[document])):
            if listing.kind == _LISTING:
                self._listings[listing.instance] = list(self._read_listing(listing))
        self._notes = {page.id: page for page in self._listings.get(_NOTES, [])}

    def list_slides(self) -> list[Listed]:
        return self._listings.get(_SLIDES, [])

    def read_shapes(self, slide: Listed, shapes: Shapes) -> None:
        """Read a slide into `shapes`, in the order in which its shapes lie over each other."""
        root = self._at(slide.place)
        # A text of the list is shown in one shape.
        left = dict(enumerate(slide.texts))
        self._read_drawing(root, left, shapes)
        for kind, text in left.values():
            if kind in _TITLES and not shapes.title:
                shapes.title = text
            elif text.strip():
                shapes.blocks.append(_tidy(text))

    def read_notes(self, slide: Listed) -> Iterator[str]:
        notes_id = 0
        for each in self._children(self._at(slide.place)):
            if each.kind == _SLIDE_ATOM:
                (notes_id,) = struct.unpack_from("<I", self._data, each.start + 16)
        page = self._notes.pop(notes_id, None)
        if page is None:
            return
        for kind, text in [*page.texts, *self._walk_texts(self._at(page.place))]:
            if kind == _BODY_OF_NOTES and text.strip():
                yield f"Notes: {_tidy(text)}"

    def list_objects(self) -> Iterator[bytes]:
        """Yield the files that lie in the presentation, unpacked."""
        for place in list(self._places.values()):
            record = self._at(place)
            data = self._data[record.start : record.end]
            if record.kind == _OBJECT and record.instance:
                # Before it stands how long it is.
                data = zlib.decompressobj().decompress(data[4:], embedded.MAX_BYTES)
            if record.kind == _OBJECT:
                yield data

    # -- which records hold ---------------------------------------------------------------------

    def _find_places(self, edit: int) -> int:
        """Note where each persistent record is now, and return the document's number."""
        document, seen = 0, set[int]()
        while edit not in seen and (record := self._at(edit)).kind == _EDIT:
            before, directory, own = struct.unpack_from("<III", self._data, record.start + 8)
            document = document or own
            if directory not in seen:
                self._read_places(self._at(directory))
            seen |= {edit, directory}
            if not before:
                break
            edit = before
        return document

    def _read_places(self, directory: Record) -> None:
        if directory.kind != _PERSISTED:
            raise ValueError("not a directory")
        at = directory.start
        while at + 4 <= directory.end:
            (head,) = struct.unpack_from("<I", self._data, at)
            first, count = head & 0xFFFFF, head >> 20
            count = min(count, (directory.end - at) // 4 - 1)
            places = struct.unpack_from(f"<{count}I", self._data, at + 4)
            for number, place in enumerate(places, first):
                # Newer edits come first.
                self._places.setdefault(number, place)
            at += 4 + 4 * count

    def _read_listing(self, listing: Record) -> Iterator[Listed]:
        slide: Listed | None = None
        seen: set[int] = set()
        kind = -1
        for each in self._children(listing):
            if each.kind == _PERSIST:
                if slide is not None:
                    yield slide
                number, _, _, slide_id = struct.unpack_from("<IIII", self._data, each.start)
                slide = None
                place = self._places.get(number)
                if place is not None and place not in seen:
                    seen.add(place)
                    slide = Listed(place, slide_id)
            elif each.kind == _HEADER:
                (kind,) = struct.unpack_from("<I", self._data, each.start)
            elif slide is not None and each.kind in (_WIDE, _NARROW):
                slide.texts.append((kind, self._text(each)))
        if slide is not None:
            yield slide

    # -- what is shown --------------------------------------------------------------------------

    def _read_drawing(
        self, parent: Record, left: dict[int, tuple[int, str]], shapes: Shapes
    ) -> None:
        for each in self._children(parent):
            if each.kind == _GROUP and self._is_table(each):
                shapes.blocks += tables.format_table(self._read_table(each, left))
            elif each.kind == _SHAPE:
                self._read_shape(each, left, shapes)
            elif each.is_container and each.kind not in (_HEADER, _TEXT_BOX):
                self._read_drawing(each, left, shapes)

    def _read_shape(self, shape: Record, left: dict[int, tuple[int, str]], shapes: Shapes) -> None:
        for each in self._children(shape):
            if each.kind == _SHAPE_ATOM and each.instance == _PICTURE_FRAME:
                shapes.pictures += 1
        for kind, text in self._texts_of_shape(shape, left):
            if kind in _TITLES and not shapes.title:
                shapes.title = text
            elif text.strip() and text.strip() != "*":
                shapes.blocks.append(_tidy(text))

    def _texts_of_shape(
        self, shape: Record, left: dict[int, tuple[int, str]]
    ) -> Iterator[tuple[int, str]]:
        for box in self._children(shape):
            if box.kind != _TEXT_BOX:
                continue
            kind = -1
            for each in self._children(box):
                if each.kind == _HEADER:
                    (kind,) = struct.unpack_from("<I", self._data, each.start)
                elif each.kind in (_WIDE, _NARROW):
                    yield kind, self._text(each)
                elif each.kind == _OUTLINE:
                    (number,) = struct.unpack_from("<I", self._data, each.start)
                    if number in left:
                        yield left.pop(number)

    def _is_table(self, group: Record) -> bool:
        """Tell by the properties of a group's first shape, which stands for the group."""
        first = next(self._children(group), None)
        if first is None or first.kind != _SHAPE:
            return False
        for each in self._children(first):
            if each.kind == _TERTIARY:
                ids = (
                    struct.unpack_from("<H", self._data, each.start + 6 * n)[0] & 0x3FFF
                    for n in range(min(each.instance, (each.end - each.start) // 6))
                )
                return _IS_TABLE in ids
        return False

    def _read_table(self, group: Record, left: dict[int, tuple[int, str]]) -> list[list[str]]:
        """Cells are shapes: those of one height are a row."""
        rows: dict[int, list[tuple[int, str]]] = {}
        for shape in self._children(group):
            if shape.kind != _SHAPE:
                continue
            texts = [text for _, text in self._texts_of_shape(shape, left)]
            for each in self._children(shape) if texts else ():
                if each.kind == _ANCHOR:
                    x, y = struct.unpack_from("<ii", self._data, each.start)
                    rows.setdefault(y, []).append((x, _tidy(" ".join(texts))))
        return [[text for _, text in sorted(row)] for _, row in sorted(rows.items())]

    def _walk_texts(self, parent: Record) -> Iterator[tuple[int, str]]:
        for each in self._children(parent):
            if each.kind == _SHAPE:
                yield from self._texts_of_shape(each, {})
            elif each.is_container:
                yield from self._walk_texts(each)

    # -- records --------------------------------------------------------------------------------

    def _at(self, place: int) -> Record:
        version, kind, size = _HEAD.unpack_from(self._data, place)
        start = place + _HEAD.size
        return Record(kind, version, start, min(start + size, len(self._data)))

    def _children(self, parent: Record) -> Iterator[Record]:
        at = parent.start
        while at + _HEAD.size <= parent.end:
            child = self._at(at)
            yield child._replace(end=min(child.end, parent.end))
            at = child.end

    def _text(self, record: Record) -> str:
        data = self._data[record.start : record.end]
        if record.kind == _NARROW:
            # The lower halves of characters.
            return data.decode("latin-1")
        return data.decode("utf-16-le", "replace")


def _tidy(text: str) -> str:
    lines = (line.strip() for line in text.replace("\v", "\r").split("\r"))
    return "\n".join(line for line in lines if line)
