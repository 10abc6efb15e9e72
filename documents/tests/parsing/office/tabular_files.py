"""Files with tables whose every value the tests know."""

import io
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import docx
import openpyxl

from documents.tests.parsing import pdf

REGIONS = ("North", "South", "East", "West")
PRODUCTS = ("Lamp", "Chair", "Table", "Shelf", "Desk")


@dataclass(frozen=True)
class Sale:
    """A row. Its invoice is a code with leading zeros."""

    invoice: str
    day: date
    region: str
    product: str
    units: int
    amount: Decimal


def sales(count: int) -> list[Sale]:
    """Rows that look random and are the same each time; some amounts are negative."""
    found = []
    for n in range(count):
        amount = Decimal((n * 7919) % 250_000 - 9_000) / 100
        found.append(
            Sale(
                f"{n + 1:05d}",
                date(2024, 1, 1) + timedelta(days=(n * 37) % 366),
                REGIONS[(n * 13) % 4],
                PRODUCTS[(n * 11 + n // 7) % 5],
                (n * 31) % 17,
                amount,
            )
        )
    return found


def american_csv(rows: list[Sale]) -> bytes:
    """Months first, thousands with commas, dollars, negative in brackets, a total below."""
    lines = ["Sales report", "Printed for the board", ""]
    lines.append("Invoice No.,Date,Region,Product,Units,Amount (USD)")
    for sale in rows:
        day = f"{sale.day:%m/%d/%Y}"
        written = f"${abs(sale.amount):,.2f}"
        written = f"({written})" if sale.amount < 0 else written
        lines.append(f'{sale.invoice},{day},{sale.region},{sale.product},{sale.units},"{written}"')
    total = sum(sale.amount for sale in rows)
    lines.append(f'Total,,,,{sum(sale.units for sale in rows)},"${total:,.2f}"')
    return "\r\n".join(lines).encode()


def german_csv(rows: list[Sale]) -> bytes:
    """Semicolons, decimal commas, days first, Windows' encoding."""
    lines = ["Rechnung;Datum;Region;Artikel;Stück;Betrag;Anteil"]
    for n, sale in enumerate(rows):
        whole, _, part = f"{sale.amount:,.2f}".partition(".")
        amount = f"{whole.replace(',', '.')},{part} €"
        share = f"{n % 40},{n % 10} %"
        lines.append(
            f"{sale.invoice};{sale.day:%d.%m.%Y};{sale.region};{sale.product};"
            f"{sale.units};{amount};{share}"
        )
    return "\n".join(lines).encode("cp1252")


def korean_csv() -> bytes:
    """Dates and money as in Korea; a column of remarks among numbers."""
    lines = ["부서,입사일,연봉,비고"]
    for n in range(30):
        pay = "" if n == 4 else f"₩{30_000_000 + n * 1_250_000:,}"
        note = "휴직" if n % 15 == 7 else str(n)
        team = "영업" if n % 3 else "개발"
        day = f"{2010 + n % 9}년 {n % 12 + 1}월 {n % 28 + 1}일"
        lines.append(f'{team},{day},"{pay}",{note}')
    return "\n".join(lines).encode()


def workbook(rows: list[Sale]) -> bytes:
    """Typed cells; a sheet with merged headings and regions, and one with two tables."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sales 2024"
    sheet.append(["Sales of 2024"])
    sheet.merge_cells("A1:F1")
    sheet.append([])
    sheet.append(["Invoice", "Day", "Region", "Product", "Units", "Amount"])
    for sale in rows:
        sheet.append(
            [sale.invoice, sale.day, sale.region, sale.product, sale.units, float(sale.amount)]
        )
        sheet.cell(sheet.max_row, 6).number_format = "#,##0.00"
    _add_budget(book)
    _add_pair(book)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _add_budget(book: openpyxl.Workbook) -> None:
    """Two rows of headings, regions over several rows, subtotals and a total."""
    sheet = book.create_sheet("Budget")
    sheet.append(["Region", "Product", "2023", None, "2024", None])
    sheet.append([None, None, "Plan", "Actual", "Plan", "Actual"])
    for merged in ("A1:A2", "B1:B2", "C1:D1", "E1:F1"):
        sheet.merge_cells(merged)
    grand = [0, 0, 0, 0]
    for r, region in enumerate(REGIONS):
        first = sheet.max_row + 1
        sums = [0, 0, 0, 0]
        for p, product in enumerate(PRODUCTS):
            values = [100 * (r + 1) + 10 * p + year for year in range(4)]
            sheet.append([region if p == 0 else None, product, *values])
            sums = [a + b for a, b in zip(sums, values, strict=True)]
        sheet.merge_cells(f"A{first}:A{sheet.max_row}")
        sheet.append(["Subtotal", None, *sums])
        grand = [a + b for a, b in zip(grand, sums, strict=True)]
    sheet.append(["Grand total", None, *grand])


def _add_pair(book: openpyxl.Workbook) -> None:
    """Two tables, one below the other, each with a caption; headings empty and repeated."""
    sheet = book.create_sheet("Staff")
    sheet.append(["People"])
    sheet.append(["Name", "Score", "Score", None])
    for n in range(6):
        sheet.append([f"Person {n}", n, n * 10, f"note {n}"])
    sheet.append([])
    sheet.append(["Rooms"])
    sheet.append(["Room", "Seats", "Rate"])
    for n in range(4):
        sheet.append([f"00{n}", 8 + n, 0.1 * (n + 1)])
        sheet.cell(sheet.max_row, 3).number_format = "0.0%"


def statement_pdf() -> bytes:
    """A statement on two pages, whose table goes on; text stands above it."""
    header = ["Item", "2023", "2024", "Change"]
    rows = [
        [f"Item {n}", f"{1000 + n * 37:,}", f"{1200 + n * 41:,}", f"{n % 9}.{n % 10}%"]
        for n in range(60)
    ]
    first = [
        ["Consolidated statement of things that were bought and sold in the year"],
        header,
        *rows[:40],
    ]
    return pdf.tables(first, [header, *rows[40:]], columns=(40, 220, 320, 420))


def price_pdf() -> bytes:
    """A list without lines whose first column has words, and prices in euros."""
    rows = [["Article", "Name", "Stock", "Price"]]
    rows += [[f"A-{n:03d}", f"Thing number {n}", str(n * 3), f"{n}.50"] for n in range(1, 21)]
    return pdf.tables(rows, columns=(40, 120, 300, 400))


def report_docx() -> bytes:
    document = docx.Document()
    document.add_heading("Energy", 1)
    table = document.add_table(rows=1, cols=3)
    for cell, text in zip(table.rows[0].cells, ("Month", "kWh", "Cost"), strict=True):
        cell.text = text
    for n in range(12):
        values = (f"2024-{n + 1:02d}-01", f"{1000 + n * 10:,}", f"€{100 + n}.25")
        for cell, text in zip(table.add_row().cells, values, strict=True):
            cell.text = text
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


PAGE_HTML = b"""<html><body><h1>Fleet</h1><p>Our cars.</p>
<table><tr><th>Plate</th><th>Km</th><th>Electric</th></tr>
<tr><td>KA-1</td><td>12,500</td><td>true</td></tr>
<tr><td>KA-2</td><td>7,250</td><td>false</td></tr>
<tr><td>KA-3</td><td>30,000</td><td>true</td></tr></table></body></html>"""

NOTES_MD = b"""# Stock

| Part | Left | Reorder |
|:-----|-----:|---------|
| 0012 | 40   | 2024-05-01 |
| 0013 | n/a  | 2024-06-15 |
| 0400 | 7    | 2024-04-30 |
"""
