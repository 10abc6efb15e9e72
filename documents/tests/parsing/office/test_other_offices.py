"""OpenDocument, Hangul, RTF, and the formats of before 2007."""

import gzip
import io
import re
import struct
from pathlib import Path

import pytest
import xlwt

from documents.files.media_types import detect_format
from documents.tests import files
from documents.tests.parsing.office import office
from documents.tests.parsing.office.before_2007 import ole

DATA = Path(__file__).parents[2] / "data"

OPEN = "application/vnd.oasis.opendocument"
NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "draw", "presentation", "style", "form")
)
NAMES += ' xmlns:xlink="http://www.w3.org/1999/xlink"'


def open_document(kind: str, body: str, styles: str = "", manifest: str = "") -> bytes:
    content = (
        f"<office:document-content {NAMES}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>"
    )
    margins = (
        f"<office:document-styles {NAMES}><style:header><text:p>Draft</text:p></style:header>"
        "</office:document-styles>"
    )
    entries = {"mimetype": f"{OPEN}.{kind}", "content.xml": content, "styles.xml": margins}
    return files.archive(entries | {"META-INF/manifest.xml": f"<manifest>{manifest}</manifest>"})


def real(name):
    """A file that another program wrote."""
    return gzip.decompress((DATA / f"{name}.gz").read_bytes())


def test_a_text_keeps_headings_lists_notes_boxes_and_tables(read):
    body = (
        '<text:h text:outline-level="2">Rules</text:h><text:p>Two<text:s text:c="2"/>words'
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Below."
        "</text:p></text:note-body></text:note><draw:frame><draw:text-box><text:p>Boxed</text:p>"
        "</draw:text-box></draw:frame></text:p><text:list><text:list-item><text:p>One</text:p>"
        "</text:list-item></text:list><table:table><table:table-row><table:table-cell><text:p>A"
        "</text:p></table:table-cell><table:table-cell><text:p>B</text:p></table:table-cell>"
        "</table:table-row></table:table>"
    )
    assert read(".odt", open_document("text", body))[0] == [
        "## Rules\n\nTwo  words[^1]\n\n[^1]: Below.\n\nBoxed\n\n- One\n\n"
        "| A | B |\n| --- | --- |\n\n\nHeader: Draft"
    ]


def test_texts_and_rows_that_are_hidden_are_said_to_be(read):
    style = (
        '<style:style style:name="T1"><style:text-properties text:display="none"/></style:style>'
    )
    body = (
        '<text:p>Seen.<text:span text:style-name="T1"> Not this.</text:span></text:p>'
        '<text:p text:style-name="T1"/><text:section text:display="none"><text:p>Nor that.</text:p>'
        "</text:section>"
    )
    (text,), notes = read(".odt", open_document("text", body, style))
    assert text.startswith("Seen. Not this.\n\nNor that.")
    assert notes == {"text_hidden": {"count": 2}}
    row = "<table:table-cell><text:p>7</text:p></table:table-cell></table:table-row>"
    sheet = (
        f'<table:table table:name="A"><table:table-row>{row}'
        f'<table:table-row table:visibility="filter">{row}</table:table>'
    )
    assert read(".ods", open_document("spreadsheet", sheet))[1] == {"rows_hidden": {"count": 1}}


def test_a_table_in_a_cell_is_its_words(read):
    inner = "".join(
        f"<table:table-cell><text:p>{word}</text:p></table:table-cell>" for word in "ab"
    )
    inner = f"<table:table>{2 * f'<table:table-row>{inner}</table:table-row>'}</table:table>"
    cells = "".join(
        f"<table:table-cell><text:p>{word}</text:p>{inner}</table:table-cell>" for word in "xy"
    )
    table = f"<table:table>{2 * f'<table:table-row>{cells}</table:table-row>'}</table:table>"
    (text,), _ = read(".odt", open_document("text", table))
    assert "| x a b a b | y a b a b |\n| --- | --- |\n| x a b a b | y a b a b |" in text


