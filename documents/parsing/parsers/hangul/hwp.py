"""HWP 5: the text of a document of Hancom Office's format before HWPX, from its own records.

What is known of it is published by Hancom: an OLE file whose sections are lists of records,
packed by zlib; one kind of them holds the text of a paragraph, in which signs below the space
stand for tables, boxes and the like and are followed by what they are.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import olefile

from documents.parsing.contents import Contents, for_library
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.hangul import records

_HEADER, _PREVIEW, _SECTIONS = "FileHeader", "PrvText", "BodyText"
_MARK = b"HWP Document File"
_FLAGS_AT = 36
_PACKED, _LOCKED, _FOR_DISTRIBUTION = 1, 2, 4
# Signs below the space: a character each, or eight with what the sign is about.
_ALONE = {0, 10, 13, *range(24, 32)}
_SHOWN = {9: "\t", 10: "\n", 13: "\n", 24: "-", 30: " ", 31: " "}
_MAX_UNPACKED = 200 * 1024 * 1024
_BROKEN = (OSError, ValueError, KeyError, IndexError, struct.error, zlib.error, AttributeError)


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    try:
        with olefile.OleFileIO(for_library(path)) as file:
            yield from _read(file, first)
    except _BROKEN as error:
        raise ParseError("corrupt_file") from error


def _read(file: Any, first: int) -> Iterator[Item]:
    head = file.openstream(_HEADER).read()
    (flags,) = struct.unpack_from("<I", head, _FLAGS_AT)
    if not head.startswith(_MARK):
        raise ParseError("corrupt_file")
    if flags & _LOCKED:
        raise ParseError("password_protected")
    yield 1
    if first == 1:
        yield from _read_text_of(file, flags)


def _read_text_of(file: Any, flags: int) -> Iterator[Item]:
    texts: list[str] = []
    # The sections of one that was made to be handed out are scrambled.
    for name in () if flags & _FOR_DISTRIBUTION else _list_sections(file):
        try:
            data = _unpack(file.openstream(name).read(), is_packed=bool(flags & _PACKED))
            found = list(records.list_records(data))
            texts += records.Section(found, _read_text).read()
        except _BROKEN:
            yield note("part_unreadable", name="/".join(name))
    if any(texts):
        yield note("text_only")
        yield "\n\n".join(text for text in texts if text.strip())
    elif file.exists(_PREVIEW):
        yield note("preview_only")
        yield file.openstream(_PREVIEW).read().decode("utf-16-le", "replace")
    else:
        yield ""


def _list_sections(file: Any) -> list[list[str]]:
    found = [entry for entry in file.listdir() if len(entry) == 2 and entry[0] == _SECTIONS]  # noqa: PLR2004
    return sorted(found, key=lambda entry: int(entry[1].removeprefix("Section") or 0))


def _unpack(data: bytes, *, is_packed: bool) -> bytes:
    if not is_packed:
        return data
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    unpacked = unpacker.decompress(data, _MAX_UNPACKED)
    if unpacker.unconsumed_tail:
        raise ParseError("archive_too_large")
    return unpacked


def _read_text(data: bytes) -> str:
    codes = struct.unpack(f"<{len(data) // 2}H", data[: len(data) // 2 * 2])
    kept: list[int] = []
    at = 0
    while at < len(codes):
        code = codes[at]
        if code < ord(" "):
            kept += map(ord, _SHOWN.get(code, ""))
            at += 1 if code in _ALONE else 8
        else:
            kept.append(code)
            at += 1
    return struct.pack(f"<{len(kept)}H", *kept).decode("utf-16-le", "replace").strip()
