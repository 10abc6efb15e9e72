"""Office: addresses behind links, files within files, and what is hidden or told only once."""

import io

import docx
import olefile
import openpyxl
import pptx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from openpyxl.comments import Comment
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from documents.tests import files
from documents.tests.parsing.office.before_2007 import biff, ole
from documents.tests.parsing.office.office import (
    NAMES,
    paragraph,
    relations,
    repack,
    run,
    shape,
    slide,
    word,
    workbook,
)
from documents.tests.parsing.office.test_other_offices import real

ADDRESS = "https://portal.example.org/a?b=1"


def save(made) -> bytes:
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


def field(code: str, *result: str) -> str:
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'.format
    told = f"<w:r><w:instrText>{code}</w:instrText></w:r>" if code else ""
    return mark("begin") + told + mark("separate") + "".join(result) + mark("end")


def test_addresses_of_links_in_word_stand_behind_them(read):
    document = docx.Document()
    said = document.add_paragraph("See ")
    key = said.part.relate_to(ADDRESS, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), key)
    for part in ("our ", "portal"):
        piece = OxmlElement("w:r")
        text = OxmlElement("w:t")
        text.text = part
        text.set(qn("xml:space"), "preserve")
        piece.append(text)
        link.append(piece)
    said._p.append(link)
    said.add_run(" for more.")
    (text,), _ = read(".docx", save(document))
    assert text == f"See our portal ({ADDRESS}) for more."


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ('HYPERLINK "https://example.org/form"', "The form (https://example.org/form) is here."),
        ('HYPERLINK "mailto:a@example.org?subject=x"', "The form (a@example.org) is here."),
        ('HYPERLINK \\l "Chapter2"', "The form is here."),
    ],
)
def test_a_field_that_is_a_link_tells_its_address(read, code, shown):
    body = paragraph(field(code.replace('"', "&quot;"), run("The form")), run(" is here."))
    assert read(".docx", word(body))[0] == [shown]


def test_a_field_in_the_code_of_another_is_not_seen(read):
    inner = field("MERGEFIELD country", run("KR"))
    outer = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>IF </w:instrText></w:r>'
        f'{inner}<w:r><w:instrText> = "KR" "Domestic" "Abroad"</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f'{run("Domestic")}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    # A field without an end hides nothing of the paragraphs behind it.
    broken = paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r>') + paragraph(run("Next."))
    assert read(".docx", word(paragraph(outer) + broken))[0] == ["Domestic\n\nNext."]


def make_item(text: str, list_id: int, level: int = 0) -> str:
    listed = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>'
    return paragraph(run(text), properties=listed)


def test_lists_that_begin_again_are_counted_from_there(read):
    level = (
        '<w:lvl w:ilvl="{}"><w:start w:val="1"/><w:numFmt w:val="{}"/><w:lvlText w:val="{}"/>{}'
        "</w:lvl>"
    ).format
    numbering = (
        f'<w:abstractNum w:abstractNumId="1">{level(0, "upperRoman", "Article %1", "")}'
        f"{level(1, 'decimal', '%1.%2', '<w:isLgl/>')}</w:abstractNum>"
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0">'
        '<w:startOverride w:val="7"/></w:lvlOverride></w:num>'
    )
    body = "".join(
        make_item(*each)
        for each in [("A", 1), ("B", 1), ("C", 1, 1), ("D", 2), ("E", 2), ("F", 2, 1)]
    )
    (text,), _ = read(".docx", word(body, numbering=numbering))
    assert text.split("\n\n") == [
        "Article I A", "Article II B", "2.1 C", "Article VII D", "Article VIII E", "8.1 F",
    ]  # fmt: skip


def test_signs_of_symbol_fonts_are_letters_and_boxes(read):
    sign = '<w:r><w:sym w:font="{}" w:char="{}"/></w:r>'.format
    body = paragraph(
        sign("Symbol", "F061"), run(" "), sign("Symbol", "F0B3"), run(" 5 "),
        sign("Wingdings", "F0FE"), run(" yes "), sign("Wingdings", "F0A8"), run(" no"),
    )  # fmt: skip
    assert read(".docx", word(body))[0] == ["α ≥ 5 ☑ yes □ no"]


