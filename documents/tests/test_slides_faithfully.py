"""Presentations: breaks part words, and charts, diagrams and groups are read."""

from documents.tests.office import NAMES, shape, slide


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
