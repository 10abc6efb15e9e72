"""What kind of file this is, by what it holds; its name only has to agree."""

from pathlib import PurePath

from aiapp.errors import UnsupportedType
from documents.parsing.text import encoding

PDF, TEXT, MARKDOWN = "application/pdf", "text/plain", "text/markdown"
# By the end of the name. Whatever is read has a parser in `documents.parsing.child`.
BY_SUFFIX = {".pdf": PDF, ".txt": TEXT, ".text": TEXT, ".md": MARKDOWN, ".markdown": MARKDOWN}
# Whose texts have no headings in Markdown; there a line with # is a comment or a number.
WITHOUT_HEADINGS = {PDF, TEXT}

SAMPLE = 64 * 1024
# Readers of PDF accept the mark anywhere in the first kilobyte.
_PDF_MARK, _PDF_MARK_WITHIN = b"%PDF-", 1024
# Formats that are sometimes mistaken for text, as far as a sample of them goes.
_BINARY_MARKS = (
    *(b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"\xd0\xcf\x11\xe0"),
    *(b"{\\rtf", b"%!PS", b"\x1f\x8b", b"RIFF", b"ID3", b"OggS", b"MZ\x90"),
)
_ALLOWED_CONTROLS = frozenset(b"\t\n\r\f\x1b\b")
_MOST_CONTROLS = 0.01


def media_type(filename: str, sample: bytes) -> str:
    """The type of a file from its name and first bytes. Raises UnsupportedType."""
    suffix = PurePath(filename).suffix.lower()
    named = BY_SUFFIX.get(suffix)
    held = _held(sample)
    if held is None or (suffix and named is None):
        raise UnsupportedType("Only PDF, text and Markdown files can be read.")
    if named and (named == PDF) != (held == PDF):
        raise UnsupportedType(
            "The name of the file says one type and its content is another.", code="mislabelled"
        )
    return named or held


def _held(sample: bytes) -> str | None:
    if _PDF_MARK in sample[:_PDF_MARK_WITHIN]:
        return PDF
    if sample.startswith(_BINARY_MARKS) or not _is_text(sample):
        return None
    return TEXT


def _is_text(sample: bytes) -> bool:
    if encoding(sample).startswith("utf-16"):
        sample = sample[: len(sample) // 2 * 2].decode(encoding(sample), "replace").encode()
    controls = sum(byte < ord(" ") and byte not in _ALLOWED_CONTROLS for byte in sample)
    return b"\0" not in sample and controls <= _MOST_CONTROLS * len(sample)