def test_formulas_of_several_lines_and_functions_keep_their_parts_apart(read):
    letter = "<m:r><m:t>{}</m:t></m:r>".format
    body = paragraph(
        f"<m:oMath><m:eqArr><m:e>{letter('x=1')}</m:e><m:e>{letter('y=2')}</m:e></m:eqArr></m:oMath>",
        run(", "),
        f"<m:oMath><m:func><m:fName>{letter('sin')}</m:fName><m:e>{letter('x')}</m:e></m:func>"
        "</m:oMath>",
    )
    assert read(".docx", word(body))[0] == ["x=1; y=2, sin x"]


def test_a_part_in_another_format_is_read_in_its_place(read):
    body = paragraph(run("Before.")) + '<w:altChunk r:id="r9"/>' + paragraph(run("Behind."))
    made = repack(
        word(body),
        **{
            "word/_rels/document.xml.rels": relations(("r9", "aFChunk", "part.html")),
            "word/part.html": "<h2>Terms</h2><p>Within 30 days.</p>",
        },
    )
    (text,), notes = read(".docx", made)
    assert text == "Before.\n\n## Terms\n\nWithin 30 days.\n\nBehind."
    assert notes == {}


def test_hidden_text_is_said_to_be_hidden(read):
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>For us alone.</w:t></w:r>"
    (text,), notes = read(".docx", word(paragraph(run("Seen. "), hidden)))
    assert text == "Seen. For us alone."
    assert notes == {"text_hidden": {"count": 1}}


def test_words_for_pictures_and_letters_that_are_drawn_are_read(read):
    drawn = (
        '<w:r><w:drawing><wp:inline xmlns:wp="urn:x"><wp:docPr id="1" name="Picture 1"'
        ' descr="Sales by month, highest in May"/><a:blip/></wp:inline></w:drawing></w:r>'
        '<w:r><w:pict><v:shape><v:textpath string="CONFIDENTIAL"/></v:shape></w:pict></w:r>'
    )
    (text,), notes = read(".docx", word(paragraph(run("Above."), drawn)))
    assert text == "Above.\n\n[Picture: Sales by month, highest in May]\n\nCONFIDENTIAL"
    assert notes == {"pictures_unread": {"count": 1}}


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx"])
def test_a_workbook_within_a_document_is_read(read, suffix):
    within = {"embeddings/Sheet1.xlsx": files.workbook(1)}
    listed = relations(("e", "package", "../embeddings/Sheet1.xlsx"))
    if suffix == ".docx":
        made = repack(
            word(paragraph(run("Above."))),
            **{
                "word/_rels/document.xml.rels": relations(
                    ("e", "package", "embeddings/Sheet1.xlsx")
                ),
                "word/embeddings/Sheet1.xlsx": within["embeddings/Sheet1.xlsx"],
            },
        )
    elif suffix == ".pptx":
        made = slide(shape("Above."), **{
            "ppt/slides/_rels/slide1.xml.rels": listed,
            "ppt/embeddings/Sheet1.xlsx": within["embeddings/Sheet1.xlsx"],
        })  # fmt: skip
    else:
        made = workbook("<sheetData/>", **{
            "xl/worksheets/_rels/sheet1.xml.rels": listed,
            "xl/embeddings/Sheet1.xlsx": within["embeddings/Sheet1.xlsx"],
        })  # fmt: skip
    (text,), _ = read(suffix, made)
    assert "## Attachment: Sheet1.xlsx" in text
    assert "| Person 0 | Room 100 |" in text


