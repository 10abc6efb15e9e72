"""PDF: forms, comments, columns, parted words, and scans that carry a stamp."""

import pytest

from documents.parsing.notes import Note
from documents.parsing.parsers.pdf.garbled import is_garbled
from documents.parsing.process import parse
from documents.tests import files
from documents.tests.parsing import pdf

LEFT = [f"Left column line number {n:02} is as long as the column itself" for n in range(20)]
RIGHT = [f"Right column line number {n:02} is as long as the column, too" for n in range(20)]


def test_the_values_of_a_form_are_read(read):
    fields = (
        {"/Subtype": "/Widget", "/FT": "/Tx", "/T": "surname", "/TU": "Family name", "/V": "Kim"},
        {"/Subtype": "/Widget", "/FT": "/Tx", "/T": "empty"},
        {"/Subtype": "/Widget", "/FT": "/Btn", "/T": "Agrees", "/V": "/Yes", "/AS": "/Yes"},
    )
    (text,), _ = read(".pdf", pdf.with_annotations("A form", *fields, fields=True))
    assert "A form" in text
    assert "Family name: Kim" in text
    assert "[x] Agrees" in text
    assert "empty" not in text


def test_comments_and_texts_that_were_added_are_read(read):
    added = (
        {"/Subtype": "/Text", "/Contents": "Is this right?", "/T": "Bea"},
        {"/Subtype": "/FreeText", "/Contents": "Typed over it", "/DA": "/Helv 12 Tf"},
        {"/Subtype": "/Highlight", "/Contents": "Important"},
        {"/Subtype": "/Link", "/Contents": "https://example.org"},
    )
    (text,), _ = read(".pdf", pdf.with_annotations("Body", *added))
    assert text.splitlines() == [
        "Body",
        "[Comment by Bea: Is this right?]",
        "Typed over it",
        "[Comment: Important]",
    ]


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        ("the infor-\nmation of all", "information"),
        ("the years 2026-\n27 of all", "2026-27"),
        ("the well known X-\nRay of all", "X-Ray"),
    ],
)
def test_a_word_parted_at_the_end_of_a_line_is_whole(read, lines, joined):
    (text,), _ = read(".pdf", pdf.pages(lines))
    assert joined in text.replace("\n", "")


def write(x: int, y: int, text: str) -> str:
    return f"BT /F1 7 Tf {x} {y} Td ({text}) Tj ET\n"


def test_columns_that_were_written_across_are_read_one_after_the_other(read):
    both = zip(LEFT, RIGHT, strict=True)
    rows = "".join(
        write(40, 700 - 12 * n, left) + write(320, 700 - 12 * n, right)
        for n, (left, right) in enumerate(both)
    )
    title = (
        "A title that goes over both of the columns and is longer than each one of them is by far"
    )
    (text,), _ = read(".pdf", pdf.draw(write(60, 740, title) + rows))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    assert lines == [title, *LEFT, *RIGHT]


def test_a_table_of_two_columns_is_read_row_by_row(read):
    rows = "".join(
        write(40, 700 - 12 * n, f"Item {n}")
        + write(320, 700 - 12 * n, f"{n} euro and a little more")
        for n in range(20)
    )
    (text,), _ = read(".pdf", pdf.draw(rows))
    words = text.split()
    assert words.index("19") > words.index("1")
    assert " ".join(words).startswith("Item 0 0 euro and a little more Item 1")


def test_a_stamp_on_a_scan_does_not_hide_what_is_scanned(read):
    scan = pdf.stamp(files.scan("INVOICE TOTAL 4711"), "Received 1 May")
    (text,), notes = read(".pdf", scan)
    assert "4711" in text
    assert notes["read_as_picture"] == {"count": 1}


def test_a_page_of_text_with_a_picture_is_not_read_as_a_picture(read):
    text = "\n".join(f"Line {n} of a page that has text enough of its own." for n in range(30))
    (found,), notes = read(".pdf", pdf.stamp(files.scan("LOGO"), text))
    assert "Line 29" in found
    assert notes == {}


