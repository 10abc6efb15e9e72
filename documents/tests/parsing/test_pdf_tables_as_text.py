"""PDF: the text of tables is told row by row, whatever order its cells were drawn in."""

from itertools import product

from documents.tests.parsing import pdf

HEADER = ["Region", "Manager", "2025", "Remarks"]
ROWS = [
    HEADER,
    ["North America", "Ada Byron", "1,311.0", "New plant"],
    ["Africa", "Grace", "1,002.7", "Flat"],
    ["Asia", "Minsu Kim", "512.3", "First year"],
]
LEFTS = (40, 160, 260, 340)
AS_TABLE = [
    "| Region | Manager | 2025 | Remarks |",
    "| --- | --- | --- | --- |",
    "| North America | Ada Byron | 1,311.0 | New plant |",
    "| Africa | Grace | 1,002.7 | Flat |",
    "| Asia | Minsu Kim | 512.3 | First year |",
]


def write(x: float, y: float, text: str, size: int = 9) -> str:
    return f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n"


def draw_line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f"{x} {y} m {to_x} {to_y} l S\n"


def test_a_table_that_was_drawn_column_by_column_is_told_row_by_row(read):
    cells = (
        write(left, 700 - 14 * n, row[column])
        for column, left in enumerate(LEFTS)
        for n, row in enumerate(ROWS)
    )
    above = write(40, 740, "Revenue by region, in million euro:")
    (text,), _ = read(".pdf", pdf.draw(above + "".join(cells)))
    assert text.splitlines() == ["Revenue by region, in million euro:", "", *AS_TABLE]


def test_labels_that_were_drawn_before_their_values_stand_beside_them(read):
    labels = ["Customer", "Contact", "Delivery", "Payment"]
    values = ["Example GmbH", "Ada Byron", "by rail", "in advance"]
    drawn = [
        write(left, 700 - 14 * n, text)
        for left, texts in ((40, labels), (200, values))
        for n, text in enumerate(texts)
    ]
    (text,), _ = read(".pdf", pdf.draw("".join(drawn)))
    assert "| Contact | Ada Byron |" in text


def test_cells_of_several_lines_are_whole(read):
    # As programs write a table: each cell to its end, then the next.
    cells = [
        [["Region"], ["Manager"], ["2025"], ["Remarks"]],
        [["North", "America"], ["Ada", "Byron"], ["1,311.0"], ["Grew by", "the new", "plant"]],
        [["Africa"], ["Grace"], ["1,002.7"], ["Flat"]],
        [["South", "Asia"], ["Minsu", "Kim"], ["512.3"], ["First", "year"]],
    ]
    drawn, y = "", 700
    for row in cells:
        for left, lines in zip(LEFTS, row, strict=True):
            drawn += "".join(write(left, y - 11 * n, line) for n, line in enumerate(lines))
        y -= 11 * max(map(len, row))
    (text,), _ = read(".pdf", pdf.draw(drawn))
    assert text.splitlines()[2:] == [
        "| North America | Ada Byron | 1,311.0 | Grew by the new plant |",
        "| Africa | Grace | 1,002.7 | Flat |",
        "| South Asia | Minsu Kim | 512.3 | First year |",
    ]


def test_lines_around_cells_tell_which_lines_of_text_are_one_cell(read):
    across, down = (40, 140, 240, 340), (700, 680, 640, 600)
    lines = "".join(draw_line(40, y, 340, y) for y in down)
    lines += "".join(draw_line(x, 700, x, 600) for x in across)
    texts = (
        write(45, 686, "Clause") + write(145, 686, "Owner") + write(245, 686, "Due")
        # In the middle of its cell, which is how web pages are printed.
        + write(45, 666, "Notice of") + write(45, 655, "termination")
        + write(145, 660, "Legal") + write(245, 666, "30 days") + write(245, 655, "before")
        + write(45, 620, "Audit") + write(145, 626, "Board and") + write(145, 615, "auditor")
        + write(245, 620, "yearly")
    )  # fmt: skip
    (text,), _ = read(".pdf", pdf.draw(lines + texts))
    assert text.splitlines() == [
        "| Clause | Owner | Due |",
        "| --- | --- | --- |",
        "| Notice of termination | Legal | 30 days before |",
        "| Audit | Board and auditor | yearly |",
    ]


