"""The format of a file, detected from its content; its name only has to agree."""

from pathlib import PurePath
from typing import IO, Any

from aiapp.errors import UnsupportedType
from documents.parsing.formats import BY_SUFFIX, FORMATS, Family, Format
from documents.parsing.parsers.text import detect_encoding

PDF, TEXT = "application/pdf", "text/plain"

SAMPLE = 64 * 1024
# Readers of PDF accept the mark anywhere in the first kilobyte.
_PDF_MARK, _PDF_MARK_WITHIN = b"%PDF-", 1024
_ZIP_MARK = b"PK\x03\x04"
_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
    b"BM": "image/bmp",
}
_AUDIO = {
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
    b"\xff\xf3": "audio/mpeg",
    b"\xff\xf2": "audio/mpeg",
    b"OggS": "audio/ogg",
    b"fLaC": "audio/flac",
    b"\x1aE\xdf\xa3": "audio/webm",
}
# Containers whose kind stands behind their length: what, and where.
_RIFF = {b"WAVE": "audio/wav", b"WEBP": "image/webp"}
_MP4_MARK = b"ftyp"
# Formats that are sometimes mistaken for text, as far as a sample of them goes.
_BINARY_MARKS = (b"\x7fELF", b"\xd0\xcf\x11\xe0", b"{\\rtf", b"%!PS", b"\x1f\x8b", b"MZ\x90")
_ALLOWED_CONTROLS = frozenset(b"\t\n\r\f\x1b\b")
_MAX_CONTROL_SHARE = 0.01


def detect_format(filename: str, file: IO[Any]) -> Format:
    """The format of a file from its name and its beginning and end. Raises UnsupportedType."""
    suffix = PurePath(filename).suffix.lower()
    expected = BY_SUFFIX.get(suffix)
    if suffix and expected is None:
        raise UnsupportedType(f"Files of this kind cannot be read. These can: {_readable()}.")
    detected = _detect_type(*_samples(file))
    if detected is None:
        raise UnsupportedType(f"The file's content is of no kind that can be read: {_readable()}.")
    if expected is None:
        return FORMATS[detected]
    if not _agree(expected, FORMATS[detected]):
        raise UnsupportedType(
            "The name of the file says one type and its content is another.", code="mislabelled"
        )
    return expected


def _agree(expected: Format, detected: Format) -> bool:
    """Texts are told apart by their names alone, other formats by what they hold."""
    if expected.family == detected.family == "text":
        return True
    return expected.media_type == detected.media_type


def _samples(file: IO[Any]) -> tuple[bytes, bytes]:
    file.seek(0)
    head = file.read(SAMPLE)
    size = file.seek(0, 2)
    file.seek(max(0, size - SAMPLE))
    return head, file.read(SAMPLE)


def _detect_type(head: bytes, tail: bytes) -> str | None:
    if _PDF_MARK in head[:_PDF_MARK_WITHIN]:
        return PDF
    if head.startswith(_ZIP_MARK):
        return _detect_in_zip(head, tail)
    for marks in (_IMAGES, _AUDIO):
        for mark, media_type in marks.items():
            # Two letters alone may begin a text as well.
            if head.startswith(mark) and not (mark == b"BM" and _is_text(head)):
                return media_type
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == _MP4_MARK:
        return "audio/mp4"
    return TEXT if not head.startswith(_BINARY_MARKS) and _is_text(head) else None


def _detect_in_zip(head: bytes, tail: bytes) -> str | None:
    """An archive names its files at its end, and each again where it stands."""
    zips = [each for each in FORMATS.values() if each.family == "zip"]
    return next((each.media_type for each in zips if each.mark in tail or each.mark in head), None)


def _is_text(sample: bytes) -> bool:
    if detect_encoding(sample).startswith("utf-16"):
        sample = sample[: len(sample) // 2 * 2].decode(detect_encoding(sample), "replace").encode()
    controls = sum(byte < ord(" ") and byte not in _ALLOWED_CONTROLS for byte in sample)
    return b"\0" not in sample and controls <= _MAX_CONTROL_SHARE * len(sample)


def _readable() -> str:
    families: dict[Family, list[str]] = {}
    for each in FORMATS.values():
        families.setdefault(each.family, []).append(each.suffixes[0].removeprefix("."))
    return ", ".join(name for names in families.values() for name in names)