def test_printed_numbers_that_differ_are_noted(read):
    _, notes = read(".pdf", pdf.number_pages("One", "Two"))
    assert notes == {"pages_labelled": {"number": 1, "label": "i"}}


def test_each_place_where_printed_numbers_begin_again_is_noted(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(pdf.number_pages("One", "Two", "Three", "Four", preface=2))
    found = [item for item in parse(str(path), "application/pdf") if isinstance(item, Note)]
    assert [dict(each.values) for each in found] == [
        {"number": 1, "label": "i"},
        {"number": 3, "label": "1"},
    ]


@pytest.mark.parametrize("turned_back", [False, True])
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_lines_on_their_side_are_read_as_lines(read, degrees, turned_back):
    # As programs draw a table: each cell by itself, in a row at one height.
    rows = (("City", "People"), ("Seoul", "9,411"), ("Busan", "3,293"))
    lines = (f"({city}) Tj 200 0 Td ({people}) Tj" for city, people in rows)
    (text,), _ = read(".pdf", pdf.draw_turned(degrees, *lines, turned_back=turned_back))
    assert text.split("\n") == ["City People", "Seoul 9,411", "Busan 3,293"]


def test_a_page_that_is_shown_on_its_side_is_read_as_its_lines_lie(read):
    (text,), _ = read(".pdf", pdf.rotate_pages("The first line.\nThe second line."))
    assert text.split("\n") == ["The first line.", "The second line."]


def test_letters_that_are_not_what_the_page_shows_are_read_from_its_picture(read):
    sentence = (
        "The committee sees that costs have risen in Gothenburg, and asks that the site be sold.\n"
    )
    (text,), notes = read(".pdf", pdf.lie_about_letters(sentence * 6))
    assert "Gothenburg" in text
    assert notes == {"read_as_picture": {"count": 1}}


def test_marks_of_symbol_fonts_and_spaces_that_part_no_lines_are_read_as_what_they_are(read):
    signs = {"#": "\uf0b7", "~": "\uf0a7", " ": "\xa0"}
    (text,), _ = read(".pdf", pdf.write_signs("# We opened a new office ~ and another one", signs))
    assert text == "• We opened a new office ▪ and another one"


@pytest.mark.parametrize(
    "words",
    [
        "Tiếng Việt là ngôn ngữ của người Việt, nhiều nghiệp đoàn được thường thưởng thức",
        "TQVWH TWHQX TRLAZ 8051AH 40-Pin ALE-Low temperature ranges 12MHz 8751H-8",
        "getValue setName camelCase readOnly the variables of programs are written like this",
        "Čtvrtek v Brně byl plný deště, prst a krk bolely, vlk však dnes nezmrzl v lese",
    ],
)
def test_lists_of_parts_programs_and_words_with_few_vowels_are_words(words):
    assert not is_garbled(f"{words}\n" * 20)


def test_files_within_are_read_behind_the_last_page(read):
    held = pdf.with_files(
        "First.", "Last.", data_csv=b"City,People\nSeoul,9\nBusan,3\n", tool_exe=b"MZ\x90\x00" * 90
    )
    (first, last), notes = read(".pdf", held)
    assert first == "First."
    assert last.startswith("Last.\n\n## Attachment: data.csv\n\n| City | People |")
    assert notes == {"attachment_unread": {"name": "tool.exe"}}


def test_a_file_behind_a_mark_on_a_page_is_read_with_that_page(read):
    (text, _), _ = read(".pdf", pdf.mark_file("See the pin.", "note.txt", b"Pinned words."))
    assert text == "See the pin.\n\n## Attachment: note.txt\n\nPinned words."


def test_a_file_within_a_file_within_itself_ends(read):
    held = pdf.pages("Inside.")
    for _ in range(6):
        held = pdf.with_files("Around.", more_pdf=held)
    (text,), notes = read(".pdf", held)
    assert text.count("Around.") == 4
    assert notes == {"attachment_unread": {"name": "more.pdf"}}
