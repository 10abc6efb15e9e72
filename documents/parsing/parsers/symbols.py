"""Signs of symbol fonts, whose letters stand where Unicode has none, as the signs that people see.

Only marks of lists and ticks: the fonts have different signs at most other places.
"""

# Symbol's bullet, and Wingdings' marks.
SIGNS = {
    0xF0B7: "•",
    0xF06C: "●",
    0xF06E: "■",
    0xF071: "□",
    0xF076: "◦",
    0xF0A7: "▪",
    0xF0A8: "□",
    0xF0D8: "➢",
    0xF0E0: "→",
    0xF0E8: "➔",
    0xF0FB: "✗",
    0xF0FC: "✓",
}
