"""Rows from the middle of a table, shown below the names of their columns."""

import pytest

from documents.text.blocks import Block, Run, blocks_below

NAMES = "| Name | Office |"
ROWS = "| Ann | 4 |\n| Bob | 5 |"


def show(block: Block) -> str | list[list[str]]:
    """The words of a block: of a table the rows of its cells, the head first."""
    if block.kind != "table":
        return join(block.runs)
    rows = [block.head, *block.rows] if block.head else block.rows
    return [[join(cell) for cell in row] for row in rows]


def join(runs: object) -> str:
    assert isinstance(runs, list)
    return "".join(run.text for run in runs if isinstance(run, Run))


TABLE = [["Name", "Office"], ["Ann", "4"], ["Bob", "5"]]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (ROWS, [TABLE]),
        ("| Ann | 4 |", [TABLE[:2]]),
        (f"| --- | --- |\n{ROWS}", [TABLE]),
        (f"Eve | 3 |\n{ROWS}\n\nAll.", ["Eve | 3 |", TABLE, "All."]),
        (
            f"{ROWS}\n\n| Site |\n| --- |\n| Porto |",
            [TABLE, [["Site"], ["Porto"]]],
        ),
    ],
)
def test_the_first_rows_have_them_for_a_head(text: str, shown: list[object]) -> None:
    found = blocks_below(NAMES, text)
    assert [show(block) for block in found] == shown
    # And the page can tell it from what was quoted.
    assert [block.is_above for block in found].count(True) == 1
    assert next(block for block in found if block.is_above).kind == "table"


@pytest.mark.parametrize(
    ("columns", "text", "shown"),
    [
        ("2022 2023", "Net sales 4 5\nProfit 1 2", ["2022 2023", "Net sales 4 5\nProfit 1 2"]),
        (NAMES, "Eve | 3", [NAMES, "Eve | 3"]),
        # A table with a head of its own keeps it.
        (
            NAMES,
            "Eve | 3 |\n| Site |\n| --- |\n| Porto |",
            [NAMES, "Eve | 3 |", [["Site"], ["Porto"]]],
        ),
    ],
)
def test_other_rows_have_them_on_a_line_above(columns: str, text: str, shown: list[object]) -> None:
    found = blocks_below(columns, text)
    assert [show(block) for block in found] == shown
    assert [block.is_above for block in found] == [True] + [False] * (len(shown) - 1)


def test_names_that_were_cut_are_a_head_all_the_same() -> None:
    [block] = blocks_below("| Name | Off", ROWS)
    assert show(block) == [["Name", "Off"], *TABLE[1:]]
