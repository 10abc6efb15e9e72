"""Every kind of file that can be read: one entry a format, and nowhere else a word of it.

A format is added by a module in `documents.parsing.parsers` and an entry here. The parser's process
reads this too, so it imports nothing of Django.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

# What a file's first bytes tell about it; see `documents.files.media_types`.
Family = Literal["pdf", "zip", "text", "image", "audio"]
# Yields the number of pages, then the text of each page from the one given on (the first is 1).
Parser = Callable[[str, int], Iterator[int | str]]

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Format:
    """A type of file: the marks it is known by, and its parser.

    `parser` and `second`, which is asked when the first crashes, are "module:function". A text
    is `headed` if its lines with # are headings. `pages` says what its pages are called by
    those who cite them; without it they mean nothing. `mark` stands in a file of a zip family
    and tells it from the others. `memory` is what a model that it needs may take, in bytes.
    """

    media_type: str
    suffixes: tuple[str, ...]
    family: Family
    parser: str
    second: str = ""
    pages: Literal["", "page", "slide", "sheet", "chapter"] = ""
    headed: bool = True
    mark: bytes = b""
    memory: int = 0


_OFFICE = "application/vnd.openxmlformats-officedocument"
# Models that read pictures or transcribe speech.
_MODEL_MEMORY = 3072 * MB

FORMATS: dict[str, Format] = {
    each.media_type: each
    for each in (
        Format(
            "application/pdf",
            (".pdf",),
            "pdf",
            "documents.parsing.parsers.pdf:read_pages",
            second="documents.parsing.parsers.pdf_by_pypdf:read_pages",
            pages="page",
            headed=False,
            memory=_MODEL_MEMORY,
        ),
        Format(
            "text/plain",
            (".txt", ".text", ".log"),
            "text",
            "documents.parsing.parsers.text:read_pages",
            headed=False,
        ),
        Format(
            "text/markdown",
            (".md", ".markdown"),
            "text",
            "documents.parsing.parsers.text:read_pages",
        ),
        Format("text/html", (".html", ".htm"), "text", "documents.parsing.parsers.html:read_pages"),
        Format("text/csv", (".csv", ".tsv"), "text", "documents.parsing.parsers.csv:read_pages"),
        Format("message/rfc822", (".eml",), "text", "documents.parsing.parsers.mail:read_pages"),
        Format(
            f"{_OFFICE}.wordprocessingml.document",
            (".docx",),
            "zip",
            "documents.parsing.parsers.docx:read_pages",
            mark=b"word/document.xml",
        ),
        Format(
            f"{_OFFICE}.presentationml.presentation",
            (".pptx",),
            "zip",
            "documents.parsing.parsers.pptx:read_pages",
            pages="slide",
            mark=b"ppt/presentation.xml",
        ),
        Format(
            f"{_OFFICE}.spreadsheetml.sheet",
            (".xlsx",),
            "zip",
            "documents.parsing.parsers.xlsx:read_pages",
            pages="sheet",
            mark=b"xl/workbook.xml",
        ),
        Format(
            "application/epub+zip",
            (".epub",),
            "zip",
            "documents.parsing.parsers.epub:read_pages",
            pages="chapter",
            mark=b"META-INF/container.xml",
        ),
        *(
            Format(
                f"image/{kind}",
                suffixes,
                "image",
                "documents.parsing.parsers.image:read_pages",
                headed=False,
                memory=_MODEL_MEMORY,
            )
            for kind, suffixes in (
                ("png", (".png",)),
                ("jpeg", (".jpg", ".jpeg")),
                ("webp", (".webp",)),
                ("gif", (".gif",)),
                ("tiff", (".tif", ".tiff")),
                ("bmp", (".bmp",)),
            )
        ),
        *(
            Format(
                f"audio/{kind}",
                suffixes,
                "audio",
                "documents.parsing.parsers.audio:read_pages",
                headed=False,
                memory=_MODEL_MEMORY,
            )
            for kind, suffixes in (
                ("mpeg", (".mp3",)),
                ("wav", (".wav",)),
                ("mp4", (".m4a", ".mp4")),
                ("ogg", (".ogg", ".oga", ".opus")),
                ("flac", (".flac",)),
                ("webm", (".webm",)),
            )
        ),
    )
}

BY_SUFFIX = {suffix: each for each in FORMATS.values() for suffix in each.suffixes}


def load(parser: str) -> Parser:
    """The function of a parser's name. Its library is loaded only now."""
    module, _, name = parser.partition(":")
    loaded: Parser = getattr(import_module(module), name)
    return loaded
