"""Signs of symbol fonts, whose letters stand where Unicode has none, as the signs that people see.

Only marks of lists and ticks: the fonts have different signs at most other places.
"""

import re

_IN_FONT = re.compile("[\uf020-\uf0ff]")
# Symbol's bullet, and Wingdings' marks.
SIGNS = {
    0xF0B7: "•",
    0xF06C: "●",
    0xF06E: "■",
    0xF06F: "□",
    0xF071: "□",
    0xF076: "◦",
    0xF0A7: "▪",
    0xF0A8: "□",
    0xF04A: "☺",
    0xF04B: "😐",
    0xF04C: "☹",
    0xF0D8: "➢",
    0xF0DF: "←",
    0xF0E1: "↑",
    0xF0E2: "↓",
    0xF0E0: "→",
    0xF0E8: "➔",
    0xF0FB: "✗",
    0xF0FC: "✓",
    0xF0FD: "☒",
    0xF0FE: "☑",
}

# Other fonts of marks have them in places of their own.
_OTHER_FONTS = {
    "wingdings 2": {
        0xF04F: "✗",
        0xF050: "✓",
        0xF051: "☒",
        0xF052: "☑",
        0xF053: "☒",
        0xF054: "☒",
        0xF096: "•",
        0xF097: "●",
        0xF0A0: "■",
        0xF0A2: "■",
        0xF0A3: "□",
        0xF02A: "□",
    },
    "webdings": {0xF061: "✔", 0xF063: "□", 0xF067: "■", 0xF06E: "●", 0xF072: "✖", 0xF034: "▶"},
    "wingdings 3": {0xF067: "►", 0xF075: "►", 0xF07D: "►", 0xF022: "→", 0xF0DA: "→", 0xF084: "↗"},
}

# The font Symbol has Greek letters and signs in the places of ASCII and of Latin-1.
_ASCII = (
    "∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
)
_LATIN = "ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…|―↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑"
_PRIVATE = 0xF000
SYMBOL_FONT = {
    **{_PRIVATE + 0x22 + n: sign for n, sign in enumerate(_ASCII)},
    **{_PRIVATE + 0xA1 + n: sign for n, sign in enumerate(_LATIN)},
    _PRIVATE + 0x20: " ",
    _PRIVATE + 0x21: "!",
    _PRIVATE + 0xF1: "〉",
    _PRIVATE + 0xF2: "∫",
}


def translate(text: str, font: str = "") -> str:
    """Return a text whose marks of symbol fonts are the signs that people see."""
    if not _IN_FONT.search(text):
        return text
    return _IN_FONT.sub(lambda sign: read_symbol(ord(sign[0]), font) or sign[0], text)


def read_symbol(code: int, font: str) -> str:
    """Return the sign that a font shows for a code; "" if it is none that text has."""
    if code < 0x100:  # noqa: PLR2004 - some programs leave the place in the font alone
        code += _PRIVATE
    if font.lower() == "symbol":
        return SYMBOL_FONT.get(code, "")
    if font.lower() in _OTHER_FONTS:
        return _OTHER_FONTS[font.lower()].get(code, "")
    if _PRIVATE <= code <= _PRIVATE + 0xFF:
        return SIGNS.get(code, "")
    return "" if 0xE000 <= code < 0xF900 or code > 0x10FFFF else chr(code)  # noqa: PLR2004
