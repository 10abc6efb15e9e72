"""Office files under the names of others, or in one file of XML, are read as what they are."""

import io
import re
import zipfile

import pytest
import xlwt

from aiapp.errors import UnsupportedType
from documents.files.media_types import detect_format
from documents.tests import files
from documents.tests.parsing import pdf
from documents.tests.parsing.office.before_2007.ole import container
from documents.tests.parsing.office.office import paragraph, run, word

WEB_ARCHIVE = (
    b"Date: Mon, 4 May 2026 10:00:00 +0000\r\nSubject: Exported\r\n from a wiki\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/html\r\n\r\n<p>Dear"
)
HTML = "<html><body><table><tr><th>Name<th>Fee<tr><td>Ada<td>5</table></body></html>"
SHEETS = "urn:schemas-microsoft-com:office:spreadsheet"
WORD_2003 = "http://schemas.microsoft.com/office/word/2003/wordml"
WORKBOOK = (
    f'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="{SHEETS}"'
    f' xmlns:ss="{SHEETS}"><Styles><Style ss:ID="p"><NumberFormat ss:Format="0.0%"/></Style>'
    '</Styles><Worksheet ss:Name="Fees"><Table><Row><Cell><Data ss:Type="String">Name</Data></Cell>'
    '<Cell><Data ss:Type="String">Fee</Data></Cell><Cell><Data ss:Type="String">Due</Data></Cell>'
    '</Row><Row><Cell ss:Index="2" ss:StyleID="p"><Data ss:Type="Number">0.153</Data></Cell>'
    '<Cell><Data ss:Type="DateTime">'
    "2026-05-01T00:00:00.000</Data></Cell></Row></Table></Worksheet></Workbook>"
)


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("list.xls", HTML.encode(), "text/html"),
        ("list.xls", WORKBOOK.encode(), "application/xml"),
        ("list.xls", b"Name\tFee\nAda\t5\n", "text/csv"),
        ("letter.doc", rb"{\rtf1 Dear Ada}", "application/rtf"),
        ("letter.doc", b"<!-- Saved --><HTML><p>Dear Ada</HTML>", "text/html"),
        (
            "letter.doc",
            b"MIME-Version: 1.0\nContent-Type: text/html\n\n<p>Dear",
            "multipart/related",
        ),
        ("page.doc", WEB_ARCHIVE, "multipart/related"),
        ("page.html", WEB_ARCHIVE, "multipart/related"),
        ("page.html", b"<p>MIME-Version: 1.0", "text/html"),
        ("notes.txt", WEB_ARCHIVE, "text/plain"),
        ("letter.rtf", b"\xef\xbb\xbf{\\rtf1 Dear Ada}", "application/rtf"),
        ("page.v2", HTML.encode(), "text/html"),
        ("notes.v2", b"<3 of them, in <html>", "text/plain"),
    ],
)
def test_a_text_under_the_name_of_an_office_file_is_read_as_what_it_is(name, data, media_type):
    assert detect_format(name, io.BytesIO(data)).media_type == media_type


@pytest.mark.parametrize("shift", [0, 1, 6, 17, 40_000])
def test_a_container_of_sectors_that_none_has_is_no_document(shift):
    data = bytearray(container({"WordDocument": b"x"}))
    data[30:32] = shift.to_bytes(2, "little")
    with pytest.raises(UnsupportedType):
        detect_format("a.doc", io.BytesIO(data))


@pytest.mark.parametrize(
    ("name", "data", "advice"),
    [
        ("files.7z", b"7z\xbc\xaf\x27\x1c" + bytes(60), "Pack the files as zip or tar."),
        ("notes.one", bytes(range(256)), "Save it as PDF."),
        ("novel.mobi", bytes(60) + b"BOOKMOBI" + bytes(60), "Convert the book to EPUB or PDF."),
        (
            "list.sqlite",
            b"SQLite format 3\0" + bytes(range(256)),
            "Export the tables as CSV or xlsx.",
        ),
        ("plan.vsd", container({"VisioDocument": b"x"}), "Save it in a newer format, or as PDF."),
    ],
)
def test_who_brings_a_file_that_cannot_be_read_is_told_what_to_do(name, data, advice):
    with pytest.raises(UnsupportedType, match=re.escape(f"cannot be read. {advice} These can:")):
        detect_format(name, io.BytesIO(data))


def test_names_within_a_container_are_the_same_in_capitals():
    data = container({"WORDDOCUMENT": b"x"})
    assert detect_format("a.doc", io.BytesIO(data)).suffixes[0] == ".doc"