def test_merged_cells_of_a_table_with_lines_are_true_for_all_that_they_cover(read):
    lines = "".join(draw_line(40, y, 340, y) for y in (700, 660, 640, 620))
    lines += draw_line(140, 680, 340, 680)
    lines += "".join(draw_line(x, 700, x, 620) for x in (40, 140, 340)) + draw_line(
        240, 680, 240, 620
    )
    texts = (
        write(45, 676, "City") + write(200, 686, "Rooms") + write(145, 666, "2024")
        + write(245, 666, "2025") + write(45, 646, "Seoul") + write(145, 646, "12")
        + write(245, 646, "14") + write(45, 626, "Busan") + write(145, 626, "7")
        + write(245, 626, "9")
    )  # fmt: skip
    (text,), _ = read(".pdf", pdf.draw(lines + texts))
    assert text.splitlines() == [
        "| City | Rooms 2024 | Rooms 2025 |",
        "| --- | --- | --- |",
        "| Seoul | 12 | 14 |",
        "| Busan | 7 | 9 |",
    ]


def test_prose_that_was_drawn_in_pieces_stays_in_its_lines(read):
    # Helvetica's letters are of different widths, so the pieces end where they may.
    told = "the board has agreed that all of it is to be paid back in good time next year"
    words = told.split()
    lines = [[*words[n:], *words[:n]] for n in range(20)]
    drawn = ""
    for n, line in enumerate(lines):
        pieces = [" ".join(line[at : at + 5]) + " " for at in range(0, len(line), 5)]
        # All of a line are in one place after the other, without another move.
        drawn += f"BT /F1 12 Tf 60 {740 - 15 * n} Td " + " ".join(
            f"({piece}) Tj 1 0 0 rg" if at % 2 else f"({piece}) Tj 0 0 0 rg"
            for at, piece in enumerate(pieces)
        )
        drawn += " ET\n"
    (text,), _ = read(".pdf", pdf.draw(drawn))
    assert [line.split() for line in text.splitlines()] == lines


def test_three_columns_of_prose_are_no_table(read):
    lines = [f"line {n:02} of a column that is as wide as it" for n in range(30)]
    drawn = "".join(
        write(40 + 180 * column, 740 - 11 * n, f"{'ABC'[column]} {line}", 7)
        for column, (n, line) in product(range(3), list(enumerate(lines)))
    )
    (text,), _ = read(".pdf", pdf.draw(drawn))
    assert "|" not in text
    assert [line[0] for line in text.splitlines()] == ["A"] * 30 + ["B"] * 30 + ["C"] * 30


def test_columns_that_are_put_in_order_keep_their_raised_figures(read):
    left = [f"Left column line number {n:02} is as long as the column itself" for n in range(20)]
    right = [f"Right column line number {n:02} is as long as the column, too" for n in range(20)]
    drawn = "".join(
        write(40, 700 - 12 * n, a, 7) + write(320, 700 - 12 * n, b, 7)
        for n, (a, b) in enumerate(zip(left, right, strict=True))
    )
    drawn += (
        f"BT /F1 7 Tf 40 {700 - 12 * 20} Td (It has grown to 10) Tj /F1 4 Tf 3 Ts (6) Tj"
        " /F1 7 Tf 0 Ts ( of them in all of these years) Tj ET\n"
    )
    (text,), _ = read(".pdf", pdf.draw(drawn))
    lines = text.splitlines()
    assert lines[20] == "It has grown to 10^6 of them in all of these years"
    assert lines[21:] == right


