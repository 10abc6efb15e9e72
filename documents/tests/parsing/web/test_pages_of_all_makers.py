"""Web pages and books as programs write them: tables, notes, superscripts, formulas, layout."""

import pytest

from documents.tests.parsing.web.test_web_faithfully import book


@pytest.mark.parametrize(
    "mark",
    [
        "<sup><a href='#fn1'>1</a></sup>",
        "<a href='#fn1' class='footnote-ref' role='doc-noteref'><sup>1</sup></a>",
        "<a class='sdfootnoteanc' href='#sdfootnote1sym'><sup>1</sup></a>",
        "<sup class='reference'><a href='#cite_note-1'>[1]</a></sup>",
        "<a epub:type='noteref' href='notes.xhtml#n1'>1</a>",
    ],
)
def test_the_mark_of_a_note_is_no_part_of_the_word_before_it(read, mark):
    assert read(".html", f"<p>Income{mark} rises.</p>")[0] == ["Income[^1] rises."]


def test_a_note_is_told_by_its_mark_and_its_way_back_is_no_text(read):
    page = (
        "<p><a class='sdfootnotesym' href='#sdfootnote1anc'>1</a>Before tax.</p>"
        "<ol><li id='fn2'>Net.<a href='#ref2' class='footnote-back'>↩︎</a></li></ol>"
    )
    assert read(".html", page)[0] == ["[^1]: Before tax.\n\n1. Net."]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("10<sup>6</sup> and 10<sup>-3</sup>", "10^6 and 10^-3"),
        ("x<sup>2</sup> m<sup>3</sup>", "x^2 m^3"),
        ("Revenue<sup>a</sup> of Ca<sup>2+</sup>", "Revenue^a of Ca^2+"),
        ("the 1<sup>st</sup>, le 1<sup>er</sup>, la 2<sup>e</sup>", "the 1st, le 1er, la 2e"),
        ("M<sup>me</sup> Blanc", "Mme Blanc"),
        ("H<sub>2</sub>O", "H2O"),
    ],
)
def test_superscripts_are_not_read_as_digits_of_a_number(read, page, text):
    assert read(".html", f"<p>{page}</p>")[0] == [text]


def test_a_word_of_which_a_part_is_bold_is_one_word(read):
    page = "<p><b>Ag</b>ree<i>ment</i> <b>H</b><sub><b>2</b></sub><b>O</b></p>"
    assert read(".html", page)[0] == ["Agreement H2O"]


def test_merged_cells_name_each_column_and_row_that_they_stand_over(read):
    page = (
        "<table><tr><th rowspan=2>Region</th><th colspan=2>2025</th><th colspan=2>2026</th></tr>"
        "<tr><th>Q1</th><th>Q2</th><th>Q1</th><th>Q2</th></tr>"
        "<tr><td rowspan=2>North</td><td>1</td><td>2</td><td>3</td><td>4</td></tr>"
        "<tr><td>5</td><td>6</td><td>7</td><td>8</td></tr></table>"
    )
    (text,), _ = read(".html", page)
    assert text.split("\n") == [
        "| Region | 2025 Q1 | 2025 Q2 | 2026 Q1 | 2026 Q2 |",
        "| --- | --- | --- | --- | --- |",
        "| North | 1 | 2 | 3 | 4 |",
        "| North | 5 | 6 | 7 | 8 |",
    ]


def test_a_line_that_is_merged_over_a_table_is_its_title(read):
    page = (
        "<table><caption>Table 1</caption><tr><td colspan=2>Prices</td></tr>"
        "<tr><td>City</td><td>Price</td></tr><tr><td>Seoul</td><td>9</td></tr></table>"
    )
    (text,), _ = read(".html", page)
    assert "Table 1" in text
    assert "Prices\n\n| City | Price |\n| --- | --- |\n| Seoul | 9 |" in text


