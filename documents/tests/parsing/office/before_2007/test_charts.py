"""Charts of workbooks and presentations from before 2007: their figures are read as tables."""

import struct

import pytest

from documents.tests.parsing.office.before_2007 import biff, ole
from documents.tests.parsing.office.before_2007.biff import chart, figures, link, series, title
from documents.tests.parsing.office.test_other_offices import real

CITIES = ["Seoul", "부산"]


def test_a_chart_is_read_from_the_cells_that_it_names(read):
    """A file of LibreOffice: the figures stand in the sheet, and not in its chart."""
    (text,), notes = read(".xls", real("chart.xls"))
    assert text.count("| Seoul | 5 |") == 2
    assert "Chart: Fees\n| Category | Fee |\n| --- | --- |\n| Seoul | 5 |" in text
    assert notes == {}


def test_a_chart_is_read_from_the_figures_that_were_drawn(read):
    made = chart(
        title("Fees by city"), title("City", 3), title("Fees", 2), title("a point's", 4),
        series("2025", link(1, number_format=9)), series("2026"),
        figures(1, [0.05, 0.07], [6.5, 8.0]), figures(2, CITIES, CITIES),
    )  # fmt: skip
    (text,), notes = read(".xls", biff.workbook(made))
    assert (
        "Chart: Fees by city, Fees, City\n| Category | 2025 | 2026 |\n| --- | --- | --- |\n"
        "| Seoul | 5% | 6.5 |\n| 부산 | 7% | 8 |"
    ) in text
    assert notes == {}


def test_series_without_names_and_trends_of_others(read):
    trend = biff.block(biff.SERIES, biff.record(0x104A, b"\1\0"))
    made = chart(series(""), trend, figures(1, [1.0], [9.0]), figures(2, ["A"]))
    (text,), _ = read(".xls", biff.workbook(made))
    assert "| Category | Series 1 |\n| --- | --- |\n| A | 1 |" in text
    assert "9" not in text.partition("Category")[2]


EMPTY = chart(title("Nothing"), series("None"))
UNREAD = {
    "nothing was drawn": EMPTY,
    "the version before": chart(series("A"), figures(1, [1.0]), version=0x500),
    "a record that breaks off": chart(biff.record(0x203, b"\0")),
    "a series that breaks off": chart(biff.block(biff.SERIES, biff.record(biff.LINK, b"\1"))),
    "a place in a sheet that is not there": chart(series("A", link(1, biff.area(0, 9, 0, 99)))),
    "an area of all rows": chart(series("A", link(1, biff.area(0, 0xFFFF, 0)))),
    "an area upside down": chart(series("A", link(1, biff.area(9, 0, 0)))),
    "more figures than anybody reads": chart(series("A"), figures(1, [1.0] * 20_001)),
    "figures of which each has a row and a column": chart(
        *[series("")] * 300, figures(1, *([] for _ in range(300))),
        *(biff.record(0x203, struct.pack("<HHHd", n, n, 0, 1.0)) for n in range(300)),
    ),
    "ends without beginnings": chart(*[biff.record(biff.END)] * 9),
    "beginnings without ends": chart(*[biff.record(biff.BEGIN)] * 9),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREAD)
def test_a_chart_that_cannot_be_read_is_said_to_be_that(read, name):
    (text,), notes = read(".xls", biff.workbook(UNREAD[name]))
    assert "| Busan | 7 |" in text
    assert "Category" not in text
    assert notes == {"objects_unread": {"count": 1}}


def test_charts_within_charts_are_read_once(read):
    """Each of 5,000 would be read with all that are within it."""
    within = b""
    for _ in range(5_000):
        within = biff.record(0x809, struct.pack("<HHHHII", 0x600, 0x20, 0, 0, 0, 0)) + within
    made = within + series("A") + figures(1, [1.0]) + biff.record(0x0A) * 5_000
    (text,), _ = read(".xls", biff.workbook(made))
    assert text.count("| Category |") == 1


def presentation(*held: bytes) -> bytes:
    return ole.ppt(("Results", "Of this year"), held=held)


def test_a_chart_on_a_slide_is_read_from_its_data_sheet(read):
    graph = ole.container({"Workbook": biff.graph("Sales", "억 원")})
    (text,), notes = read(".ppt", presentation(graph))
    assert (
        "Chart: Sales, 억 원\n|  | 2025 | 2026 |\n| --- | --- | --- |\n| Row 1 | 11 | 12 |" in text
    )
    assert notes == {}


def test_a_workbook_with_a_chart_on_a_slide_is_read(read):
    held = biff.workbook(chart(series("2026"), figures(1, [1.5]), figures(2, ["Seoul"])))
    (text,), notes = read(".ppt", presentation(held))
    assert "| Category | 2026 |\n| --- | --- |\n| Seoul | 1.5 |" in text
    assert notes == {}


@pytest.mark.parametrize(
    "records",
    [
        biff.graph(rows=0),
        biff.graph()[:40],
        biff.stream(0x8000, biff.record(0x3, bytes(9)), version=0x680),
        biff.stream(
            0x8000,
            *(biff.record(0x3, struct.pack("<HH3xd", n, n, 1.0)) for n in range(200)),
            version=0x680,
        ),
    ],
    ids=["empty", "breaks off", "a figure that breaks off", "more cells than anybody reads"],
)
def test_a_chart_on_a_slide_that_cannot_be_read_is_said_to_be_that(read, records):
    (text,), notes = read(".ppt", presentation(ole.container({"Workbook": records})))
    assert "Of this year" in text
    assert notes == {"objects_unread": {"count": 1}}
