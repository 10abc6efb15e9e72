"""Office documents, web pages, books, letters and tables: what text they become."""

import io
import zipfile

import pytest
from openpyxl.utils import get_column_letter

from documents.parsing.formats import BY_SUFFIX
from documents.parsing.process import Count, PageText, parse
from documents.tests import files


@pytest.fixture
def read(tmp_path):
    def pages(suffix, data):
        # Stored files have no suffix.
        path = tmp_path / "file"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        found = list(parse(str(path), BY_SUFFIX[suffix].media_type))
        assert isinstance(found[0], Count)
        texts = [page.text for page in found[1:] if isinstance(page, PageText)]
        assert len(texts) == found[0].pages
        return texts

    return pages


def test_a_word_document_keeps_headings_lists_and_tables(read):
    assert read(".docx", files.word()) == [
        "# Travel rules\n\nTrains are preferred to planes.\n\n## Hotels\n\n- At most three stars."
        "\n\n| City | Limit |\n| --- | --- |\n| Seoul | 150 |\n"
    ]


def test_a_slide_is_a_page_with_its_title_and_notes(read):
    first, second = read(".pptx", files.slides())
    assert first == "# Results\n\nRevenue grew by 12 percent."
    assert second == "# Outlook\n\nMore of it.\n\nNotes: Mention the new plant."


def test_a_sheet_is_a_page_and_its_header_comes_again(read):
    staff, costs = read(".xlsx", files.workbook(rows=60))
    assert staff.startswith("# Staff\n\n| Name | Office |\n| --- | --- |\n| Person 0 | Room 100 |")
    assert staff.count("| Name | Office |") > 1
    assert costs == "# Costs\n\n| Item | Euro |\n| --- | --- |\n| Desk | 250 |\n"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_in_text_is_told_by_its_separator(read, separator):
    lines = [["City", "People"], ["Seoul, Korea" if separator != "," else "Seoul", "9 million"]]
    (text,) = read(".csv", "\n".join(separator.join(line) for line in lines))
    assert text == f"| City | People |\n| --- | --- |\n| {lines[1][0]} | 9 million |\n"


def test_a_web_page_keeps_its_text_alone(read):
    (text,) = read(
        ".html",
        "<html><head><title>Leave</title><style>p{}</style></head><body><nav>Home</nav>"
        "<h2>Days</h2><p>Two <a href='x'>days</a> a month.</p><script>alert(1)</script>"
        "<table><tr><th>Year</th><th>Days</th></tr><tr><td>1</td><td>24</td></tr></table></body>",
    )
    assert text.startswith("# Leave\n\n## Days\n\nTwo days a month.")
    assert "| 1 | 24 |" in text
    assert not any(word in text for word in ("alert", "Home", "p{}", "href"))


@pytest.mark.parametrize("encoding", ["cp949", "utf-8", "utf-16"])
def test_a_web_page_is_decoded_as_it_says(read, encoding):
    mark = f"<meta charset='{encoding}'>" if encoding != "utf-16" else ""
    (text,) = read(".html", f"<html>{mark}<p>한국어 문서</p></html>".encode(encoding))
    assert text.strip() == "한국어 문서"


def test_the_chapters_of_a_book_come_in_the_order_of_reading(read):
    assert read(".epub", files.book()) == [
        "# Loomings\n\nCall me.",
        "# The Carpet-Bag\n\nI stuffed.",
    ]


def test_a_letter_tells_who_wrote_what_and_what_was_attached(read):
    (text,) = read(".eml", files.LETTER)
    assert text.startswith("# The analytical engine\n\nFrom: Ada <ada@example.org>\nTo: Grace")
    assert "The engine weaves algebra." in text
    assert text.endswith("Attachments: plan.pdf")
    assert "steal" not in text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp949", "대한민국의 수도는 서울이다. 이 문서는 한국어로 쓰였다.\n" * 3),
        ("shift_jis", "日本語の文書です。確認のために書かれました。\n" * 3),
        ("gb18030", "这是一个中文文档，用于检查编码检测。\n" * 3),
        ("cp1251", "Это документ на русском языке, и он довольно длинный. " * 4),
        ("cp1252", "Le café est très cher à l’hôtel où nous étions. " * 4),
    ],
)
def test_text_from_before_unicode_is_read(read, encoding, text):
    assert read(".txt", text.encode(encoding)) == [text]


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<dimension ref="A1:XFD1048576"/><sheetData>{}</sheetData></worksheet>'
)
FAR = '<row r="1048576"><c r="B1048576"><v>7</v></c></row>'


def workbook_with(rows: str) -> bytes:
    packed = zipfile.ZipFile(io.BytesIO(files.workbook()))
    entries = {name: packed.read(name) for name in packed.namelist()}
    return files.archive(entries | {"xl/worksheets/sheet1.xml": SHEET.format(rows)})


@pytest.mark.parametrize(
    "rows",
    [
        FAR,
        "".join(f'<row r="{n}" s="1" customFormat="1"/>' for n in range(1, 200_001)) + FAR,
        "".join(
            f'<row r="{n}">'
            + "".join(f'<c r="{get_column_letter(c)}{n}" s="{c % 7}"/>' for c in range(1, 2_001))
            + "</row>"
            for n in range(1, 201)
        )
        + FAR,
        FAR
        + "</sheetData><mergeCells>"
        + "".join(f'<mergeCell ref="A{n}:B{n + 1}"/>' for n in range(1, 100_000))
        + "</mergeCells><sheetData>",
    ],
    ids=["one cell at the end", "empty rows", "empty cells", "merged cells"],
)  # fmt: skip
def test_a_sheet_costs_what_it_holds_and_not_what_it_claims(read, settings, rows):
    settings.PARSE_SECONDS = 20
    assert "7" in read(".xlsx", workbook_with(rows))[0]