def test_links_formulas_and_margins_of_a_sheet_are_read(read):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Firm", "Fee"])
    sheet.append(["Example", 5])
    sheet["A2"].hyperlink = ADDRESS
    sheet.oddHeader.left.text = "Internal"
    sheet.oddFooter.center.text = "Page &P of &N"
    sheet["A2"].comment = Comment("Paid?", "Bea")
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["B"].hidden = True
    (text,), notes = read(".xlsx", save(book))
    assert f"| Example ({ADDRESS}) | 5 |" in text
    assert text.rstrip().endswith("Header: Internal")
    assert notes == {"rows_hidden": {"count": 1}, "columns_hidden": {"count": 1}}


def test_a_formula_that_cells_share_is_told_for_each_of_them(read):
    rows = (
        '<sheetData><row r="1"><c r="A1"><v>2</v></c>'
        '<c r="B1"><f t="shared" ref="B1:B2" si="0">A1*$C$1</f></c></row>'
        '<row r="2"><c r="A2"><v>3</v></c><c r="B2"><f t="shared" si="0"/></c></row></sheetData>'
    )
    (text,), notes = read(".xlsx", workbook(rows))
    assert "| 3 | =A2*$C$1 |" in text
    assert notes == {"formulas_without_values": {"count": 2}}


def test_a_talk_about_a_cell_is_read_with_who_said_what(read):
    talk = (
        '<ThreadedComments><threadedComment ref="A1" personId="p"><text>Is this net?</text>'
        '</threadedComment><threadedComment ref="A1" personId="q"><text>Gross.</text>'
        "</threadedComment></ThreadedComments>"
    )
    person = '<person id="{}" displayName="{}"/>'.format
    people = f"<personList>{person('p', 'Bea')}{person('q', 'Kim')}</personList>"
    made = workbook(
        '<sheetData><row r="1"><c r="A1"><v>2</v></c></row></sheetData>',
        **{
            "xl/worksheets/_rels/sheet1.xml.rels": relations(
                ("t", "threadedComment", "../talk.xml")
            ),
            "xl/talk.xml": talk,
            "xl/persons.xml": people,
            "xl/_rels/workbook.xml.rels": relations(
                ("s", "worksheet", "worksheets/sheet1.xml"), ("p", "person", "persons.xml")
            ),
        },
    )
    (text,), _ = read(".xlsx", made)
    assert "[Comment on A1 by Bea: Is this net?]\n[Comment on A1 by Kim: Gross.]" in text


def place(left: int, top: int, wide: int, high: int) -> tuple[Inches, Inches, Inches, Inches]:
    return Inches(left), Inches(top), Inches(wide), Inches(high)


def test_shapes_of_a_slide_are_read_from_the_top_and_by_column(read):
    show = pptx.Presentation()
    page = show.slides.add_slide(show.slide_layouts[6])
    # As they were drawn: the footnote first, the left heading last.
    for text, at in (
        ("Source: survey", place(0, 6, 9, 1)),
        ("Left body", place(0, 2, 4, 3)),
        ("Right heading", place(5, 1, 4, 1)),
        ("Right body", place(5, 2, 4, 3)),
        ("Left heading", place(0, 1, 4, 1)),
    ):
        page.shapes.add_textbox(*at).text_frame.text = text
    (text,), _ = read(".pptx", save(show))
    lines = text.split("\n\n")
    assert lines.index("Left heading") < lines.index("Left body")
    assert lines.index("Right heading") < lines.index("Right body")
    assert lines[-1] == "Source: survey"


def test_columns_of_a_slide_that_are_in_order_stay_so(read):
    show = pptx.Presentation()
    page = show.slides.add_slide(show.slide_layouts[6])
    texts = ("Left heading", "Left body", "Right heading", "Right body")
    places = (place(0, 1, 4, 1), place(0, 2, 4, 3), place(5, 1, 4, 1), place(5, 2, 4, 3))
    for text, at in zip(texts, places, strict=True):
        page.shapes.add_textbox(*at).text_frame.text = text
    (text,), _ = read(".pptx", save(show))
    assert text.split("\n\n") == list(texts)


