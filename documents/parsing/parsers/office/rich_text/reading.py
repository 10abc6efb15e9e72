"""Rich text (RTF), as Markdown: headings, lists, tables, notes, comments, boxes and margins.

The format is groups in braces, words that change what follows, and text in the encoding of its
font (Rich Text Format Specification 1.9.1).
"""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from documents.parsing import contents
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers import symbols
from documents.parsing.parsers.links import MAX_CODE_CHARS, show_address
from documents.parsing.parsers.office.rich_text.blocks import MAX_HEADING, Blocks
from documents.parsing.parsers.office.rich_text.vocabulary import (
    CHARSETS,
    ESCAPES,
    MARGINS,
    MARKS,
    OF_FORMULAS,
    OF_SETTINGS,
    SEEN,
    SIGNS,
    TWO_BYTES,
    UNSEEN,
)
from documents.parsing.parsers.office.word import equations

_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?[0-9]{1,10})?[ ]?"  # a word, its number, and the blank that ends it
    rb"|\\'([0-9a-f]{2})"  # a byte
    rb"|\\([^a-z'])"  # a sign
    rb"|([{}])"
    rb"|([^\\{}\r\n]+)",  # text
    re.IGNORECASE | re.DOTALL,
)
_HEADING = re.compile(r"(?:heading|überschrift|titre|제목) ?(\d)")
_MAX_DEPTH = 300
# In half points; less is done to letters that do not sit well.
MIN_MOVED = 2


@dataclass(slots=True)
class _State:
    """The settings of a group, which begin as those of the group around it."""

    out: Blocks
    encoding: str = "cp1252"
    # How many bytes stand for a character that is told by its number.
    stand_ins: int = 1
    is_unseen: bool = False
    is_hidden: bool = False
    # Whether the file hides what follows from people, who may find it all the same.
    is_veiled: bool = False
    # Whether the group holds a text twice, of which the later is the better.
    is_double: bool = False
    # What else is read than text: `fonts`, `styles`, `author` or `bullet`.
    reads: str = ""
    is_in_table: bool = False
    heading: int = 0
    # Above 0 what follows is raised, below 0 it is lowered.
    height: int = 0
    # Where the result of a field begins in its paragraph, if this is the group of one.
    result: int | None = None


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    data = contents.read(path).removeprefix(codecs.BOM_UTF8)
    if not data.lstrip().startswith(b"{\\rtf"):
        raise ParseError("corrupt_file")
    yield 1
    if first > 1:
        return
    reader = _Reader(data)
    text = "\n\n".join(reader.read())
    for code, count in (
        ("pictures_unread", reader.pictures),
        ("objects_unread", reader.objects),
        ("deletions_left_out", reader.deletions),
        ("text_hidden", reader.hidden),
    ):
        if count:
            yield note(code, count=count)
    yield text


