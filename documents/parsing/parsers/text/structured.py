"""JSON and XML as they are, but on lines where a program wrote all of it on one."""

import re
import sys
from collections.abc import Iterator

from documents.parsing import contents, encodings
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.parsers.office.single_files import find_office
from documents.parsing.parsers.text.publishing import find_publication

# In longer lines nobody finds a place, and no passage ends.
_MAX_LINE_CHARS = 1_000
_JSON_PART = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]|[^"{}\[\],]+|"', re.DOTALL)
_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)((?:\\u[0-9a-fA-F]{4})+)")
# What stays escaped: controls, the quotation mark, and the escape itself.
_MIN_CODE, _KEPT_CODES = 0x20, {0x22, 0x5C}
_XML_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.-]{2,40})")
_HEAD_BYTES = 1024
# Letters by their numbers; those of ASCII are written so where they would mean something else.
_NUMBERED = re.compile(r"&#(?:[xX]([0-9a-fA-F]{2,6})|([0-9]{3,7}));")
_FIRST_LETTER = 0xA0


def read_json(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first == 1:
        decoded = encodings.read(contents.read(path))
        yield from decoded.notes()
        yield lay_out_json(decoded.text)


def read_xml(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first == 1:
        data = contents.read(path)
        declared = _XML_DECLARED.search(data[:_HEAD_BYTES])
        if (office := find_office(data)) is not None:
            yield from office(data)
            return
        if publication := find_publication(data):
            yield publication
            return
        decoded = encodings.read(data, declared[1].decode() if declared else "")
        yield from decoded.notes()
        yield lay_out_xml(_NUMBERED.sub(_show_letter, decoded.text))


def _show_letter(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    is_letter = _FIRST_LETTER <= code <= sys.maxunicode and not 0xD800 <= code < 0xE000  # noqa: PLR2004
    return chr(code) if is_letter else found[0]


def lay_out_json(text: str) -> str:
    """JSON with letters instead of their numbers, broken into lines where it has none.

    It is not loaded: names that occur twice, comments and what breaks off are kept.
    """
    text = _ESCAPE.sub(lambda found: found[1] + _unescape(found[2]), text)
    if not _has_long_line(text):
        return text
    pieces: list[str] = []
    depth = 0
    for part in _JSON_PART.findall(text):
        if part in "{[":
            depth += 1
            pieces.append(f"{part}\n{_indent(depth)}")
        elif part in "}]":
            depth -= 1
            pieces.append(f"\n{_indent(depth)}{part}")
        elif part == ",":
            pieces.append(f",\n{_indent(depth)}")
        else:
            pieces.append(part if part.startswith('"') else part.replace("\n", " ").strip(" "))
    return "".join(pieces)


def _indent(depth: int) -> str:
    return " " * min(max(depth, 0), 20)


def _unescape(escapes: str) -> str:
    codes = [int(code, 16) for code in escapes.split("\\u")[1:]]
    written = "".join(
        chr(code) if code >= _MIN_CODE and code not in _KEPT_CODES else f"\\u{code:04x}"
        for code in codes
    )
    # Letters beyond the first plane are written as pairs.
    return written.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def lay_out_xml(text: str) -> str:
    return text.replace("><", ">\n<") if _has_long_line(text) else text


def _has_long_line(text: str) -> bool:
    return any(len(line) > _MAX_LINE_CHARS for line in text.split("\n"))
