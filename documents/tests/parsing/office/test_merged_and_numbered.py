"""Merged cells of sheets, numbers of many digits, numbered lists and formulas of OpenDocument."""

import io
import struct
from tempfile import NamedTemporaryFile

import openpyxl
import pytest
import xlwt

from documents.parsing.parsers import numerals
from documents.parsing.tabular.grids import read_grids
from documents.tests import files
from documents.tests.parsing.office import office, xlsb
from documents.tests.parsing.office.before_2007 import ole

EXPECTED = [
    "| Region | 2025 Q1 | 2025 Q2 | 2026 Q1 |",
    "| --- | --- | --- | --- |",
    "| North | 1 | 2 | 3 |",
    "| North | 4 | 5 | 6 |",
]
ROWS = [
    ["Region", 2025, None, 2026],
    [None, "Q1", "Q2", "Q1"],
    ["North", 1, 2, 3],
    [None, 4, 5, 6],
]


def excel() -> bytes:
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    for place in ("B1:C1", "A1:A2", "A3:A4"):
        book.active.merge_cells(place)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def old_excel() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet")
    sheet.write_merge(0, 0, 1, 2, 2025)
    sheet.write_merge(0, 1, 0, 0, "Region")
    sheet.write_merge(2, 3, 0, 0, "North")
    sheet.write(0, 3, 2026)
    for row in (1, 2, 3):
        for column in (1, 2, 3):
            sheet.write(row, column, ROWS[row][column])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
SPACES = {name: name for name in ("office", "text", "table", "style")} | {"draw": "drawing"}
NAMES = " ".join(f'xmlns:{name}="{OFFICE}:{space}:1.0"' for name, space in SPACES.items())


def flat(kind: str, body: str, styles: str = "") -> str:
    return (
        f'<?xml version="1.0"?><office:document {NAMES} xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document>"
    )


def cell(value: object, spans: str = "") -> str:
    return f"<table:table-cell {spans}><text:p>{value}</text:p></table:table-cell>"


COVERED = "<table:covered-table-cell/>"
SHEET = (
    '<table:table table:name="Sheet"><table:table-row>'
    + cell("Region", 'table:number-rows-spanned="2"')
    + cell(2025, 'table:number-columns-spanned="2"')
    + f"{COVERED}{cell(2026)}</table:table-row>"
    + f"<table:table-row>{COVERED}{cell('Q1')}{cell('Q2')}{cell('Q1')}</table:table-row>"
    + "<table:table-row>"
    + cell("North", 'table:number-rows-spanned="2"')
    + f"{cell(1)}{cell(2)}{cell(3)}</table:table-row>"
    + f"<table:table-row>{COVERED}{cell(4)}{cell(5)}{cell(6)}</table:table-row></table:table>"
)


@pytest.mark.parametrize(
    ("suffix", "data"),
    [(".xlsx", excel()), (".xls", old_excel()), (".fods", flat("spreadsheet", SHEET))],
)
def test_merged_cells_name_each_column_and_row(read, suffix, data):
    assert read(suffix, data)[0][0].strip().split("\n")[2:] == EXPECTED


def test_a_row_below_a_header_is_no_part_of_it(read):
    book = openpyxl.Workbook()
    for row in (["Name", None, "Age"], ["Ada", "Lovelace", 36], ["Grace", "Hopper", 85]):
        book.active.append(row)
    book.active.merge_cells("A1:B1")
    data = io.BytesIO()
    book.save(data)
    (text,), _ = read(".xlsx", data.getvalue())
    assert "| Name | Name | Age |\n| --- | --- | --- |\n| Ada | Lovelace | 36 |" in text


def test_a_row_that_is_wider_than_the_header_keeps_its_cells_in_columns(read):
    (text,), _ = read(".csv", "City,People\nSeoul,9\nBusan,3\nDaegu,2,hot\nUlsan,1\n")
    assert text.startswith("| City | People |  |\n| --- | --- | --- |\n| Seoul | 9 |")
    assert "| Daegu | 2 | hot |" in text


def test_numbers_of_sixteen_digits_are_shown_whole(read):
    book = openpyxl.Workbook()
    book.active.append(["Card", 4111111111111111])
    data = io.BytesIO()
    book.save(data)
    assert "4111111111111111" in read(".xlsx", data.getvalue())[0][0]


LIST_STYLE = (
    '<text:list-style style:name="L1">'
    '<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
    '<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/>'
    "</text:list-style>"
    '<text:list-style style:name="L2">'
    '<text:list-level-style-number text:level="1" style:num-format="I"/>'
    '<text:list-level-style-number text:level="2" style:num-format="1" text:display-levels="2"/>'
    "</text:list-style>"
)


def items(style: str, *inner: str) -> str:
    listed = "".join(f"<text:list-item>{each}</text:list-item>" for each in inner)
    return f'<text:list text:style-name="{style}">{listed}</text:list>'


