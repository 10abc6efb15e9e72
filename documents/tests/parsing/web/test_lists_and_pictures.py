"""Web pages: numbers of lists, words for pictures, and what stands above letters."""

import pytest


@pytest.mark.parametrize(
    ("opening", "lines"),
    [
        ('<ol type="a">', ["a. One", "b. Two"]),
        ('<ol type="I" start="4">', ["IV. One", "V. Two"]),
        ('<ol style="list-style-type: lower-roman">', ["i. One", "ii. Two"]),
        ('<ol style="list-style-type:cjk-ideographic" start="10">', ["十. One", "十一. Two"]),
        ('<ol style="list-style-type: lower-greek">', ["α. One", "β. Two"]),
        ("<ol reversed>", ["2. One", "1. Two"]),
        ('<ol start="0">', ["0. One", "1. Two"]),
        ("<ol>", ["1. One", "2. Two"]),
        ("<ul>", ["- One", "- Two"]),
    ],
)
def test_items_have_the_numbers_that_the_page_shows(read, opening, lines):
    (text,), _ = read(".html", f"{opening}<li>One</li><li>Two</li></ol>")
    assert text.splitlines() == lines


def test_an_item_has_the_number_that_it_is_given(read):
    (text,), _ = read(".html", '<ol><li>One<li value="7">Seven<ol type="A"><li>In<br>it</ol></ol>')
    lines = [line.rstrip() for line in text.splitlines()]
    assert lines == ["1. One", "7. Seven", "   A. In", "      it"]


def test_words_for_pictures_and_letters_of_drawings_are_read(read):
    page = (
        '<p>Up: <img src="a.png" alt="Sales by month, highest in May"></p><p>Fine <img alt="👍">'
        '</p><img alt=""><svg><title>Chart</title><text x="1">North</text><g><text>South</text>'
        "</g></svg>"
    )
    (text,), _ = read(".html", page)
    words = " ".join(text.split())
    assert words == "Up: [Picture: Sales by month, highest in May] Fine 👍 North South"


def test_how_letters_are_read_does_not_part_their_word(read):
    page = "<p><ruby>東<rp>(</rp><rt>とう</rt><rp>)</rp>京<rt>きょう</rt></ruby>へ</p>"
    assert read(".html", page)[0] == ["東京へ"]


def test_what_opens_on_a_click_stands_apart_from_its_title(read):
    (text,), _ = read(".html", "<details><summary>Fees</summary>None.</details>")
    assert text.split() == ["Fees", "None."]


def test_a_page_that_scripts_make_is_said_to_be_one(read):
    page = "<title>App</title><script>render({})</script><div id=root></div>"
    assert read(".html", page)[1] == {"made_by_scripts": {}}


def test_files_that_a_page_shows_in_frames_are_said_to_be_unread(read):
    page = "<frameset><frame src=a.html><frame src=b.html><noframes>Old.</noframes></frameset>"
    assert read(".html", page)[1] == {"frames_unread": {"count": 2}}
