"""Workbooks: cells are read as they are shown, whatever the sheet says of its size."""

import pytest

from documents.parsing.parsers.office.excel.number_formats import show
from documents.tests.parsing.office.office import NAMES, relations, repack, workbook


def rows(*lines: str) -> str:
    return f"<sheetData>{''.join(f'<row>{line}</row>' for line in lines)}</sheetData>"


def text(value: str) -> str:
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'


def test_rows_beyond_the_claimed_size_are_read(read):
    claimed = '<dimension ref="A1"/>'
    lines = [text("Name") + text("Office"), *(text(f"P{n}") + text("x") for n in range(50))]
    (page,), _ = read(".xlsx", workbook(claimed + rows(*lines)))
    assert all(f"| P{n} | x |" in page for n in range(50))


def test_long_cells_and_many_columns_are_kept_whole(read):
    long = "word " * 6_000
    (page,), _ = read(".xlsx", workbook(rows(text("Head") + text("B"), text(long) + text("end"))))
    assert page.count("word") == 6_000
    wide = rows(
        "".join(text(f"Col{n}") for n in range(400)), "".join(text(f"v{n}") for n in range(400))
    )
    (page,), _ = read(".xlsx", workbook(wide))
    assert "Col0: v0;" in page
    assert "Col399: v399" in page


def test_a_sheet_with_a_long_header_does_not_swell(read):
    header = "".join(text("title " * 200 + str(n)) for n in range(50))
    lines = ["".join(text(str(n)) for n in range(50)) for _ in range(500)]
    (page,), _ = read(".xlsx", workbook(rows(header, *lines)))
    assert len(page) < 700_000


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.153, "0.0%", "15.3%"),
        (46095, "yyyy-mm-dd", "2026-03-14"),
        (46095.75, "d mmm yyyy h:mm", "14 Mar 2026 18:00"),
        (7, "00000", "00007"),
        (1250, "[$€-407]#,##0.00", "€1,250.00"),
        (1250, '#,##0.00\\ "€"', "1,250.00 €"),
        (-5, "0.00;(0.00)", "(5.00)"),
        (-5, "0.00", "-5.00"),
        (1234567, '0.0,,"M"', "1.2M"),
        (1.5, "[h]:mm", "36:00"),
        (0.5, "h:mm AM/PM", "12:00 PM"),
        (5551234, "000-0000", "555-1234"),
        (0.30000000000000004, "General", "0.3"),
        (20261101, "General", "20261101"),
        (12345.678, "0.00E+00", "1.23E+04"),
        (0, '0;-0;"none"', "none"),
        (42, ";;;", "42"),
        (0.5, "# ?/?", "1/2"),
        (-1.75, '# ??/??" in"', "-1 3/4 in"),
        (0.375, "# ?/16", "6/16"),
        (2, "# ?/?", "2"),
        (1.5, "?/?", "3/2"),
        (5551234567, "[<=9999999]000-0000;(000) 000-0000", "(555) 123-4567"),
        (5551234, "[<=9999999]000-0000;(000) 000-0000", "555-1234"),
        (5, "[>100]0;[>10]0.0;0.00", "5.00"),
        (-5, "[<0]-0.0;0", "-5.0"),
        (5, "[>100]0", "5"),
        (45000, '[$-411]ggge"年"m"月"d"日"', "令和5年3月15日"),
        (32000, 'gge"年"', "昭62年"),
        (45000, "[$-404]e/m/d", "112/3/15"),
        (45000, "[$-804]e", "2023"),
        (45000, "[$-107041E]d/m/yyyy", "15/3/2566"),
        (2.5, "0", "3"),
        (46095, 'yyyy"年"m"月"d"日"', "2026年3月14日"),
        (59, "yyyy-mm-dd", "1900-02-28"),
        (61, "yyyy-mm-dd", "1900-03-01"),
        (-1, "yyyy-mm-dd", "-1"),
        (1e300, "0.00", "1e+300"),
    ],
)
def test_a_number_is_shown_as_its_format_says(value, code, shown):
    assert show(value, code) == shown


def test_formats_of_cells_are_found_through_their_styles(read):
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="0.0%"/></numFmts><cellXfs><xf numFmtId="0"/>'
        '<xf numFmtId="164"/><xf numFmtId="14"/></cellXfs>'
    )
    values = ((1, 0.153), (2, 46095), (0, 12), (9, 1))
    cells = "".join(f'<c s="{style}"><v>{value}</v></c>' for style, value in values)
    (page,), _ = read(".xlsx", workbook(rows("".join(map(text, "ABCD")), cells), styles))
    assert "| 15.3% | 2026-03-14 | 12 | 1 |" in page


def test_texts_in_several_looks_are_joined_and_their_readings_left_out(read):
    texts = "<si><r><t>Tok</t></r><r><t>yo</t></r><rPh><t>reading</t></rPh></si>"
    cells = '<c t="s"><v>0</v></c>'
    (page,), _ = read(".xlsx", workbook(rows(text("City") + text("B"), cells), texts=texts))
    assert "| Tokyo |" in page