def test_links_and_merged_cells_of_a_slide_are_read(read):
    show = pptx.Presentation()
    page = show.slides.add_slide(show.slide_layouts[6])
    box = page.shapes.add_textbox(*place(0, 0, 4, 1)).text_frame.paragraphs[0]
    box.add_run().text = "Ask "
    linked = box.add_run()
    linked.text = "our portal"
    linked.hyperlink.address = ADDRESS
    box.add_run().text = " first."
    table = page.shapes.add_table(3, 2, *place(0, 2, 6, 2)).table
    for (row, column), text in {(0, 0): "City", (0, 1): "Room", (1, 0): "Seoul", (1, 1): "A",
                                (2, 1): "B"}.items():  # fmt: skip
        table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    (text,), _ = read(".pptx", save(show))
    assert f"Ask our portal ({ADDRESS}) first." in text
    assert "| Seoul | B |" in text


def test_footers_and_texts_of_the_layout_are_told_once(read):
    footer = shape("Confidential", "ftr") + shape("3", "sldNum")
    tree = "<p:{0} {1}><p:cSld><p:spTree>{2}</p:spTree></p:cSld></p:{0}>".format
    layout = tree("sldLayout", NAMES, shape("ACME Ltd") + shape("Click here", "body"))
    made = slide(shape("Body") + footer, **{
        "ppt/slides/_rels/slide1.xml.rels": relations(("l", "slideLayout", "../layout1.xml")),
        "ppt/slides/_rels/slide2.xml.rels": relations(("l", "slideLayout", "../layout1.xml")),
        "ppt/slides/slide2.xml": tree("sld", NAMES, shape("More") + footer),
        "ppt/layout1.xml": layout,
        "ppt/presentation.xml": f'<p:presentation {NAMES}><p:sldIdLst><p:sldId r:id="s"/>'
        '<p:sldId r:id="t"/></p:sldIdLst></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relations(
            ("s", "slide", "slides/slide1.xml"), ("t", "slide", "slides/slide2.xml")
        ),
    })  # fmt: skip
    texts, _ = read(".pptx", made)
    assert texts == ["Body\n\nFooter: Confidential\nOn all slides: ACME Ltd", "More"]


def test_a_formula_on_a_slide_is_written_as_one(read):
    letter = "<m:r><m:t>{}</m:t></m:r>".format
    formula = (
        f"<m:oMath><m:f><m:num>{letter('a+b')}</m:num><m:den>{letter('c')}</m:den></m:f></m:oMath>"
    )
    text = shape("@").replace("<a:r><a:t>@</a:t></a:r>", formula)
    assert read(".pptx", slide(text))[0] == ["(a+b)/c"]


def test_the_values_of_a_chart_are_shown_as_on_its_axis(read):
    show = pptx.Presentation()
    page = show.slides.add_slide(show.slide_layouts[6])
    data = CategoryChartData(number_format="0.0%")
    data.categories = ["2024", "2025"]
    data.add_series("Margin", (0.153, 0.171))
    page.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place(0, 0, 5, 4), data)
    (text,), _ = read(".pptx", save(show))
    assert "| 2024 | 15.3% |" in text


def test_charts_of_the_later_kinds_are_read(read):
    kind = "http://schemas.microsoft.com/office/drawing/2014/chartex"
    point = '<cx:pt idx="{}">{}</cx:pt>'.format
    names, values = (
        f'<cx:{name} type="{use}"><cx:lvl>{point(0, first)}{point(1, second)}</cx:lvl></cx:{name}>'
        for name, use, first, second in (
            ("strDim", "cat", "Sales", "Costs"),
            ("numDim", "val", "120", "-80"),
        )
    )
    title = "<cx:title><a:p><a:r><a:t>Profit bridge</a:t></a:r></a:p></cx:title>"
    chart = (
        f'<cx:chartSpace xmlns:cx="{kind}" {NAMES}><cx:chartData><cx:data id="0">{names}{values}'
        f"</cx:data></cx:chartData><cx:chart>{title}</cx:chart></cx:chartSpace>"
    )
    frame = f'<p:graphicFrame><cx:chart xmlns:cx="{kind}" r:id="c"/></p:graphicFrame>'
    made = slide(frame, **{
        "ppt/slides/_rels/slide1.xml.rels": relations(("c", "chartEx", "../charts/chartEx1.xml")),
        "ppt/charts/chartEx1.xml": chart,
    })  # fmt: skip
    (text,), _ = read(".pptx", made)
    assert text.startswith("Chart: Profit bridge")
    assert "| Costs | -80 |" in text


