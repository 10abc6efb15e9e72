"""Comments on the cells of a sheet: notes of old, and talks of several people."""

from collections.abc import Iterator

from documents.parsing.parsers.office.excel.workbook import read_text
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Package,
    attribute,
    child,
    descendants,
)


def read_all(package: Package, sheet: str, book: str) -> Iterator[str]:
    """Yield the comments of a sheet; of a talk not the copy for programs that know none."""
    people = _list_people(package, book)
    talked: set[str] = set()
    for part in package.find_related(sheet, "threadedComment"):
        for each in descendants(package.parse(part), "threadedComment"):
            inside = child(each, "text")
            text = " ".join((inside.text or "").split()) if inside is not None else ""
            place = attribute(each, "ref")
            talked.add(place)
            author = people.get(attribute(each, "personId"), "")
            if text:
                yield f"[Comment on {place}{f' by {author}' if author else ''}: {text}]"
    for part in package.find_related(sheet, "comments"):
        for each in descendants(package.parse(part), "comment"):
            inside = child(each, "text")
            text = " ".join(read_text(inside).split()) if inside is not None else ""
            if text and attribute(each, "ref") not in talked:
                yield f"[Comment on {attribute(each, 'ref')}: {text}]"


def _list_people(package: Package, book: str) -> dict[str, str]:
    people = {}
    try:
        for part in package.find_related(book, "person"):
            for each in descendants(package.parse(part), "person"):
                people[attribute(each, "id")] = " ".join(attribute(each, "displayName").split())
    except BROKEN:
        return {}
    return people
