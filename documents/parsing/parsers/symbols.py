"""Signs of symbol fonts, whose letters stand where Unicode has none, as the signs that people see.

Only marks of lists and ticks: the fonts have different signs at most other places.
"""

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
    0xF0D8: "➢",
    0xF0E0: "→",
    0xF0E8: "➔",
    0xF0FB: "✗",
    0xF0FC: "✓",
    0xF0FD: "☒",
    0xF0FE: "☑",
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


def read_symbol(code: int, font: str) -> str:
    """Return the sign that a font shows for a code; "" if it is none that text has."""
    if code < 0x100:  # noqa: PLR2004 - some programs leave the place in the font alone
        code += _PRIVATE
    if font.lower() == "symbol":
        return SYMBOL_FONT.get(code, "")
    if _PRIVATE <= code <= _PRIVATE + 0xFF:
        return SIGNS.get(code, "")
    return "" if 0xE000 <= code < 0xF900 or code > 0x10FFFF else chr(code)  # noqa: PLR2004