def test_a_number_that_is_merged_over_rows_is_counted_once(read):
    page = (
        "<table><tr><th>A</th><th>B</th></tr><tr><td>x</td><td rowspan=2>500</td></tr>"
        "<tr><td>y</td></tr></table>"
    )
    assert read(".html", page)[0][0].count("500") == 1


def test_a_table_within_a_cell_is_written_as_its_words(read):
    page = (
        "<table><tr><th>Part</th><th>Parameters</th></tr><tr><td>Pump</td><td><table>"
        "<tr><td>rate</td><td>5|6</td></tr><tr><td>unit</td><td>l</td></tr></table></td></tr></table>"
    )
    assert read(".html", page)[0][0].endswith("| Pump | rate 5/6 unit l |")


def test_a_table_that_lays_out_a_page_is_read_as_the_page(read):
    page = (
        "<table width=100%><tr><td><h1>News</h1><p>One.</p><p>Two.</p></td></tr><tr><td>"
        "<table><tr><th>City</th><th>Price</th></tr><tr><td>Seoul</td><td>9</td></tr></table>"
        "</td></tr></table>"
    )
    (text,), _ = read(".html", page)
    assert text.startswith("# News\n\nOne.\n\nTwo.")
    assert text.endswith("| City | Price |\n| --- | --- |\n| Seoul | 9 |")


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr><td>One</td></tr><tr><td>two</td></tr></table>",
        "<table><caption>One</caption><tr><th>two</th></tr></table>",
        "<table role=presentation><tbody><tr><td>One<tr><td>two</table>",
        "<table><tr><td><table><tr><td>One<tr><td>two</table></table>",
        *(
            f"<{name}>One</{name}><{name}>two</{name}>"
            for name in (
                *("address", "aside", "center", "details", "dialog", "fieldset", "figure", "form"),
                *("footer", "header", "main", "button", "label", "output", "listing"),
            )
        ),
    ],
)
def test_blocks_of_a_page_without_spaces_do_not_run_together(read, page):
    (text,), _ = read(".html", f"<div>Zero{page}three</div>")
    assert [word for word in text.split() if word != "```"] == ["Zero", "One", "two", "three"]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("next <span style='font-family:Wingdings'>à</span> step", "next → step"),
        ("<span style='color:red;font-family: \"Wingdings\"; x:y'>J</span> done", "☺ done"),
        ("<font face=Symbol>a = p</font> r", "α = π r"),
        (
            "<span style='font-family:Wingdings,Arial'>ü<b style='font-family:Arial'>a</b></span>",
            "✓a",
        ),
        ("<span style='font-family:Segoe UI Symbol'>a</span>", "a"),
    ],
)
def test_letters_of_symbol_fonts_are_the_signs_that_people_see(read, page, text):
    assert read(".html", f"<p>{page}</p>")[0] == [text]


def test_a_page_that_a_page_holds_for_its_frame_is_read_in_its_place(read):
    inner = "&lt;p&gt;Inside&lt;iframe srcdoc='x'&gt;"
    (text,), _ = read(".html", f'<p>Before<iframe srcdoc="{inner}"></iframe><p>Behind')
    assert text.split() == ["Before", "Inside", "Behind"]
    frames = "<html><frameset><frame src=a><noframes><body><p>Without<p>frames</body></noframes>"
    (text,), notes = read(".html", frames)
    assert text.split() == ["Without", "frames"]
    assert "frames_unread" in notes


