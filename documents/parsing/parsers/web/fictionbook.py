"""FictionBook (fb2): a page a chapter, with its notes where they are marked."""

from collections.abc import Iterator

from documents.parsing import contents, tables
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers import superscripts
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    attribute,
    child,
    descendants,
    local,
    parse_xml,
)
from documents.parsing.parsers.superscripts import Piece

MAX_HEADING, MAX_DEPTH = 6, 100
_LINES = {"p", "v", "subtitle", "text-author", "date"}
_HEIGHTS = {"sup": 1, "sub": -1}


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    try:
        root = parse_xml(contents.read(path))
    except BROKEN as error:
        raise ParseError("corrupt_file") from error
    bodies = [each for each in root if local(each) == "body"]
    if local(root) != "FictionBook" or not bodies:
        raise ParseError("corrupt_file")
    book = _Book(bodies)
    chapters = list(_list_chapters(bodies))
    yield max(len(chapters), 1)
    about = "\n\n".join(_describe(root))
    if not chapters:
        yield about
    for number, chapter in enumerate(chapters[first - 1 :], first):
        blocks = [about] if number == 1 and about else []
        blocks += book.blocks(chapter, 1)
        if book.pictures:
            yield note("pictures_unread", count=book.pictures)
        book.pictures = 0
        yield "\n\n".join(blocks)


def _list_chapters(bodies: list[Element]) -> Iterator[list[Element]]:
    """Yield the sections of the text; what stands between them goes with the next."""
    for body in bodies:
        if attribute(body, "name") in {"notes", "comments"}:
            continue
        held: list[Element] = []
        for each in body:
            held.append(each)
            if local(each) == "section":
                yield held
                held = []
        if held:
            yield held


def _describe(root: Element) -> Iterator[str]:
    about = child(root, "description", "title-info")
    if about is None:
        return
    for title in descendants(about, "book-title"):
        yield f"# {' '.join(''.join(title.itertext()).split())}"
    for author in (each for each in about if local(each) == "author"):
        yield " ".join(" ".join(author.itertext()).split())


class _Book:
    """Reads the blocks of chapters, with the notes that they mark."""

    def __init__(self, bodies: list[Element]) -> None:
        self.pictures = 0
        self._marked: list[tuple[str, str]] = []
        self._notes = {
            attribute(each, "id"): each
            for body in bodies
            if attribute(body, "name") in {"notes", "comments"}
            for each in descendants(body, "section")
        }

    def blocks(self, held: list[Element], depth: int) -> Iterator[str]:
        for each in held if depth < MAX_DEPTH else ():
            name = local(each)
            if name == "title":
                lines = (self._line(line) for line in each if local(line) == "p")
                yield f"{'#' * min(depth, MAX_HEADING)} {' '.join(' '.join(lines).split())}"
            elif name in _LINES:
                yield from filter(None, [self._line(each)])
                yield from self._take_notes()
            elif name == "table":
                rows = (row for row in each if local(row) == "tr")
                yield from tables.format_table([[self._line(cell) for cell in row] for row in rows])
            elif name == "image":
                self.pictures += 1
            else:
                yield from self.blocks(list(each), depth + (name == "section"))

    def _take_notes(self) -> Iterator[str]:
        marked, self._marked = self._marked, []
        for mark, target in marked:
            told = self._notes.pop(target, None)
            if told is None:
                continue
            lines = (self._line(each) for each in told if local(each) in _LINES)
            yield f"[^{mark}]: {' '.join(lines)}"

    def _line(self, element: Element) -> str:
        return " ".join(superscripts.join(self._list_pieces(element, 0, 0)).split())

    def _list_pieces(self, element: Element, height: int, depth: int) -> Iterator[Piece]:
        yield Piece(height, element.text or "")
        for each in element if depth < MAX_DEPTH else ():
            name = local(each)
            is_mark = name == "a" and attribute(each, "type") == "note"
            mark = "".join(each.itertext()).strip(" []()") if is_mark else ""
            if mark:
                self._marked.append((mark, attribute(each, "href").removeprefix("#")))
                yield Piece(0, f"[^{mark}]")
            elif name == "image":
                self.pictures += 1
            else:
                yield from self._list_pieces(each, _HEIGHTS.get(name, height), depth + 1)
            yield Piece(height, each.tail or "")
