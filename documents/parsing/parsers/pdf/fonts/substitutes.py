"""The fonts that pdfium takes for those which a PDF names and does not hold.

By itself it takes what is installed, and leaves out of the text what has no shape there, wherever
a character is drawn by itself: all of a Korean or Russian page on a machine without such a font, or
the digits, where a font of the machine has only Hangul. So here pdfium is told that nothing is
installed. It has fonts of its own for Latin letters, and for others gets the placeholder.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pypdfium2 import raw

from documents.parsing.parsers.pdf.fonts import placeholder

# The placeholder, to pdfium a number of ours.
HANDLE = 1
ANSI, DEFAULT, SYMBOL = 0, 1, 2
# The letters of these are in pdfium's own fonts.
LATIN = {ANSI, DEFAULT, SYMBOL}


class Substitutes:
    """Answers pdfium, for all PDFs of this process, where it looks for a font.

    Its callbacks live as long as pdfium does.
    """

    def __init__(self) -> None:
        self._font = placeholder.build_font()
        self._name = placeholder.NAME.encode() + b"\0"
        self._is_complete = False
        self._info = self._build_info()
        # Whether a font was looked for since this was last set back.
        self.were_wanted = False

    def _build_info(self) -> Any:
        """Return our answers by the names of pdfium's structure."""
        answers = {
            "Release": lambda _info: None,
            "EnumFonts": lambda _info, _mapper: None,
            "MapFont": self._find,
            "GetFont": lambda _info, _name: None,
            # A table of it by its tag, or all of it.
            "GetFontData": lambda _info, _font, tag, buffer, size: (
                0 if tag else _copy(self._font, buffer, size)
            ),
            "GetFaceName": lambda _info, _font, buffer, size: _copy(self._name, buffer, size),
            "GetFontCharset": lambda _info, _font: DEFAULT,
            "DeleteFont": lambda _info, _font: None,
        }
        kinds = dict(raw.FPDF_SYSFONTINFO._fields_)
        callbacks = {name: kinds[name](answer) for name, answer in answers.items()}
        return raw.FPDF_SYSFONTINFO(version=1, **callbacks)

    def _find(self, _info: Any, _weight: int, _italic: int, charset: int, *_: Any) -> int | None:
        self.were_wanted = True
        return HANDLE if self._is_complete or charset not in LATIN else None

    def use(self) -> None:
        """Have pdfium ask here from now on."""
        raw.FPDF_SetSystemFontInfo(ctypes.byref(self._info))

    @contextmanager
    def leave_out_nothing(self) -> Iterator[None]:
        """Give the placeholder for each font, so that no character is without a shape.

        Those that have one have another than they would have, which tells less of lines and cells.
        """
        self._is_complete = True
        try:
            yield
        finally:
            self._is_complete = False

    @contextmanager
    def lend_installed(self) -> Iterator[None]:
        """Have a PDF that is opened, drawn and closed meanwhile drawn by the machine's fonts."""
        info = raw.FPDF_GetDefaultSystemFontInfo()
        raw.FPDF_SetSystemFontInfo(info)
        try:
            yield
        finally:
            self.use()
            raw.FPDF_FreeDefaultSystemFontInfo(info)


def _copy(data: bytes, buffer: Any, size: int) -> int:
    """Write what is asked for where there is room for it, and return how long it is."""
    if buffer and size >= len(data):
        ctypes.memmove(buffer, data, len(data))
    return len(data)
