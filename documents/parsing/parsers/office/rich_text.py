"""Rich text (RTF), by kreuzberg."""

import re
from collections.abc import Iterator

from documents.parsing import contents
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note

_KIND = "application/rtf"
# What the library writes for what it does not read.
_PICTURE = re.compile(r"!\[[^\]\n]{0,200}\]\([^)\n]{0,300}\)\n?")
_LEFT_OVER = re.compile(r"^\[TABLE_ROW\]$|^-{5}$", re.MULTILINE)
_ESCAPED = re.compile(r"\\([!\"#$%&'()*+,\-./:;<=>?@\[\]^_`{|}~\\])")


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first == 1:
        yield from _read(contents.read(path))


def _read(data: bytes) -> Iterator[Item]:
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
        text = extract_bytes_sync(data, _KIND, config).content
    except (KreuzbergError, ValueError, RuntimeError, OSError) as error:
        raise ParseError("corrupt_file") from error
    if pictures := len(_PICTURE.findall(text)):
        yield note("pictures_unread", count=pictures)
    text = _LEFT_OVER.sub("", _PICTURE.sub("", text))
    yield _ESCAPED.sub(r"\1", text).strip()