def test_a_sheet_shows_its_cells_and_no_million_of_empty_ones(read):
    def cell(text, more=""):
        return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"

    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    rows = (
        f"<table:table-row>{cell('Share')}{cell('Date')}{empty}</table:table-row>"
        f"<table:table-row>{cell('15.3 %')}{cell('2026-03-14')}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="1048576">{empty}</table:table-row>'
    )
    hidden = (
        '<style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    )
    sheet = f'<table:table table:name="Data" table:style-name="h">{rows}</table:table>'
    (text,), notes = read(".ods", open_document("spreadsheet", sheet, hidden))
    assert text == "# Data\n\n| Share | Date |\n| --- | --- |\n| 15.3 % | 2026-03-14 |\n"
    assert notes == {"sheet_hidden": {"name": "Data"}}


def test_a_slide_has_its_title_and_notes(read):
    def frame(text, kind):
        return (
            f'<draw:frame presentation:class="{kind}"><draw:text-box><text:p>{text}</text:p>'
            "</draw:text-box></draw:frame>"
        )

    page = (
        f"<draw:page>{frame('Outlook', 'title')}{frame('More of it.', 'outline')}"
        f"<presentation:notes>{frame('Say why.', 'notes')}</presentation:notes></draw:page>"
    )
    assert read(".odp", open_document("presentation", page))[0] == [
        "# Outlook\n\nMore of it.\n\nNotes: Say why."
    ]


def test_values_of_forms_stand_where_they_are_shown(read):
    fields = (
        '<form:text form:id="a" form:current-value="Ada"/><form:number form:id="n" form:value="5"/>'
        '<form:checkbox form:id="b" form:label="Agree" form:current-state="checked"/>'
        '<form:radio form:id="r" form:label="No" form:current-selected="false"/>'
        '<form:listbox form:id="l"><form:option form:label="Red"/>'
        '<form:option form:label="Blue" form:selected="true"/></form:listbox>'
    )
    shown = "".join(f'<draw:control draw:control="{key}"/>' for key in "anbr")
    body = (
        f"<office:forms><form:form>{fields}</form:form></office:forms>"
        f'<text:p>Name:{shown}</text:p><draw:control draw:control="l"/>'
    )
    (text,), _ = read(".odt", open_document("text", body))
    assert [line.split() for line in text.split("\n\n")] == [
        ["Name:", "Ada", "5", "[x]", "Agree", "[", "]", "No"],
        ["Blue"],
        ["Header:", "Draft"],
    ]


def test_cells_that_hold_a_value_alone_show_it_as_its_kind_says(read):
    told = [
        'office:value-type="percentage" office:value="0.075"',
        'office:value-type="currency" office:value="5" office:currency="EUR"',
        'office:value-type="time" office:time-value="PT01H30M00S"',
        'office:value-type="date" office:date-value="2026-05-01T00:00:00"',
        'office:value-type="string" office:string-value="word"',
    ]
    cells = "".join(f"<table:table-cell {each}/>" for each in told)
    head = "".join(f"<table:table-cell><text:p>{n}</text:p></table:table-cell>" for n in range(5))
    rows = "".join(f"<table:table-row>{each}</table:table-row>" for each in (head, cells))
    (text,), _ = read(
        ".ods", open_document("spreadsheet", f'<table:table table:name="S">{rows}</table:table>')
    )
    assert "| 7.5% | 5 EUR | 01:30:00 | 2026-05-01 | word |" in text


def test_a_drawing_is_its_pages(read):
    body = (
        "<draw:page><draw:custom-shape><text:p>In a shape</text:p></draw:custom-shape></draw:page>"
    )
    data = office.repack(open_document("drawing", body), mimetype=f"{OPEN}.graphics")
    assert detect_format("plan.odg", io.BytesIO(data)).suffixes[0] == ".odg"
    assert read(".odg", data)[0] == ["In a shape"]


@pytest.mark.parametrize(
    ("suffix", "kind", "body", "text"),
    [
        (
            ".sxw",
            "writer",
            "<text:p>Old<text:footnote><text:footnote-citation>1</text:footnote-citation>"
            "<text:footnote-body><text:p>Note</text:p></text:footnote-body></text:footnote></text:p>",
            "Old[^1]\n\n[^1]: Note",
        ),
        (
            ".sxc",
            "calc",
            '<table:table table:name="T"><table:table-row><table:table-cell><text:p>5</text:p>'
            "</table:table-cell></table:table-row></table:table>",
            "# T\n\n| 5 |\n| --- |\n",
        ),
        (".sxi", "impress", "<draw:page><text:p>Slide</text:p></draw:page>", "Slide"),
    ],
)
def test_files_of_openoffice_before_the_standard_are_read(read, suffix, kind, body, text):
    old = "http://openoffice.org/2000"
    names = f'xmlns:office="{old}/office" xmlns:text="{old}/text" xmlns:draw="{old}/drawing"'
    content = (
        f'<office:document-content {names} xmlns:table="{old}/table"><office:body>{body}'
        "</office:body></office:document-content>"
    )
    data = files.archive({"mimetype": f"application/vnd.sun.xml.{kind}", "content.xml": content})
    assert detect_format(f"a{suffix}", io.BytesIO(data)).suffixes[0] == suffix
    assert read(suffix, data)[0] == [text]


def test_a_flat_document_under_the_name_of_xml_is_read_as_that(read):
    kinds = f'<office:document {NAMES} office:mimetype="{OPEN}.text"><office:body><office:text>'
    flat = f"<?xml version='1.0'?>{kinds}<text:p>Flat</text:p></office:text></office:body>"
    assert read(".xml", f"{flat}</office:document>")[0] == ["Flat"]


def test_a_drawing_of_visio_is_its_pages_with_what_leads_where(read):
    def shape(key, text, x, y, more=""):
        cells = f'<Cell N="PinX" V="{x}"/><Cell N="PinY" V="{y}"/>'
        return f'<Shape ID="{key}">{cells}<Text><cp IX="0"/>{text}</Text>{more}</Shape>'

    data = (
        '<Section N="Property"><Row N="r"><Cell N="Label" V="Cost"/><Cell N="Value" V="5"/></Row>'
        '<Row N="empty"><Cell N="Value" V=""/></Row></Section>'
    )
    inner = f"<Shapes>{shape(5, 'Inside', 1, 1)}</Shapes>"
    lines = "".join(
        f'<Connect FromSheet="3" FromCell="{end}" ToSheet="{to}"/>'
        for end, to in (("BeginX", 1), ("EndX", 2))
    )
    page = (
        f"<PageContents><Shapes>{shape(2, 'Below', 1, 2, data)}{shape(1, 'Top', 1, 9, inner)}"
        f"{shape(3, 'yes', 1, 5)}</Shapes><Connects>{lines}</Connects></PageContents>"
    )
    pages = (
        f'<Pages xmlns:r="{office.RELATION}"><Page Name="Flow"><Rel r:id="a"/></Page>'
        '<Page Name="Gone"><Rel r:id="b"/></Page></Pages>'
    )
    drawing = files.archive(
        {
            "visio/pages/pages.xml": pages,
            "visio/pages/_rels/pages.xml.rels": office.relations(
                ("a", "page", "page1.xml"), ("b", "page", "page2.xml")
            ),
            "visio/pages/page1.xml": page,
            "visio/comments.xml": "<C><CommentEntry>Check this</CommentEntry></C>",
        }
    )
    assert detect_format("plan.vsdx", io.BytesIO(drawing)).suffixes[0] == ".vsdx"
    texts, notes = read(".vsdx", drawing)
    assert texts == [
        "# Flow\n\nTop\n\nInside\n\nyes\n\nBelow\nCost: 5\n\nTop → Below (yes)",
        "# Gone\n\n[Comment: Check this]",
    ]
    assert notes == {"part_unreadable": {"name": "Gone"}}


def test_an_encrypted_open_document_says_so(read_error):
    locked = open_document("text", "", manifest="<encryption-data/>")
    assert read_error(".odt", locked) == "password_protected"


def test_hwpx_keeps_paragraphs_tables_and_notes(read):
    def paragraph(inner):
        return f"<hp:p><hp:run>{inner}</hp:run></hp:p>"

    def cell(text):
        return f"<hp:tc><hp:subList>{paragraph(f'<hp:t>{text}</hp:t>')}</hp:subList></hp:tc>"

    note = f"<hp:footNote><hp:subList>{paragraph('<hp:t>아래</hp:t>')}</hp:subList></hp:footNote>"
    rows = (cell("도시") + cell("인구"), cell("서울") + cell("9"))
    table = f"<hp:tbl>{''.join(f'<hp:tr>{row}</hp:tr>' for row in rows)}</hp:tbl>"
    first = f"<hp:t>첫째<hp:tab/>문단</hp:t><hp:ctrl>{note}</hp:ctrl>"
    section = (
        '<hs:sec xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section"'
        ' xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph">'
        f"{paragraph(first)}{paragraph(table)}</hs:sec>"
    )
    data = files.archive({"mimetype": "application/hwp+zip", "Contents/section0.xml": section})
    assert read(".hwpx", data)[0] == [
        "첫째\t문단[^1]\n\n[^1]: 아래\n\n| 도시 | 인구 |\n| --- | --- |\n| 서울 | 9 |\n"
    ]


def hwpx(*lines: str, head: str = "", **more: str) -> bytes:
    """A document of paragraphs, each as what its run holds, behind the kind that it is of."""
    names = " ".join(f'xmlns:{name}="urn:{name}"' for name in ("hp", "hs", "hh"))
    body = "".join(f"<hp:p><hp:run>{line}</hp:run></hp:p>" for line in lines)
    body = re.sub(r"<hp:p><hp:run>(\d):", r'<hp:p paraPrIDRef="\1"><hp:run>', body)
    parts = {
        "mimetype": "application/hwp+zip",
        "Contents/header.xml": f"<hh:head {names}>{head}</hh:head>",
        "Contents/section0.xml": f"<hs:sec {names}>{body}</hs:sec>",
    }
    inside = {name: f"<hs:part {names}>{text}</hs:part>" for name, text in more.items()}
    return files.archive(parts | inside)


def hwpx_table(*rows: list[tuple[str, str]]) -> str:
    written = ""
    for row in rows:
        cells = (
            f"<hp:tc><hp:subList><hp:p><hp:run>{text}</hp:run></hp:p></hp:subList>"
            f"<hp:cellSpan {span}/></hp:tc>"
            for text, span in row
        )
        written += f"<hp:tr>{''.join(cells)}</hp:tr>"
    return f"<hp:tbl>{written}</hp:tbl>"


def test_tables_of_hwpx_keep_their_columns_and_what_lies_in_their_cells(read):
    def text(words):
        return f"<hp:t>{words}</hp:t>"

    inner = hwpx_table([(text("i1"), ""), (text("i2"), "")])
    table = hwpx_table(
        [(text("City"), ""), (text("Year"), ""), (text("Fee"), "")],
        [(text("Seoul"), 'rowSpan="2"'), (text("1"), ""), (text("2"), "")],
        [(text("3"), ""), (inner, "")],
    )
    caption = "<hp:caption><hp:subList><hp:p><hp:run><hp:t>Fees </hp:t><hp:ctrl>"
    caption += '<hp:autoNum num="3" numType="TABLE"/></hp:ctrl></hp:run></hp:p></hp:subList>'
    (page,), _ = read(
        ".hwpx", hwpx(table.replace("<hp:tbl>", f"<hp:tbl>{caption}</hp:caption>", 1))
    )
    assert page.startswith("Fees 3\n\n| City | Year | Fee |")
    assert page.endswith("| Seoul | 1 | 2 |\n| Seoul | 3 | i1 i2 |\n")


def test_fields_comments_and_changes_of_hwpx_are_read_as_they_are_seen(read):
    begin = '<hp:ctrl><hp:fieldBegin type="{}">{}</hp:fieldBegin></hp:ctrl>'.format
    end, line = "<hp:ctrl><hp:fieldEnd/></hp:ctrl>", "<hp:p><hp:run><hp:t>{}</hp:t></hp:run></hp:p>"
    address = '<hp:parameters><hp:stringParam name="Command">https\\://a.kr|-;1;0;'
    (text,), notes = read(
        ".hwpx",
        hwpx(
            "<hp:t>a<hp:deleteBegin/>gone<hp:deleteEnd/>b</hp:t>",
            begin("HYPERLINK", f"{address}</hp:stringParam></hp:parameters>")
            + f"{begin('CLICK_HERE', '')}<hp:t>Portal</hp:t>{end}{end}",
            f"{begin('MEMO', line.format('Sure?'))}<hp:t>Fact</hp:t>{end}",
            '<hp:checkBtn caption="Yes" value="CHECKED"/><hp:edit><hp:text>Ada</hp:text></hp:edit>'
            '<hp:comboBox selectedValue="Seoul"/>',
            '<hp:compose composeText="비"/><hp:dutmal><hp:mainText>東</hp:mainText>'
            '<hp:subText>동</hp:subText></hp:dutmal><hp:textart text="W␍␊A"/><hp:ole/>',
            **{"Contents/masterpage0.xml": line.format("No. 5")},
        ),
    )
    assert [" ".join(block.split()) for block in text.split("\n\n")] == [
        "ab",
        "Portal (https://a.kr)",
        "Fact",
        "[Comment: Sure?]",
        "[x] Yes Ada Seoul",
        "비東W A",
        "On all pages: No. 5",
    ]
    assert notes == {"deletions_left_out": {"count": 1}, "objects_unread": {"count": 1}}


def test_paragraphs_of_hwpx_have_their_numbers(read):
    kinds = [("DIGIT", "^1."), ("HANGUL_SYLLABLE", "^2."), ("CIRCLED_DIGIT", "^1-^3")]
    levels = "".join(
        f'<hh:paraHead level="{n}" start="1" numFormat="{kind}">{text}</hh:paraHead>'
        for n, (kind, text) in enumerate(kinds, 1)
    )
    heading = '<hh:paraPr id="{}"><hh:heading type="{}" idRef="{}" level="{}"/></hh:paraPr>'.format
    head = f'<hh:numbering id="7">{levels}</hh:numbering>' + "".join(
        heading(n, kind, key, level)
        for n, kind, key, level in [
            *[(1, "NUMBER", 7, 0), (2, "NUMBER", 7, 1), (3, "NUMBER", 7, 2)],
            *[(4, "BULLET", 1, 0), (5, "OUTLINE", 0, 0), (6, "NONE", 0, 0)],
        ]
    )
    lines = [f"{n}:<hp:t>{text}</hp:t>" for n, text in zip("1223142", "abcdefg", strict=True)]
    lines += ['5:<hp:secPr outlineShapeIDRef="7"/><hp:t>h</hp:t>', "6:<hp:t>i</hp:t>"]
    (text,), _ = read(".hwpx", hwpx(*lines, head=head))
    shown = ["1. a", "가. b", "나. c", "1-① d", "2. e", "- f", "가. g", "3. h", "i"]
    assert text.split("\n\n") == shown


@pytest.mark.parametrize("flags", [0, 1])
def test_hwp_is_read_paragraph_by_paragraph(read, flags):
    (text,), notes = read(".hwp", ole.hwp("안녕하세요.", "둘째 문단", flags=flags))
    assert text == "안녕하세요.\n\n둘째 문단"
    assert notes == {"text_only": {}}


def hwp_table(level: int, *cells: tuple[tuple[int, int, int, int], bytes]) -> bytes:
    """A table with its cells: their column, row, width and height, and the records in them."""
    head = ole.hwp_record(71, level, b" lbt") + ole.hwp_record(77, level + 1, bytes(12))
    return head + b"".join(
        ole.hwp_record(72, level + 1, bytes(8) + struct.pack("<4H", *place)) + inside
        for place, inside in cells
    )


def test_tables_and_notes_of_hwp_are_read_where_they_are_anchored(read):
    def text(words):
        return ole.hwp_text(words, 3)

    inner = hwp_table(
        3, ((0, 0, 1, 1), ole.hwp_text("i1", 5)), ((1, 0, 1, 1), ole.hwp_text("i2", 5))
    )
    table = hwp_table(
        1,
        *(((n, 0, 1, 1), text(word)) for n, word in enumerate(("City", "Year", "Fee"))),
        ((0, 1, 1, 2), text("Seoul")),
        *(((1, 1, 1, 1), text("1")), ((2, 1, 1, 1), text("2"))),
        *(((1, 2, 1, 1), text("3")), ((2, 2, 1, 1), inner)),
    )
    note = ole.hwp_record(71, 1, b"  nf") + ole.hwp_record(72, 2, bytes(8)) + text("Below")
    more = table + ole.hwp_text("Behind") + note
    broken = ole.hwp_record(71, 1, b" lbt") + ole.hwp_record(72, 2, b"x") + text("Loose")
    (page,), _ = read(".hwp", ole.hwp("Before", more=more + broken))
    assert page == (
        "Before\n\n| City | Year | Fee |\n| --- | --- | --- |\n| Seoul | 1 | 2 |\n"
        "| Seoul | 3 | i1 i2 |\n\n\nBehind\n\n[Note: Below]\n\nLoose"
    )


def test_of_hwp_that_is_scrambled_the_preview_is_read_and_that_is_said(read, read_error):
    (text,), notes = read(".hwp", ole.hwp("scrambled", flags=5, preview="미리보기"))
    assert text.rstrip("\0") == "미리보기"
    assert notes == {"preview_only": {}}
    assert read_error(".hwp", ole.hwp("x", flags=3)) == "password_protected"


def test_rtf_is_read_in_its_encoding_with_notes_and_tables(read):
    data = (
        rb"{\rtf1\ansi\ansicpg1250 {\b Heading} text \'f8\u8364? {\footnote Below.}\par "
        rb"\trowd\cellx100\cellx200 a\cell b\cell\row}"
    )
    (text,), _ = read(".rtf", data)
    for words in ("Heading", "text ř€", "Below.", "| a | b |"):
        assert words in text


def test_rtf_of_a_real_program_keeps_headings_lists_tables_and_margins(read):
    (text,), _ = read(".rtf", real("report.rtf"))
    for block in (
        "# Income\n\nThe income was 12 million. Bold words\n\n- first item\n\n- second item",
        "1. step one",
        "| Quarter | Sales |\n| --- | --- |\n| Q1 | 10 |\n| Q2 | 20 |",
        "After the table: 값은 좋다 — “quoted” naïve.",
        "Header: Header words\n\nFooter: Footer words",
    ):
        assert block in text


def test_notes_comments_and_boxes_of_rtf_are_read_and_deletions_are_not(read):
    (text,), notes = read(".rtf", real("notes.rtf"))
    assert (
        "Income[^1] was twelve million[^2]. See our site (https://example.org/x). 😀 emoji" in text
    )
    assert "[^1]: As audited.\n\n[^2]: End of it.\n\n[Comment by Bob: Check this sum.]" in text
    assert "A box:\n\nWords in a box\n\n| Name | Notes |" in text
    assert "| Ann Second line | in1 in2 after inner |" in text
    assert "thirteen" not in text
    assert notes == {"deletions_left_out": {"count": 1}}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        # Trail bytes of East Asian characters may look like words and braces.
        (rb"{\rtf1\ansi\ansicpg932 \'83\'5c\'83\'7b\'83\'5d}", "ソボゾ"),
        (rb"{\rtf1{\fonttbl{\f0\fcharset129 A;}{\f1\fcharset204 B;}}\f0\'b0\'a1\f1 \'ff}", "가я"),
        (rb"{\rtf1\uc2\u50504\'be\'c8\u-10179??\u-8704??{\uc0\u8364}}", "안😀€"),
        (rb"{\rtf1 seen {\*\unknown gone}{\pict 0a0b}\bin3 {{{end}", "seen end"),
        (rb"{\rtf1 a{\v\xe {entry}}{\tc entry}b}", "ab"),
        (rb"{\rtf1{\upr{a?}{\*\ud{a\u8364?}}}}", "a€"),
        (
            rb"{\rtf1{\mmath{\*\moMathPara{\*\moMathParaPr{\mjc x}}{\*\moMath{\mf{\mfPr x}"
            rb"{\mnum{\mr a}}{\mden{\mr b}}}{\mr =1}}}}}",
            "a/b=1",
        ),
        (rb"{\rtf1{\field{\*\fldinst EQ \\f(1,2)}{\fldrslt }} cup}", "1/2 cup"),
        (b"{\\rtf1\\ansicpg932 \x93\xfa\x96\x7b {\\b \x83\x5c}}", "日本 ソ"),
        (b"\xef\xbb\xbf{\\rtf1 marked}", "marked"),
        (rb"{\rtf1 a\~b\_c\-d\{\}\\\tab e\line f}", "a b-cd{}\\\te\nf"),
        (rb"{\rtf1{\pntext 2.\tab}Old list\par}", "2. Old list"),
        (rb"{\rtf1 a{\*\do\dobxpage{\dptxbxtext Old box\par}}}", "a\n\nOld box"),
        (rb"{\rtf1\deff1{\fonttbl{\f1\fcharset204 B;}}\'e4\'e0}", "да"),
        (rb"{\rtf1 }}} still read", "still read"),
        (rb"{\rtf1 {{{ unclosed", "unclosed"),
        (rb"{\rtf1\ansicpg99999999 plain}", "plain"),
    ],
)
def test_rtf_is_read_whoever_wrote_it(read, data, text):
    assert read(".rtf", data)[0] == [text]


