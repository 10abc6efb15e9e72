"""Presentations: breaks part words, and charts, diagrams and groups are read."""

import io
import zipfile

from documents.tests import files
from documents.tests.parsing.office.office import NAMES, relations, repack, shape, slide
from documents.tests.parsing.office.test_other_offices import open_document


def frame(inside: str) -> str:
    data = f"<a:graphic><a:graphicData>{inside}</a:graphicData></a:graphic>"
    return f"<p:graphicFrame>{data}</p:graphicFrame>"


def test_a_soft_break_parts_words(read):
    body = (
        "<p:sp><p:txBody><a:p><a:r><a:t>First</a:t></a:r><a:br/><a:r><a:t>second</a:t></a:r>"
        "</a:p><a:p><a:r><a:t>Third</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    assert read(".pptx", slide(body))[0] == ["First\nsecond\nThird"]


def lines_of(*lines: tuple[str, str]) -> str:
    body = "".join(f"<a:p>{how}<a:r><a:t>{text}</a:t></a:r></a:p>" for how, text in lines)
    return f"<p:sp><p:txBody>{body}</p:txBody></p:sp>"


def numbering(kind: str, more: str = "", level: int = 0) -> str:
    return f'<a:pPr lvl="{level}"><a:buAutoNum type="{kind}" {more}/></a:pPr>'


def test_steps_have_the_numbers_that_are_shown(read):
    body = lines_of(
        (numbering("arabicPeriod"), "Plan"),
        (numbering("alphaLcParenBoth", level=1), "draft"),
        (numbering("alphaLcParenBoth", level=1), "check"),
        (numbering("arabicPeriod"), "Build"),
        (numbering("alphaLcParenBoth", level=1), "dig"),
        ("", "Then"),
        (numbering("romanUcParenR", 'startAt="4"'), "Sell"),
        (numbering("romanUcParenR", 'startAt="4"'), "Rest"),
        (numbering("ea1ChsPeriod"), "End"),
        (numbering("made up"), "x"),
    )
    shown = (
        "1. Plan\n(a) draft\n(b) check\n2. Build\n(a) dig\nThen\nIV) Sell\nV) Rest\n一. End\n1 x"
    )
    assert read(".pptx", slide(body))[0] == [shown]


def test_breaks_that_are_written_by_their_numbers_part_words(read):
    assert read(".pptx", slide(shape("First_x000B_second")))[0] == ["First\nsecond"]


def test_notes_are_read_wherever_they_stand_on_their_page(read):
    table = "<a:tbl><a:tr><a:tc><a:txBody><a:p><a:r><a:t>1</a:t></a:r></a:p></a:txBody></a:tc>"
    held = (
        f"{shape('In a box')}{shape('In its place', 'body')}{shape('7', 'sldNum')}"
        f"{frame(f'{table}</a:tr></a:tbl>')}"
    )
    notes = f"<p:notes {NAMES}><p:cSld><p:spTree>{held}</p:spTree></p:cSld></p:notes>"
    named = relations(("n", "notesSlide", "../notesSlides/n.xml"))
    more = {"ppt/notesSlides/n.xml": notes, "ppt/slides/_rels/slide1.xml.rels": named}
    (text,), _ = read(".pptx", slide(shape("Slide"), **more))
    assert text.startswith("Slide\n\nNotes: In a box\nIn its place\n| 1 |")
    assert "7" not in text


def test_comments_tell_who_wrote_them_and_who_answered(read):
    said = "<p:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody>"
    answer = f'<p:replyLst><p:reply authorId="B">{said.format("Yes.")}</p:reply></p:replyLst>'
    talk = (
        f'<p:cm authorId="A">{answer}{said.format("Sure?")}</p:cm><p:cm><p:text>Old</p:text></p:cm>'
    )
    people = '<p:author id="A" name="Ann"/><p:author id="B" name="Bob"/>'
    more = {
        "ppt/c.xml": f"<p:cmLst {NAMES}>{talk}</p:cmLst>",
        "ppt/authors.xml": f"<p:authorLst {NAMES}>{people}</p:authorLst>",
        "ppt/slides/_rels/slide1.xml.rels": relations(("n", "comments", "../c.xml")),
        "ppt/_rels/presentation.xml.rels": relations(
            ("s", "slide", "slides/slide1.xml"), ("a", "authors", "authors.xml")
        ),
    }
    assert read(".pptx", slide(shape("Slide"), **more))[0] == [
        "Slide\n\n[Comment by Ann: Sure?]\n\n[Comment by Bob: Yes.]\n\n[Comment: Old]"
    ]


def test_a_chart_without_figures_is_read_from_its_workbook(read):
    more = {
        "ppt/charts/chart1.xml": f"<c:chartSpace {NAMES}><c:ser/></c:chartSpace>",
        "ppt/charts/_rels/chart1.xml.rels": relations(("w", "package", "../book.xlsx")),
        "ppt/book.xlsx": files.workbook(),
    }
    (text,), _ = read(".pptx", slide(frame('<c:chart r:id="c"/>'), **more))
    assert "## Attachment: book.xlsx" in text
    _, notes = read(".pptx", slide(shape("Slide") + frame('<dgm:relIds r:dm="d"/>')))
    assert notes == {"objects_unread": {"count": 1}}


def test_groups_within_groups_are_read(read):
    grouped = f"<p:grpSp><p:grpSp>{shape('Deep')}</p:grpSp>{shape('Shallow')}</p:grpSp>"
    assert read(".pptx", slide(shape("Title", "title") + grouped))[0] == [
        "# Title\n\nDeep\n\nShallow"
    ]


def test_the_values_of_a_chart_are_a_table(read):
    def points(name, *values):
        listed = "".join(f'<c:pt idx="{n}"><c:v>{v}</c:v></c:pt>' for n, v in enumerate(values))
        return f"<c:{name}><c:strRef><c:strCache>{listed}</c:strCache></c:strRef></c:{name}>"

    series = (
        "<c:ser><c:tx><c:strRef><c:strCache><c:pt idx='0'><c:v>Sales</c:v></c:pt></c:strCache>"
        f"</c:strRef></c:tx>{points('cat', 'North', 'South')}{points('val', 12, 30)}</c:ser>"
    )
    words = "<a:p><a:r><a:t>By region</a:t></a:r></a:p>"
    title = f"<c:title><c:tx><c:rich>{words}</c:rich></c:tx></c:title>"
    drawn = f"<c:chart>{title}<c:plotArea>{series}</c:plotArea></c:chart>"
    chart = f"<c:chartSpace {NAMES}>{drawn}</c:chartSpace>"
    (text,), _ = read(
        ".pptx", slide(frame('<c:chart r:id="c"/>'), **{"ppt/charts/chart1.xml": chart})
    )
    assert text.startswith(
        "Chart: By region\n\n| Category | Sales |\n| --- | --- |\n| North | 12 |"
    )
    assert "| South | 30 |" in text


def test_the_points_of_a_diagram_are_a_list(read):
    points = "".join(
        f"<dgm:pt><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>"
        for text in ("Plan", "Build")
    )
    data = {"ppt/diagrams/data1.xml": f"<dgm:dataModel {NAMES}>{points}</dgm:dataModel>"}
    assert read(".pptx", slide(frame('<dgm:relIds r:dm="d"/>'), **data))[0] == ["- Plan\n- Build"]


def test_pictures_are_noted_with_what_their_author_says_of_them(read):
    picture = '<p:pic><p:nvPicPr><p:cNvPr descr="A map of Seoul"/></p:nvPicPr></p:pic>'
    (text,), notes = read(".pptx", slide(picture))
    assert text == "[Picture: A map of Seoul]"
    assert notes == {"pictures_unread": {"count": 1}}


def test_a_hidden_slide_is_read_and_that_is_said(read):
    hidden = slide(shape("Secret", "title"))
    packed = zipfile.ZipFile(io.BytesIO(hidden))
    part = next(name for name in packed.namelist() if name.endswith("slide1.xml"))
    root = packed.read(part).decode().replace("<p:sld ", '<p:sld show="0" ', 1)
    texts, notes = read(".pptx", repack(hidden, **{part: root}))
    assert (texts, notes) == (["# Secret"], {"slide_hidden": {"number": 1}})


def test_a_hidden_slide_of_open_document_and_what_stands_for_a_number(read):
    style = (
        '<style:style style:name="dp1" style:family="drawing-page">'
        '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    )
    cells = "".join(f"<table:table-cell><text:p>{x}</text:p></table:table-cell>" for x in "AB")
    table = f"<table:table><table:table-row>{cells}</table:table-row></table:table>"
    body = (
        f'<draw:page draw:style-name="dp1"><draw:frame>{table}<draw:image/></draw:frame>'
        "<presentation:notes><draw:frame><draw:text-box><text:p>Say why.</text:p>"
        "<text:p><text:page-number>&lt;number&gt;</text:page-number></text:p>"
        "</draw:text-box></draw:frame></presentation:notes></draw:page>"
    )
    (text,), notes = read(".odp", open_document("presentation", body, style))
    assert text.startswith("| A | B |")
    assert text.endswith("Notes: Say why.")
    assert notes == {"slide_hidden": {"number": 1}}