def test_items_of_lists_have_their_numbers(read):
    inner = items("L1", "<text:p>one</text:p>", "<text:p>two</text:p>")
    body = items("L1", "<text:p>First</text:p>", f"<text:p>Second</text:p>{inner}")
    (text,), _ = read(".fodt", flat("text", body, LIST_STYLE))
    assert text.split("\n\n") == ["1. First", "2. Second", "  a) one", "  b) two"]


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("一, 二, 三, ...", ["一. One", "二. Two"]),
        ("壹, 貳, 參, ...", ["壹. One", "貳. Two"]),
        ("①, ②, ③, ...", ["①. One", "②. Two"]),
        ("하나, 둘, 셋, ...", ["하나. One", "둘. Two"]),
        ("x, y, z", ["1. One", "2. Two"]),
    ],
)
def test_lists_count_as_their_language_does(read, kind, lines):
    body = items("L1", "<text:p>One</text:p>", "<text:p>Two</text:p>")
    (text,), _ = read(".fodt", flat("text", body, LIST_STYLE.replace('"1"', f'"{kind}"')))
    assert text.split("\n\n") == lines


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("chineseCountingThousand", "一 九 十 十一 二十 二十一 一百零一 一百一十 一千零一"),
        ("chineseCounting", "一 九 十 十一 二十 二十一 一〇一 一一〇 一〇〇一"),
        ("japaneseCounting", "一 九 十 十一 二十 二十一 百一 百十 千一"),
        ("koreanCounting", "일 구 십 십일 이십 이십일 백일 백십 천일"),
        ("koreanLegal", "하나 아홉 열 열하나 스물 스물하나 101 110 1001"),
        ("ideographLegalTraditional", "壹 玖 壹拾 壹拾壹 貳拾 貳拾壹 壹佰零壹 壹佰壹拾 壹仟零壹"),
        ("taiwaneseDigital", "一 九 一〇 一一 二〇 二一 一〇一 一一〇 一〇〇一"),
        ("ganada", "가 자 차 카 20 21 101 110 1001"),
        ("russianLower", "а и к л ф х 101 110 1001"),
        ("hebrew1", "א ט י יא כ כא קא קי 1001"),
        ("lowerLetter", "a i j k t u wwww fffff mmmmmmmmmm"),
        ("upperRoman", "I IX X XI XX XXI CI CX MI"),
        ("unheardOf", "1 9 10 11 20 21 101 110 1001"),
    ],
)
def test_numbers_are_written_as_lists_of_word_show_them(kind, shown):
    numbers = (1, 9, 10, 11, 20, 21, 101, 110, 1001)
    assert " ".join(numerals.write(number, kind) for number in numbers) == shown


def test_numbered_headings_are_headings(read):
    heading = '<text:h text:outline-level="{}">{}</text:h>'
    inner = items("L2", heading.format(2, "Scope"))
    body = items("L2", heading.format(1, "Intro"), heading.format(1, "Rules") + inner)
    (text,), _ = read(".fodt", flat("text", body, LIST_STYLE))
    assert text.split("\n\n") == ["# I Intro", "# II Rules", "## II.1 Scope"]


def test_a_comment_stands_behind_what_a_cell_says(read):
    comment = "<office:annotation><text:p>See page</text:p></office:annotation>"
    row = f"<table:table-cell>{comment}<text:p>9</text:p></table:table-cell>"
    rows = f"<table:table-row>{cell('a')}{row}</table:table-row>"
    table = f'<table:table table:name="S">{rows}</table:table>'
    assert "| a | 9 [Comment: See page] |" in read(".fods", flat("spreadsheet", table))[0][0]


FORMULA = (
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><msup><mi>a</mi><mn>2</mn>'
    '</msup></mrow><annotation encoding="StarMath 5.0">a^2</annotation></semantics></math>'
)


def test_a_formula_within_a_text_is_read(read):
    frame = '<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>'
    content = flat("text", f"<text:p>So {frame}holds.</text:p>")
    packed = files.archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": content,
            "Object 1/content.xml": FORMULA,
        }
    )
    assert read(".odt", packed)[0][0].split() == ["So", "a^2", "holds."]


def test_a_flat_file_that_breaks_off_is_damaged(read_error):
    assert (
        read_error(".fodt", flat("text", "<text:p>One</text:p>")[:-60].encode()) == "corrupt_file"
    )


def test_word_95_is_told_as_what_it_is(read_error):
    head = struct.pack("<HH", 0xA5DC, 104).ljust(2000, b"\0")
    assert read_error(".doc", ole.container({"WordDocument": head})) == "unsupported_format"


def test_workbooks_in_binary_form_are_read(read, read_error):
    rows = (["Name", "Pay", "Here"], ["Ada", 4200.0, True], ["Grace", 0.1 + 0.2, False])
    (text,), notes = read(".xlsb", xlsb.workbook(*rows, hidden=True))
    assert text == (
        "# Staff\n\n| Name | Pay | Here |\n| --- | --- | --- |\n| Ada | 4200 | TRUE |\n"
        "| Grace | 0.3 | FALSE |\n"
    )
    assert notes == {"sheet_hidden": {"name": "Staff"}}
    broken = office.repack(xlsb.workbook(*rows), **{"xl/workbook.bin": "\x83"})
    assert read_error(".xlsb", broken) == "corrupt_file"


def test_workbooks_in_binary_form_have_tables_to_ask():
    rows = (["Name", "Pay"], *([f"Person {n}", n * 1.5] for n in range(9)))
    with NamedTemporaryFile() as file:
        file.write(xlsb.workbook(*rows))
        file.flush()
        (grid,) = read_grids(file.name, "xlsx")
    assert (grid.title, grid.page) == ("Staff", 1)
    assert [row.cells for row in grid.rows][:2] == [["Name", "Pay"], ["Person 0", 0.0]]