def test_what_rtf_hides_is_read_and_said_to_be_hidden(read):
    (text,), notes = read(".rtf", rb"{\rtf1 seen {\v hidden {\b in bold}} and {\v again}\v0 .}")
    assert text == "seen hidden in bold and again."
    assert notes == {"text_hidden": {"count": 2}}


def test_groups_of_rtf_that_never_end_are_refused(read_error):
    assert read_error(".rtf", b"{\\rtf1 " + b"{" * 100_000) == "corrupt_file"


def test_a_document_of_word_97_is_read(read):
    (text,), _ = read(".doc", ole.doc("Hello (old) world.\rSecond!\r"))
    assert text.split() == ["Hello", "(old)", "world.", "Second!"]


def test_a_document_of_word_97_keeps_headings_lists_tables_and_margins(read):
    (text,), notes = read(".doc", real("report.doc"))
    blocks = [block.strip() for block in text.split("\n\n")]
    assert blocks == [
        "# Annual report",
        "# Income",
        "The income was 12 million. Bold words",
        "- first item",
        "- second item",
        "1. step one",
        "| Quarter | Sales |\n| --- | --- |\n| Q1 | 10 |\n| Q2 | 20 |",
        "After the table: 값은 좋다 — “quoted” naïve.",
        "Second page.",
        "Header: Header words",
        "Footer: Footer words",
    ]
    assert not notes


