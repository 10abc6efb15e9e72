"""Every kind of file that can be read: one entry a format, and nowhere else a word of it.

A format is added by a module in `documents.parsing.parsers` and an entry here. The parser's process
reads this too, so it imports nothing of Django.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Literal

from documents.parsing.contents import Contents
from documents.parsing.notes import Note

# What a file's first bytes tell about it; see `documents.files.media_types`.
Family = Literal["pdf", "zip", "packed", "ole", "rtf", "tnef", "text", "image", "audio"]
# The number of pages, a page's text, what there is to say about it, or None: that work goes on.
Item = int | str | Note | None
# Yields the number of pages, then the text of each page from the one given on (the first is 1),
# after the notes on it.
Parser = Callable[[Contents, int], Iterator[Item]]

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Format:
    """A type of file: the marks it is known by, and its parser.

    `parser` and `second`, which is asked when the first crashes, are "module:function"; the second
    `leaves_out` the page that ended the first, or reads it in its own way. A text is `headed` if
    its lines with # are headings.
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
    leaves_out: bool = False
    pages: Literal["", "page", "slide", "sheet", "chapter"] = ""
    headed: bool = True
    marks: tuple[str, ...] = ()
    mimetype: str = ""
    memory: int = 0
    is_code: bool = False

    @property
    def group(self) -> str:
        """The family under which people look for it."""
        return "zip" if self.family in {"ole", "rtf", "tnef", "packed"} else self.family


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

# OpenDocument as a single text of XML.
_READER = "office.opendocument.files"
_FLAT: tuple[tuple[str, str, str, Literal["", "sheet", "slide"]], ...] = (
    ("text", ".fodt", "read_text", ""),
    ("spreadsheet", ".fods", "read_sheets", "sheet"),
    ("presentation", ".fodp", "read_slides", "slide"),
)
_OPENOFFICE: tuple[tuple[str, str, str, Literal["", "page", "sheet", "slide"]], ...] = (
    ("writer", ".sxw .stw", "read_text", ""),
    ("calc", ".sxc .stc", "read_sheets", "sheet"),
    ("impress", ".sxi .sti", "read_slides", "slide"),
)


def _by(place: str) -> str:
    function = "" if ":" in place else ":read_pages"
    return f"documents.parsing.parsers.{place}{function}"


def _text(
    media_type: str, suffixes: str, parser: str, *, headed: bool = True, is_code: bool = False
) -> Format:
    names = tuple(suffixes.split())
    return Format(media_type, names, "text", _by(parser), headed=headed, is_code=is_code)


def _letter(media_type: str, suffixes: str) -> Format:
    # With a letter come files of all kinds.
    known = _text(media_type, suffixes, "mail.letters")
    return replace(known, memory=_MODEL_MEMORY)


