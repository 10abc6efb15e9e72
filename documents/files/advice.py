"""Advice for those who bring files that cannot be read, by the endings of their names."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

_PACK = gettext_lazy("Pack the files as zip or tar.")
_PDF = gettext_lazy("Save it as PDF.")
_BOOK = gettext_lazy("Convert the book to EPUB or PDF.")
_TABLES = gettext_lazy("Export the tables as CSV or xlsx.")
_LETTERS = gettext_lazy("Export the mails as mbox or eml.")
_NEWER = gettext_lazy("Save it in a newer format, or as PDF.")
_FOR_SUFFIXES: tuple[tuple[str, Promise], ...] = (
    (".7z .rar .zst .lz .lzma .cab .arj .ace .dmg .iso .sit .sitx", _PACK),
    (".one .onetoc2 .djvu .djv .xps .oxps .ps .eps .dwg .chm .ai .indd .pub .mpp", _PDF),
    (".mobi .azw .azw3 .azw4 .kfx .prc .lit .pdb", _BOOK),
    (".parquet .feather .avro .orc .sqlite .sqlite3 .db .mdb .accdb .dbf .sav .dta", _TABLES),
    (".pst .ost .dbx .nsf", _LETTERS),
    (".vsd .wpd .wps .wri .sdw .sdc .sdd .cwk .lwp", _NEWER),
)
_BY_SUFFIX = {suffix: told for listed, told in _FOR_SUFFIXES for suffix in listed.split()}


def advise(suffix: str) -> str:
    """Return a sentence that says what to do with a file of such a name; "" if there is none."""
    return str(_BY_SUFFIX.get(suffix, ""))
