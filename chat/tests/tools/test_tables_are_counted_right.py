# ruff: noqa: S608 - statements as a model would write them
"""Sixty questions over tables in files, each with an answer that the test works out by itself.

They are asked in turns, as many statements in each as a model may call tools at once: it asks by
SQL, reads the rows, and answers with what it read and where.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from aiapp.db import in_db
from chat.log.events import Kind
from chat.models import Turn
from chat.prompts.tables import format_rows
from chat.tests.conftest import entries, reload_turn
from chat.tests.scripted_model import results, script_model
from chat.tests.tools.test_tools import ask, events
from chat.turns.tools.loop import MAX_CALLS
from documents.ingest import table_finding
from documents.ingest.pipeline import ingest
from documents.library import uploads
from documents.tests.parsing.office import tabular_files as files

SALES = files.sales(1_200)
# What a model's statement says, and the rows that are right.
Asked = tuple[str, list[list[object]]]


class Case(NamedTuple):
    name: str
    data: bytes
    questions: Callable[[], list[Asked]]


def add_up(key: Callable[[files.Sale], object]) -> dict[object, Decimal]:
    sums: dict[object, Decimal] = defaultdict(Decimal)
    for sale in SALES:
        sums[key(sale)] += sale.amount
    return sums


def ask_american() -> list[Asked]:
    table, amount = "us_sales", "amount_usd"
    total = sum(sale.amount for sale in SALES)
    north = [sale for sale in SALES if sale.region == "North"]
    best = max(add_up(lambda sale: sale.product).items(), key=lambda pair: pair[1])
    dearest = max(SALES, key=lambda sale: sale.amount)
    march = [sale for sale in SALES if sale.day.month == 3]
    return [
        (f"SELECT sum({amount}) FROM {table}", [[total]]),
        (f"SELECT count(*) FROM {table}", [[1200]]),
        (f"SELECT sum(units) FROM {table}", [[sum(sale.units for sale in SALES)]]),
        (f"SELECT sum({amount}) FROM {table} WHERE region = 'North'",
         [[sum(sale.amount for sale in north)]]),
        (f"SELECT product FROM {table} GROUP BY product ORDER BY sum({amount}) DESC LIMIT 1",
         [[best[0]]]),
        (f"SELECT count(*) FROM {table} WHERE {amount} < 0",
         [[sum(sale.amount < 0 for sale in SALES)]]),
        (f"SELECT invoice_no FROM {table} ORDER BY {amount} DESC, invoice_no LIMIT 1",
         [[dearest.invoice]]),
        (f"SELECT invoice_no FROM {table} WHERE row_number = 10", [[SALES[5].invoice]]),
        (f"SELECT count(*), sum({amount}) FROM {table} WHERE month(date) = 3",
         [[len(march), sum(sale.amount for sale in march)]]),
        (f"SELECT min(date), max(date) FROM {table}",
         [[min(sale.day for sale in SALES), max(sale.day for sale in SALES)]]),
        (f"SELECT region, sum({amount}) FROM {table} GROUP BY ALL ORDER BY region",
         sorted([key, value] for key, value in add_up(lambda sale: sale.region).items())),
        (f"SELECT round(avg({amount}), 4) FROM {table}", [[round(total / 1200, 4)]]),
        (f"SELECT count(DISTINCT invoice_no) FROM {table} WHERE invoice_no LIKE '00%'", [[999]]),
        (f"SELECT median(units) FROM {table} WHERE region = 'West'",
         [[sorted(sale.units for sale in SALES if sale.region == "West")[149:151]]]),
    ]  # fmt: skip


def ask_german() -> list[Asked]:
    table = "umsatz"
    total = sum(sale.amount for sale in SALES)
    quarters = add_up(lambda sale: (sale.day.month + 2) // 3)
    return [
        (f"SELECT sum(betrag) FROM {table}", [[total]]),
        (f"SELECT sum(stück) FROM {table}", [[sum(sale.units for sale in SALES)]]),
        (f"SELECT quarter(datum) q, sum(betrag) FROM {table} GROUP BY q ORDER BY q",
         [[key, quarters[key]] for key in sorted(quarters)]),
        (f"SELECT max(anteil) FROM {table}", [[Decimal("39.9")]]),
        (f"SELECT count(*) FROM {table} WHERE datum BETWEEN '2024-05-01' AND '2024-05-31'",
         [[sum(sale.day.month == 5 for sale in SALES)]]),
        (f"SELECT betrag FROM {table} WHERE rechnung = '00077'", [[SALES[76].amount]]),
        (f"SELECT artikel, count(*) c FROM {table} GROUP BY 1 ORDER BY 1",
         sorted([p, sum(sale.product == p for sale in SALES)] for p in files.PRODUCTS)),
        (f"SELECT sum(betrag) FILTER (WHERE betrag < 0) FROM {table}",
         [[sum(sale.amount for sale in SALES if sale.amount < 0)]]),
    ]  # fmt: skip


def ask_korean() -> list[Asked]:
    pays = {n: 30_000_000 + n * 1_250_000 for n in range(30) if n != 4}
    return [
        ("SELECT sum(연봉) FROM staff", [[sum(pays.values())]]),
        ("SELECT count(*), count(연봉) FROM staff", [[30, 29]]),
        ("SELECT 부서, max(연봉) FROM staff GROUP BY 부서 ORDER BY 부서",
         [["개발", max(pay for n, pay in pays.items() if n % 3 == 0)],
          ["영업", max(pay for n, pay in pays.items() if n % 3)]]),
        ("SELECT count(*) FROM staff WHERE year(입사일) = 2012", [[4]]),
        ("SELECT sum(비고_number) FROM staff", [[sum(n for n in range(30) if n % 15 != 7)]]),
        ("SELECT count(*) FROM staff WHERE 비고 = '휴직'", [[2]]),
    ]  # fmt: skip


def ask_workbook() -> list[Asked]:
    sales, budget = "book_sales_2024_sales_of_2024", "book_budget"
    plan = {(r, p): 100 * (r + 1) + 10 * p + 2 for r in range(4) for p in range(5)}
    return [
        (f"SELECT sum(amount) FROM {sales}", [[sum(sale.amount for sale in SALES)]]),
        (f"SELECT count(*) FROM {sales}", [[1200]]),
        (f"SELECT invoice, amount FROM {sales} WHERE row_number = 4",
         [[SALES[0].invoice, SALES[0].amount]]),
        (f"SELECT strftime(day, '%Y-%m') m, sum(units) FROM {sales} GROUP BY m ORDER BY m LIMIT 1",
         [["2024-01", sum(sale.units for sale in SALES if sale.day.month == 1)]]),
        (f"SELECT region, product, sum(amount) s FROM {sales} GROUP BY ALL ORDER BY s DESC LIMIT 1",
         [[*max(add_up(lambda s: (s.region, s.product)).items(), key=lambda p: p[1])[0],
           max(add_up(lambda s: (s.region, s.product)).values())]]),
        (f"SELECT sum(n2024_plan) FROM {budget}", [[sum(plan.values())]]),
        (f"SELECT count(*) FROM {budget}", [[20]]),
        (f"SELECT region, sum(n2024_plan) FROM {budget} GROUP BY region ORDER BY region",
         sorted([region, sum(plan[r, p] for p in range(5))]
                for r, region in enumerate(files.REGIONS))),
        (f"SELECT sum(n2023_actual - n2023_plan) FROM {budget}", [[20]]),
        (f"SELECT n2023_plan FROM {budget} WHERE region = 'West' AND product = 'Desk'", [[440]]),
        ("SELECT sum(score), sum(score_2) FROM book_staff_people", [[15, 150]]),
        ("SELECT column_4 FROM book_staff_people WHERE score = 3", [["note 3"]]),
        ("SELECT sum(seats), sum(rate) FROM book_staff_rooms", [[38, Decimal(1)]]),
        ("SELECT room FROM book_staff_rooms ORDER BY seats DESC LIMIT 1", [["003"]]),
        (f"SELECT count(*) FROM {sales} s JOIN {budget} b USING (region, product)", [[1200]]),
    ]  # fmt: skip


def ask_statement() -> list[Asked]:
    table = "statement"
    return [
        (f"SELECT count(*) FROM {table}", [[60]]),
        (f"SELECT sum(n2023) FROM {table}", [[sum(1000 + n * 37 for n in range(60))]]),
        (f"SELECT sum(n2024 - n2023) FROM {table}", [[sum(200 + n * 4 for n in range(60))]]),
        (f"SELECT n2024 FROM {table} WHERE item = 'Item 47'", [[1200 + 47 * 41]]),
        (f"SELECT max(change) FROM {table}", [[Decimal("8.8")]]),
        (f"SELECT item FROM {table} ORDER BY n2023 DESC LIMIT 1", [["Item 59"]]),
    ]


def ask_prices() -> list[Asked]:
    return [
        ("SELECT count(*) FROM prices", [[20]]),
        ("SELECT sum(stock * price) FROM prices",
         [[sum(Decimal(n * 3) * (n + Decimal("0.5")) for n in range(1, 21))]]),
        ("SELECT name FROM prices WHERE article = 'A-007'", [["Thing number 7"]]),
        ("SELECT avg(price) FROM prices WHERE stock > 30", [[Decimal(16)]]),
    ]  # fmt: skip


def ask_texts() -> list[Asked]:
    return [
        ("SELECT sum(kwh), sum(cost) FROM energy", [[12 * 1000 + 660, Decimal(1269)]]),
        ("SELECT month FROM energy ORDER BY kwh DESC LIMIT 1", [["2024-12-01"]]),
        ("SELECT sum(km) FROM fleet WHERE electric", [[42_500]]),
        ("SELECT plate FROM fleet ORDER BY km LIMIT 1", [["KA-2"]]),
        ('SELECT sum("left") FROM parts', [[47]]),
        ("SELECT part FROM parts ORDER BY reorder LIMIT 1", [["0400"]]),
        ("SELECT count(*) FROM energy, fleet, parts", [[108]]),
    ]


CASES = (
    Case("us-sales.csv", files.american_csv(SALES), ask_american),
    Case("umsatz.csv", files.german_csv(SALES), ask_german),
    Case("staff.csv", files.korean_csv(), ask_korean),
    Case("book.xlsx", files.workbook(SALES), ask_workbook),
    Case("statement.pdf", files.statement_pdf(), ask_statement),
    Case("prices.pdf", files.price_pdf(), ask_prices),
    Case("energy.docx", files.report_docx(), ask_texts),
)
TEXTS = (("fleet.html", files.PAGE_HTML), ("parts.md", files.NOTES_MD))


@pytest.fixture
def library(alice: User, settings, tmp_path, embeddings) -> None:
    settings.MEDIA_ROOT = tmp_path
    # On a busy machine a query begins late.
    settings.TABLE_QUERY_SECONDS = 120
    for name, data in (*((case.name, case.data) for case in CASES), *TEXTS):
        document = uploads.accept(alice, SimpleUploadedFile(name, data))
        ingest(document.versions.get().pk)
    while table_finding.find_some():
        pass


async def test_sixty_questions_about_tables_are_answered_right(alice: User, library, settings):
    assert sum(len(case.questions()) for case in CASES) == 60
    asked = [statement for case in CASES for statement in _join_questions(case.questions())]
    wrong = []
    for start in range(0, len(asked), MAX_CALLS):
        several = asked[start : start + MAX_CALLS]
        wrong += await _list_wrong(await _answer_in_a_turn(alice, settings, several), several)
    assert wrong == []


def _join_questions(questions: list[Asked]) -> list[Asked]:
    """Ask for all single values of a case at once: each statement costs a process."""
    single = [each for each in questions if [len(row) for row in each[1]] == [1]]
    values = [each[1][0][0] for each in single]
    columns = ", ".join(f"({sql}) AS answer_{n}" for n, (sql, _) in enumerate(single))
    return [(f"SELECT {columns}", [values]), *(each for each in questions if each not in single)]


async def _answer_in_a_turn(alice: User, settings, several: Sequence[Asked]) -> Turn:
    def plan(body):
        if told := results(body):
            return " ".join(map(_write_sentence, told))
        return [("query_table", {"sql": sql}) for sql, _ in several]

    async with script_model(settings, plan):
        accepted = await ask(alice, "What do the tables say?", collections=None)
        found = await entries(accepted.turn)
    told = events(found, Kind.TOOL_RESULT)
    assert [call.get("failed", False) for call in told] == [False] * len(several)
    return await reload_turn(accepted.turn)


def _write_sentence(told: str) -> str:
    """Say the rows that a tool has found, and cite them, as a model does."""
    number, _, passage = told.partition("[")[2].partition("]")
    # Of several tables each has the rows.
    head, _, *rows = (line for line in passage.split("\n\n[")[0].splitlines() if line[:1] == "|")
    return f"{_join(head)}: {'; '.join(map(_join, rows))} [{number}]."


def _join(row: str) -> str:
    return row.strip("| ").replace(" | ", ", ")


async def _list_wrong(turn: Turn, several: Sequence[Asked]) -> list[object]:
    """Return what was not said as it is known, or not cited with the statement and the rows."""
    citations = turn.message.citations.values_list("n", "quote")
    quotes = await in_db(lambda: dict(citations))
    assert turn.state == Turn.State.DONE
    said = {}
    # Whichever was found first has the first number.
    for sentence in turn.message.content.removesuffix("].").split("]. "):
        text, _, number = sentence.rpartition(" [")
        quote = quotes[int(number)]
        said[quote.partition("SQL: ")[2].partition("\n")[0]] = (text, quote)
    return [
        (sql, expected, said.get(sql))
        for sql, expected in several
        if not _is_right(*said.get(sql, ("", "")), expected)
    ]


def _is_right(sentence: str, quote: str, expected: list[list[object]]) -> bool:
    rows = [[_write(value) for value in row] for row in expected]
    shown = format_rows(["a"] * len(rows[0]), rows).partition("\n")[2]
    told = "; ".join(", ".join(row) for row in rows)
    return sentence.endswith(f": {told}") and quote.endswith(shown)


def _write(value: object) -> str:
    """Write what is known as it is told; of a list of two their middle."""
    if isinstance(value, list):
        value = sum(map(Decimal, value)) / 2
    if isinstance(value, Decimal | int):
        return f"{Decimal(value).normalize():f}"
    return str(value)
