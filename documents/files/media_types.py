"""The format of a file, detected from its content; its name only has to agree."""

import mimetypes
from pathlib import PurePath
from typing import IO, Any

from django.utils.translation import gettext as _

from aiapp.errors import UnsupportedType
from documents.files.advice import advise
from documents.parsing import containers
from documents.parsing.detection import (
    PDF,
    TEXT,
    begins_as_pdf,
    correct_name,
    detect_type,
    is_lfs_pointer,
    sniff_text,
)
from documents.parsing.formats import BY_SUFFIX, FORMATS, Family, Format

CODE = "text/x-code"
NAMED_AT_WILL = ("text", "image", "audio")
_WORD = BY_SUFFIX[".docx"].media_type
_LETTERS, _SHEETS, _SLIDES = (BY_SUFFIX[each].media_type for each in (".doc", ".xls", ".ppt"))
_ALSO = {
    _LETTERS: (_WORD, BY_SUFFIX[".rtf"].media_type),
    _SHEETS: (BY_SUFFIX[".xlsx"].media_type,),
    _SLIDES: (BY_SUFFIX[".pptx"].media_type,),
}
_ALSO_TEXT = {_LETTERS, _SHEETS}
# Python's own table, and not that of whatever machine this is.
_KNOWN_TYPES = mimetypes.MimeTypes()
_READABLE_SUBTYPES = (
    *("+xml", "+json", "/xml", "/json", "/x-sh", "/x-csh", "/x-tex", "/x-latex", "/x-tcl"),
    *("/x-texinfo", "/x-troff", "/x-troff-man", "/x-troff-me", "/x-troff-ms", "/x-wais-source"),
    *("/n-quads", "/n-triples", "/trig"),
)
# Endings that are as often a word or a letter of the name as the mark of a program.
_ALSO_WORDS = {".a", ".o", ".so", ".bin", ".obj"}


def detect_format(filename: str, file: IO[Any]) -> Format:
    """The format of a file from its name and its beginning and end. Raises UnsupportedType."""
    suffix = PurePath(filename).suffix.lower()
    expected = BY_SUFFIX.get(suffix)
    if expected is None and _is_of_other_kind(suffix):
        raise UnsupportedType(_say_unreadable(suffix))
    found = _detect_kind(suffix, file)
    if found == containers.LOCKED:
        # Its parser tells that there is a password.
        return expected if expected and expected.family == "zip" else FORMATS[_WORD]
    detected = FORMATS[found]
    if found == TEXT and (expected is None or expected.media_type in _ALSO_TEXT):
        sniffed = sniff_text(file)
        if expected is not None and not sniffed and expected.media_type == _SHEETS:
            # Lists that programs write for Excel have their values apart by tabs or commas.
            sniffed = "text/csv"
        return FORMATS[sniffed or found]
    if expected is None:
        # What stands behind the last dot is a part of the name: "report.v2", "Meeting 3.5 notes".
        return detected
    if not _agree(expected, detected):
        raise UnsupportedType(
            _("The name of the file says one type and its content is another."),
            code="mislabelled",
        )
    return FORMATS[correct_name(expected.media_type, file)] if found == TEXT else detected


def _detect_kind(suffix: str, file: IO[Any]) -> str:
    """Return a media type by content, or `containers.LOCKED`. Raises UnsupportedType."""
    if is_lfs_pointer(file):
        raise UnsupportedType(
            _("This is Git LFS's pointer to the file. Fetch the file itself (git lfs pull)."),
            code="lfs_pointer",
        )
    found = PDF if suffix == ".pdf" and begins_as_pdf(file) else detect_type(file)
    if found is None and advise(suffix):
        raise UnsupportedType(_say_unreadable(suffix))
    if found is None:
        told = _("The file's content is of no kind that can be read: %(kinds)s.")
        raise UnsupportedType(told % {"kinds": _readable()})
    return found


def _say_unreadable(suffix: str) -> str:
    can = _("These can: %(kinds)s.") % {"kinds": _readable()}
    return " ".join(filter(None, [_("Files of this kind cannot be read."), advise(suffix), can]))


def _is_of_other_kind(suffix: str) -> bool:
    """Tell whether the ending of a name is that of a program, a film and the like."""
    if suffix in _ALSO_WORDS:
        return False
    known, packed = _KNOWN_TYPES.guess_type(f"name{suffix}")
    if known is None or known.startswith("text/") or known in FORMATS:
        return packed is not None
    return not known.endswith(_READABLE_SUBTYPES)


def _agree(expected: Format, detected: Format) -> bool:
    """Texts are told apart by their names alone, other formats by what they hold.

    Programs and people name any recording `.mp3` or `.wav` and any picture `.jpg`; the one is read
    like the other.
    """
    if expected.family == detected.family and expected.family in NAMED_AT_WILL:
        return True
    # Names of before 2007 stay when a program writes in the form of today, or as rich text.
    renamed = _ALSO.get(expected.media_type, ())
    return expected.media_type == detected.media_type or detected.media_type in renamed


def _readable() -> str:
    families: dict[Family, list[str]] = {}
    for each in FORMATS.values():
        families.setdefault(each.family, []).append(each.suffixes[0].removeprefix("."))
    return ", ".join(name for names in families.values() for name in names)


__all__ = ["CODE", "PDF", "TEXT", "detect_format"]
