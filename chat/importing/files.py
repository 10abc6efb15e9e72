"""Files of chats, read a conversation at a time: JSON, packed or not, or an archive of such files.

Microsoft writes a table, and Google a web page instead where nobody chose otherwise.

Nothing here trusts a size that the file claims: what comes out is counted as it comes.
"""

import codecs
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from gzip import GzipFile
from lzma import LZMAError
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

from aiapp.db import is_disk_full
from aiapp.errors import InvalidInput, TooLarge
from chat.importing import json_items, lists
from chat.importing.activities import copilot, takeout
from chat.importing.programs import pairs

# Of text, after unpacking. Years of daily use are some tens of megabytes.
MAX_BYTES = 1024 * 1024 * 1024
# Of archives, all together. A list of millions of files that are one fits into a small upload.
MAX_MEMBERS = 100_000
# Of an archive in an archive, what is held in memory rather than on the disk.
SPOOLED_BYTES = 1024 * 1024
ZIP, GZIP = b"PK\x03\x04", b"\x1f\x8b"
# ChatGPT's, Claude's and DeepSeek's, in one part or several or a file each, Grok's, Le Chat's,
# Copilot's, Google's and ours.
CHATS = re.compile(
    r"(?:.*/)?(?:(?:(?:conversations|group_chats)(?:[-_ (]{0,2}\d+\)?)?|chats|prod-grok-backend"
    r"|chat-[0-9a-f]{8}-[0-9a-f-]{27}|(?:conversations|design_chats)/[^./][^/]*)\.json"
    r"|copilot-[a-z0-9-]*activity[^/]*\.csv"
    r"|[^/]*(?:gemini|bard)[^/]*/(?:[^./][^/]*\.(?:json|html)|conversation_\d+\.txt)"
    r"|Google AI Studio/[^./][^/]*)",
    re.IGNORECASE,
)
# What an archive may hold instead; what macOS adds to archives is no file of anybody's.
OTHERS = re.compile(r"(?!__MACOSX/)(?:.*/)?[^./][^/]*\.(?:jsonl?|zip)", re.IGNORECASE)
# Chats of AI Studio have no suffix, and lie among the pictures that were shown to it.
MIXED = re.compile(r"(?:.*/)?Google AI Studio/[^/]*", re.IGNORECASE)
BLANK = b" \t\r\n\xef\xbb\xbf"
# What chats in a web page begin with: Google's entries, and ChatGPT's in the page's program.
IN_PAGES = (takeout.BOX, b"jsonData = [")
# How a text in UTF-16 begins, with a mark and without.
UTF_16 = {
    b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16",
    b"[\x00": "utf-16-le", b"{\x00": "utf-16-le", b"\x00[": "utf-16-be", b"\x00{": "utf-16-be",
}  # fmt: skip
NOT_CHATS = (
    "This file contains no chats. Choose a JSON file, or the ZIP archive as you received it."
)
TOO_MUCH = "There is more in this file than can be imported at once."
BROKEN = "This archive is damaged or encrypted."
# An encrypted archive is a RuntimeError to zipfile, a method it lacks NotImplementedError.
UNREADABLE = (
    BadZipFile,
    NotImplementedError,
    EOFError,
    RuntimeError,
    OSError,
    zlib.error,
    LZMAError,
)


def may_hold_chats(start: bytes) -> bool:
    """Return whether a file that begins so can be read here."""
    is_packed = start.startswith((ZIP, GZIP)) or start[:2] in UTF_16
    text = start.lstrip(BLANK)
    is_other = copilot.START.match(start) or pairs.START.match(text) or takeout.START.match(text)
    return is_packed or bool(is_other) or text[:1] in {b"[", b"{"}


def conversations(file: IO[bytes]) -> Iterator[Any]:
    """Yield what stands in the file for each conversation, `Damage` for what cannot be read.

    Raises InvalidInput or TooLarge; InvalidInput when all that can be read has been.
    """
    room = _Room()
    with _refuse_unreadable():
        file.seek(0)
        start = file.read(len(ZIP))
        file.seek(0)
        if start == ZIP:
            yield from _read_archive(file, room, may_nest=True)
        elif start.startswith(GZIP):
            with GzipFile(fileobj=file) as unpacked:
                yield from _read_text(cast(IO[bytes], unpacked), room)
        else:
            yield from _read_text(file, room)


