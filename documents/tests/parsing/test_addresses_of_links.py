"""Addresses behind links are text that people ask for, in all formats."""

import io

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link

from documents.parsing.parsers import links
from documents.parsing.tabular.markdown import find_text_tables
from documents.tests.files import archive
from documents.tests.parsing import pdf

ADDRESS = "https://portal.example.org/a?b=1"
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"


@pytest.mark.parametrize(
    ("text", "address", "shown"),
    [
        ("our portal", ADDRESS, f"our portal ({ADDRESS})"),
        ("our portal ", ADDRESS, f"our portal ({ADDRESS}) "),
        ("portal.example.org/a?b=1", ADDRESS, "portal.example.org/a?b=1"),
        ("www.example.org", "https://example.org/", "www.example.org"),
        ("Ada", "mailto:ada@example.org?subject=x", "Ada (ada@example.org)"),
        ("ada@example.org", "mailto:ada@example.org", "ada@example.org"),
        ("Call us", "tel:+82-2-123", "Call us (+82-2-123)"),
        ("Chapter 2", "#chapter2", "Chapter 2"),
        ("here", "../index.html", "here"),
        ("here", "javascript:go()", "here"),
        ("", ADDRESS, ""),
        ("here", f"https://e.org/{'x' * 600}", "here"),
    ],
)
def test_an_address_stands_behind_its_text_unless_that_tells_it(text, address, shown):
    assert links.show(text, address) == shown


def test_links_of_a_web_page_tell_their_addresses(read):
    page = f'<p>See <a href="{ADDRESS}">our <b>portal</b></a>, <a href="/x">here</a>.</p>'
    assert read(".html", page)[0] == [f"See our portal ({ADDRESS}), here."]


def test_links_of_rich_text_tell_their_addresses(read):
    text = (
        r"{\rtf1\ansi See {\field{\*\fldinst{HYPERLINK \"" + ADDRESS + r"\"}}"
        r"{\fldrslt{\ul our }{\b portal}}} first.\par}"
    )
    assert read(".rtf", text)[0] == [f"See our portal ({ADDRESS}) first."]


def test_links_of_open_document_tell_their_addresses(read):
    content = (
        f'<o:document-content xmlns:o="{OFFICE}" xmlns:t="{TEXT}"'
        ' xmlns:x="http://www.w3.org/1999/xlink"><o:body><o:text><t:p>See '
        f'<t:a x:href="{ADDRESS}"><t:span>our portal</t:span></t:a> first.</t:p></o:text></o:body>'
        "</o:document-content>"
    )
    mimetype = "application/vnd.oasis.opendocument.text"
    data = archive({"mimetype": mimetype, "content.xml": content})
    assert read(".odt", data)[0] == [f"See our portal ({ADDRESS}) first."]


def test_links_of_a_pdf_are_told_behind_its_page(read):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf.pages("See our portal first."))))
    writer.add_annotation(0, Link(rect=(56.5, 757, 97, 770), url=ADDRESS))
    out = io.BytesIO()
    writer.write(out)
    (text,), _ = read(".pdf", out.getvalue())
    assert text == f"See our portal first.\n[Link: our portal ({ADDRESS})]"


def test_an_address_that_a_page_of_a_pdf_shows_is_not_told_again(read):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf.pages(f"See {ADDRESS} first."))))
    writer.add_annotation(0, Link(rect=(58, 755, 200, 772), url=ADDRESS))
    out = io.BytesIO()
    writer.write(out)
    assert read(".pdf", out.getvalue())[0] == [f"See {ADDRESS} first."]


def test_tables_as_data_hold_the_text_of_a_link_alone(read):
    page = (
        f'<table><tr><th>Firm<th>Fee<tr><td><a href="{ADDRESS}">Example</a><td>5'
        f'<tr><td>Other<td><a href="{ADDRESS}">7</a></table>'
    )
    (text,), _ = read(".html", page)
    (table,) = find_text_tables(text)
    assert table.rows == [["Firm", "Fee"], ["Example", "5"], ["Other", "7"]]
