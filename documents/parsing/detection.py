"""The kind of a file by its bytes. The parser's process reads this too, for files within files."""

import re
from typing import IO, Any

from documents.parsing import containers
from documents.parsing.encodings import detect_encoding, mainframe
from documents.parsing.encodings.wide import is_utf_8
from documents.parsing.formats import FORMATS

PDF, TEXT = "application/pdf", "text/plain"
SAMPLE = 64 * 1024
# Readers of PDF accept the mark anywhere in the first kilobyte.
_PDF_MARK, _PDF_MARK_WITHIN = re.compile(rb"%PDF-\d"), 1024
_PDF_END, _PDF_OBJECT = (b"%%EOF", b"startxref"), re.compile(rb"\d{1,9}\s\d{1,5}\sobj\b")
_WRAPPED = {
    re.compile(rb"(?:\xef\xbb\xbf)?\s{0,16}\{\\rt"): "application/rtf",
    re.compile(rb"\x78\x9f\x3e\x22"): "application/vnd.ms-tnef",
    re.compile(rb"\x1f\x8b\x08"): "application/gzip",
    re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)"): "application/x-bzip2",
    re.compile(rb"\xfd7zXZ\x00"): "application/x-xz",
    re.compile(rb"[^\x00][\x00-\xff]{256}ustar"): "application/x-tar",
}
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
# What stands in a Git repository for a file that lies elsewhere.
_LFS_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-\d-[^\n]{1,200}\n){0,9}"
    rb"oid sha256:[0-9a-f]{64}\nsize \d{1,19}\n?"
)
_MAX_POINTER_BYTES = 1_024
# Formats that are sometimes mistaken for text, as far as a sample of them goes.
_NO_TEXT_MARKS = (b"\x7fELF", b"%!PS", b"MZ\x90")
_SNIFFED = 2_048
_WEB_ARCHIVE, _WEB_PAGE = "multipart/related", "text/html"
_TEXT_MARKS = {
    re.compile(rb"(?:\xef\xbb\xbf)?\s{0,64}<\?xml(?![^>]{0,300}>\s{0,64}<(?:!DOCTYPE )?html)"): (
        "application/xml"
    ),
    re.compile(
        rb"(?:\xef\xbb\xbf)?\s{0,64}(?:<!--.{0,400}?-->\s{0,64})?(?:<\?xml[^>]{0,300}>\s{0,64})?"
        rb"<(?:!DOCTYPE\s{1,9}html|html|head|body|meta|style|table|div)\b",
        re.IGNORECASE | re.DOTALL,
    ): "text/html",
    re.compile(
        rb"\s{0,16}(?:(?!MIME-Version:)[A-Za-z][\w-]{0,60}:[^\n]{0,998}\n"
        rb"(?:[ \t][^\n]{0,998}\n){0,20}){0,30}MIME-Version:",
        re.IGNORECASE,
    ): _WEB_ARCHIVE,
}
# Beside what parts lines: what terminals obey, and the end of a file of DOS.
_ALLOWED_CONTROLS = frozenset(b"\t\n\r\f\x1b\b\x1a")
# To and from Korean letters, in mail.
_SHIFTS = frozenset(b"\x0e\x0f")
_MAX_ZEROS = 0.1
_MAX_CONTROL_SHARE = 0.01


def detect_type(file: IO[Any]) -> str | None:
    """The media type of a file, `containers.LOCKED`, or None if it is of no kind known here."""
    file.seek(0)
    head = file.read(SAMPLE)
    size = file.seek(0, 2)
    file.seek(max(0, size - SAMPLE))
    tail = file.read(SAMPLE)
    if head.startswith(containers.ZIP_MARK):
        return containers.detect_in_zip(file, head, tail)
    if head.startswith(containers.OLE_MARK):
        return containers.detect_in_ole(file, head)
    if _is_pdf(head, tail):
        return PDF
    for mark, media_type in _WRAPPED.items():
        if mark.match(head):
            return _only_if_known(media_type)
    if not _is_text(head):
        return _detect_binary(head)
    return None if head.startswith(_NO_TEXT_MARKS) else TEXT


def sniff_text(file: IO[Any]) -> str | None:
    """The media type of a text by how it begins, for those whose names tell another or none.

    Programs write tables as web pages or XML under the names of workbooks, and letters as text.
    """
    file.seek(0)
    head = file.read(_SNIFFED)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head[: len(head) // 2 * 2].decode("utf-16", "replace").encode()
    known = (kind for mark, kind in _TEXT_MARKS.items() if mark.match(head))
    return next(known, None)


def correct_name(media_type: str, file: IO[Any]) -> str:
    """The media type of a text by its name, but for pages that browsers save with all they show."""
    is_archive = media_type == _WEB_PAGE and sniff_text(file) == _WEB_ARCHIVE
    return _WEB_ARCHIVE if is_archive else media_type


def is_lfs_pointer(file: IO[Any]) -> bool:
    """Tell a pointer of Git LFS, which says where a file is, from the file."""
    file.seek(0)
    return _LFS_POINTER.fullmatch(file.read(_MAX_POINTER_BYTES + 1)) is not None


def begins_as_pdf(file: IO[Any]) -> bool:
    """Tell a file that begins like a PDF: with a name that says so it is one, if a broken one."""
    file.seek(0)
    return _PDF_MARK.match(file.read(SAMPLE)) is not None


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
    elif mainframe.detect(sample):
        return True
    elif b"\0" in sample:
        sample = _leave_out_zeros(sample)
    allowed = _ALLOWED_CONTROLS | (_SHIFTS if b"\x1b$)" in sample else frozenset())
    controls = sum(byte < ord(" ") and byte not in allowed for byte in sample)
    return b"\0" not in sample and controls <= _MAX_CONTROL_SHARE * len(sample)


def _leave_out_zeros(sample: bytes) -> bytes:
    """A text without the zeros that a full disk or a loss of power left in it, if it is one."""
    written = sample.rstrip(b"\0")
    text = written.replace(b"\0", b"")
    is_text = is_utf_8(text) and len(written) - len(text) <= _MAX_ZEROS * len(written)
    return text if is_text and text else sample