@pytest.mark.parametrize(("make", "suffix"), [(files.word, ".docx"), (files.workbook, ".xlsx")])
def test_a_package_whose_parts_lie_elsewhere_than_usual_is_known(read, make, suffix):
    packed = zipfile.ZipFile(io.BytesIO(make()))
    moved = {name: packed.read(name) for name in packed.namelist()}
    for folder in (b"word/", b"xl/"):
        moved = {
            name.replace(folder.decode(), ""): data.replace(b"/" + folder, b"/").replace(
                b'Target="' + folder, b'Target="'
            )
            for name, data in moved.items()
        }
    data = files.archive(moved)
    assert detect_format(f"a{suffix}", io.BytesIO(data)).suffixes[0] == suffix
    assert read(suffix, data)[0] == read(suffix, make())[0]


def test_a_workbook_that_one_library_takes_for_damaged_is_read_by_another(read, read_error):
    book, out = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("Fees")
    for n, value in enumerate(("Name", "Fee", "Ada", 5)):
        sheet.write(n // 2, n % 2, value)
    book.save(out)
    data = bytearray(out.getvalue())
    # The list of texts says that it has one more than it has.
    listed = data.index(b"\xfc\x00", 512)
    data[listed + 8 : listed + 12] = (4).to_bytes(4, "little")
    (text,), notes = read(".xls", bytes(data))
    assert "| Ada | 5 |" in text
    assert "text_only" in notes
    assert read_error(".xls", bytes(data[:600])) == "corrupt_file"


def test_files_of_today_may_have_the_names_of_before_2007():
    assert ".docx" in detect_format("a.doc", io.BytesIO(files.word())).suffixes
    assert ".xlsx" in detect_format("a.xls", io.BytesIO(files.workbook())).suffixes


def test_a_workbook_of_excel_2003_is_read_as_tables(read):
    (text,), _ = read(".xml", WORKBOOK)
    assert (
        text == "# Fees\n\n| Name | Fee | Due |\n| --- | --- | --- |\n|  | 15.3% | 2026-05-01 |\n"
    )


def test_a_document_of_word_2003_is_read_as_its_paragraphs(read):
    body = (
        '<w:p><w:pPr><w:pStyle w:val="H1"/></w:pPr><w:r><w:t>Rules</w:t></w:r></w:p>'
        '<w:p><w:pPr><w:listPr><w:ilvl w:val="0"/><w:t w:val="2.1"/></w:listPr></w:pPr>'
        "<w:r><w:t>All of it.</w:t></w:r></w:p>"
        '<w:p><w:hlink w:dest="https://example.org/f"><w:r><w:t>Form</w:t></w:r></w:hlink></w:p>'
    )
    styles = '<w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
    text = (
        f'<?xml version="1.0"?><w:wordDocument xmlns:w="{WORD_2003}"><w:styles>{styles}</w:styles>'
        f"<w:body>{body}</w:body></w:wordDocument>"
    )
    assert read(".xml", text)[0] == ["# Rules\n\n2.1 All of it.\n\nForm (https://example.org/f)"]


def test_a_package_that_is_laid_out_flat_is_read(read):
    space = "http://schemas.microsoft.com/office/2006/xmlPackage"
    packed = zipfile.ZipFile(io.BytesIO(word(paragraph(run("In a flat package.")))))
    parts = "".join(
        f'<pkg:part pkg:name="/{name}"><pkg:xmlData>{packed.read(name).decode()}</pkg:xmlData>'
        "</pkg:part>"
        for name in packed.namelist()
    )
    text = f'<?xml version="1.0"?><pkg:package xmlns:pkg="{space}">{parts}</pkg:package>'
    assert read(".xml", text)[0] == ["In a flat package."]


def test_documents_of_apple_are_read_by_their_preview_or_refused(read, read_error):
    inside = {"Index/Document.iwa": b"\0x", "preview.jpg": b"\xff\xd8\xff"}
    assert read_error(".pages", files.archive(inside)) == "unsupported_format"
    printed = files.archive(inside | {"QuickLook/Preview.pdf": pdf.pages("Printed.")})
    texts, notes = read(".pages", printed)
    assert texts == ["Printed."]
    assert "preview_only" in notes
    assert detect_format("a.pages", io.BytesIO(printed)).suffixes[0] == ".pages"


def test_workbooks_of_before_2007_tell_links_raised_figures_and_what_is_hidden(read):
    book = xlwt.Workbook()
    sheet = book.add_sheet("A")
    raised = xlwt.easyfont("")
    raised.escapement = xlwt.Font.ESCAPEMENT_SUPERSCRIPT
    sheet.write(0, 0, "Place")
    sheet.write(0, 1, "Area")
    sheet.write_rich_text(1, 1, ["10", ("6", raised), " m"])
    sheet.write(1, 0, "Seoul")
    sheet.row(1).hidden = True
    out = io.BytesIO()
    book.save(out)
    (text,), notes = read(".xls", out.getvalue())
    assert "| Seoul | 10^6 m |" in text
    assert notes == {"rows_hidden": {"count": 1}}
