"""Forms in XML (XFA), whose pages only say that another program would show them.

What they hold stands in two parts of the file: the texts of the form, and what was filled in.
"""

import ctypes
from collections.abc import Iterator

import pypdfium2
from lxml import etree
from pypdfium2 import raw

from documents.parsing.parsers.office.packages import BROKEN, Element, child, local, parse_xml

MAX_BYTES, MAX_LINES, MAX_DEPTH = 20_000_000, 20_000, 100


def read(document: pypdfium2.PdfDocument) -> str:
    """Return the texts of such a form, and its fields with their values; "" of other documents."""
    if document.get_formtype() != raw.FORMTYPE_XFA_FULL:
        return ""
    packets = dict(_list_packets(document))
    try:
        lines = _read_packets(packets)
    except BROKEN:
        return ""
    return "\n".join(lines[:MAX_LINES])


def _read_packets(packets: dict[str, bytes]) -> list[str]:
    captions: dict[str, str] = {}
    lines: list[str] = []
    if "template" in packets:
        lines += _read_template(parse_xml(packets["template"]), captions, MAX_DEPTH)
    if "datasets" in packets:
        data = child(parse_xml(packets["datasets"]), "data")
        if data is not None:
            lines += _read_data(data, captions, MAX_DEPTH)
    return lines


def _list_packets(document: pypdfium2.PdfDocument) -> Iterator[tuple[str, bytes]]:
    for index in range(max(raw.FPDF_GetXFAPacketCount(document), 0)):
        size = raw.FPDF_GetXFAPacketName(document, index, None, 0)
        name = ctypes.create_string_buffer(max(size, 1))
        raw.FPDF_GetXFAPacketName(document, index, name, size)
        length = ctypes.c_ulong()
        raw.FPDF_GetXFAPacketContent(document, index, None, 0, length)
        if not 0 < length.value <= MAX_BYTES:
            continue
        content = ctypes.create_string_buffer(length.value)
        if raw.FPDF_GetXFAPacketContent(document, index, content, length.value, length):
            yield name.value.decode("latin-1"), content.raw


def _read_template(element: Element, captions: dict[str, str], depth: int) -> Iterator[str]:
    """Yield what the form says, and note what it calls its fields."""
    for each in element if depth else ():
        kind = local(each)
        if kind == "draw":
            if said := _read_value(child(each, "value")):
                yield said
        elif kind in {"field", "exclGroup"}:
            captions[str(each.get("name", ""))] = _read_value(child(each, "caption", "value"))
            yield from _read_template(each, captions, depth - 1)
        elif kind in {"subform", "subformSet", "area", "pageSet", "pageArea", "contentArea"}:
            yield from _read_template(each, captions, depth - 1)


def _read_value(value: Element | None) -> str:
    """Return the words of a value, which may be a page of its own."""
    return " ".join(" ".join(value.itertext()).split()) if value is not None else ""


def _read_data(element: Element, captions: dict[str, str], depth: int) -> Iterator[str]:
    """Yield the fields that were filled in, each with its name."""
    for each in element if depth else ():
        if not isinstance(each.tag, str):
            continue
        if len(each) and not _is_page(each):
            yield from _read_data(each, captions, depth - 1)
        elif said := _read_value(each):
            name = local(each)
            yield f"{captions.get(name) or name}: {said}"


def _is_page(element: Element) -> bool:
    return bool(etree.QName(element[0]).namespace == "http://www.w3.org/1999/xhtml")
