"""Raised and lowered characters are told from the digits before them, in files of all offices."""

import pytest

from documents.parsing.tabular.numbers import Mark, read_number
from documents.parsing.tabular.pdf_tables import read_pdf
from documents.tests import files
from documents.tests.parsing import pdf
from documents.tests.parsing.office.office import paragraph, run, shape, slide, word, workbook
from documents.tests.parsing.office.test_merged_and_numbered import flat
from documents.tests.parsing.office.test_other_offices import real

LINE = "There are 10^6 items on 25 m^2, the 1st of H2O, 101_2. Income^1,2 of 2020.^3 rises"


def in_runs(write) -> str:
    """The line above, each part written by a function of its text and its height."""
    parts = [
        *(("There are 10", 0), ("6", 1), (" items on 25 m", 0), ("2", 1), (", the 1", 0)),
        *(("st", 1), (" of H", 0), ("2", -1), ("O, 101", 0), ("2", -1), (". Income", 0)),
        # Programs store what belongs together in several runs.
        *(("1", 1), (",2", 1), (" of 2020.", 0), ("3", 1), (" rises", 0)),
    ]
    return "".join(write(text, height) for text, height in parts)


def test_in_word(read):
    def write(text, height):
        kind = {1: "superscript", -1: "subscript"}.get(height, "baseline")
        return run(text).replace("<w:r>", f'<w:r><w:rPr><w:vertAlign w:val="{kind}"/></w:rPr>')

    assert read(".docx", word(paragraph(in_runs(write))))[0] == [LINE]


def test_in_word_by_a_style_or_by_how_far_it_is_moved(read):
    styles = (
        '<w:style w:styleId="Base"><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
        '<w:style w:styleId="Mark"><w:basedOn w:val="Base"/></w:style>'
    )
    styled, moved = '<w:rStyle w:val="Mark"/>', '<w:position w:val="6"/>'
    body = "".join(
        run("10") + run("6").replace("<w:r>", f"<w:r><w:rPr>{each}</w:rPr>") + run(" ")
        for each in (styled, moved, '<w:position w:val="1"/>')
    )
    assert read(".docx", word(paragraph(body), styles=styles))[0] == ["10^6 10^6 106"]


def test_the_mark_of_a_note_has_its_brackets_alone(read):
    raised = '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
    body = paragraph(run("Income"), f'<w:r>{raised}<w:footnoteReference w:id="2"/></w:r>')
    notes = f'<w:footnote w:id="2">{paragraph(run("Net."))}</w:footnote>'
    assert read(".docx", word(body, footnotes=notes))[0] == ["Income[^1]\n\n[^1]: Net."]


def test_in_slides(read):
    def write(text, height):
        return f'<a:r><a:rPr baseline="{height * 30000}"/><a:t>{text}</a:t></a:r>'

    body = f"<p:sp><p:txBody><a:p>{in_runs(write)}</a:p></p:txBody></p:sp>"
    assert read(".pptx", slide(body + shape("Below")))[0] == [f"{LINE}\n\nBelow"]


def test_in_cells_of_workbooks(read):
    def write(text, height):
        kind = {1: "superscript", -1: "subscript"}.get(height)
        properties = f'<rPr><vertAlign val="{kind}"/></rPr>' if kind else ""
        return f'<r>{properties}<t xml:space="preserve">{text}</t></r>'

    rows = '<row r="1"><c r="A1" t="inlineStr"><is>' + in_runs(write) + "</is></c></row>"
    assert LINE in read(".xlsx", workbook(rows))[0][0]


@pytest.mark.parametrize(
    ("raised", "lowered"), [("super 58%", "sub 58%"), ("33% 80%", "-8% 80%"), ("30%", "-30%")]
)
def test_in_open_documents(read, raised, lowered):
    styles = "".join(
        f'<style:style style:name="{name}" style:family="text">'
        f'<style:text-properties style:text-position="{told}"/></style:style>'
        for name, told in (("T1", raised), ("T2", lowered))
    )

    def write(text, height):
        name = {1: "T1", -1: "T2"}.get(height, "T3")
        return f'<text:span text:style-name="{name}">{text}</text:span>'

    line = in_runs(write)
    text = flat("text", f"<text:p>{line}</text:p>", styles)
    assert read(".fodt", text)[0] == [LINE]
    page = f"<draw:page><draw:frame><draw:text-box><text:p>{line}</text:p></draw:text-box>"
    assert read(".fodp", flat("presentation", f"{page}</draw:frame></draw:page>", styles))[0] == [
        LINE
    ]


