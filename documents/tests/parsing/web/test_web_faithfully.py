"""Web pages and books: forms, wrong encodings, and what is missing from a book."""

from documents.tests import files


def test_a_page_within_a_form_is_read_with_its_values(read):
    page = (
        "<form><h2>Leave</h2><p>Two days.</p><input type='hidden' value='state'>"
        "<input type='text' value='Ada'><input type='checkbox' checked> Paid"
        "<select><option>2025</option><option selected>2026</option></select></form>"
    )
    (text,), _ = read(".html", page)
    assert "## Leave\n\nTwo days." in text
    assert "Ada" in text
    assert "[x]  Paid" in text or "[x] Paid" in text
    assert "2026" in text
    assert "2025" not in text
    assert "state" not in text


def test_a_page_that_names_the_wrong_encoding_is_read_and_noted(read):
    page = (
        "<html><meta charset='iso-8859-1'><p>계약서 제3조를 참조하십시오. 회의는 다음 주입니다.</p>"
    )
    (text,), notes = read(".html", page.encode("cp949"))
    assert text == "계약서 제3조를 참조하십시오. 회의는 다음 주입니다."
    assert notes["declared_encoding_wrong"]["declared"] == "iso-8859-1"


def book(**changes: str | None) -> bytes:
    entries = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": files.CONTAINER,
        "OEBPS/book.opf": files.PACKAGE,
        "OEBPS/text/one .xhtml": "<h1>Loomings</h1><p>Call me.</p>",
        "OEBPS/two.xhtml": "<h1>The Carpet-Bag</h1><p>I stuffed.</p>",
    }
    merged = entries | {name.replace("__", "."): text for name, text in changes.items()}
    return files.archive({name: text for name, text in merged.items() if text is not None})


def test_a_missing_chapter_leaves_the_others(read):
    texts, notes = read(".epub", book(**{"OEBPS/text/one .xhtml": None}))
    assert texts == ["", "# The Carpet-Bag\n\nI stuffed."]
    assert notes == {"part_unreadable": {"name": "OEBPS/text/one .xhtml"}}


def test_a_flawed_list_is_read_as_far_as_it_goes(read):
    flawed = files.PACKAGE.replace("</spine>", "<itemref idref=b></spine>")
    texts, _ = read(".epub", book(**{"OEBPS/book.opf": flawed}))
    assert texts[:2] == ["# Loomings\n\nCall me.", "# The Carpet-Bag\n\nI stuffed."]


def test_without_its_list_a_book_is_read_in_the_order_of_its_names(read):
    texts, notes = read(".epub", book(**{"OEBPS/book.opf": "", "META-INF/container.xml": "<x"}))
    assert texts == ["# Loomings\n\nCall me.", "# The Carpet-Bag\n\nI stuffed."]
    assert "package_flawed" in notes


def test_names_of_chapters_are_put_in_order_by_their_numbers(read):
    chapters = {f"OEBPS/ch{n}.xhtml": f"<p>Part {n}.</p>" for n in (10, 1, 2)}
    texts, _ = read(".epub", files.archive({"mimetype": "application/epub+zip", **chapters}))
    assert texts == ["Part 1.", "Part 2.", "Part 10."]


def test_a_book_with_locked_chapters_says_so(read_error):
    lock = "<encryption><CipherReference URI='OEBPS/two.xhtml'/></encryption>"
    assert read_error(".epub", book(**{"META-INF/encryption.xml": lock})) == "password_protected"


def test_a_table_without_cells_for_its_header_has_its_first_row_as_one(read):
    rows = "<tr><td>Name</td><td>Fare</td></tr><tr><td>Newhaven</td><td>7.50</td></tr>"
    (text,), _ = read(".html", f"<table>{rows}</table>".encode())
    assert text.strip() == "| Name | Fare |\n| --- | --- |\n| Newhaven | 7.50 |"


def test_what_a_page_hides_is_read_and_said_to_be_hidden(read):
    page = (
        '<p>Seen.</p><div hidden>Not <b style="display:none">at all</b> seen.</div>'
        '<p style="color:red; visibility: hidden">Nor this.</p><div hidden></div>'
        '<p style="display:nonesuch">Seen, too.</p>'
    )
    (text,), notes = read(".html", page)
    assert text == "Seen.\n\nNot at all seen.\n\nNor this.\n\nSeen, too."
    assert notes == {"text_hidden": {"count": 2}}
