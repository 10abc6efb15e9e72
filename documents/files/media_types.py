"""The format of a file, detected from its content; its name only has to agree."""

import mimetypes
import re
from pathlib import PurePath
from typing import IO, Any

from aiapp.errors import UnsupportedType
from documents.files import containers
from documents.parsing.formats import BY_SUFFIX, FORMATS, Family, Format
from documents.parsing.parsers.text.encodings import detect_encoding

PDF, TEXT, CODE = "application/pdf", "text/plain", "text/x-code"
_WORD = BY_SUFFIX[".docx"].media_type

SAMPLE = 64 * 1024
# Readers of PDF accept the mark anywhere in the first kilobyte.
_PDF_MARK, _PDF_MARK_WITHIN = re.compile(rb"%PDF-\d"), 1024
_PDF_END, _PDF_OBJECT = (b"%%EOF", b"startxref"), re.compile(rb"\d{1,9}\s\d{1,5}\sobj\b")
_RTF_MARK = re.compile(rb"\s{0,16}\{\\rt")
# Of a kind whose mark may also begin a text, what makes it that kind is bytes that no text has.
_BINARY = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
    b"BM": "image/bmp",
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
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
# Formats that are sometimes mistaken for text, as far as a sample of them goes.
_NO_TEXT_MARKS = (b"\x7fELF", b"%!PS", b"\x1f\x8b", b"MZ\x90")
_ALLOWED_CONTROLS = frozenset(b"\t\n\r\f\x1b\b")
_MAX_CONTROL_SHARE = 0.01
# Python's own table, and not that of whatever machine this is.
_KNOWN_TYPES = mimetypes.MimeTypes()
_READABLE_SUBTYPES = ("+xml", "+json", "/xml", "/json", "/x-sh", "/x-csh", "/x-tex", "/x-latex")


def detect_format(filename: str, file: IO[Any]) -> Format:
    """The format of a file from its name and its beginning and end. Raises UnsupportedType."""
    suffix = PurePath(filename).suffix.lower()
    expected = BY_SUFFIX.get(suffix)
    if expected is None and _is_of_other_kind(suffix):
        raise UnsupportedType(f"Files of this kind cannot be read. These can: {_readable()}.")
    found = _detect_type(file)
    if found is None:
        raise UnsupportedType(f"The file's content is of no kind that can be read: {_readable()}.")
    if found == containers.LOCKED:
        # Its parser tells that there is a password.
        return expected if expected and expected.family == "zip" else FORMATS[_WORD]
    detected = FORMATS[found]
    if expected is None:
        # What stands behind the last dot is a part of the name: "report.v2", "Meeting 3.5 notes".
        return detected
    if not _agree(expected, detected):
        raise UnsupportedType(
            "The name of the file says one type and its content is another.", code="mislabelled"
        )
    return expected if expected.family == "text" else detected


def _is_of_other_kind(suffix: str) -> bool:
    """Tell whether the ending of a name is that of a program, a film and the like."""
    known, packed = _KNOWN_TYPES.guess_type(f"name{suffix}")
    if known is None or known.startswith("text/") or known in FORMATS:
        return packed is not None
    return not known.endswith(_READABLE_SUBTYPES)


def _agree(expected: Format, detected: Format) -> bool:
    """Texts are told apart by their names alone, other formats by what they hold."""
    if expected.family == detected.family == "text":
        return True
    return expected.media_type == detected.media_type


def _detect_type(file: IO[Any]) -> str | None:
    file.seek(0)
    head = file.read(SAMPLE)
    size = file.seek(0, 2)
    file.seek(max(0, size - SAMPLE))
    tail = file.read(SAMPLE)
    if head.startswith(containers.ZIP_MARK):
        return containers.detect_in_zip(head, tail)
    if head.startswith(containers.OLE_MARK):
        return containers.detect_in_ole(file, head)
    if _is_pdf(head, tail):
        return PDF
    if _RTF_MARK.match(head):
        return _only_if_known("application/rtf")
    if not _is_text(head):
        return _detect_binary(head)
    return TEXT if not head.startswith(_NO_TEXT_MARKS) else None


def _is_pdf(head: bytes, tail: bytes) -> bool:
    """Tell a PDF from a text that is about PDF: it has objects, or is cut off in its first one."""
    mark = _PDF_MARK.search(head, 0, _PDF_MARK_WITHIN)
    if mark is None:
        return False
    if any(end in tail for end in _PDF_END) or _PDF_OBJECT.search(head):
        return True
    return mark.start() == 0 and not _is_text(head)


def _detect_binary(head: bytes) -> str | None:
    for mark, media_type in _BINARY.items():
        if head.startswith(mark):
            return media_type
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == _MP4_MARK:
        return _only_if_known("image/heic") if head[8:12] in _HEIF_BRANDS else "audio/mp4"
    return None


def _only_if_known(media_type: str) -> str | None:
    return media_type if media_type in FORMATS else None


def _is_text(sample: bytes) -> bool:
    encoding = detect_encoding(sample)
    if encoding.startswith(("utf-16", "utf-32")):
        sample = sample[: len(sample) // 4 * 4].decode(encoding, "replace").encode()
    controls = sum(byte < ord(" ") and byte not in _ALLOWED_CONTROLS for byte in sample)
    return b"\0" not in sample and controls <= _MAX_CONTROL_SHARE * len(sample)


def _readable() -> str:
    families: dict[Family, list[str]] = {}
    for each in FORMATS.values():
        families.setdefault(each.family, []).append(each.suffixes[0].removeprefix("."))
    return ", ".join(name for names in families.values() for name in names)
