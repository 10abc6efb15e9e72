"""Files that lie within documents of Office: a workbook in a letter, a PDF on a slide."""

import io
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import olefile

from documents.parsing import nested
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.attachments import read_attachment
from documents.parsing.parsers.office.before_2007 import graphs
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    Package,
    Relation,
    descendants,
)

MAX_BYTES, MAX_OBJECTS = 50_000_000, 200
_KINDS = {"package", "oleObject"}
# Streams of a file that hold another one whole.
_WHOLE = ("Package", "CONTENTS", "EmbeddedOdf")
_NATIVE = "\x01Ole10Native"
_OLE_MARK = b"\xd0\xcf\x11\xe0"


def read_embedded(package: Package, part: str) -> Iterator[Item]:
    """Yield the texts of files that a part has within it, each under its name, and notes."""
    try:
        relations = package.relations(part).values()
    except BROKEN:
        # The part can be read without.
        return
    for relation in relations:
        if relation.kind in _KINDS and package.has(relation.target):
            yield from read_one(package, relation.target)


def read_drawn(
    package: Package, relation: Relation | None, read: Callable[[Element], Iterator[str]]
) -> Iterator[Item]:
    """Yield what a chart or diagram shows; of a chart without figures, the workbook behind it."""
    if relation is None or not package.has(relation.target):
        yield note("objects_unread", count=1)
        return
    root = package.parse(relation.target)
    yield from read(root)
    if next(descendants(root, "pt"), None) is None:
        for target in package.find_related(relation.target, "package"):
            yield from read_one(package, target)


def read_one(package: Package, target: str) -> Iterator[Item]:
    name = target.rpartition("/")[2]
    try:
        data = package.read(target)
        if len(data) <= MAX_BYTES:
            yield from read_attachment(*_unwrap(name, data))
        else:
            yield note("attachment_unread", name=name)
    except BROKEN:
        yield note("attachment_unread", name=name)


def _unwrap(name: str, data: bytes) -> tuple[str, bytes]:
    """Return the name and bytes of the file that an object of Windows is around."""
    if not data.startswith(_OLE_MARK):
        return name, data
    with olefile.OleFileIO(io.BytesIO(data)) as held:
        return _take(held, [], name) or (name, data)


def read_storages(file: Any, *around: str) -> Iterator[Item]:
    """Yield the texts of files that lie in the storages of an OLE file, and notes.

    `around` are how the names of storages begin that hold an object each, or many of them.
    """
    unread = 0
    for storage in _list_storages(file, around):
        try:
            if graphs.is_graph(file, *storage) and (chart := graphs.read_graph(file, *storage)):
                yield chart
                continue
            taken = _take(file, storage, storage[-1])
        except (struct.error, *BROKEN):
            taken = None
        if taken is not None and len(taken[1]) <= MAX_BYTES:
            yield from read_attachment(*taken)
        else:
            unread += 1
    if unread:
        yield note("objects_unread", count=unread)


def read_objects(held: Iterable[bytes]) -> Iterator[Item]:
    """Yield the texts of files that have no names, and a note on those that cannot be read."""
    unread = 0
    for number, data in enumerate(held, 1):
        texts = []
        try:
            if chart := _read_graph(data):
                yield chart
                continue
            name, unwrapped = _unwrap(f"Object {number}", data[:MAX_BYTES])
            texts = [item for item in nested.read(name, unwrapped) if isinstance(item, str)]
        except (ParseError, struct.error, *BROKEN):
            unread += 1
        if text := "\n\n".join(text for text in texts if text.strip()):
            yield f"## Attachment: {name}\n\n{text}"
    if unread:
        yield note("objects_unread", count=unread)


def _read_graph(data: bytes) -> str:
    """Return the text of an object that is a chart; "" if it is none, or holds nothing."""
    if not data.startswith(_OLE_MARK):
        return ""
    with olefile.OleFileIO(io.BytesIO(data[:MAX_BYTES])) as held:
        return graphs.read_graph(held) if graphs.is_graph(held) else ""


def _list_storages(file: Any, around: tuple[str, ...]) -> list[list[str]]:
    found: dict[str, list[str]] = {}
    for path in file.listdir():
        if len(path) > 1 and path[0].startswith(around):
            storage = path[:2] if path[0] == "ObjectPool" and len(path) > 2 else path[:1]  # noqa: PLR2004
            found.setdefault("/".join(storage), storage)
    return list(found.values())[:MAX_OBJECTS]


def _take(held: Any, storage: list[str], name: str) -> tuple[str, bytes] | None:
    """Return the name and bytes of a file that a storage holds whole."""
    for stream in _WHOLE:
        if held.exists([*storage, stream]):
            return name, held.openstream([*storage, stream]).read()
    if held.exists([*storage, _NATIVE]):
        return _read_native(name, held.openstream([*storage, _NATIVE]).read())
    return None


def _read_native(name: str, data: bytes) -> tuple[str, bytes]:
    """Read what Windows' packager writes: length, kind, name, two paths, length, the file."""
    at = 6
    label, _, _ = data[at : at + 300].partition(b"\0")
    at += len(label) + 1
    at = data.index(b"\0", at) + 1 + 4
    length = int.from_bytes(data[at : at + 4], "little")
    at += 4 + length
    size = int.from_bytes(data[at : at + 4], "little")
    return label.decode("cp1252", "replace") or name, data[at + 4 : at + 4 + size]
