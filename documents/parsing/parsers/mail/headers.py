"""The headers of letters, and the names of files in them, as their senders meant them."""

import re
from email.errors import MessageError
from email.header import decode_header
from email.message import Message

from documents.parsing import encodings

BROKEN = (MessageError, LookupError, ValueError, AttributeError, TypeError, RecursionError)
_ENCODED_WORD = re.compile(r"=\?[^?\s]{1,60}\?[bq]\?", re.IGNORECASE)
# Between two encoded words a blank is none; without it some programs run them together.
_RUN_TOGETHER = re.compile(r"\?=(?==\?[^?\s]{1,60}\?[bq]\?)", re.IGNORECASE)
_RAW_NAME = re.compile(
    r"\b(?:file)?name\s*=\s*(?:\"([^\"]{1,400})\"|(=\?[^;]{1,400}\?=|[^;\s]{1,400}))",
    re.IGNORECASE,
)
_UNKNOWN = ("unknown", "x-unknown", "unknown-8bit", "default")


def read_header(letter: Message, name: str) -> str:
    """Return a header on one line; "" if there is none.

    It is decoded here: a letter in Python's way loses bytes that name no encoding.
    """
    raw = next((value for key, value in letter.raw_items() if key.lower() == name.lower()), "")
    return decode_words(str(raw))


def decode_words(raw: str) -> str:
    """Return a value with its encoded words, and its bytes beyond ASCII, as text."""
    text = " ".join(raw.split())
    if _ENCODED_WORD.search(text):
        try:
            pieces = decode_header(_RUN_TOGETHER.sub("?= ", text))
        except BROKEN:
            pieces = [(text, None)]
        text = "".join(_join(pieces))
    return " ".join(_decode_bytes(text).split())


def read_name(part: Message) -> str:
    """Return the name of a part's file, or one by its kind."""
    try:
        name = part.get_filename() or ""
    except BROKEN:
        name = ""
    if not name or "\ufffd" in name or _ENCODED_WORD.search(name):
        name = _find_raw_name(part) or name
    return decode_words(name) or f"unnamed.{part.get_content_subtype()}"


def _find_raw_name(part: Message) -> str:
    for key, value in part.raw_items():
        if key.lower() in {"content-disposition", "content-type"} and (
            found := _RAW_NAME.search(" ".join(str(value).split()))
        ):
            return found[1] or found[2]
    return ""


def _join(pieces: list[tuple[str | bytes, str | None]]) -> list[str]:
    """Decode the parts of a header; a letter may be parted between words of one encoding."""
    texts: list[str] = []
    waiting, charset = b"", ""
    for piece, named in [*((text, name or "") for text, name in pieces), ("", "")]:
        if isinstance(piece, bytes) and named and (named == charset or not waiting):
            waiting, charset = waiting + piece, named
            continue
        if waiting:
            texts.append(_decode_as(waiting, charset))
        waiting, charset = (piece, named) if isinstance(piece, bytes) and named else (b"", "")
        if not waiting:
            texts.append(piece if isinstance(piece, str) else piece.decode("latin-1"))
    return texts


def _decode_as(data: bytes, charset: str) -> str:
    return encodings.read(data, "" if charset.lower() in _UNKNOWN else charset).text


def _decode_bytes(text: str) -> str:
    """Bytes that a header had no right to hold stand in it as halves of surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return (
            encodings.decode(text.encode("ascii", "surrogateescape")) if _is_bytes(text) else text
        )
    return text


def _is_bytes(text: str) -> bool:
    return all(sign.isascii() or "\udc80" <= sign <= "\udcff" for sign in text)