def test_a_file_within_a_document_of_word_97_is_read(read):
    with olefile.OleFileIO(io.BytesIO(real("notes.doc"))) as file:
        streams = {name: file.openstream(name).read() for (name,) in file.listdir()}
    pool = {"_1": {"Package": files.workbook(1)}, "_2": {"Equation Native": b"x"}}
    (text,), notes = read(".doc", ole.container({**streams, "ObjectPool": pool}))
    assert "| Person 0 | Room 100 |" in text
    assert notes["objects_unread"] == {"count": 1}


def test_files_within_and_charts_of_a_letter_of_word_97_stand_beside_each_other(read):
    with olefile.OleFileIO(io.BytesIO(real("notes.doc"))) as file:
        streams = {name: file.openstream(name).read() for (name,) in file.listdir()}
    pool = {"_1": {"Package": files.workbook(1)}, "_2": {"Workbook": biff.graph("Price, €")}}
    (text,), notes = read(".doc", ole.container({**streams, "ObjectPool": pool}))
    assert "| Person 0 | Room 100 |" in text
    assert "Chart: Price, €\n|  | 2025 | 2026 |" in text
    assert "objects_unread" not in notes


def test_files_within_rich_text_are_said_to_be_unread(read):
    held = r"{\object\objemb{\*\objclass Excel.Sheet.8}{\*\objdata 0105}{\result Shown}}"
    (text,), notes = read(".rtf", rf"{{\rtf1 Above {held} it.\par}}")
    assert text == "Above Shown it."
    assert notes == {"objects_unread": {"count": 1}}


def test_a_sheet_within_an_open_document_is_read(read):
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{kind}:1.0"'
        for name, kind in (("o", "office"), ("t", "text"), ("b", "table"), ("d", "drawing"))
    )
    root = f'<o:document-content {spaces} xmlns:x="http://www.w3.org/1999/xlink"><o:body>{{}}' \
           "</o:body></o:document-content>"  # fmt: skip
    body = '<o:text><t:p>Above.<d:frame><d:object x:href="./Object 1"/></d:frame></t:p></o:text>'
    cell = "<b:table-cell><t:p>{}</t:p></b:table-cell>".format
    rows = "".join(
        f"<b:table-row>{cell(a)}{cell(b)}</b:table-row>" for a, b in (("City", "Fee"), ("Seoul", 5))
    )
    sheet = f"<o:spreadsheet><b:table>{rows}</b:table></o:spreadsheet>"
    made = files.archive({
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": root.format(body),
        "Object 1/content.xml": root.format(sheet),
    })  # fmt: skip
    assert read(".odt", made)[0] == ["Above.\n\n| City | Fee |\n| --- | --- |\n| Seoul | 5 |\n"]


def test_a_broken_list_of_parts_takes_no_rows_and_slides_from_their_reader(read):
    broken = {"xl/worksheets/_rels/sheet1.xml.rels": "<broken"}
    rows = '<sheetData><row r="1"><c r="A1"><v>2</v></c></row></sheetData>'
    (text,), _ = read(".xlsx", workbook(rows, **broken))
    assert "| 2 |" in text
    behind = {
        "ppt/slides/_rels/slide1.xml.rels": relations(("l", "slideLayout", "../layout1.xml")),
        "ppt/layout1.xml": f"<p:sldLayout {NAMES}/>",
        "ppt/_rels/layout1.xml.rels": "<broken",
    }
    assert read(".pptx", slide(shape("Read all the same."), **behind))[0] == ["Read all the same."]
