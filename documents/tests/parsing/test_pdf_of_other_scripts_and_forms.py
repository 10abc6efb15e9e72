"""PDF: letters in the order in which they are drawn, and forms that other programs would show."""

import io

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    NameObject,
    StreamObject,
    TextStringObject,
)

from documents.tests.parsing import pdf

# As Chromium and others draw them: the letters of a word from left to right, by any codes.
LETTERS = {"a": "ا", "b": "ب", "c": "ح", "d": "ر", "e": "م", "s": "ש", "l": "ל", "o": "ו", "m": "ם"}


def with_letters(*drawn: tuple[float, str]) -> bytes:
    """A page with words at places of a line, in the order in which they are drawn."""
    words = "".join(f"BT /F1 20 Tf {x} 500 Td ({text}) Tj ET\n" for x, text in drawn)
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf.draw(words))))
    table = "\n".join(f"<{ord(code):02x}> <{ord(sign):04x}>" for code, sign in LETTERS.items())
    codes = StreamObject()
    codes.set_data(
        f"1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(LETTERS)} beginbfchar\n{table}\nendbfchar".encode()
    )
    font = writer.pages[0]["/Resources"]["/Font"]["/F1"].get_object()
    font[NameObject("/ToUnicode")] = writer._add_object(codes)
    return write(writer)


def with_xfa(text: str, **packets: str) -> bytes:
    """A page in whose place a program that knows XFA shows a form."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf.pages(text))))
    listed = ArrayObject()
    for name, said in packets.items():
        packet = StreamObject()
        packet.set_data(said.encode())
        listed += [TextStringObject(name), writer._add_object(packet)]
    form = {NameObject("/Fields"): ArrayObject(), NameObject("/XFA"): listed}
    writer._root_object[NameObject("/AcroForm")] = DictionaryObject(form)
    writer._root_object[NameObject("/NeedsRendering")] = BooleanObject(True)
    return write(writer)


def write(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("drawn", "shown"),
    [
        ([(300, "acdbe")], "مبرحا"),
        ([(300, "edcba"), (200, "mols")], "ابحرم שלום"),
        # One letter after the other, from the right, as the words are read.
        ([(300, "s"), (295.6, "l"), (284.5, "o"), (267.8, "m")], "שלום"),
    ],
)
def test_words_that_are_read_from_the_right_have_their_letters_in_order(read, drawn, shown):
    (text,), _ = read(".pdf", with_letters(*drawn))
    assert text.split() == shown.split()


def test_a_form_in_xml_is_read_in_the_place_of_the_page_that_stands_for_it(read):
    template = (
        '<template xmlns="http://www.xfa.org/schema/xfa-template/3.0/"><subform name="form1">'
        "<draw><value><text>Application for leave</text></value></draw>"
        '<field name="Name"><caption><value><text>Your name</text></value></caption></field>'
        '<draw><value><exData contentType="text/html"><body xmlns="http://www.w3.org/1999/xhtml">'
        "<p>By <b>post</b></p></body></exData></value></draw></subform></template>"
    )
    data = (
        '<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><form1>'
        "<Name>Jane Roe</Name><Days>12</Days><Empty/></form1></xfa:data></xfa:datasets>"
    )
    (text,), _ = read(".pdf", with_xfa("Please wait...", template=template, datasets=data))
    assert text.splitlines() == [
        *("Please wait...", "", "Application for leave", "By post"),
        *("Your name: Jane Roe", "Days: 12"),
    ]


@pytest.mark.parametrize("template", ["<template><broken", "<template/>", ""])
def test_a_form_in_broken_xml_takes_no_page_from_its_reader(read, template):
    (text,), _ = read(".pdf", with_xfa("Please wait...", template=template))
    assert text == "Please wait..."