def test_a_document_of_word_97_has_the_numbers_of_its_clauses(read):
    (text,), _ = read(".doc", real("clauses.doc"))
    assert text.split("\n\n") == [
        "# Article 1. Definitions",
        *("1. In this agreement:", "1.1 Term means", "1.2 Party means", "(a) Deep"),
        *("2. Payment", "2.1 When", "Plain text"),
        *("# Article 2. Scope", "## 2.1 Sub scope", "- dot", "7. Restarted"),
    ]


def test_notes_comments_and_boxes_of_word_97_are_read_and_deletions_are_not(read):
    (text,), notes = read(".doc", real("notes.doc"))
    assert (
        "Income[^1] was twelve million[^e1]. See our site (https://example.org/x). 😀 emoji" in text
    )
    assert "| Ann Second line | in1 in2 after inner |" in text
    for words in ("[^1]: As audited.", "[^e1]: End of it.", "[Comment: Check this sum.]"):
        assert words in text
    assert text.endswith("Words in a box")
    assert "thirteen" not in text
    assert notes["deletions_left_out"] == {"count": 1}


def test_slides_of_powerpoint_97_are_pages_with_titles_tables_and_notes(read):
    pages, _ = read(".ppt", real("slides.ppt"))
    assert len(pages) == 4
    assert pages[0].startswith("# Table of fares\n")
    assert "| From | Fare |\n| --- | --- |\n| Newhaven | 7.50 |" in pages[0]
    assert "A free box" in pages[0]
    assert pages[1] == (
        "# Tides of Seaford\n\nHigh water twice a day\nLow water between\n\n"
        "Notes: Notes of slide 1: speak slowly"
    )
    assert pages[3].startswith("# 항구 안내\n")


