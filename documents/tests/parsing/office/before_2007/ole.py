"""Containers of before 2007 (OLE), made stream by stream, and documents in them."""

import struct

SECTOR = 512
_END, _FREE, _FAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
# Smaller streams lie in a stream of their own, so all are made larger.
_MIN_STREAM = 4096

Streams = dict[str, "bytes | Streams"]


def container(streams: Streams) -> bytes:
    """An OLE file with streams, and storages of streams, by their names."""
    entries: list[list] = [["Root Entry", 5, _NONE, _NONE, _END, 0]]
    blobs: list[tuple[int, bytes]] = []
    _add(entries, blobs, 0, streams)
    directory = -(-len(entries) * 128 // SECTOR)
    sizes = [-(-len(data) // SECTOR) for _, data in blobs]
    tables = -(-(directory + sum(sizes) + 8) // (SECTOR // 4))
    chain: list[int] = [_FAT] * tables + _link(tables, directory)
    for (place, data), size in zip(blobs, sizes, strict=True):
        entries[place][4:] = [len(chain), len(data)]
        chain += _link(len(chain), size)
    chain += [_FREE] * (tables * (SECTOR // 4) - len(chain))
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, tables, tables, 0, _MIN_STREAM, _END, 0, _END, 0),
    )
    head += struct.pack("<109I", *range(tables), *[_FREE] * (109 - tables))
    fat = struct.pack(f"<{len(chain)}I", *chain)
    listed = b"".join(map(_write_entry, entries)).ljust(directory * SECTOR, b"\0")
    return head + fat + listed + b"".join(_pad(data, SECTOR) for _, data in blobs)


def _add(entries: list, blobs: list, parent: int, streams: Streams) -> None:
    before = None
    for name, data in sorted(streams.items(), key=lambda each: (len(each[0]), each[0].upper())):
        place = len(entries)
        is_storage = isinstance(data, dict)
        entries.append([name, 1 if is_storage else 2, _NONE, _NONE, 0 if is_storage else _END, 0])
        entries[parent if before is None else before][3 if before is None else 2] = place
        before = place
        if isinstance(data, dict):
            _add(entries, blobs, place, data)
        else:
            blobs.append((place, data.ljust(_MIN_STREAM, b"\0")))


def _link(first: int, count: int) -> list[int]:
    return [*range(first + 1, first + count), _END] if count else []


def _pad(data: bytes, size: int) -> bytes:
    return data.ljust(-(-len(data) // size) * size, b"\0")


def _write_entry(entry: list) -> bytes:
    name, kind, right, child, start, size = entry
    written = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII36xIQ", written, len(written) + 2, kind, 1, _NONE, right, child, start, size
    )


def doc(text: str) -> bytes:
    """A document of Word 97: one piece of text."""
    encoded = text.encode("utf-16-le")
    start = 2048
    pieces = struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, start, 0)
    before = bytes(64)
    table = before + b"\x02" + struct.pack("<I", len(pieces)) + pieces
    places = [0] * 186
    places[66:68] = [len(before), len(table) - len(before)]
    head = struct.pack("<HHHHHHH18x", 0xA5EC, 0xC1, 0, 0x409, 0, 0, 0)
    head += struct.pack("<H28x", 14)
    head += struct.pack("<H22I", 22, *[start + len(encoded), 0, 0, len(text)], *[0] * 18)
    head += struct.pack("<H186I", 93, *places) + struct.pack("<H", 0)
    body = head.ljust(start, b"\0") + encoded
    return container({"WordDocument": body, "0Table": table})


def hwp_record(kind: int, level: int, data: bytes) -> bytes:
    return struct.pack("<I", kind | level << 10 | len(data) << 20) + data


def hwp_text(text: str, level: int = 0) -> bytes:
    return hwp_record(67, level, text.encode("utf-16-le") + b"\r\0")


def hwp(*paragraphs: str, flags: int = 1, preview: str = "", more: bytes = b"") -> bytes:
    """A document of Hancom's format 5: a section of paragraphs, and more records."""
    import zlib  # noqa: PLC0415

    records = b"".join(map(hwp_text, paragraphs)) + more
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(records) + packer.flush()
    header = b"HWP Document File".ljust(32, b"\0") + struct.pack("<II", 0x05000300, flags)
    section = packed if flags & 1 else records
    return container(
        {
            "FileHeader": header,
            "BodyText": {"Section0": section},
            "PrvText": preview.encode("utf-16-le"),
        }
    )


def ppt(
    *slides: tuple[str, str],
    superseded: tuple[str, str] = ("", ""),
    token: int = 0,
    held: tuple[bytes, ...] = (),
) -> bytes:
    """Slides of PowerPoint 97, a title and a text each, the last one first in the file.

    Titles stand in the list of slides, as PowerPoint keeps them. The superseded slide was there
    before the last save. What is held are files within.
    """
    places: dict[int, int] = {}
    stream = b""
    for number, (_, text) in [(2, superseded), *reversed(list(enumerate(slides, 2)))]:
        places[number] = len(stream)
        stream += _record(0x3EE, _record(0xF00D, _text(4, text), 15, in_shape=True), 15)
    listed = b""
    for number, (title, _) in enumerate(slides, 2):
        listed += _record(0x3F3, struct.pack("<5I", number, 0, 1, 254 + number, 0))
        listed += _text(0, title)
    places[1] = len(stream)
    stream += _record(0x3E8, _record(0xFF0, listed, 15), 15)
    for number, data in enumerate(held, len(slides) + 3):
        places[number] = len(stream)
        stream += _record(0x1011, data)
    directory = len(stream)
    entries = [places[number] for number in sorted(places)]
    stream += _record(0x1772, struct.pack(f"<I{len(entries)}I", 1 | len(entries) << 20, *entries))
    newest = len(stream)
    stream += _record(0xFF5, struct.pack("<7I", 0, 0, 0, directory, 1, 9, 0))
    user = struct.pack("<III", 20, token or 0xE391C05F, newest)
    return container({"Current User": _record(0xFF6, user), "PowerPoint Document": stream})


def _text(kind: int, text: str) -> bytes:
    return _record(0xF9F, struct.pack("<I", kind)) + _record(0xFA0, text.encode("utf-16-le"))


def _record(kind: int, data: bytes, version: int = 0, *, in_shape: bool = False) -> bytes:
    record = struct.pack("<HHI", version, kind, len(data)) + data
    return _record(0xF004, record, 15) if in_shape else record
