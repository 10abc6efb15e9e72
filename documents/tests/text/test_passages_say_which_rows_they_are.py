"""A passage from a long table says that there are other rows."""

import re

import pytest

from aiapp.db import in_db
from documents.ingest import table_finding
from documents.ingest.pipeline import ingest
from documents.search import search
from documents.tests.parsing.office import tabular_files

pytestmark = pytest.mark.django_db(transaction=True)


async def find(alice, query: str):
    return (await search(alice, query, 10, mode="lexical")).passages


async def test_a_passage_names_its_rows_and_how_many_there_are(alice, upload, fake):
    rows = tabular_files.sales(1_200)
    for data, name in (
        (tabular_files.german_csv(rows), "umsatz.csv"),
        (tabular_files.workbook(rows), "book.xlsx"),
    ):
        await in_db(ingest, (await in_db(upload, data, name)).pk)
    assert not await in_db(table_finding.find_some)
    for invoice in (1, 601, 1_200):
        noted = [each for each in await find(alice, f"{invoice:05d}") if each.note]
        assert {each.title for each in noted} == {"umsatz.csv", "book.xlsx"}
        for passage in noted:
            first, last, count = read_numbers(passage.note)
            held = [int(found) for found in re.findall(r"^\| (\d{5}) \|", passage.text, re.M)]
            assert (first, last, count) == (held[0], held[-1], 1_200)
            assert invoice in held


async def test_a_table_that_a_passage_holds_whole_needs_no_note(alice, upload, fake):
    version = await in_db(upload, tabular_files.NOTES_MD, "stock.md")
    await in_db(ingest, version.pk)
    await in_db(table_finding.find_some)
    [passage] = await find(alice, "reorder")
    assert (passage.note, passage.text.count("|") > 3) == ("", True)


def read_numbers(note: str) -> tuple[int, ...]:
    return tuple(int(each.replace(",", "")) for each in re.findall(r"[\d,]*\d", note)[:3])
