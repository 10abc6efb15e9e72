"""Documents of Word and PowerPoint from before 2007, and RTF, by kreuzberg."""

import re
from collections.abc import Iterator

from documents.parsing import contents
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note

DOC, PPT, RTF = "application/msword", "application/vnd.ms-powerpoint", "application/rtf"
_MIN_BYTES = 512
# What the library writes for what it does not read.
_PICTURE = re.compile(r"!\[[^\]\n]{0,200}\]\([^)\n]{0,300}\)\n?")
_LEFT_OVER = re.compile(r"^\[TABLE_ROW\]$|^-{5}$", re.MULTILINE)
_ESCAPED = re.compile(r"\\([!\"#$%&'()*+,\-./:;<=>?@\[\]^_`{|}~\\])")
_SLIDE_MARK = "-----"
_SLIDES = re.compile(r"^-{5}$", re.MULTILINE)
# The bit of a document's head that says it is encrypted.
_DOC_MARK, _DOC_FLAGS_AT, _DOC_LOCKED = 0xA5EC, 10, 0x0100


def read_doc(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first == 1:
        yield from _read(contents.read(path), DOC)


def read_rtf(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first == 1:
        yield from _read(contents.read(path), RTF)


def read_ppt(path: Contents, first: int) -> Iterator[Item]:
    """A page a slide."""
    data = contents.read(path)
    text = "".join(item for item in _read(data, PPT) if isinstance(item, str))
    slides = _SLIDES.split(text.removeprefix(_SLIDE_MARK))
    yield len(slides)
    yield from (_tidy(slide) for slide in slides[first - 1 :])


def _read(data: bytes, kind: str) -> Iterator[Item]:
    # A second to load, and few files are so old.
    from kreuzberg import ConcurrencyConfig, ExtractionConfig, extract_bytes_sync  # noqa: PLC0415
    from kreuzberg.exceptions import KreuzbergError  # noqa: PLC0415

    config = ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        output_format="markdown",
        concurrency=ConcurrencyConfig(max_threads=1),
    )
    try:
        text = extract_bytes_sync(data, kind, config).content
    except (KreuzbergError, ValueError, RuntimeError, OSError) as error:
        raise ParseError(_find_reason(data)) from error
    if not text.strip() and _find_reason(data) == "password_protected":
        raise ParseError("password_protected")
    pictures = len(_PICTURE.findall(text))
    if pictures:
        yield note("pictures_unread", count=pictures)
    yield text if kind == PPT else _tidy(text)


def _tidy(text: str) -> str:
    text = _LEFT_OVER.sub("", _PICTURE.sub("", text))
    return _ESCAPED.sub(r"\1", text).strip()


def _find_reason(data: bytes) -> str:
    """Return the reason why a file cannot be read, as far as it says so itself."""
    import olefile  # noqa: PLC0415

    if not data.startswith(olefile.MAGIC) or len(data) < _MIN_BYTES:
        return "corrupt_file"
    try:
        with olefile.OleFileIO(data) as file:
            if file.exists("EncryptedSummary") or file.exists("EncryptedPackage"):
                return "password_protected"
            if file.exists("WordDocument"):
                head = file.openstream("WordDocument").read(12)
                if int.from_bytes(head[:2], "little") != _DOC_MARK:
                    return "corrupt_file"
                flags = int.from_bytes(head[_DOC_FLAGS_AT : _DOC_FLAGS_AT + 2], "little")
                return "password_protected" if flags & _DOC_LOCKED else "corrupt_file"
    except (OSError, ValueError, IndexError):
        pass
    return "corrupt_file"