@pytest.mark.parametrize(("up", "down"), [("super", "sub"), ("up6", "dn4")])
def test_in_rich_text(read, up, down):
    def write(text, height):
        word = {1: f"\\{up} ", -1: f"\\{down} "}.get(height, "\\plain ")
        return f"{{{word}{text}}}"

    assert read(".rtf", rf"{{\rtf1\ansi {in_runs(write)}\par}}")[0] == [LINE]


def test_in_documents_of_before_2007(read):
    assert read(".doc", real("units.doc"))[0] == ["There are 10^6 items on 25 m^2, the 1st of H2O."]


def test_in_hangul(read):
    header = (
        '<hh:head xmlns:hh="http://www.hancom.co.kr/hwpml/2011/head"><hh:charPr id="7">'
        '<hh:supscript/></hh:charPr><hh:charPr id="8"><hh:subscript/></hh:charPr></hh:head>'
    )

    def write(text, height):
        number = {1: 7, -1: 8}.get(height, 0)
        return f'<hp:run charPrIDRef="{number}"><hp:t>{text}</hp:t></hp:run>'

    section = (
        '<hs:sec xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section"'
        ' xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph">'
        f"<hp:p>{in_runs(write)}</hp:p></hs:sec>"
    )
    entries = {"Contents/header.xml": header, "Contents/section0.xml": section}
    data = files.archive({"mimetype": "application/hwp+zip", **entries})
    assert read(".hwpx", data)[0] == [LINE]


def write_line(*parts: tuple[str, int, int]) -> str:
    """A line of a PDF in parts: text, size, and how far it is raised."""
    drawn = (f"/F1 {size} Tf {raised} Ts ({text}) Tj" for text, size, raised in parts)
    return f"BT 40 700 Td {' '.join(drawn)} ET"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (
            [("10", 12, 0), ("6", 8, 4), (" items on 25 m", 12, 0), ("2", 8, 4)],
            "10^6 items on 25 m^2",
        ),
        (
            [("Income", 12, 0), ("1,2", 8, 4), (" of 2020.", 12, 0), ("3", 8, 4)],
            "Income^1,2 of 2020.^3",
        ),
        ([("H", 12, 0), ("2", 8, -3), ("O, 101", 12, 0), ("2", 8, -3)], "H2O, 101_2"),
        ([("10", 12, 0), ("-3", 8, 4), (" mm", 12, 0)], "10^-3 mm"),
        ([("3", 12, 0), ("1", 8, 4), ("/2", 12, 0), (" hours", 12, 0)], "3 1 /2 hours"),
        # Not raised, not smaller, or not beside.
        ([("10", 12, 0), ("6", 8, 0), (" m", 12, 0)], "106 m"),
        ([("10", 12, 0), ("6", 12, 1), (" m", 12, 0)], "106 m"),
        ([("In 2020 ", 12, 0), ("6", 8, 4)], "In 2020 6"),
    ],
)
def test_in_pdfs_small_figures_that_are_moved(read, parts, text):
    (found,), _ = read(".pdf", pdf.draw(write_line(*parts)))
    assert " ".join(found.split()) == text


def test_the_mark_of_a_note_is_no_digit_of_a_number_in_a_table(tmp_path):
    path = tmp_path / "file"
    cell = "BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET".format
    drawn = [
        cell(size=9, x=x, y=740 - 14 * n, text=text)
        for n, row in enumerate([("City", "People"), ("Seoul", "9,411"), ("Busan", "3,293")])
        for x, text in zip((40, 200), row, strict=True)
    ]
    raised = cell(size=6, x=222.6, y=729.5, text="2")
    path.write_bytes(pdf.draw("\n".join([*drawn, raised])))
    (grid,) = (each for each in read_pdf(str(path)) if each.rows)
    assert [row.cells for row in grid.rows][1] == ["Seoul", "9,411^2"]
    assert read_number("9,411^2", Mark.POINT) == read_number("9,411", Mark.POINT)


@pytest.mark.parametrize("text", ["10^6", "10^2", "m^2", "2^10"])
def test_a_power_is_not_a_number_with_a_note(text):
    assert read_number(text, Mark.POINT) is None
