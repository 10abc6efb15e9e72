"""The names of files in archives, which hold them in the encoding of whoever packed them."""

from collections.abc import Sequence
from zipfile import ZipInfo

from documents.parsing import encodings

_UTF_8_FLAG = 0x800
# What the library takes names for that do not say.
_TAKEN_FOR = "cp437"
# The name in UTF-8, beside the old one: version, check sum, text.
_UNICODE_PATH, _UNICODE_PATH_HEAD = 0x7075, 5


def read_names(entries: Sequence[ZipInfo]) -> list[str]:
    """Return the names; those that do not say their encoding are guessed all together."""
    unsaid = [
        entry
        for entry in entries
        if not entry.flag_bits & _UTF_8_FLAG and not entry.filename.isascii()
    ]
    raw = [entry.filename.encode(_TAKEN_FOR, "replace") for entry in unsaid]
    encoding = _guess(raw) if raw else ""
    guessed = {
        id(entry): data.decode(encoding, "replace") for entry, data in zip(unsaid, raw, strict=True)
    }
    return [_read_extra(each) or guessed.get(id(each), each.filename) for each in entries]


def _guess(names: Sequence[bytes]) -> str:
    found = encodings.read(b"\n".join(names))
    # The encoding of DOS is what the format says, and what names of few letters look like.
    western = b"".join(names).decode(_TAKEN_FOR)
    letters = [sign for sign in western if not sign.isascii()]
    is_dos = all((sign.isalpha() and sign.islower()) or sign in "ÄÖÜÉÅÆÑÇ" for sign in letters)
    return _TAKEN_FOR if is_dos or found.replaced else found.encoding


def _read_extra(entry: ZipInfo) -> str:
    at, extra = 0, entry.extra
    while at + 4 <= len(extra):
        kind, size = (int.from_bytes(extra[at + n : at + n + 2], "little") for n in (0, 2))
        if kind == _UNICODE_PATH:
            return extra[at + 4 + _UNICODE_PATH_HEAD : at + 4 + size].decode("utf-8", "replace")
        at += 4 + size
    return ""
