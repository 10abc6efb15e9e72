"""Bytes as text: in the encoding that they are marked with, that they fit, or that is likeliest.

UTF-8 is recognised even where some of its bytes are damaged, since a text of another encoding
hardly ever looks like it. What is neither marked nor UTF-8 is guessed by chardet's statistics of
languages, from the lines that are not plain ASCII: those that are would say English.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from documents.parsing.encodings import mainframe, seven_bits, wide
from documents.parsing.notes import Note, note

_WESTERN = "cp1252"
# How much is looked at, and how much of that, without the lines that say nothing, is guessed from.
_SEARCHED, _GUESSED = 1024 * 1024, 16 * 1024
# In UTF-8 that is damaged, letters outnumber the damage so many times.
_MIN_GOOD_TO_BAD = 2
# Encodings that switch to another character set by an escape; all their bytes are ASCII.
_ESCAPES = re.compile(rb"\x1b\$[@B(]|\x1b\([IJ]")
_KOREAN_ESCAPE = b"\x1b$)C"
_CHINESE_BRACES = re.compile(rb"~\{(?:[\x21-\x7e]{2}){1,200}~\}")
_SEVEN_BITS = ("utf-7", "utf7", "hz", "hz-gb-2312", "iso-2022-", "csiso2022")
# Letters beyond the first plane, half by half, as some databases and Java write them.
_PAIR_OF_THREE_BYTES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_LETTERS_OF_UTF_8 = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
# Of lines that are not plain, how many are UTF-8 before the others are thought to be a later part.
_MIN_MIXED = 0.3
_DECLARATION = re.compile(rb"charset|encoding", re.IGNORECASE)
# Those that hardly a file has, and that short texts are mistaken for.
_RARE = ("iso8859-3", "iso8859-4", "iso8859-10", "iso8859-14", "iso8859-16", "cp1006", "tis-620")
_MAX_CANDIDATES = 8
# What is likeliest where the statistics see next to nothing: few files are still those of DOS.
_DOS = (437, 720, 737, 775, *range(850, 870), 1125)
_PRIORS = {"cp1252": 0.03, "windows-1252": 0.03} | {f"cp{number}": -0.03 for number in _DOS}
# How much a sign that no text should hold weighs beside the confidence of the statistics.
_ODDITY = 4.0
_NEVER = re.compile("[\x80-\x9f\ue000-\uf8ff\ufffd]")
_DOS_NAME = re.compile(r"cp(?:437|7\d\d|8[56]\d)")
_MIN_CONFIDENCE = 0.1
_MIN_OTHER_LETTERS = 6
_WORD = re.compile(r"\w+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_OTHER_SCRIPT = re.compile("[\u0370-\u06ff\u0e00-\u0eff]")
_INSIDE_WORD = re.compile(
    "(?<=\\w)[\x80-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\u201a-\u2030\u2039-\u2044\u2070-\u209f\u2122](?=\\w)"
)
_SIGNS = frozenset({"Sk", "Cf", "So", "Sm", "Sc"})
# What statistics call an encoding, and what the world writes under that name.
_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "shift_jis": "cp932",
    "big5": "cp950",
    "iso-8859-9": "cp1254",
    "latin5": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
}
# Quotation marks and dashes of Windows, in texts that call themselves by the standard's encoding,
# which has no signs in their places.
_OF_WINDOWS = {
    number: sign
    for number in range(0x80, 0xA0)
    if (sign := bytes([number]).decode(_WESTERN, "ignore")) and not sign.isalpha()
}


class Decoded(NamedTuple):
    """A text, and how sure it is: guessed by statistics, with so many bytes that fit nothing."""

    text: str
    encoding: str
    is_guessed: bool = False
    replaced: int = 0

    def notes(self) -> Iterator[Note]:
        if self.is_guessed:
            yield note("encoding_guessed", encoding=self.encoding)
        if self.replaced:
            yield note("bytes_replaced", count=self.replaced, encoding=self.encoding)


def decode(data: bytes) -> str:
    return read(data).text


def read(data: bytes, declared: str = "") -> Decoded:
    """Decode a text, as it says of itself if that is true."""
    encoding = detect_encoding(data)
    if encoding != "utf-8":
        return _replace(data, encoding)
    if found := _read_without_ascii(data) or _read_seven_bits(data, declared):
        return found
    data = _PAIR_OF_THREE_BYTES.sub(_join_pair, data)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    if mixed := _read_mixed(data):
        return mixed
    damaged = _replace(data, "utf-8")
    letters = sum(len(run) for run in re.findall(r"[^\x00-\x7f\ufffd]+", damaged.text))
    if letters >= _MIN_GOOD_TO_BAD * damaged.replaced:
        return damaged
    return _read_as_declared(data, declared) or _read_as_guessed(data)


def detect_encoding(data: bytes) -> str:
    """Detect an encoding by its byte order mark or its zero bytes; without them it is UTF-8."""
    return wide.detect(data) or "utf-8"


def _replace(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    # A replacement sign that was written is none of ours; in UTF-8 it has three bytes.
    written = data.count("\ufffd".encode()) if encoding.startswith("utf-8") else 0
    return Decoded(text, encoding.removesuffix("-sig"), replaced=text.count("\ufffd") - written)


def _read_without_ascii(data: bytes) -> Decoded | None:
    encoding = mainframe.detect(data)
    if not encoding:
        return None
    return Decoded(mainframe.read(data, encoding), encoding, is_guessed=True)


def _read_seven_bits(data: bytes, declared: str) -> Decoded | None:
    """The text of an encoding all of whose bytes are ASCII, by its escapes or what it says."""
    if not data.isascii():
        return None
    searched = data[:_SEARCHED]
    if _KOREAN_ESCAPE in searched:
        return _replace(data, "iso2022_kr")
    if _ESCAPES.search(searched):
        return _read_as_guessed(data)
    if declared.strip("\"' ").lower().startswith(_SEVEN_BITS) and (name := _find_codec(declared)):
        return _replace(data, name)
    if _CHINESE_BRACES.search(searched):
        found = _replace(data, "hz")
        return None if found.replaced else found
    return Decoded(text, "utf-7", is_guessed=True) if (text := seven_bits.read(data)) else None


def _join_pair(halves: re.Match[bytes]) -> bytes:
    text = halves[0].decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    return text.decode("utf-16-le").encode()


def _read_mixed(data: bytes) -> Decoded | None:
    """The text of a file of UTF-8 with other lines that are of an older encoding throughout.

    Logs and files that were put together are such. A line of UTF-8 that is damaged is none.
    """
    lines = data.splitlines(keepends=True)
    foreign = {n for n, line in enumerate(lines) if not wide.is_utf_8(line)}
    good = sum(not line.isascii() for n, line in enumerate(lines) if n not in foreign)
    if good < max(_MIN_MIXED * (good + len(foreign)), 1):
        return None
    if any(_LETTERS_OF_UTF_8.search(lines[n]) for n in foreign):
        return None
    older = _read_as_guessed(b"".join(lines[n] for n in sorted(foreign)))
    words = _WORD.findall(older.text)
    if older.replaced or _count_odd(older.text) or not any(_is_foreign(word) for word in words):
        return None
    text = "".join(
        line.decode(older.encoding if n in foreign else "utf-8", "replace")
        for n, line in enumerate(lines)
    )
    return Decoded(text, older.encoding, is_guessed=True)


def _is_foreign(word: str) -> bool:
    return len(word) > 1 and not word.isascii()


def _read_as_declared(data: bytes, declared: str) -> Decoded | None:
    """The text in the encoding that the file names, unless it shows that this is not true."""
    encoding = _find_codec(declared)
    if not encoding or encoding.startswith(("utf-", "utf_")):
        return None
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, UnicodeError):
        return None
    sample = data[:_SEARCHED].decode(encoding, "replace")[:_GUESSED]
    # Programs write "Latin-1" on whatever they send; its letters then stand in odd places.
    if encoding == _WESTERN and (
        _is_of_other_letters(sample)
        or _count_odd(sample) > _count_odd(_read_as_guessed(data).text[:_GUESSED])
    ):
        return None
    if codecs.lookup(encoding).name.startswith("iso8859"):
        text = text.translate(_OF_WINDOWS)
    return Decoded(text, encoding)


def _is_of_other_letters(text: str) -> bool:
    """Tell a text that is no Western one: in those, letters with accents are the fewer."""
    letters = [sign for sign in text if sign.isalpha()]
    beyond = sum(not sign.isascii() for sign in letters)
    return beyond >= _MIN_OTHER_LETTERS and 2 * beyond > len(letters)


def _find_codec(name: str) -> str:
    name = name.strip().strip("\"'").lower()
    name = _SUPERSETS.get(name, name)
    try:
        info = codecs.lookup(name) if name.isascii() else None
    except (LookupError, ValueError):
        return ""
    # Some of Python's codecs turn bytes into bytes.
    return name if info is not None and info._is_text_encoding else ""


def _read_as_guessed(data: bytes) -> Decoded:
    """The text in the encoding from before Unicode that makes the most sense of the bytes."""
    lines = [line for line in data[:_SEARCHED].splitlines(keepends=True) if not _is_plain(line)]
    # What it says of itself was not true, or it would have been read so.
    sample = _DECLARATION.sub(b"", b"".join(lines)[:_GUESSED] or data[:_GUESSED])
    encoding = _guess(sample)
    text = data.decode(encoding, "replace")
    return Decoded(text, encoding, is_guessed=True, replaced=text.count("\ufffd"))


def _is_plain(line: bytes) -> bool:
    return line.isascii() and b"\x1b" not in line


def _guess(sample: bytes) -> str:
    # Loaded with the first such file, since few are.
    import chardet  # noqa: PLC0415
    from chardet import EncodingEra  # noqa: PLC0415

    eras = (
        EncodingEra.MODERN_WEB | EncodingEra.LEGACY_ISO | EncodingEra.DOS | EncodingEra.LEGACY_MAC
    )
    found = chardet.detect_all(sample, encoding_era=eras, exclude_encodings=_RARE)
    best, most = _WESTERN, float("-inf")
    for candidate in found[:_MAX_CANDIDATES]:
        encoding = _find_codec(candidate["encoding"] or "")
        if not encoding or encoding.startswith("utf"):
            continue
        text = sample.decode(encoding, "replace")
        sense = candidate["confidence"] + _PRIORS.get(encoding, 0.0)
        sense -= _ODDITY * _count_odd(text) / max(len(text), 1)
        if sense > most:
            best, most = encoding, sense
    # Statistics have nothing to go by in numbers with a currency; DOS is what they say then.
    is_doubtful = bool(_DOS_NAME.fullmatch(best)) and most < _MIN_CONFIDENCE
    if is_doubtful and not _count_odd(sample.decode(_WESTERN, "replace")):
        return _WESTERN
    return best


def _count_odd(text: str) -> int:
    """Count what hardly stands in any text: scripts mixed in a word, signs inside of one."""
    odd = 5 * len(_NEVER.findall(text)) + 2 * len(_INSIDE_WORD.findall(text))
    odd += sum(
        unicodedata.category(sign) in _SIGNS for sign in text if sign > "\x7f" and sign != "€"
    )
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii():
            continue
        if _LATIN.search(word) and _OTHER_SCRIPT.search(word):
            odd += 2
        else:
            odd += any(a.islower() and b.isupper() for a, b in pairwise(word))
    return odd