FRACTION = "<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>"


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (f"<math>{FRACTION}</math>", "(a+b)/2"),
        (
            "<math><msup><mi>x</mi><mn>2</mn></msup><mo>=</mo><msqrt><mi>y</mi></msqrt></math>",
            "x^2=√(y)",
        ),
        (
            f"<math><semantics><mrow>{FRACTION}</mrow><annotation encoding='application/x-tex'>"
            "\\frac{a+b}{2}</annotation></semantics></math>",
            "\\frac{a+b}{2}",
        ),
        (f"<math alttext='half of a+b'>{FRACTION}</math>", "half of a+b"),
        (
            "<span class='katex'><span class='katex-mathml'><math><mi>q</mi></math></span>"
            "<span class='katex-html' aria-hidden='true'>q</span></span>",
            "q",
        ),
        (
            "<span class='MathJax_Preview'>x2</span><span class='MathJax'>x2</span>"
            "<script type='math/tex'>x^2</script>",
            "x^2",
        ),
    ],
)
def test_a_formula_is_read_once_and_as_a_formula(read, formula, text):
    assert read(".html", f"<p>So {formula} holds.</p>")[0] == [f"So {text} holds."]


def test_chapters_of_books_are_read_like_pages(read):
    chapter = (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"'
        ' xmlns:epub="http://www.idpf.org/2007/ops"><body><p>Income<a epub:type="noteref"'
        ' href="#n1">1</a></p><math xmlns="http://www.w3.org/1998/Math/MathML"><msup><mi>x</mi>'
        "<mn>2</mn></msup></math></body></html>"
    )
    texts, _ = read(".epub", book(**{"OEBPS/two.xhtml": chapter}))
    assert texts[1].split() == ["Income[^1]", "x^2"]


def test_a_fictionbook_is_read_chapter_by_chapter_with_its_notes(read, read_error):
    book = (
        '<?xml version="1.0" encoding="windows-1251"?><FictionBook'
        ' xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" xmlns:l="http://www.w3.org/1999/xlink">'
        "<description><title-info><author><first-name>Лев</first-name><last-name>Толстой"
        "</last-name></author><book-title>Война</book-title></title-info></description>"
        "<body><section><title><p>Часть</p><p>первая</p></title><section><title><p>I</p></title>"
        "<p>Князь<a l:href='#n1' type='note'>[1]</a> жил <emphasis>там</emphasis>, 10<sup>6</sup>."
        "</p><poem><stanza><v>Строка</v></stanza></poem></section></section>"
        "<section><p>Конец.</p><image l:href='#a'/></section></body>"
        "<body name='notes'><section id='n1'><title><p>1</p></title><p>Титул.</p></section></body>"
        "<binary id='a'>aGVsbG8=</binary></FictionBook>"
    )
    texts, notes = read(".fb2", book.encode("cp1251"))
    assert texts == [
        "# Война\n\nЛев Толстой\n\n## Часть первая\n\n### I\n\nКнязь[^1] жил там, 10^6.\n\n"
        "[^1]: Титул.\n\nСтрока",
        "Конец.",
    ]
    assert notes == {"pictures_unread": {"count": 1}}
    assert read_error(".fb2", b"<html/>") == "corrupt_file"
    deep = "<FictionBook><body>" + "<section>" * 5_000 + "</section>" * 5_000
    assert read_error(".fb2", f"{deep}</body></FictionBook>".encode()) == "corrupt_file"


def test_what_a_component_shows_is_read(read):
    page = (
        '<price-tag><template shadowrootmode="open"><p>Only 5 EUR</p></template></price-tag>'
        "<template><p>not shown</p></template><p>End</p>"
    )
    assert read(".html", page)[0] == ["Only 5 EUR\n\nEnd"]


def test_plain_characters_of_a_page_of_xml_are_text(read):
    page = (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body>'
        "<p><![CDATA[if a < b & c]]></p><![CDATA[</body></html>"
    )
    assert read(".xhtml", page)[0][0].startswith("if a < b & c")


def test_quotation_marks_of_windows_are_kept_in_pages_of_the_standard_s_encodings(read):
    for encoding, codec in (("iso-8859-9", "cp1254"), ("iso-8859-2", "cp1250")):
        page = f'<meta charset="{encoding}"><p>“Łódź” – şık</p>'.encode(codec, "ignore")
        (text,), _ = read(".html", page)
        assert "“" in text
        assert "” – " in text
