"""Every kind of file that can be read: one entry a format, and nowhere else a word of it.

A format is added by a module in `documents.parsing.parsers` and an entry here. The parser's process
reads this too, so it imports nothing of Django.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from documents.parsing.notes import Note

# What a file's first bytes tell about it; see `documents.files.media_types`.
Family = Literal["pdf", "zip", "ole", "rtf", "text", "image", "audio"]
# Yields the number of pages, then the text of each page from the one given on (the first is 1),
# and before a page what there is to say about how it was read.
Parser = Callable[[str, int], Iterator[int | str | Note]]

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Format:
    """A type of file: the marks it is known by, and its parser.

    `parser` and `second`, which is asked when the first crashes, are "module:function". A text
    is `headed` if its lines with # are headings.
    `pages` says what its pages are called by those who cite them; without it they mean nothing.
    `marks` tell it from others of its family: of a zip, how names of files in it begin; of an OLE
    file, names of its streams. `mimetype` is what a zip's first entry says. `memory` is what a
    model that it needs may take, in bytes. What `is_code` has endings that are also words.
    """

    media_type: str
    suffixes: tuple[str, ...]
    family: Family
    parser: str
    second: str = ""
    pages: Literal["", "page", "slide", "sheet", "chapter"] = ""
    headed: bool = True
    marks: tuple[str, ...] = ()
    mimetype: str = ""
    memory: int = 0
    is_code: bool = False


_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
# Models that read pictures or transcribe speech.
_MODEL_MEMORY = 3072 * MB

# Programs and settings, by the endings of their files.
_CODE = """
    .py .pyi .js .mjs .cjs .jsx .ts .mts .cts .tsx .vue .svelte .java .kt .kts .scala .groovy
    .gradle .c .h .cc .cpp .cxx .hpp .hh .hxx .cs .fs .vb .go .rs .rb .php .pl .pm .lua .r .jl
    .swift .m .mm .dart .ex .exs .erl .hrl .hs .ml .mli .clj .cljs .el .lisp .scm .sql .sh
    .bash .zsh .fish .ps1 .bat .cmd .asm .s .pas .f .f90 .for .cob .cbl .nim .zig .v .sv .vhd
    .vhdl .proto .graphql .gql .css .scss .sass .less .ini .cfg .conf .toml .env .properties
    .tf .hcl .dockerfile .mk .cmake .diff .patch .bib
""".split()  # noqa: SIM905


def _by(place: str) -> str:
    return f"documents.parsing.parsers.{place}:read_pages"


def _text(
    media_type: str, suffixes: str, parser: str, *, headed: bool = True, is_code: bool = False
) -> Format:
    names = tuple(suffixes.split())
    return Format(media_type, names, "text", _by(parser), headed=headed, is_code=is_code)


_TEXTS = (
    _text("text/plain", ".txt .text .log .asc", "text.plain", headed=False),
    _text("text/markdown", ".md .markdown .mdx .qmd .rmd", "text.plain"),
    _text("text/html", ".html .htm .xhtml .shtml", "web.html"),
    _text("text/csv", ".csv .tsv .tab .psv", "text.csv"),
    _text("message/rfc822", ".eml", "mail.letters"),
    _text("text/x-code", " ".join(_CODE), "text.plain", headed=False, is_code=True),
)
_OFFICES = (
    Format(
        f"{_OFFICE}.wordprocessingml.document",
        (".docx", ".docm", ".dotx", ".dotm"),
        "zip",
        _by("office.word.document"),
        marks=("word/",),
    ),
    Format(
        f"{_OFFICE}.presentationml.presentation",
        (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx"),
        "zip",
        _by("office.slides"),
        pages="slide",
        marks=("ppt/",),
    ),
    Format(
        f"{_OFFICE}.spreadsheetml.sheet",
        (".xlsx", ".xlsm", ".xltx", ".xltm"),
        "zip",
        _by("office.excel.sheets"),
        pages="sheet",
        marks=("xl/",),
    ),
    Format(
        "application/epub+zip",
        (".epub",),
        "zip",
        _by("web.epub"),
        pages="chapter",
        marks=("META-INF/container.xml",),
        mimetype="application/epub+zip",
    ),
)
_PDF = Format(
    "application/pdf",
    (".pdf",),
    "pdf",
    _by("pdf.pages"),
    second=_by("pdf.by_pypdf"),
    pages="page",
    headed=False,
    memory=_MODEL_MEMORY,
)
_PICTURES = tuple(
    Format(
        f"image/{kind}",
        tuple(suffixes.split()),
        "image",
        _by("media.image"),
        headed=False,
        memory=_MODEL_MEMORY,
    )
    for kind, suffixes in (
        ("png", ".png"),
        ("jpeg", ".jpg .jpeg"),
        ("webp", ".webp"),
        ("gif", ".gif"),
        ("tiff", ".tif .tiff"),
        ("bmp", ".bmp"),
    )
)
_RECORDINGS = tuple(
    Format(
        f"audio/{kind}",
        tuple(suffixes.split()),
        "audio",
        _by("media.audio"),
        headed=False,
        memory=_MODEL_MEMORY,
    )
    for kind, suffixes in (
        ("mpeg", ".mp3"),
        ("wav", ".wav"),
        ("mp4", ".m4a .mp4"),
        ("ogg", ".ogg .oga .opus"),
        ("flac", ".flac"),
        ("webm", ".webm"),
    )
)

FORMATS: dict[str, Format] = {
    each.media_type: each for each in (_PDF, *_TEXTS, *_OFFICES, *_PICTURES, *_RECORDINGS)
}

BY_SUFFIX = {suffix: each for each in FORMATS.values() for suffix in each.suffixes}


def load(parser: str) -> Parser:
    """The function of a parser's name. Its library is loaded only now."""
    module, _, name = parser.partition(":")
    loaded: Parser = getattr(import_module(module), name)
    return loaded
