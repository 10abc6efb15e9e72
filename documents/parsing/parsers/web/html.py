"""Web pages, without what is not their text, as Markdown."""

import re
import warnings
from collections.abc import Iterator
from html import escape

from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning
from bs4.element import Tag

from documents.parsing import contents, encodings
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import Note, note
from documents.parsing.parsers.web import inline, lists
from documents.parsing.parsers.web.page_tables import (
    PageConverter,
    Table,
    find_tables,
    unfold_layout,
)

_NOT_TEXT = ["script", "style", "noscript", "template", "svg", "iframe", "object", "nav"]
_BLOCKS = ["summary", "textarea", "legend", "figcaption"]
# What stands on lines of its own, and what stands apart within one: minified pages have no space
# between them, and the library knows none of them for that.
_AREAS = [
    *("address", "aside", "center", "details", "dialog", "fieldset", "figure", "footer", "form"),
    *("header", "hgroup", "main", "search", "marquee", "noframes"),
]
_APART = ["button", "label", "output", "progress", "meter", "canvas", "video", "audio"]
_LISTS, _PROGRAMS = ["menu", "dir"], ["listing", "xmp"]
MAX_FRAMES = 100
_BLANK_LINES = re.compile(r"\n\s*\n\s*\n+")
_HIDING = re.compile(
    r"(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden)\b", re.IGNORECASE
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_HEAD = 4096
_LITERAL, _XHTML = "<![CDATA[", re.compile(r"<\?xml\s|http://www\.w3\.org/1999/xhtml")
_FRAME, _SCRIPT = re.compile(r"<frame\b", re.IGNORECASE), re.compile(r"<script\b", re.IGNORECASE)
# Less than that is the name of a program rather than a page.
_MIN_CHARS = 100
_SAID_OF_ALL = {"iso-8859-1", "us-ascii", "ascii", "windows-1252", "latin1"}
# Of the fields of a form, those whose value a reader sees.
_SEEN_INPUTS = {"text", "email", "number", "date", "tel", "url", "search", "submit", "button", ""}
_MAX_VALUE_CHARS = 10_000


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first == 1:
        decoded, notes = decode(contents.read(path))
        yield from notes
        text, hidden = read(decoded.text)
        yield from _list_unread(decoded.text, text)
        if hidden:
            yield note("text_hidden", count=hidden)
        yield text


def _list_unread(html: str, text: str) -> Iterator[Note]:
    """Say where a page is only a frame around what a browser would fetch or make."""
    if frames := len(_FRAME.findall(html)):
        yield note("frames_unread", count=frames)
    elif len(text) < _MIN_CHARS and _SCRIPT.search(html):
        yield note("made_by_scripts")


def markdown(html: str) -> str:
    """The text of a page with its headings, lists and tables. Raises ParseError."""
    return read(html)[0]


def read(html: str) -> tuple[str, int]:
    """Return the same, and how many passages of it the page itself hides. Raises ParseError."""
    try:
        with warnings.catch_warnings():
            # A chapter of a book is XML, and read like any page.
            warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
            soup = BeautifulSoup(_show_literals(html), "lxml")
        for tag in soup("template", shadowrootmode=True):
            # Its words are shown in the place of the element that it stands in.
            tag.unwrap()
        _show_frames(soup)
        inline.show_sources(soup)
        inline.show_signs(soup)
        inline.show_drawn(soup)
        for tag in soup(_NOT_TEXT):
            tag.decompose()
        hidden = _count_hidden(soup)
        _part_blocks(soup)
        _show_values(soup)
        inline.part(soup)
        found = find_tables(soup)
        unfold_layout(found)
        title = soup.title.get_text(" ", strip=True) if soup.title else ""
        if soup.title:
            soup.title.decompose()
        text = _converter(found, lists.number(soup)).convert_soup(soup).strip()
    except RecursionError as error:
        raise ParseError("corrupt_file") from error
    if title and not soup.h1:
        text = f"# {title}\n\n{text}"
    return _BLANK_LINES.sub("\n\n", text), hidden


def _show_frames(soup: BeautifulSoup) -> None:
    """Put pages that a page holds itself in the places of the frames that show them."""
    held = [(each, str(each["srcdoc"])) for each in soup("iframe", srcdoc=True)]
    # What stands there for those who see no frames is taken for plain text.
    held += [(each, each.get_text()) for each in soup("noframes")]
    for frame, page in held[:MAX_FRAMES]:
        inside = BeautifulSoup(page, "lxml").body
        if inside is not None:
            inside.name = "div"
            frame.replace_with(inside.extract())


def _part_blocks(soup: BeautifulSoup) -> None:
    for names, known in (
        (_BLOCKS, "p"),
        (_AREAS, "div"),
        (_LISTS, "ul"),
        (_PROGRAMS, "pre"),
    ):
        for tag in soup(names):
            tag.name = known
    for tag in soup(_APART):
        tag.insert_before(" ")
        tag.insert_after(" ")


def _show_literals(html: str) -> str:
    """Return a page of XML with its sections of plain characters as the text that they are."""
    if _LITERAL not in html or not _XHTML.search(html, 0, _HEAD):
        return html
    first, *others = html.split(_LITERAL)
    parts = [first]
    for each in others:
        literal, end, rest = each.partition("]]>")
        parts += [escape(literal), rest] if end else [_LITERAL, each]
    return "".join(parts)


def _count_hidden(soup: BeautifulSoup) -> int:
    """Count what is hidden by itself, and not by styles elsewhere; within each other once."""
    inner: set[int] = set()
    count = 0
    for tag in soup(_hides):
        if id(tag) not in inner and tag.get_text(strip=True):
            inner.update(map(id, tag(_hides)))
            count += 1
    return count


def _hides(tag: Tag) -> bool:
    return tag.has_attr("hidden") or _HIDING.search(str(tag.get("style", ""))) is not None


def _show_values(soup: BeautifulSoup) -> None:
    """Write the values of a form's fields as text; whole sites lie in a form."""
    for field in soup("input"):
        kind, value = str(field.get("type", "")).lower(), str(field.get("value", ""))
        if kind in {"checkbox", "radio"}:
            field.replace_with("[x] " if field.has_attr("checked") else "[ ] ")
        elif kind in _SEEN_INPUTS and value:
            field.replace_with(f" {value[:_MAX_VALUE_CHARS]} ")
    for choice in soup("select"):
        options = choice("option")
        chosen = [each for each in options if isinstance(each, Tag) and each.has_attr("selected")]
        shown = chosen or options
        choice.replace_with(", ".join(each.get_text(" ", strip=True) for each in shown))


def _converter(found: list[Table], labels: dict[int, str]) -> PageConverter:
    # Addresses and words for pictures are written as text, and marks of bold letters would part
    # a word of which only some are.
    return PageConverter(
        found,
        labels,
        heading_style="ATX",
        strip=["a", "img", "b", "strong", "i", "em"],
        bullets="-",
        escape_misc=False,
        escape_asterisks=False,
        escape_underscores=False,
    )


def decode(data: bytes, declared: str = "") -> tuple[encodings.Decoded, list[Note]]:
    """A page's text, as it says of itself if that is true, and what there is to say of that."""
    found = _CHARSET.search(data[:_HEAD])
    # Programs that send pages write the Western encodings on whatever they send.
    if found and (not declared or declared.lower() in _SAID_OF_ALL):
        declared = found[1].decode("ascii", "replace")
    decoded = encodings.read(data, declared)
    notes = list(decoded.notes())
    if declared and decoded.is_guessed:
        notes[0] = note("declared_encoding_wrong", declared=declared, encoding=decoded.encoding)
    return decoded, notes