def test_slides_stand_in_their_order_as_they_were_saved_last(read):
    slides = ("Tides", "Twice a day\rLow between"), ("Harbours", "항구")
    pages, _ = read(".ppt", ole.ppt(*slides, superseded=("Tides", "Once a day")))
    assert pages == ["# Tides\n\nTwice a day\nLow between", "# Harbours\n\n항구"]


def test_a_locked_presentation_says_so(read_error):
    assert read_error(".ppt", ole.ppt(("A", "b"), token=0xF3D1C4DF)) == "password_protected"


@pytest.mark.parametrize(
    ("suffix", "stream"),
    [(".doc", "WordDocument"), (".xls", "Workbook"), (".ppt", "PowerPoint Document")],
)
def test_a_damaged_file_of_before_2007_says_so(read_error, suffix, stream):
    assert read_error(suffix, ole.container({stream: b"\xff" * 5000})) == "corrupt_file"


def test_an_old_workbook_shows_numbers_as_they_were_formatted(read):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Rates")
    for column, name in enumerate(["Share", "Code", "Day"]):
        sheet.write(0, column, name)
    values = [(0.153, "0.0%"), (7, "000"), (46095, "yyyy-mm-dd")]
    for column, (value, code) in enumerate(values):
        sheet.write(1, column, value, xlwt.easyxf(num_format_str=code))
    hidden = book.add_sheet("Hidden")
    hidden.visibility = 1
    data = io.BytesIO()
    book.save(data)
    pages, notes = read(".xls", data.getvalue())
    assert "| 15.3% | 007 | 2026-03-14 |" in pages[0]
    assert notes == {"sheet_hidden": {"name": "Hidden"}}


