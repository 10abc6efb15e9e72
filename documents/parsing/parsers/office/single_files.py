"""Documents in one file of XML: of Office 2003, packages of today laid out flat, OpenDocument."""

import io
import re
import zipfile
from base64 import b64decode
from collections.abc import Callable, Iterator

from lxml import etree

from documents.parsing import nested, tables
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.parsers import links
from documents.parsing.parsers.office.excel import number_formats
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    attribute,
    child,
    descendants,
    local,
    parse_xml,
)

_HEAD = 8_192
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAX_COLUMNS = 16_384
_TIME = re.compile(r"T00:00:00(?:\.0+)?$")
_FORMATS = {
    "Percent": "0.00%", "Standard": "#,##0.00", "Fixed": "0.00", "Currency": "$#,##0.00",
    "Scientific": "0.00E+00",
}  # fmt: skip

Reader = Callable[[bytes], Iterator[Item]]
_OPEN_KIND = re.compile(rb"office:mimetype=[\"']application/vnd\.oasis\.opendocument\.(\w{4,20})")


def find_office(data: bytes) -> Reader | None:
    """Return what reads a file, if it is a document of Office in one file of XML."""
    head = data[:_HEAD].replace(b"\0", b"")
    for mark, reader in _READERS.items():
        if mark in head:
            return reader
    return None


def _read_package(data: bytes) -> Iterator[Item]:
    """Read a package whose parts stand one after the other, as Word saves them on request."""
    entries: dict[str, bytes] = {}
    try:
        for part in descendants(parse_xml(data), "part"):
            inside = child(part, "xmlData")
            packed = child(part, "binaryData")
            name = attribute(part, "name").lstrip("/")
            if inside is not None and len(inside):
                entries[name] = etree.tostring(inside[0])
            elif packed is not None:
                entries[name] = b64decode("".join((packed.text or "").split()))
    except BROKEN as error:
        raise ParseError("corrupt_file") from error
    yield from _read_entries(entries)


def _read_open(data: bytes) -> Iterator[Item]:
    """Read a document of OpenDocument that is one text of XML."""
    # Loaded for its own files alone.
    from documents.parsing.parsers.office.opendocument import files  # noqa: PLC0415

    readers = {b"spreadsheet": files.read_sheets, b"presentation": files.read_slides}
    kind = _OPEN_KIND.search(data[:_HEAD])
    texts = []
    for item in readers.get(kind[1] if kind else b"", files.read_text)(data, 1):
        if isinstance(item, str):
            texts.append(item)
        elif not isinstance(item, int):
            yield item
    yield "\n\n".join(texts)


def _read_word(data: bytes) -> Iterator[Item]:
    """Read a document of Word 2003, whose paragraphs have the names of today's."""
    try:
        root = parse_xml(data)
        namespace = etree.QName(root).namespace
        for each in list(descendants(root, "listPr")):
            _write_label(each, namespace)
        for each in list(descendants(root, "hlink")):
            if behind := links.show_behind("".join(each.itertext()), attribute(each, "dest")):
                run = etree.SubElement(each, f"{{{namespace}}}r")
                etree.SubElement(run, f"{{{namespace}}}t").text = behind
        parts = {"document": root}
        parts |= {name: found for name in ("styles",) if (found := child(root, name)) is not None}
        entries = {f"word/{name}.xml": etree.tostring(each) for name, each in parts.items()}
    except BROKEN as error:
        raise ParseError("corrupt_file") from error
    listed = ((name, name, f"{name}.xml") for name in parts if name != "document")
    entries["word/_rels/document.xml.rels"] = _list_relations(*listed)
    entries["_rels/.rels"] = _list_relations(("r", "officeDocument", "word/document.xml"))
    yield from _read_entries(entries)


def _write_label(listed: Element, namespace: str) -> None:
    """Put the number of an item, which the file tells, before its text."""
    label = next((attribute(each, "val") for each in listed if local(each) == "t"), "")
    properties = listed.getparent()
    paragraph = properties.getparent() if properties is not None else None
    properties.remove(listed)
    if paragraph is None or local(paragraph) != "p":
        return
    run = etree.Element(f"{{{namespace}}}r")
    is_sign = not any(map(str.isalnum, label))
    etree.SubElement(run, f"{{{namespace}}}t").text = "- " if is_sign else f"{label} "
    properties.addnext(run)


def _list_relations(*named: tuple[str, str, str]) -> bytes:
    listed = "".join(
        f'<Relationship Id="{key}" Type="{_RELATION}/{kind}" Target="{target}"/>'
        for key, kind, target in named
    )
    return f'<Relationships xmlns="{_PACKAGE}">{listed}</Relationships>'.encode()


def _read_entries(entries: dict[str, bytes]) -> Iterator[Item]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    texts = []
    for item in nested.read("", packed.getvalue()):
        if isinstance(item, str):
            texts.append(item)
        else:
            yield item
    yield "\n\n".join(texts)


def _read_workbook(data: bytes) -> Iterator[Item]:
    """Read a workbook of Excel 2003, in which many programs still write their lists."""
    blocks = []
    try:
        root = parse_xml(data)
        formats = {
            attribute(style, "ID"): attribute(each, "Format")
            for style in descendants(root, "Style")
            for each in descendants(style, "NumberFormat")
        }
        for sheet in descendants(root, "Worksheet"):
            blocks.append(f"# {attribute(sheet, 'Name')}\n")
            for table in descendants(sheet, "Table"):
                rows = (_list_cells(row, formats) for row in descendants(table, "Row"))
                blocks += tables.format_table(tables.lay_out(rows))
            for cell in descendants(sheet, "Comment"):
                text = " ".join(" ".join(cell.itertext()).split())
                blocks.append(f"[Comment: {text}]")
    except BROKEN as error:
        raise ParseError("corrupt_file") from error
    yield "\n".join(blocks)


def _list_cells(row: Element, formats: dict[str, str]) -> list[tables.Span]:
    cells: list[tables.Span] = []
    place = 1
    for each in row:
        if local(each) != "Cell":
            continue
        place = min(_count(each, "Index", place), _MAX_COLUMNS)
        width = sum(span.columns for span in cells)
        cells += [tables.Span("")] * max(place - 1 - width, 0)
        across, down = _count(each, "MergeAcross", 0) + 1, _count(each, "MergeDown", 0) + 1
        cells.append(tables.Span(_show(each, formats), across, down))
        place += across
    return cells


def _show(cell: Element, formats: dict[str, str]) -> str:
    held = child(cell, "Data")
    if held is None:
        return ""
    text, kind = "".join(held.itertext()), attribute(held, "Type")
    if kind == "DateTime":
        return _TIME.sub("", text).removesuffix(".000").replace("T", " ")
    if kind == "Boolean":
        return "TRUE" if text == "1" else "FALSE"
    if kind == "Number":
        code = formats.get(attribute(cell, "StyleID"), "")
        try:
            return number_formats.show(float(text), _FORMATS.get(code, code) or "General")
        except (ValueError, OverflowError, ArithmeticError):
            return text
    return links.show(text, attribute(cell, "HRef"))


def _count(cell: Element, name: str, otherwise: int) -> int:
    told = attribute(cell, name)
    return int(told) if told.isascii() and told.isdigit() and len(told) < 7 else otherwise  # noqa: PLR2004


_READERS: dict[bytes, Reader] = {
    b"http://schemas.microsoft.com/office/2006/xmlPackage": _read_package,
    b"http://schemas.microsoft.com/office/word/2003/wordml": _read_word,
    b"urn:schemas-microsoft-com:office:spreadsheet": _read_workbook,
    b"<office:document ": _read_open,
}