class _Reader:
    """Goes through the tokens of a file once."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._main = Blocks()
        self._state = _State(self._main)
        self._around: list[_State] = []
        self._margins: list[Blocks] = []
        self._default = "cp1252"
        self._fonts: dict[int, str] = {}
        self._styles: dict[int, int] = {}
        # Those whose group is being read.
        self._font = self._style = self._default_font = 0
        self._style_name = self._author = self._code = ""
        self._bytes = bytearray()
        self._to_skip = self._notes = 0
        self._has_star = False
        self._is_veil_new = False
        self.pictures = self.deletions = self.objects = self.hidden = 0

    def read(self) -> list[str]:
        at = 0
        while found := _TOKEN.search(self._data, at):
            at = found.end()
            word, number, byte, sign, brace, text = found.groups()
            if byte or text:
                at += len(cut := self._complete(text, at) if text else b"")
                self._take_bytes(bytes.fromhex(byte.decode()) if byte else text + cut)
                continue
            self._flush()
            if word == b"bin":
                at += min(max(int(number or 0), 0), len(self._data) - at)
            elif word:
                self._take_word(word.decode().lower(), int(number) if number else None)
            elif sign:
                self._take_sign(sign)
            elif brace == b"{":
                self._open()
            else:
                self._close()
        self._flush()
        margins = dict.fromkeys(block for part in self._margins for block in part.finish())
        return [*self._main.finish(), *margins]

    # -- text -----------------------------------------------------------------------------------

    def _complete(self, text: bytes, at: int) -> bytes:
        """Return the half of a letter that looks like a brace or a stroke of the format's own."""
        if self._state.encoding not in TWO_BYTES or self._data[at : at + 1] not in MARKS:
            return b""
        decoder = codecs.getincrementaldecoder(self._state.encoding)("replace")
        decoder.decode(text)
        return self._data[at : at + 1] if decoder.getstate()[0] else b""

    def _take_bytes(self, data: bytes) -> None:
        skipped = min(self._to_skip, len(data))
        self._to_skip -= skipped
        if self._is_read():
            self._bytes += data[skipped:]

    def _flush(self) -> None:
        if self._bytes:
            text = self._bytes.decode(self._state.encoding, "replace")
            self._bytes.clear()
            self._write(text)

    def _is_read(self) -> bool:
        return bool(self._state.reads) or not (self._state.is_unseen or self._state.is_hidden)

    def _write(self, text: str) -> None:
        match self._state.reads:
            case "styles":
                self._style_name += text
            case "author":
                self._author += text
            case "code":
                self._code += text[:MAX_CODE_CHARS]
            case "bullet":
                self._state.out.bullet += text
            case "" if self._is_read():
                if self._state.is_veiled and self._is_veil_new and text.strip():
                    self.hidden += 1
                    self._is_veil_new = False
                self._state.out.add(symbols.translate(text), self._state.height)

    def _take_sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._has_star = True
        elif sign in b"\r\n":
            self._end_paragraph()
        elif self._to_skip:
            self._to_skip -= 1
        elif sign in ESCAPES:
            self._write(ESCAPES[sign])

    # -- groups ---------------------------------------------------------------------------------

    def _open(self) -> None:
        if len(self._around) >= _MAX_DEPTH:
            raise ParseError("corrupt_file")
        self._around.append(self._state)
        self._state = replace(self._state, result=None)
        self._to_skip, self._has_star = 0, False

    def _close(self) -> None:
        self._to_skip = 0
        if self._state.reads == "styles":
            self._end_style()
        if self._state.result is not None:
            text = self._state.out.read_added(self._state.result)
            shown = show_address(text, self._code) if text.strip() else equations.show(self._code)
            self._state.out.add(shown)
            self._code = ""
        has_fonts = self._state.reads == "fonts"
        if self._around:
            self._state = self._around.pop()
        if has_fonts and self._state.reads != "fonts":
            self._reset_characters(None)

    def _end_style(self) -> None:
        name, self._style_name = self._style_name.strip(" ;\n").lower(), ""
        found = _HEADING.fullmatch(name)
        if not self._style:
            # The one of plain text, or a style of characters.
            return
        if found and 0 < int(found[1]) <= MAX_HEADING:
            self._styles.setdefault(self._style, int(found[1]))
        elif name == "title":
            self._styles.setdefault(self._style, 1)
        self._style = 0

    def _begin_part(self, part: Blocks) -> Blocks:
        """Have what follows in this group be a part of its own."""
        self._state.out = part
        self._state.is_in_table, self._state.heading, self._state.reads = False, 0, ""
        self._state.height = 0
        return part

    # -- words ----------------------------------------------------------------------------------

    def _take_word(self, word: str, number: int | None) -> None:
        has_star, self._has_star = self._has_star, False
        if word != "u":
            self._to_skip = 0
        if word in _WORDS:
            _WORDS[word](self, number)
        elif word in SIGNS:
            self._write(SIGNS[word])
        elif word in OF_FORMULAS:
            self._write(OF_FORMULAS[word])
        elif word in MARGINS and not self._state.is_unseen:
            self._margins.append(self._begin_part(Blocks(f"{MARGINS[word].title()}: ")))
        elif word in UNSEEN or OF_SETTINGS.fullmatch(word) or (has_star and word not in SEEN):
            self._state.is_unseen = True

    def _take_unicode(self, number: int | None) -> None:
        self._write(chr((number or 0) % 0x10000))
        self._to_skip = self._state.stand_ins

    def _set_stand_ins(self, number: int | None) -> None:
        self._state.stand_ins = 1 if number is None else max(number, 0)

    def _set_encoding(self, number: int | None) -> None:
        self._set_machine(_find_codec(f"cp{number}"))

    def _set_machine(self, encoding: str) -> None:
        self._default = self._state.encoding = encoding

    def _set_default_font(self, number: int | None) -> None:
        self._default_font = number or 0

    def _choose_font(self, number: int | None) -> None:
        self._font = number or 0
        if self._state.reads != "fonts":
            self._state.encoding = self._fonts.get(self._font, self._default)

    def _set_charset(self, number: int | None) -> None:
        if self._state.reads == "fonts" and number in CHARSETS:
            self._fonts[self._font] = CHARSETS[number]

    def _read_fonts(self, _: int | None) -> None:
        self._state.is_unseen, self._state.reads = True, "fonts"

    def _read_styles(self, _: int | None) -> None:
        self._state.is_unseen, self._state.reads = True, "styles"

    def _read_code(self, _: int | None) -> None:
        self._code = ""
        self._state.is_unseen, self._state.reads = True, "code"

    def _begin_result(self, _: int | None) -> None:
        self._state.result = self._state.out.count_added()

    def _read_author(self, _: int | None) -> None:
        self._author = ""
        self._state.is_unseen, self._state.reads = True, "author"

    def _read_bullet(self, _: int | None) -> None:
        if self._is_read():
            self._state.out.bullet, self._state.reads = "", "bullet"

    def _choose_style(self, number: int | None) -> None:
        self._style = number or 0
        if self._state.reads != "styles":
            self._state.heading = self._styles.get(self._style, 0)

    def _set_outline(self, number: int | None) -> None:
        level = (number or 0) + 1
        if level > MAX_HEADING:
            return
        if self._state.reads == "styles":
            self._styles[self._style] = level
        else:
            self._state.heading = level

    def _reset_paragraph(self, _: int | None) -> None:
        self._state.is_in_table, self._state.heading = False, 0

    def _reset_characters(self, _: int | None) -> None:
        self._state.encoding = self._fonts.get(self._default_font, self._default)
        self._state.is_hidden = self._state.is_veiled = False
        self._state.height = 0

    def _enter_table(self, _: int | None) -> None:
        self._state.is_in_table = True

    def _end_paragraph(self, _: int | None = None) -> None:
        if self._state.is_unseen:
            return
        if self._state.is_in_table:
            self._state.out.add("\n")
        else:
            self._state.out.end_paragraph(self._state.heading)

    def _end_cell(self, _: int | None) -> None:
        if not self._state.is_unseen:
            self._state.out.end_cell()

    def _end_row(self, _: int | None) -> None:
        if not self._state.is_unseen:
            self._state.out.end_row()

    def _begin_note(self, _: int | None) -> None:
        if self._is_read():
            self._notes += 1
            mark = f"[^{self._notes}]"
            self._state.out.add(mark)
            around = self._state.out
            around.behind.append(self._begin_part(Blocks(f"{mark}: ")))

    def _begin_comment(self, _: int | None) -> None:
        if self._is_read():
            by = f" by {self._author.strip()}" if self._author.strip() else ""
            around = self._state.out
            around.behind.append(self._begin_part(Blocks(f"[Comment{by}: ", "]")))

    def _begin_box(self, _: int | None) -> None:
        if self._is_read():
            around = self._state.out
            around.behind.append(self._begin_part(Blocks()))

    def _take_picture(self, _: int | None) -> None:
        self.pictures += self._is_read()
        self._state.is_unseen = True

    def _take_object(self, _: int | None) -> None:
        self.objects += self._is_read()
        self._state.is_unseen = True

    def _hide(self, number: int | None) -> None:
        self._state.is_hidden = number != 0

    def _veil(self, number: int | None) -> None:
        self._state.is_veiled = self._is_veil_new = number != 0

    def _begin_double(self, _: int | None) -> None:
        self._state.is_double = self._is_read()
        self._state.is_unseen = True

    def _take_better(self, _: int | None) -> None:
        self._state.is_unseen = self._state.is_unseen and not self._state.is_double

    def _set_height(self, height: int) -> None:
        self._state.height = height

    def _delete(self, number: int | None) -> None:
        self.deletions += number != 0 and self._is_read()
        self._state.is_hidden = number != 0


