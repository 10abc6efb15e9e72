"""Plain text and Markdown: one page, in whichever of the usual encodings it was saved."""

import codecs
from collections.abc import Iterator
from pathlib import Path

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4096
_WESTERN = "cp1252"
_LEGACY = ("cp949", "shift_jis", "euc_jp", "gb18030", "big5", "cp1251", "koi8_r", _WESTERN)
_GUESSED = 16 * 1024
# In UTF-16 every second byte of Latin text is zero, of other scripts at least the line ends'.
_ZEROS = 0.02


def read_pages(path: str, first: int) -> Iterator[int | str]:
    yield 1
    if first == 1:
        yield decode(Path(path).read_bytes())


def decode(data: bytes) -> str:
    try:
        return data.decode(detect_encoding(data))
    except UnicodeDecodeError:
        # Bytes that the encoding leaves out become replacement characters rather than an error.
        return data.decode(_legacy(data), "replace")


def _legacy(data: bytes) -> str:
    """The encoding of a time before Unicode that makes the most sense of the bytes."""
    # Loaded with the first such file, since few are.
    from charset_normalizer import from_bytes  # noqa: PLC0415

    best = from_bytes(data[:_GUESSED], cp_isolation=list(_LEGACY)).best()
    return best.encoding if best else _WESTERN


def detect_encoding(data: bytes) -> str:
    """Detect an encoding by its byte order mark or the places of its zero bytes."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    sample = data[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) > _ZEROS * len(sample) and min(even, odd) * 4 <= max(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"