def write_down(columns: list[str]) -> str:
    """Columns from the right, each character drawn by itself."""
    drawn = "BT /F1 12 Tf {} {} Td <{}> Tj ET\n".format
    return "".join(
        drawn(500 - 24 * across, 740 - 14 * down, sign.encode("cp949").hex())
        for across, column in enumerate(columns)
        for down, sign in enumerate(column)
    )


def test_vertical_writing_is_read_column_by_column_from_the_right(read):
    columns = [
        "오늘은날이맑아서산에올라갔다",
        "그곳에서바다를보았고바람도",
        "좋았다내려오는길에비가왔다",
    ]
    page = pdf.korean_page(write_down(columns))
    (text,), _ = read(".pdf", page)
    assert text.splitlines() == columns


def test_rows_without_lines_between_them_stay_rows(read):
    # As word processors draw it: lines around the header and around all the rest.
    lines = "".join(draw_line(40, y, 240, y) for y in (714, 696, 640))
    lines += "".join(draw_line(x, 714, x, 640) for x in (40, 140, 240))
    rows = [("Year", "Farms"), ("1880", "1,597"), ("1890", "2,039"), ("1900", "2,049")]
    texts = "".join(
        write(45, 702 - 16 * n, year) + write(145, 702 - 16 * n, farms)
        for n, (year, farms) in enumerate(rows)
    )
    (text,), _ = read(".pdf", pdf.draw(lines + texts))
    assert [" ".join(line.split()) for line in text.splitlines()] == [" ".join(row) for row in rows]


def test_text_beside_the_signs_of_a_drawing_is_no_table(read):
    signs = "".join(write(40, 700 - 12 * n, str(90 - 10 * n)) for n in range(6))
    told = [
        "We measure how much of the evidence is found",
        "among the ten best passages of each question,",
        "which is more than one round of it brings, as",
        "some of what is asked for stands in a passage",
        "that another passage names, and that nobody",
        "would look for without having read the first.",
    ]
    lines = "".join(write(120, 700 - 12 * n, line) for n, line in enumerate(told))
    (text,), _ = read(".pdf", pdf.draw(signs + lines))
    assert "|" not in text
    assert "\n".join(told) in "\n".join(line.strip() for line in text.splitlines())


def draw_columns(rows: list[list[str]], lefts: tuple[int, ...] = LEFTS) -> str:
    """A table column by column, whose rows the text would not have."""
    cells = (
        write(left, 700 - 14 * n, row[column])
        for column, left in enumerate(lefts)
        for n, row in enumerate(rows)
    )
    return "".join(cells)


def test_a_table_over_a_page_has_its_header_on_the_next(read):
    rows = [[f"Region {n}", f"Name {n}", f"{n},311.0", f"Remark {n}"] for n in range(1, 31)]
    page_number = write(300, 30, "17")
    first = write(40, 740, "Revenue by region:") + draw_columns([HEADER, *rows[:10]]) + page_number
    second, third = (draw_columns(rows[n : n + 10]) + page_number for n in (10, 20))
    other = draw_columns([["Site", "Head", "Staff", "Note"], *ROWS[1:]])
    texts, _ = read(".pdf", pdf.draw(first, second, third, other))
    shown = [text.splitlines()[:3] for text in texts]
    names, rule = AS_TABLE[:2]
    assert shown[1] == [names, rule, "| Region 11 | Name 11 | 11,311.0 | Remark 11 |"]
    assert shown[2] == [names, rule, "| Region 21 | Name 21 | 21,311.0 | Remark 21 |"]
    assert shown[3][0] == "| Site | Head | Staff | Note |"


def test_what_begins_a_page_with_names_of_its_own_keeps_them(read):
    line = "A long way down the page there is more."
    above = "".join(write(40, 780 - 8 * n, line, 7) for n in range(8))
    pages = (draw_columns(ROWS), above + draw_columns(ROWS[1:]), draw_columns(ROWS))
    texts, _ = read(".pdf", pdf.draw(*pages))
    assert AS_TABLE[0] not in texts[1]
    assert texts[2].splitlines() == AS_TABLE
