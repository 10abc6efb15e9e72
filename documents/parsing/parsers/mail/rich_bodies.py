"""The texts of letters that Outlook keeps as compressed RTF (MS-OXRTFCP)."""

import struct

from documents.parsing.limits import ParseError
from documents.parsing.parsers.office.rich_text import reading

_HEAD = struct.Struct("<IIII")
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_WINDOW, _START = 4096, 207
# What both sides know from the beginning, since it stands in every text.
_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
MAX_BYTES = 50 * 1024 * 1024


def read_rich_body(data: bytes) -> str:
    """Return the text of a compressed body; "" if it cannot be read."""
    try:
        text = decompress(data).strip(b"\0 \r\n")
        pages = [item for item in reading.read_pages(text, 1) if isinstance(item, str)]
    except (ParseError, struct.error, IndexError):
        return ""
    return "\n\n".join(pages)


def decompress(data: bytes) -> bytes:
    """Return the RTF of a body. Raises struct.error and IndexError for what is none."""
    _, size, kind, _ = _HEAD.unpack_from(data)
    if kind == _PLAIN:
        return data[_HEAD.size : _HEAD.size + size]
    if kind != _COMPRESSED:
        raise IndexError(kind)
    window = bytearray(_KNOWN.ljust(_WINDOW, b" "))
    written, at, place = bytearray(), _HEAD.size, _START
    while at < len(data) and len(written) < min(size, MAX_BYTES):
        controls, at = data[at], at + 1
        for bit in range(8):
            if at >= len(data):
                break
            if controls >> bit & 1:
                pair = int.from_bytes(data[at : at + 2], "big")
                at += 2
                if pair >> 4 == place:
                    return bytes(written)
                copied = _copy(window, pair >> 4, (pair & 15) + 2, place)
            else:
                copied, at = data[at : at + 1], at + 1
                window[place] = copied[0]
            place = (place + len(copied)) % _WINDOW
            written += copied
    return bytes(written)


def _copy(window: bytearray, start: int, length: int, place: int) -> bytes:
    """Repeat what was written before, which may reach into what is being written now."""
    copied = bytearray()
    for n in range(length):
        byte = window[(start + n) % _WINDOW]
        window[(place + n) % _WINDOW] = byte
        copied.append(byte)
    return bytes(copied)
