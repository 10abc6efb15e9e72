"""UTF-16 and UTF-32, told by their marks, the places of their zero bytes, or their letters.

A text of another encoding may hold zero bytes too, where a disk was full or a machine lost its
power; and in UTF-16 a text without spaces, as Chinese is, holds none.
"""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4096
# In UTF-16 every second byte of Latin text is zero, of other scripts at least the line ends'.
_ZEROS = 0.02
# Where so few of the bytes are zero and the others are UTF-8, that is what the text is.
_MAX_STRAY_ZEROS = 0.25
_MIN_WIDE_BYTES = 12
# Of a text in UTF-16 without zeros, how many signs are of scripts that have no others.
_MIN_EAST_ASIAN = 0.95
_EAST_ASIAN = re.compile("[\u2010-\u2030\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7af\uff00-\uffef]")
# Two Latin letters beside each other look like a Chinese one.
_MAX_LATIN_PAIRS = 0.75
_LATIN = frozenset(b"\t\n\r" + bytes(range(32, 127)))
# Bytes of letters in UTF-16 are those of any control; a text of another encoding has none.
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
# What the bytes would rather be, if they can be.
_TWO_BYTES = ("gbk", "cp949", "cp932", "big5", "euc_jp")


def detect(data: bytes) -> str:
    """Return the encoding that a text of marks or wide letters is in; "" for another."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    sample = data[:_SAMPLE]
    return _detect_four(sample) or _detect_by_zeros(sample) or _detect_by_letters(data, sample)


def is_utf_8(sample: bytes) -> bool:
    """Tell whether bytes are UTF-8, but for a letter that is cut off at their end."""
    return _fits(sample, "utf-8")


def _detect_four(sample: bytes) -> str:
    whole = sample[: len(sample) // 4 * 4]
    if len(whole) < _MIN_WIDE_BYTES:
        return ""
    for name in ("utf-32-le", "utf-32-be"):
        # Hardly any other four bytes are the number of a letter.
        try:
            if "\0" not in whole.decode(name):
                return name
        except UnicodeDecodeError:
            continue
    return ""


def _detect_by_zeros(sample: bytes) -> str:
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) <= max(_ZEROS * len(sample), 1) or min(even, odd) * 4 > max(even, odd):
        return ""
    if even + odd < _MAX_STRAY_ZEROS * len(sample) and is_utf_8(sample.replace(b"\0", b"")):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _detect_by_letters(data: bytes, sample: bytes) -> str:
    if len(data) % 2 or len(sample) < _MIN_WIDE_BYTES or is_utf_8(sample):
        return ""
    pairs = zip(sample[::2], sample[1::2], strict=True)
    latin = sum(first in _LATIN and second in _LATIN for first, second in pairs)
    if latin > _MAX_LATIN_PAIRS * len(sample) / 2:
        return ""
    if not _CONTROL.search(sample) and any(_fits(sample, name) for name in _TWO_BYTES):
        return ""
    shares = {name: _share_east_asian(sample, name) for name in ("utf-16-le", "utf-16-be")}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _MIN_EAST_ASIAN else ""


def _fits(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _share_east_asian(sample: bytes, encoding: str) -> float:
    text = sample.decode(encoding, "replace")
    return (len(_EAST_ASIAN.findall(text)) + sum(map(str.isascii, text))) / max(len(text), 1)
