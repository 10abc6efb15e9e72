"""Letters in the envelopes of S/MIME (RFC 8551), which sign or encrypt what is inside."""

_MARK = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
_DATA, _SIGNED = _MARK + b"\x01", _MARK + b"\x02"
# The signed content follows its type: in a context of its own, whole or in pieces.
_HOLDER, _WHOLE, _PIECES = 0xA0, 0x04, 0x24
_WITHIN = 64
_LONG = 0x80


def unwrap(data: bytes) -> bytes | None:
    """Return the letter that is signed; None of one that is encrypted, or that is not here."""
    kind = data.find(_SIGNED, 0, _WITHIN)
    place = data.find(_DATA, kind) + len(_DATA) if kind >= 0 else 0
    if place < len(_DATA) or data[place : place + 1] != bytes([_HOLDER]):
        return None
    _, _, place = _read_head(data, place)
    content, is_whole = bytearray(), False
    # Pieces may lie in others, whose heads are passed over.
    while not is_whole and place < len(data):
        tag, length, start = _read_head(data, place)
        if tag == _WHOLE:
            content += data[start : start + length]
        is_whole = tag not in {_WHOLE, _PIECES}
        place = start + (length if tag == _WHOLE else 0)
    return bytes(content) or None


def _read_head(data: bytes, at: int) -> tuple[int, int, int]:
    """Return the tag of an element, its length, 0 where its end is marked, and where it begins."""
    tag, first = (*data[at : at + 2], 0, 0)[:2]
    if first < _LONG:
        return tag, first, at + 2
    size = first - _LONG
    return tag, int.from_bytes(data[at + 2 : at + 2 + size], "big"), at + 2 + size