def _read_archive(file: IO[bytes], room: "_Room", *, may_nest: bool) -> Iterator[Any]:
    """Read one member after the other; a damaged one is told of after the others."""
    fault: Exception | None = None
    is_empty = True
    with ZipFile(file) as archive:
        for member in _members(archive):
            try:
                for item in _read_member(archive, member, room, may_nest=may_nest):
                    is_empty = False
                    yield item
            except (InvalidInput, *UNREADABLE) as error:
                fault = fault or error
    if fault is not None:
        raise fault
    if is_empty:
        raise InvalidInput(NOT_CHATS, code="not_chats")


def _members(archive: ZipFile) -> list[ZipInfo]:
    """Return the files of chats, by their known names if there are any."""
    members = sorted(archive.infolist(), key=lambda member: member.filename)
    named = [each for each in members if CHATS.fullmatch(each.filename) and not each.is_dir()]
    return named or [member for member in members if OTHERS.fullmatch(member.filename)]


def _read_member(
    archive: ZipFile, member: ZipInfo, room: "_Room", *, may_nest: bool
) -> Iterator[Any]:
    room.take_member()
    with archive.open(member) as file:
        if MIXED.fullmatch(member.filename) and not may_hold_chats(file.read(4096)):
            return
        file.seek(0)
        if not member.filename.lower().endswith(".zip"):
            yield from _read_text(file, room)
        elif may_nest:
            with SpooledTemporaryFile(SPOOLED_BYTES) as inner:
                copyfileobj(_BoundedFile(file, room), inner)
                yield from _read_archive(inner, room, may_nest=False)


def _read_text(file: IO[bytes], room: "_Room") -> Iterator[Any]:
    """Yield the objects of a list, or the one object that is all, or what a table or page has."""
    start = file.read(2)
    file.seek(0)
    if encoding := UTF_16.get(start):
        file = cast(IO[bytes], codecs.EncodedFile(file, "utf-8", encoding, "replace"))
    counted = _BoundedFile(file, room)
    first = counted.peek()
    if first[:1] in {b"[", b"{"}:
        items = json_items.read_items(counted, in_list=first[:1] == b"[")
        for item in lists.gather(items):
            yield from lists.unwrap(item)
    elif copilot.START.match(first):
        yield from copilot.read_table(counted)
    elif pairs.START.match(first):
        yield from lists.gather(pairs.read_table(counted))
    elif takeout.START.match(first) and counted.skip_to(IN_PAGES):
        if counted.peek().startswith(takeout.BOX):
            yield from takeout.read_boxes(counted)
        else:
            counted.skip_to((b"[",))
            yield from json_items.read_items(counted, in_list=True, is_alone=False)
    else:
        raise InvalidInput(NOT_CHATS, code="not_chats")


class _Room:
    """The numbers of bytes and of files that may still come out of a file."""

    def __init__(self) -> None:
        self._remaining = MAX_BYTES
        self._members = MAX_MEMBERS

    def take(self, size: int) -> None:
        self._remaining -= size
        if self._remaining < 0:
            raise TooLarge(TOO_MUCH)

    def take_member(self) -> None:
        self._members -= 1
        if self._members < 0:
            raise TooLarge(TOO_MUCH)


class _BoundedFile:
    """A file that ends with an error when more comes out of it than there is room for."""

    def __init__(self, file: IO[bytes], room: _Room) -> None:
        self._file = file
        self._buffer = b""
        self._room = room

    def peek(self) -> bytes:
        """Return what the file begins with, from the first byte on that is not blank."""
        while not self._buffer:
            piece = self._file.read(4096)
            if not piece:
                return b""
            self._room.take(len(piece))
            self._buffer = piece.lstrip(BLANK)
        return self._buffer

    def skip_to(self, marks: Sequence[bytes]) -> bool:
        """Go on to the first of some marks, and return whether there is one."""
        longest = max(map(len, marks))
        while True:
            if places := [at for mark in marks if (at := self._buffer.find(mark)) >= 0]:
                self._buffer = self._buffer[min(places) :]
                return True
            piece = self._file.read(json_items.CHUNK_BYTES)
            if not piece:
                return False
            self._room.take(len(piece))
            # A mark may begin where a piece ends.
            self._buffer = self._buffer[-longest:] + piece

    def read(self, size: int = -1) -> bytes:
        if self._buffer and size:
            data, self._buffer = self._buffer, b""
            return data
        data = self._file.read(size)
        self._room.take(len(data))
        return data


@contextmanager
def _refuse_unreadable() -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        if is_disk_full(error):
            # What is unpacked found no room, which is not the file's fault.
            raise
        raise InvalidInput(BROKEN, code="broken_file") from error