def _is_moved(half_points: int | None) -> bool:
    """Tell whether a distance from the line, 6 if it is not said, is that of a superscript."""
    return (6 if half_points is None else half_points) >= MIN_MOVED


def _find_codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


_WORDS: dict[str, Callable[[_Reader, int | None], None]] = {
    "u": _Reader._take_unicode,
    "uc": _Reader._set_stand_ins,
    "ansicpg": _Reader._set_encoding,
    "mac": lambda reader, _: reader._set_machine("mac_roman"),
    "pc": lambda reader, _: reader._set_machine("cp437"),
    "pca": lambda reader, _: reader._set_machine("cp850"),
    "f": _Reader._choose_font,
    "fcharset": _Reader._set_charset,
    "deff": _Reader._set_default_font,
    "fonttbl": _Reader._read_fonts,
    "stylesheet": _Reader._read_styles,
    "fldinst": _Reader._read_code,
    "fldrslt": _Reader._begin_result,
    "atnauthor": _Reader._read_author,
    "listtext": _Reader._read_bullet,
    "pntext": _Reader._read_bullet,
    "s": _Reader._choose_style,
    "outlinelevel": _Reader._set_outline,
    "pard": _Reader._reset_paragraph,
    "plain": _Reader._reset_characters,
    "intbl": _Reader._enter_table,
    "par": _Reader._end_paragraph,
    "sect": _Reader._end_paragraph,
    "cell": _Reader._end_cell,
    "row": _Reader._end_row,
    "footnote": _Reader._begin_note,
    "annotation": _Reader._begin_comment,
    "shptxt": _Reader._begin_box,
    "dptxbxtext": _Reader._begin_box,
    "pict": _Reader._take_picture,
    "nextgraphic": _Reader._take_picture,
    "objdata": _Reader._take_object,
    "super": lambda reader, number: reader._set_height(int(number != 0)),
    "sub": lambda reader, number: reader._set_height(-int(number != 0)),
    "nosupersub": lambda reader, _: reader._set_height(0),
    "up": lambda reader, number: reader._set_height(int(_is_moved(number))),
    "dn": lambda reader, number: reader._set_height(-int(_is_moved(number))),
    "v": _Reader._veil,
    "upr": _Reader._begin_double,
    "ud": _Reader._take_better,
    "htmlrtf": _Reader._hide,
    "deleted": _Reader._delete,
}