def test_a_formula_without_its_value_is_shown_and_noted(read):
    cells = "<c><f>SUM(A1:A3)</f></c><c><f>1+1</f><v>2</v></c>"
    (page,), notes = read(".xlsx", workbook(rows(text("Sum") + text("Two"), cells)))
    assert "| =SUM(A1:A3) | 2 |" in page
    assert notes == {"formulas_without_values": {"count": 1}}


def test_a_formula_whose_value_is_an_empty_text_shows_nothing(read):
    cells = text("Ada") + '<c t="str"><f>IF(B1="","",B1)</f><v></v></c><c><v>3</v></c>'
    (page,), notes = read(
        ".xlsx", workbook(rows(text("Name") + text("Price") + text("Sum"), cells))
    )
    assert "| Ada |  | 3 |" in page
    assert notes == {}


@pytest.mark.parametrize("empty", ["<c/>", '<c s="0"/>', '<c s="0"></c>'])
def test_a_cell_without_a_place_stands_behind_the_one_before(read, empty):
    lines = (text("A") + text("B") + text("C"), text("x") + empty + text("y"))
    assert "| x |  | y |" in read(".xlsx", workbook(rows(*lines)))[0][0]


def test_a_date_that_is_stored_as_one_has_no_midnight(read):
    cells = "".join(f'<c t="d"><v>2026-05-01T{time}</v></c>' for time in ("00:00:00", "10:30:00"))
    (page,), _ = read(".xlsx", workbook(rows(text("A") + text("B"), cells)))
    assert "| 2026-05-01 | 2026-05-01 10:30:00 |" in page


@pytest.mark.parametrize("texts", ["<si><t>Kept</t></si><si><t>Lo", "<si><t>Kept</t></si>"])
def test_numbers_are_read_where_texts_are_lost_and_that_is_said(read, texts):
    cells = '<c t="s"><v>0</v></c><c t="s"><v>1</v></c><c><v>42</v></c>'
    (page,), notes = read(".xlsx", workbook(rows(text("A") + text("B"), cells), texts=texts))
    assert "| Kept |  | 42 |" in page
    assert "part_unreadable" in notes


def test_a_sheet_whose_part_is_missing_is_said_to_be_unread(read):
    data = repack(workbook(rows(text("A"))), **{"xl/_rels/workbook.xml.rels": relations()})
    assert read(".xlsx", data)[1] == {"part_unreadable": {"name": "Staff"}}


def test_a_drawing_is_read_once_and_its_diagram_too(read):
    box = "<xdr:sp><xdr:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></xdr:txBody></xdr:sp>"
    drawn = (
        f'<xdr:wsDr xmlns:xdr="urn:x" {NAMES}><mc:AlternateContent><mc:Choice>'
        f"{box.format('Boxed')}</mc:Choice><mc:Fallback>{box.format('Instead')}</mc:Fallback>"
        "</mc:AlternateContent></xdr:wsDr>"
    )
    point = "<dgm:pt><dgm:t><a:p><a:r><a:t>Plan</a:t></a:r></a:p></dgm:t></dgm:pt>"
    more = {
        "xl/worksheets/_rels/sheet1.xml.rels": relations(("d", "drawing", "../drawings/a.xml")),
        "xl/drawings/a.xml": drawn,
        "xl/drawings/_rels/a.xml.rels": relations(("q", "diagramData", "../diagrams/d.xml")),
        "xl/diagrams/d.xml": f"<dgm:dataModel {NAMES}>{point}</dgm:dataModel>",
    }
    (page,), _ = read(".xlsx", workbook(rows(text("A")), **more))
    assert "Boxed\n- Plan" in page
    assert "Instead" not in page


def test_a_hidden_sheet_is_read_and_noted(read):
    (page,), notes = read(".xlsx", workbook(rows(text("Secret")), state='state="hidden"'))
    assert "Secret" in page
    assert notes == {"sheet_hidden": {"name": "Staff"}}


def test_lines_above_a_table_are_no_header(read):
    table = [text("Name") + text("Office"), text("Ada") + text("5")]
    (page,), _ = read(".xlsx", workbook(rows(text("Report 2026"), text("as of May"), *table)))
    assert page.startswith("# Staff\n\nReport 2026\nas of May\n\n| Name | Office |")
    assert page.endswith("| Ada | 5 |\n")


def test_a_sheet_that_breaks_off_keeps_what_stands_before(read):
    broken = "<sheetData>" + f"<row>{text('Kept')}{text('B')}</row>" * 3 + "<row><c></row>"
    (page,), notes = read(".xlsx", workbook(broken))
    assert "Kept" in page
    assert "part_unreadable" in notes


def test_signs_that_stand_in_texts_by_their_numbers_are_read(read):
    texts = "<si><t>first_x000D_\nsecond</t></si><si><t>_x005F_x000D_ is\x0b written so</t></si>"
    rows = (
        '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'
        '<row><c t="str"><v>a_x0009_b</v></c><c t="inlineStr"><is><t>c\x01d</t></is></c></row>'
    )
    (text,), _ = read(".xlsx", workbook(rows, texts=texts))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert lines == [
        "| first second | _x000D_ is written so |",
        "| --- | --- |",
        "| a b | cd |",
    ]