_TEXTS = (
    _text("text/plain", ".txt .text .log .asc", "text.plain", headed=False),
    _text("text/markdown", ".md .markdown .mdx .qmd .rmd", "text.plain"),
    _text("text/html", ".html .htm .xhtml .shtml", "web.html"),
    replace(_text("application/x-fictionbook+xml", ".fb2", "web.fictionbook"), pages="chapter"),
    _text("text/csv", ".csv .tsv .tab .psv", "text.csv"),
    _letter("message/rfc822", ".eml .emlx"),
    _letter("multipart/related", ".mhtml .mht"),
    replace(_letter("application/mbox", ".mbox .mbx"), parser=_by("mail.boxes")),
    _text("text/calendar", ".ics .ical .ifb", "text.calendars"),
    _text("text/vcard", ".vcf .vcard", "text.calendars"),
    _text("application/json", ".json .jsonl .ndjson .geojson", "text.structured:read_json"),
    _text("application/yaml", ".yaml .yml", "text.plain", headed=False),
    _text("application/xml", ".xml .xsd .xsl .xslt .rdf .svg", "text.structured:read_xml"),
    _text("application/x-ipynb+json", ".ipynb", "text.notebook"),
    _text("application/x-subrip", ".srt .sbv", "text.subtitles", headed=False),
    _text("text/x-ssa", ".ass .ssa", "text.subtitles", headed=False),
    _text("application/ttml+xml", ".ttml .dfxp", "text.subtitles", headed=False),
    _text("text/vtt", ".vtt", "text.subtitles", headed=False),
    _text("text/x-tex", ".tex .latex .ltx", "text.markup:read_tex"),
    _text("text/x-rst", ".rst .rest", "text.markup:read_rst"),
    _text("text/asciidoc", ".adoc .asciidoc", "text.markup:read_adoc"),
    _text("text/org", ".org", "text.markup:read_org"),
    *(
        replace(_text(f"{_OPEN}.{kind}-flat-xml", suffix, f"{_READER}:{name}"), pages=pages)
        for kind, suffix, name, pages in _FLAT
    ),
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
        (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb"),
        "zip",
        _by("office.excel.sheets"),
        pages="sheet",
        marks=("xl/",),
    ),
    Format(
        "application/vnd.ms-visio.drawing",
        (".vsdx", ".vsdm", ".vstx"),
        "zip",
        _by("office.visio"),
        pages="page",
        marks=("visio/pages/pages.xml",),
    ),
    Format(
        f"{_OPEN}.text",
        (".odt", ".ott"),
        "zip",
        _by(f"{_READER}:read_text"),
        mimetype=f"{_OPEN}.text",
    ),
    Format(
        f"{_OPEN}.spreadsheet",
        (".ods", ".ots"),
        "zip",
        _by(f"{_READER}:read_sheets"),
        pages="sheet",
        mimetype=f"{_OPEN}.spreadsheet",
    ),
    Format(
        f"{_OPEN}.presentation",
        (".odp", ".otp"),
        "zip",
        _by(f"{_READER}:read_slides"),
        pages="slide",
        mimetype=f"{_OPEN}.presentation",
    ),
    Format(
        f"{_OPEN}.graphics",
        (".odg", ".otg"),
        "zip",
        _by(f"{_READER}:read_drawings"),
        pages="page",
        mimetype=f"{_OPEN}.graphics",
    ),
    *(
        # What OpenOffice wrote before there was the standard.
        Format(
            f"application/vnd.sun.xml.{kind}",
            tuple(suffixes.split()),
            "zip",
            _by(f"{_READER}:{name}"),
            pages=pages,
            mimetype=f"application/vnd.sun.xml.{kind}",
        )
        for kind, suffixes, name, pages in _OPENOFFICE
    ),
    Format(
        "application/hwp+zip",
        (".hwpx",),
        "zip",
        _by("hangul.hwpx"),
        marks=("Contents/header.xml", "Contents/section0.xml"),
        mimetype="application/hwp+zip",
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
    Format(
        "application/vnd.apple.iwork",
        (".pages", ".numbers", ".key"),
        "zip",
        _by("office.iwork"),
        pages="page",
        headed=False,
        marks=(
            *("Index/Document.iwa", "Index/Presentation.iwa", "Index/CalculationEngine.iwa"),
            *("index.apxl", "QuickLook/Preview.pdf"),
        ),
        memory=_MODEL_MEMORY,
    ),
    Format(
        "application/zip",
        (".zip",),
        "zip",
        _by("archive.files"),
        second=_by("archive.files:read_after_crash"),
        leaves_out=True,
        memory=_MODEL_MEMORY,
    ),
    # Of before 2007, and letters of Outlook.
    Format(
        "application/msword",
        (".doc", ".dot"),
        "ole",
        _by("office.before_2007.word"),
        marks=("WordDocument",),
    ),
    Format(
        "application/vnd.ms-powerpoint",
        (".ppt", ".pps", ".pot"),
        "ole",
        _by("office.before_2007.slides"),
        pages="slide",
        marks=("PowerPoint Document",),
    ),
    Format(
        "application/vnd.ms-excel",
        (".xls", ".xlt"),
        "ole",
        _by("office.excel.before_2007"),
        pages="sheet",
        marks=("Workbook", "Book"),
    ),
    Format(
        "application/vnd.ms-outlook",
        (".msg", ".oft"),
        "ole",
        _by("mail.outlook"),
        marks=("__properties_version1.0",),
        memory=_MODEL_MEMORY,
    ),
    Format(
        "application/x-hwp",
        (".hwp", ".hwt"),
        "ole",
        _by("hangul.hwp"),
        headed=False,
        marks=("FileHeader",),
    ),
    Format("application/vnd.ms-tnef", (".tnef",), "tnef", _by("mail.tnef"), memory=_MODEL_MEMORY),
    Format("application/rtf", (".rtf",), "rtf", _by("office.rich_text.reading")),
)
# Archives of tapes, and what was packed alone; which of the two is seen when it is unpacked.
_PACKED = tuple(
    Format(
        f"application/{kind}",
        tuple(suffixes.split()),
        "packed",
        _by("archive.tapes"),
        second=_by("archive.tapes:read_after_crash"),
        leaves_out=True,
        memory=_MODEL_MEMORY,
    )
    for kind, suffixes in (
        ("x-tar", ".tar"),
        ("gzip", ".gz .tgz"),
        ("x-bzip2", ".bz2 .tbz .tbz2"),
        ("x-xz", ".xz .txz"),
    )
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
        ("heic", ".heic .heif .avif"),
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
    each.media_type: each for each in (_PDF, *_TEXTS, *_OFFICES, *_PACKED, *_PICTURES, *_RECORDINGS)
}

BY_SUFFIX = {suffix: each for each in FORMATS.values() for suffix in each.suffixes}


def load(parser: str) -> Parser:
    """The function of a parser's name. Its library is loaded only now."""
    module, _, name = parser.partition(":")
    loaded: Parser = getattr(import_module(module), name)
    return loaded
