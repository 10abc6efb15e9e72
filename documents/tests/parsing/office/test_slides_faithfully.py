"""Presentations: breaks part words, and charts, diagrams and groups are read."""

import io
import zipfile

from documents.tests.parsing.office.office import NAMES, repack, shape, slide
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
