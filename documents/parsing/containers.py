"""Files that hold others - zip archives and those of OLE -, told by the names of what is inside."""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any

from documents.parsing.formats import FORMATS

ZIP_MARK, OLE_MARK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = "application/zip"
# A document of today behind a password: an OLE file with the real one in it, encrypted.
LOCKED = "locked"

_ENTRY = struct.Struct("<4s22xHH")  # a file's own head: mark, length of its name and of the rest
_LISTED = struct.Struct("<4s24xHHH12x")  # an entry of the list at the end: mark, three lengths
_LISTED_MARK, _END_MARK, _LOCATOR_MARK = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x07"
# The end of the list: mark, its size and where it begins; of large archives in a record of its own,
# which is found by the place that stands between the two.
_END, _LARGE_END = struct.Struct("<4s8xII2x"), struct.Struct("<4s36xQQ")
_LOCATOR = struct.Struct("<4s4xQ4x")
# What lists the parts of a package of Office, and what its main part is called.
_TYPES = "[Content_Types].xml"
_MAIN_PARTS = {"document.xml": ".docx", "workbook.xml": ".xlsx", "presentation.xml": ".pptx"}
_MAX_LIST_BYTES = 4 * 1024 * 1024
_KIND_NAME, _KIND = b"mimetype", re.compile(rb"[a-z]{1,20}/[a-z0-9.+-]{1,80}")
_KIND_ENTRY, _MAX_KIND_BYTES = struct.Struct("<4s4xH16xHH"), 200
# Where streams of an OLE file are listed: 128 bytes each, the name in UTF-16 first.
_SECTOR_SHIFT, _FIRST_LISTING, _LISTED_BYTES, _NAME_BYTES = 30, 48, 128, 64
_MAX_SECTORS, _FREE = 64, 0xFFFFFFFA
# A sector has 512 or 4,096 bytes; what says otherwise is made to look like such a file.
_SECTOR_SHIFTS = range(7, 17)
_LOCKED_STREAM = "EncryptedPackage"


def detect_in_zip(file: IO[Any], head: bytes, tail: bytes) -> str | None:
    """The type of an archive by what its first file says it is, else by the names in it."""
    zips = [each for each in FORMATS.values() if each.family == "zip"]
    if named := _read_kind(head):
        for each in zips:
            if each.mimetype and named.startswith(each.mimetype):
                return each.media_type
    names = set(_list_names(file, tail)) or {*_find_names(head), *_find_names_at_end(tail)}
    for each in zips:
        if any(name.startswith(mark) for mark in each.marks for name in names):
            return each.media_type
    if _TYPES in names and (kind := _find_main(names)):
        return kind
    return ZIP if ZIP in FORMATS and names else None


def _find_main(names: set[str]) -> str:
    """Return the kind of a package whose parts lie elsewhere than usual, by how they are called."""
    for name in sorted(names):
        suffix = _MAIN_PARTS.get(name.rpartition("/")[2].lower())
        if suffix:
            return next(each.media_type for each in FORMATS.values() if suffix in each.suffixes)
    return ""


def _read_kind(head: bytes) -> str:
    """Return what a document says it is; "" if it does not, or not near its beginning."""
    place = head.find(_KIND_NAME)
    start = place - _ENTRY.size
    if start < 0 or not head.startswith(ZIP_MARK, start):
        return ""
    _, method, length, extra = _KIND_ENTRY.unpack_from(head, start)
    told = head[place + length + extra :][:_MAX_KIND_BYTES]
    if method and length == len(_KIND_NAME):
        # It should be as it is, and is not where people have packed the parts again.
        try:
            told = zlib.decompressobj(-zlib.MAX_WBITS).decompress(told, _MAX_KIND_BYTES)
        except zlib.error:
            return ""
    found = _KIND.match(told)
    return found[0].decode().removesuffix("-template") if found else ""


