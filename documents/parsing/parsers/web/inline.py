"""Marks within a page's text that would run into its words: notes, superscripts, formulas."""

import re

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from lxml import etree

from documents.parsing.parsers import links, mathml, superscripts, symbols

_LABEL = re.compile(r"[\[(]?\s{0,3}([0-9]{1,4}|[a-z]{1,4}|[*†‡§]{1,4})\s{0,3}[\])]?", re.IGNORECASE)
_NOTE_KINDS = {"noteref", "doc-noteref", "footnote-ref", "sdfootnoteanc", "sdendnoteanc"}
_NOTE_KINDS |= {"footnote-reference", "footnoteref", "noteref", "footnote_reference", "fn-ref"}
_SYMBOL_KINDS = {"sdfootnotesym", "sdendnotesym"}
_BACK_KINDS = {"footnote-back", "doc-backlink", "footnote-backref", "backlink", "reversefootnote"}
_BACK_SIGNS = {"↩", "↩︎", "↑", "⏎", "^"}
_WITHIN_LINES = {"a", "abbr", "b", "em", "font", "i", "small", "span", "strong", "u"}
_TEX = "application/x-tex"
# Formulas as scripts draw them, beside what is read aloud of them, and their sources.
_DRAWN = ["katex-html", "MathJax", "MathJax_Preview", "MathJax_Display", "MathJax_SVG"]
_READ = {"katex-mathml", "mathjax", "mjx_assistive_mathml"}
_SIGN_FONT = re.compile(
    r"(?:^|font-family\s{0,9}:)\s{0,9}[\"']?(wingdings(?: [23])?|webdings|symbol)[\"']?"
    r"\s{0,9}(?:$|[;,])",
    re.IGNORECASE,
)
_SOURCE = re.compile(r"math/(?:tex|asciimath)", re.IGNORECASE)
_MAX_FORMULA_CHARS, _MAX_ALT_CHARS = 20_000, 1_000
MAX_LINKS, MAX_PICTURES = 1_000, 1_000


def part(soup: BeautifulSoup) -> None:
    """Write marks so that they stand apart from the words beside them."""
    for ruby in soup(["rt", "rp", "rtc"]):
        # How letters are read stands above them, and would part their word.
        ruby.decompose()
    for link in soup("a"):
        _part_note(link)
    for link in soup("a", href=True)[:MAX_LINKS]:
        if behind := links.show_behind(link.get_text(" ", strip=True), str(link["href"])):
            link.append(behind)
    for raised in _list_outermost(soup, "sup"):
        text = raised.get_text()
        raised.replace_with(superscripts.show(_text_before(raised), text))
    for lowered in _list_outermost(soup, "sub"):
        text = superscripts.show_lowered(_text_before(lowered), lowered.get_text())
        lowered.replace_with(text)
    for formula in _list_outermost(soup, "math"):
        formula.replace_with(_write_formula(formula))


def show_sources(soup: BeautifulSoup) -> None:
    """Show formulas once: as they were written, where scripts draw them or have drawn them."""
    for drawn in soup(class_=_DRAWN):
        if drawn.decomposed:
            continue
        beside = drawn.find_next_sibling() or drawn.find_previous_sibling()
        if beside is not None and (beside.name == "script" or _kinds(beside) & _READ):
            drawn.decompose()
    for source in soup("script", type=_SOURCE):
        source.replace_with(source.get_text().strip())


def show_signs(soup: BeautifulSoup) -> None:
    """Write letters that a font of signs shows as arrows and boxes as what people see."""
    for element in [*soup(style=_SIGN_FONT), *soup(face=_SIGN_FONT)]:
        told = (_SIGN_FONT.search(str(element.get(name, ""))) for name in ("face", "style"))
        font = next((found[1].lower() for found in told if found), "")
        for text in [each for each in element.children if type(each) is NavigableString]:
            text.replace_with("".join(_show_sign(sign, font) for sign in text))


def _show_sign(sign: str, font: str) -> str:
    return (symbols.read_symbol(ord(sign), font) if " " < sign <= "\xff" else "") or sign


def show_drawn(soup: BeautifulSoup) -> None:
    """Write the words for pictures, and those in drawings, in their places."""
    for picture in soup("img", alt=True)[:MAX_PICTURES]:
        text = " ".join(str(picture["alt"]).split())[:_MAX_ALT_CHARS]
        if not text or picture.get("aria-hidden") == "true":
            continue
        # What is no more than a sign stands in the line as one.
        is_sign = not any(map(str.isalnum, text))
        picture.replace_with(text if is_sign else f" [Picture: {text}] ")
    for drawing in _list_outermost(soup, "svg"):
        texts = (each.get_text(" ", strip=True) for each in drawing("text")[:MAX_PICTURES])
        drawing.replace_with(f" {' '.join(filter(None, texts))} ")


def _list_outermost(soup: BeautifulSoup, name: str) -> list[Tag]:
    inner: set[int] = set()
    found = []
    for each in soup(name):
        if id(each) not in inner:
            found.append(each)
            inner.update(map(id, each(name)))
    return found


def _part_note(link: Tag) -> None:
    kinds = _kinds(link)
    text = link.get_text().strip()
    label = _LABEL.fullmatch(text)
    if kinds & _BACK_KINDS or text in _BACK_SIGNS:
        link.decompose()
    elif label and "#" in str(link.get("href", "")):
        raised = _raised_around(link)
        if kinds & _SYMBOL_KINDS:
            link.replace_with(f"[^{label[1]}]: ")
        elif raised is not None or kinds & _NOTE_KINDS or link.find("sup") is not None:
            (raised or link).replace_with(f"[^{label[1]}]")


def _raised_around(link: Tag) -> Tag | None:
    """The superscript that a link is in, if that is all that it holds."""
    around = link.parent
    for _ in range(2):
        if around is not None and around.name == "sup":
            return around if around.get_text().strip() == link.get_text().strip() else None
        around = around.parent if around is not None else None
    return None


def _kinds(element: Tag) -> set[str]:
    kinds: set[str] = set()
    for name in ("class", "role", "epub:type", "rel"):
        value = element.get(name) or ""
        kinds.update(
            str(value).lower().split() if isinstance(value, str) else map(str.lower, value)
        )
    return kinds


def _text_before(element: Tag) -> str:
    """Return what stands on the line before an element, which others may mark as bold."""
    at, before = element, element.previous_sibling
    while before is None and at.parent is not None and at.parent.name in _WITHIN_LINES:
        at = at.parent
        before = at.previous_sibling
    if isinstance(before, Tag):
        return before.get_text()[-1:]
    return str(before)[-1:] if isinstance(before, NavigableString) else ""


def _write_formula(formula: Tag) -> str:
    """A formula as its author wrote it, or else as it is read."""
    for note in formula("annotation"):
        if str(note.get("encoding", "")).lower() == _TEX and note.get_text().strip():
            return note.get_text().strip()
    if alternative := str(formula.get("alttext", "")).strip():
        return alternative
    try:
        root = etree.fromstring(str(formula)[:_MAX_FORMULA_CHARS], etree.HTMLParser())
    except etree.LxmlError:
        return formula.get_text(" ", strip=True)
    found = root.find(".//math") if root is not None else None
    return mathml.write(found) if found is not None else formula.get_text(" ", strip=True)
