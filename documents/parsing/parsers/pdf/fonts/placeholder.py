"""A font in which each character but a space is the same box, so that none is without a shape.

Written by the tables of OpenType 1.9 (https://learn.microsoft.com/typography/opentype/spec/). What
makes it small is format 13 of the table `cmap`, which gives one shape to a range of characters.
"""

import struct

EM = 1_000
ASCENT, DESCENT = 880, -150
# As wide as a narrow letter, so that it does not reach into the next one.
LEFT, BOTTOM, RIGHT, TOP = 50, -150, 450, 800
NAME = "Placeholder"
# The shapes by their numbers: the box, for what a font does not have and for what it has; nothing.
MISSING, BOX, SPACE = 0, 1, 2
SHAPES = 3
# From one character on, up to the next that is named here.
SHAPE_FROM = {
    0x00: SPACE,
    0x21: BOX,
    0xA0: SPACE,
    0xA1: BOX,
    0x2000: SPACE,
    0x2010: BOX,
    0x3000: SPACE,
    0x3001: BOX,
}
LAST_CHARACTER = 0x10FFFF
VERSION, MAGIC, REGULAR, WINDOWS, UNICODE, ENGLISH = 0x00010000, 0x5F0F3CF5, 0, 3, 10, 0x409
ON_CURVE = 1
# What pdfium asks a font for: the names of its family, of itself, and for PostScript.
NAMES = (1, 4, 6)


def build_font() -> bytes:
    """Return the file, of 600 bytes or so."""
    tables = {
        "cmap": _build_cmap(),
        "glyf": _build_box() * 2,
        "head": _build_head(),
        "hhea": struct.pack(
            ">IhhhHhhhhhhhhhhhH", VERSION, ASCENT, DESCENT, 0, EM, *[0] * 3, 1, *[0] * 7, SHAPES
        ),
        "hmtx": struct.pack(">HhHhHh", EM, LEFT, EM, LEFT, EM, 0),
        # A shape that begins where it ends is none.
        "loca": struct.pack(">4I", *(n * len(_build_box()) for n in (0, 1, 2, 2))),
        "maxp": struct.pack(">IHHHHHHHHHHHHHH", VERSION, SHAPES, 4, 1, 0, 0, 1, *[0] * 8),
        "name": _build_name(),
        "post": struct.pack(">IIhhIIIII", 0x00030000, *[0] * 8),
    }
    directory = struct.pack(">IHHHH", VERSION, len(tables), 128, 3, len(tables) * 16 - 128)
    body, start = b"", len(directory) + 16 * len(tables)
    for tag, data in sorted(tables.items()):
        place = start + len(body)
        directory += tag.encode() + struct.pack(">III", _add_up(data), place, len(data))
        body += _pad(data)
    return directory + body


def _build_cmap() -> bytes:
    ends = [*(first - 1 for first in list(SHAPE_FROM)[1:]), LAST_CHARACTER]
    groups = b"".join(
        struct.pack(">III", first, last, shape)
        for (first, shape), last in zip(SHAPE_FROM.items(), ends, strict=True)
    )
    table = struct.pack(">HHIII", 13, 0, 16 + len(groups), 0, len(SHAPE_FROM)) + groups
    return struct.pack(">HHHHI", 0, 1, WINDOWS, UNICODE, 12) + table


def _build_box() -> bytes:
    corners = [(LEFT, BOTTOM), (LEFT, TOP), (RIGHT, TOP), (RIGHT, BOTTOM)]
    steps = [(0, 0), *corners]
    moves = [(x - a, y - b) for (a, b), (x, y) in zip(steps, corners, strict=False)]
    outline = struct.pack(">5hHH", 1, LEFT, BOTTOM, RIGHT, TOP, len(corners) - 1, 0)
    outline += bytes([ON_CURVE] * len(corners))
    outline += struct.pack(">4h", *(x for x, _ in moves)) + struct.pack(
        ">4h", *(y for _, y in moves)
    )
    return _pad(outline)


def _build_head() -> bytes:
    numbers = (
        VERSION,
        VERSION,
        0,
        MAGIC,
        0,
        EM,
        0,
        0,
        LEFT,
        BOTTOM,
        RIGHT,
        TOP,
        REGULAR,
        8,
        2,
        1,
        0,
    )
    return struct.pack(">IIIIHHQQhhhhHHhhh", *numbers)


def _build_name() -> bytes:
    name = NAME.encode("utf-16-be")
    records = (struct.pack(">HHHHHH", WINDOWS, 1, ENGLISH, n, len(name), 0) for n in NAMES)
    return struct.pack(">HHH", 0, len(NAMES), 6 + 12 * len(NAMES)) + b"".join(records) + name


def _pad(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _add_up(data: bytes) -> int:
    data = _pad(data)
    numbers: tuple[int, ...] = struct.unpack(f">{len(data) // 4}I", data)
    return sum(numbers) & 0xFFFFFFFF