def _list_names(file: IO[Any], tail: bytes) -> Iterator[str]:
    """The names in an archive's own list, as far as it is whole.

    Archives within it have lists as well, and lie there as they are where nobody packed them again.
    """
    end = tail.rfind(_END_MARK)
    if not 0 <= end <= len(tail) - _END.size:
        return
    place = file.seek(0, 2) - len(tail) + end
    _, size, start = _END.unpack_from(tail, end)
    if end >= _LOCATOR.size and tail.startswith(_LOCATOR_MARK, end - _LOCATOR.size):
        _, place = _LOCATOR.unpack_from(tail, end - _LOCATOR.size)
        large = _read(file, place, _LARGE_END.size)
        if len(large) < _LARGE_END.size:
            return
        _, size, start = _LARGE_END.unpack(large)
    # It stands right before its end; what programs write before an archive moves its beginning.
    for at in (place - size, start):
        listed = _read(file, at, min(size, _MAX_LIST_BYTES)) if at > 0 else b""
        if listed.startswith(_LISTED_MARK):
            yield from _read_list(listed)
            return


def _read_list(listed: bytes) -> Iterator[str]:
    at = 0
    while listed.startswith(_LISTED_MARK, at) and at <= len(listed) - _LISTED.size:
        _, name, extra, comment = _LISTED.unpack_from(listed, at)
        at += _LISTED.size
        yield _read_name(listed[at : at + name])
        at += name + extra + comment


def _find_names(head: bytes) -> Iterator[str]:
    """The names of the files in the beginning of a damaged archive, each before its bytes."""
    start = head.find(ZIP_MARK)
    while 0 <= start <= len(head) - _ENTRY.size:
        _, length, _ = _ENTRY.unpack_from(head, start)
        name = head[start + _ENTRY.size : start + _ENTRY.size + length]
        yield _read_name(name)
        start = head.find(ZIP_MARK, start + _ENTRY.size)


def _read_name(name: bytes) -> str:
    # Some programs of Windows part folders by their own sign.
    return name.decode("utf-8", "replace").replace("\\", "/")


def _find_names_at_end(tail: bytes) -> Iterator[str]:
    start = tail.find(_LISTED_MARK)
    while 0 <= start <= len(tail) - _LISTED.size:
        _, length, _, _ = _LISTED.unpack_from(tail, start)
        name = tail[start + _LISTED.size : start + _LISTED.size + length]
        yield _read_name(name)
        start = tail.find(_LISTED_MARK, start + _LISTED.size + length)


def detect_in_ole(file: IO[Any], head: bytes) -> str | None:
    # Names are the same in capitals.
    names = {name.lower() for name in _list_streams(file, head)}
    if _LOCKED_STREAM.lower() in names:
        return LOCKED
    for each in FORMATS.values():
        if each.family == "ole" and names.intersection(map(str.lower, each.marks)):
            return each.media_type
    return None


def _list_streams(file: IO[Any], head: bytes) -> Iterator[str]:
    """The names in the directory of an OLE file, as far as its sectors follow one another."""
    if len(head) < 512:  # noqa: PLR2004 - its own head, before anything else
        return
    (shift,) = struct.unpack_from("<H", head, _SECTOR_SHIFT)
    if shift not in _SECTOR_SHIFTS:
        return
    size = 1 << shift
    (sector,) = struct.unpack_from("<I", head, _FIRST_LISTING)
    tables = struct.unpack_from("<109I", head, 76)
    for _ in range(_MAX_SECTORS):
        if sector >= _FREE:
            return
        listing = _read(file, (sector + 1) * size, size)
        for at in range(0, len(listing) - _LISTED_BYTES + 1, _LISTED_BYTES):
            name = listing[at : at + _NAME_BYTES].decode("utf-16-le", "replace")
            yield name.partition("\0")[0]
        # Which sector follows stands in a table of its own, found by the head's list of tables.
        table, place = divmod(sector, size // 4)
        if table >= len(tables) or tables[table] >= _FREE:
            return
        following = _read(file, (tables[table] + 1) * size + place * 4, 4)
        sector = int.from_bytes(following.ljust(4, b"\xff"), "little")


def _read(file: IO[Any], at: int, size: int) -> bytes:
    file.seek(at)
    data: bytes = file.read(size)
    return data