def test_a_chart_of_open_document_is_told_by_its_titles_and_values(read):
    chart = (
        f'<office:document-content {NAMES} xmlns:chart="chart"><office:body><office:chart>'
        "<chart:chart><chart:title><text:p>Visitors</text:p></chart:title><table:table>"
        "<table:table-header-rows><table:table-row><table:table-cell/>"
        "<table:table-cell><text:p>Guests</text:p></table:table-cell></table:table-row>"
        "</table:table-header-rows><table:table-rows><table:table-row>"
        "<table:table-cell><text:p>May</text:p></table:table-cell>"
        '<table:table-cell office:value="12"><text:p>12</text:p></table:table-cell>'
        "</table:table-row></table:table-rows></table:table></chart:chart></office:chart>"
        "</office:body></office:document-content>"
    )
    held = '<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>'
    cell = f"<table:table-cell><text:p>Total</text:p>{held}</table:table-cell>"
    sheet = (
        f'<table:table table:name="One"><table:shapes>{held}</table:shapes>'
        f"<table:table-row>{cell}</table:table-row></table:table>"
    )
    told = "Chart: Visitors\n|  | Guests |\n| --- | --- |\n| May | 12 |"
    for kind, suffix, body in (
        ("spreadsheet", ".ods", sheet),
        ("text", ".odt", f"<text:p>Below.{held}</text:p>"),
        ("presentation", ".odp", f"<draw:page>{held}</draw:page>"),
    ):
        written = open_document(kind, body)
        content = office.repack(written, **{"Object 1/content.xml": chart})
        text = read(suffix, content)[0][0].replace("\n\n", "\n")
        assert text.count(told) == (2 if kind == "spreadsheet" else 1)
