"""No spreadsheet takes what people wrote for a formula, however it splits a file into cells."""

import csv
import io
import itertools
import re
import unicodedata
from decimal import Decimal

import pytest

from aiapp.text.spreadsheets import format_csv, harmless

STARTS = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "⁼", "⁺", "\u2212"]
BREAKS = [";", "\t", "|", "\n", "\r", "\r\n", "\v", "\f", "\x85", "\u2028", "\x1e"]
BLANKS = ["", " ", "  ", '"', "'", "\xa0", "\u3000", "\u200b", "\ufeff", "\x00", '" "', "\u202e"]
CELLS = [
    *(f"{blank}{start}1+1" for blank in BLANKS for start in STARTS),
    *(f"ok{stop}{blank}=1+1" for stop in BREAKS for blank in BLANKS),
    *(f"{stop}{start}1+1" for stop in BREAKS for start in STARTS),
    *(f"ok{a}{b}@SUM(1)" for a, b in itertools.product(BREAKS, BREAKS)),
    "one\n- two\n=cmd|'/C calc'!A0",
    'say "=1+1"; "=1+1", =1',
    "\n", "\t", "\r\n", "\n\n=1",
]  # fmt: skip


def split(text: str, separator: str) -> list[str]:
    """As a program splits that knows no quotation marks inside of what it has begun."""
    lines = re.split("[\r\n\v\f\x85\u2028\u2029\x1c-\x1e]", text)
    return [cell for line in lines for cell in line.split(separator)]


def is_formula(cell: str) -> bool:
    bare = cell.strip(' "`\xa0\u3000\u200b\ufeff\x00\u202e\u200f')
    return bare[:1] in STARTS


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_no_way_to_split_finds_a_formula(separator: str) -> None:
    for cell in CELLS:
        text = format_csv([["a", cell, "b"]])
        assert not [each for each in split(text, separator) if is_formula(each)], repr(cell)


def test_every_character_that_stands_for_a_sign_is_one() -> None:
    signs = [
        chr(n) for n in range(0x10000) if unicodedata.normalize("NFKC", chr(n))[:1] in set("=+-@")
    ]
    assert len(signs) > 15
    assert not [sign for sign in signs if harmless(f"{sign}1") != f"'{sign}1"]


def test_split_at_commas_there_are_as_many_cells_as_were_written() -> None:
    rows = [["a", cell, "b"] for cell in CELLS]
    read = list(csv.reader(io.StringIO(format_csv(rows), newline="")))
    assert [len(row) for row in read] == [3] * len(rows)
    assert not [cell for row in read for cell in row if is_formula(cell)]
    assert not [cell for row in read for cell in row if cell[:1] in set("\t\n\r")]


@pytest.mark.parametrize(
    "cell",
    [
        *("", "ok", "a-b", "a=b", "mail@example.org", "x; y", "1+1=2", "a|b", "two\nlines"),
        *("Grüße", "한국어", "it's; fine", "5 - 3", '"quoted"', "a,-b"),
    ],
)
def test_what_is_none_stays_as_it_was(cell: str) -> None:
    assert harmless(cell) == cell


def test_numbers_stay_numbers() -> None:
    assert [harmless(each) for each in (-1, -0.5, Decimal("-2.50"), 3, None)] == [
        *("-1", "-0.5", "-2.50", "3", "")
    ]


def test_it_takes_time_in_proportion_to_the_length() -> None:
    """Blanks and breaks that lead to nothing are passed over once."""
    text = "\n" * 300_000 + " " * 300_000 + "; " * 300_000 + '"' * 300_000
    assert len(harmless(text)) == len(text) + 1
