# ruff: noqa: S608 - statements as a model would write them
"""Sixty questions over tables in files, each with an answer that the test works out by itself."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

import pytest

from aiapp.db import in_db
from documents.ingest.pipeline import ingest
from documents.search.scope import Scope
from documents.tables import listing, querying
from documents.tests.parsing.office import tabular_files as files

pytestmark = pytest.mark.django_db(transaction=True)

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
        ('SELECT sum("left") FROM stock', [[47]]),
        ("SELECT part FROM stock ORDER BY reorder LIMIT 1", [["0400"]]),
        ("SELECT count(*) FROM energy, fleet, stock", [[108]]),
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
TEXTS = (("fleet.html", files.PAGE_HTML), ("stock.md", files.NOTES_MD))


def test_there_are_sixty_questions() -> None:
    assert sum(len(case.questions()) for case in CASES) == 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_questions_over_a_table_have_the_right_answers(case: Case, upload, alice, fake):
    others = TEXTS if case.name.endswith(".docx") else ()
    for name, data in ((case.name, case.data), *others):
        version = await in_db(upload, data, name)
        await in_db(ingest, version.pk)
    scope = Scope(alice)
    known = await listing.list_tables(scope, "", 50)
    wrong = []
    asked = sorted(case.questions(), key=has_several_values)
    single = [each for each in asked if not has_several_values(each)]
    # Each statement is a process that reads its files, so what has one value is asked at once.
    [values] = (await querying.run_query(scope, join([sql for sql, _ in single]))).rows
    answers = [[[value]] for value in values]
    answers += [(await querying.run_query(scope, sql)).rows for sql, _ in asked[len(single) :]]
    for (sql, expected), found in zip(asked, answers, strict=True):
        if not is_same(found, expected):
            wrong.append((sql, found, expected))
    assert not wrong, [each.name for each in known.tables]


def has_several_values(asked: Asked) -> bool:
    return [len(row) for row in asked[1]] != [1]


def join(questions: Sequence[str]) -> str:
    return "SELECT " + ", ".join(f"({sql}) AS answer_{n}" for n, sql in enumerate(questions))


def is_same(found: object, expected: list[list[object]]) -> bool:
    """Compare what a model reads with numbers and dates; a list of two is their middle."""
    written = [[write(value) for value in row] for row in expected]
    return found == written


def write(value: object) -> str:
    if isinstance(value, list):
        value = sum(map(Decimal, value)) / 2
    if isinstance(value, Decimal | int):
        return f"{Decimal(value).normalize():f}"
    return str(value)
