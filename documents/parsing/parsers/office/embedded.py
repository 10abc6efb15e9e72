"""Files that lie within documents of Office: a workbook in a letter, a PDF on a slide."""

import io
from collections.abc import Iterator

import olefile

from documents.parsing.formats import Item
from documents.parsing.notes import note
from documents.parsing.parsers.attachments import read_attachment
from documents.parsing.parsers.office.packages import BROKEN, Package

MAX_BYTES = 50_000_000
_KINDS = {"package", "oleObject"}
# Streams of a file that hold another one whole.
_WHOLE = ("Package", "CONTENTS", "EmbeddedOdf")
_NATIVE = "\x01Ole10Native"
_OLE_MARK = b"\xd0\xcf\x11\xe0"


def read_embedded(package: Package, part: str) -> Iterator[Item]:
    """Yield the texts of files that a part has within it, each under its name, and notes."""
    for relation in package.relations(part).values():
        if relation.kind in _KINDS and package.has(relation.target):
            yield from read_one(package, relation.target)


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
        for stream in _WHOLE:
            if held.exists(stream):
                return name, held.openstream(stream).read()
        if held.exists(_NATIVE):
            return _read_native(name, held.openstream(_NATIVE).read())
    return name, data


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
