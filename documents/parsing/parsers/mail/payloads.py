"""The contents of a letter's parts, unpacked as far as they can be."""

import re
from binascii import a2b_base64
from email import message_from_bytes, policy
from email.message import Message

from documents.parsing.parsers.mail.headers import BROKEN

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")
_GROUP = 4
_ENRICHED = re.compile(r"<<|<param>[^<]{0,400}</param>|</?[A-Za-z-]{1,60}>", re.IGNORECASE)
_LINE_ENDS = re.compile(r"\n+")
_PARTING = re.compile(r"^--(?=-{0,60}[^-\s])([^\r\n\"\\]{1,120}?)[ \t\r]{0,9}$", re.MULTILINE)


def list_parts(part: Message) -> list[Message]:
    payload = part.get_payload()
    return (
        [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []
    )


def part_again(part: Message) -> Message | None:
    """Return a part whose parts are parted by another line than it says; None if they are by none.

    Of names of such lines that should be in quotation marks, the library takes the beginning.
    """
    text: object = part.get_payload()
    found = _PARTING.search(text) if isinstance(text, str) else None
    if found is None or f"\n--{found[1]}" not in found.string[found.end() :]:
        return None
    head = f'Content-Type: {part.get_content_type()}; boundary="{found[1]}"\n\n'
    data = f"{head}{text}".encode("utf-8", "surrogateescape")
    parted = message_from_bytes(data, policy=policy.default)
    return parted if parted.is_multipart() else None


def list_letters(part: Message) -> list[Message]:
    """Return the letter that a part is; it may be packed, though no letter should be."""
    inner = list_parts(part)
    if not inner or _packing(part) != "base64":
        return inner
    unpacked = decode_base64(str(inner[0].get_payload()).encode("ascii", "ignore"))
    return [message_from_bytes(unpacked, policy=policy.default)] if unpacked else inner


def read_report(part: Message) -> str:
    """Return the groups of headers that a part consists of."""
    groups = list_parts(part) or [part]
    told = ("\n".join(f"{name}: {value}" for name, value in group.items()) for group in groups)
    return "\n\n".join(filter(None, told))


def read_enriched(text: str) -> str:
    """Return an enriched text (RFC 1896) without its marks: one line end is none, two are one."""
    text = _ENRICHED.sub(lambda mark: "<" if mark[0] == "<<" else "", text.replace("\r\n", "\n"))
    return _LINE_ENDS.sub(lambda ends: ends[0][1:] or " ", text)


def decode(part: Message) -> bytes:
    if _packing(part) == "base64" and isinstance(text := part.get_payload(), str):
        return decode_base64(text.encode("ascii", "ignore"))
    try:
        payload = part.get_payload(decode=True)
    except BROKEN:
        payload = None
    return payload if isinstance(payload, bytes) else str(part.get_payload()).encode()


def decode_base64(data: bytes) -> bytes:
    """Return what of a text in Base64 can be decoded: it may be cut off, or several in a row."""
    unpacked = bytearray()
    for piece in _NOT_BASE64.sub(b"", data).split(b"="):
        rest = len(piece) % _GROUP
        # A single letter at the end is less than a byte.
        whole = piece[:-1] if rest == 1 else piece
        unpacked += a2b_base64(whole + b"=" * (-len(whole) % _GROUP))
    return bytes(unpacked)


def _packing(part: Message) -> str:
    try:
        return str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    except BROKEN:
        return ""
