"""Texts with marks of their own, as they are but for headings, which become Markdown's."""

import re
import unicodedata
from collections.abc import Callable, Iterator

from documents.parsing import contents, encodings
from documents.parsing.contents import Contents
from documents.parsing.formats import Item

_MAX_LEVEL = 6
_RST_RULE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*")
_TEX_LEVELS = {
    "title": 1,
    "part": 1,
    "chapter": 1,
    "section": 2,
    "subsection": 3,
    "subsubsection": 4,
    "paragraph": 5,
    "frametitle": 2,
}
_TEX_HEADING = re.compile(rf"\\({'|'.join(_TEX_LEVELS)})\*?\{{([^{{}}\n]{{1,300}})\}}")
_TEX_ACCENT = re.compile(r"\\([\"'`^~=.]|[cvuHkr](?=\{))(?:\{\\?([A-Za-zı])\}|([A-Za-z]))")
_TEX_MARKS = {
    '"': "\u0308",
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    "c": "\u0327",
    "v": "\u030c",
    "u": "\u0306",
    "H": "\u030b",
    "k": "\u0328",
    "r": "\u030a",
}
_TEX_LETTERS = {
    r"\ss{}": "ß",
    r"{\ss}": "ß",
    r"\o{}": "ø",
    r"{\o}": "ø",
    r"\ae{}": "æ",
    r"{\ae}": "æ",
}
_LEADING = {
    "adoc": re.compile(r"^(={1,6}) (?=\S)", re.MULTILINE),
    "org": re.compile(r"^(\*{1,6}) (?=\S)", re.MULTILINE),
}
_DIRECTIVE_TITLE = re.compile(r"^#\+title:[ \t]*", re.IGNORECASE | re.MULTILINE)


def read_rst(path: Contents, first: int) -> Iterator[Item]:
    yield from _read(path, first, mark_rst)


def read_tex(path: Contents, first: int) -> Iterator[Item]:
    yield from _read(path, first, mark_tex)


def read_adoc(path: Contents, first: int) -> Iterator[Item]:
    yield from _read(path, first, lambda text: _mark_leading(text, "adoc"))


def read_org(path: Contents, first: int) -> Iterator[Item]:
    yield from _read(path, first, lambda text: _mark_leading(text, "org"))


def _read(path: Contents, first: int, mark: Callable[[str], str]) -> Iterator[Item]:
    yield 1
    if first == 1:
        decoded = encodings.read(contents.read(path))
        yield from decoded.notes()
        yield mark(decoded.text.replace("\r\n", "\n"))


def mark_rst(text: str) -> str:
    """A line above a rule is a heading; its level is that of rules of the kind so far."""
    lines = text.split("\n")
    kinds: list[tuple[str, bool]] = []
    marked: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        over = _is_rule(line) and at + 2 < len(lines) and lines[at + 2].rstrip() == line.rstrip()
        title = lines[at + 1] if over else line
        rule = lines[at + 1] if not over and at + 1 < len(lines) else line
        is_heading = title.strip() and not _is_rule(title) and _is_rule(rule)
        if is_heading and len(rule.rstrip()) >= len(title.strip()):
            kind = (rule[0], over)
            if kind not in kinds:
                kinds.append(kind)
            marked.append(f"{'#' * min(kinds.index(kind) + 1, _MAX_LEVEL)} {title.strip()}")
            at += 3 if over else 2
        else:
            marked.append(line)
            at += 1
    return "\n".join(marked)


def _is_rule(line: str) -> bool:
    return bool(line) and _RST_RULE.fullmatch(line) is not None


def mark_tex(text: str) -> str:
    """LaTeX with its headings as Markdown's, and its accents as letters."""
    for written, letter in _TEX_LETTERS.items():
        text = text.replace(written, letter)
    text = _TEX_ACCENT.sub(_write_accent, text)
    return _TEX_HEADING.sub(lambda found: f"{'#' * _TEX_LEVELS[found[1]]} {found[2]}", text)


def _write_accent(found: re.Match[str]) -> str:
    letter = found[2] or found[3]
    return unicodedata.normalize("NFC", letter + _TEX_MARKS[found[1]])


def _mark_leading(text: str, kind: str) -> str:
    text = _LEADING[kind].sub(lambda found: f"{'#' * len(found[1])} ", text)
    return _DIRECTIVE_TITLE.sub("# ", text) if kind == "org" else text
