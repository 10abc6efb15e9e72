"""The names of columns that stand before a chunk of a table."""

from aiapp.text.columns import Columns

HEAD = "| Site | Staff |"
BARS = f"{HEAD}\n| --- | --- |\n" + "".join(f"| Site {n} | {n * 3} |\n" for n in range(40))
YEARS = "2023 2022"
PROSE = "The board looked at all of this and found that it was as good as it could have been."


def figures(count: int, first: int = 0) -> str:
    return "".join(f"Item {n}x $ {n * 37:,} {n * 31:,}\n" for n in range(first, first + count))


def find(text: str, place: str, *before: str) -> str:
    """The names of columns where a chunk begins with some words."""
    columns = Columns()
    for page in before:
        columns.add_page(page)
    columns.add_page(text)
    start = text.index(place)
    return columns.at(start, start + 300)


def test_rows_know_the_names_of_their_columns() -> None:
    assert find(f"Our sites.\n\n{BARS}", "| Site 31 |") == HEAD
    assert find(f"In millions\n{YEARS}\n{figures(30)}", "Item 20x") == YEARS


def test_a_line_above_rows_belongs_to_them() -> None:
    text = f"{YEARS}\n{figures(9)}Current liabilities\n{figures(9, 10)}"
    assert find(text, "Current liabilities") == YEARS


def test_a_chunk_that_holds_the_names_needs_none() -> None:
    assert find(f"Our sites.\n\n{BARS}", "Our sites") == ""
    assert find(BARS, HEAD) == ""
    assert find(f"{YEARS}\n{figures(9)}", YEARS) == ""


def test_of_two_tables_each_has_its_own() -> None:
    other = "| Car | Km |\n| --- | --- |\n" + "| KA | 7 |\n" * 30
    text = f"{BARS}\n{other}"
    assert find(text, "| KA | 7 |\n| KA") == "| Car | Km |"
    assert find(text, "| Site 39") == HEAD
    text = f"{YEARS}\n{figures(9)}Q1 Q2\n{figures(9, 10)}"
    assert find(text, "Item 13x") == "Q1 Q2"


def test_behind_running_text_there_is_no_table() -> None:
    assert find(f"{YEARS}\n{figures(9)}{PROSE}\n{PROSE}\n{figures(9, 10)}", "Item 13x") == ""
    assert find(f"{BARS}\n{PROSE}\n| a | b |\n", "| a | b |") == ""
    assert find(f"{YEARS}\n{PROSE}\n{PROSE}\n", "The board") == ""


def test_a_table_of_figures_goes_on_over_a_page() -> None:
    first = f"In millions\n{YEARS}\n{figures(20)}Example plc\n17\n"
    assert find(f"Example plc 2023 Report\n{figures(9, 20)}", "Item 23x", first) == YEARS
    assert find(f"{figures(9, 20)}", "Item 28x", first, figures(20, 40)) == YEARS
    # Other tables, and texts with a few figures.
    assert find(f"{PROSE}\nItem 4x 5 6\n", "Item 4x", first) == ""
    wide = "".join(f"Part {n} 1 2 3 4 5\n" for n in range(9))
    assert find(wide, "Part 4", first) == ""
    assert find(f"{figures(9)}", "Item 3x", f"{first}{PROSE}\n" * 2 + "a\n" * 9) == ""


def test_dashes_in_all_cells_are_a_row() -> None:
    assert find(f"{BARS}| - | - |\n| Last | 5 |\n", "| Last |") == HEAD


def test_a_row_of_values_above_a_rule_names_no_columns() -> None:
    rows = "| Other | 5 | 6 |\n" * 20
    for first in ("| Balance as of June 30, 2021 | $ (691) | $ (13) |", f"| News | {PROSE} |"):
        assert find(f"{first}\n| --- | --- | --- |\n{rows}", "| Other | 5 | 6 |\n| Other") == ""
    years = "| In millions | 2022 | 2023 |"
    assert find(f"{years}\n| --- | --- | --- |\n{rows}", "| Other | 5 | 6 |\n| Other") == years
