"""Tables in text, notebooks, subtitles and the like."""

import json

import pytest

from documents.parsing.tabular.grids import read_grids

TABLE = "| City | People |\n| --- | --- |\n| Seoul | 9,4 |\n"


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\r\nCity;People\r\nSeoul;9,4\r\n",
        "\ufeffsep=;\nCity;People\nSeoul;9,4\n",
        "City;People\nSeoul;9,4\n",
        "City\tPeople\nSeoul\t9,4\n",
        'City,People\nSeoul,"9,4"\n',
        "City|People\nSeoul|9,4\n",
    ],
)
def test_a_table_is_parted_by_its_separator(read, text):
    assert read(".csv", text)[0] == [TABLE]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ('Name, "Note", Size\nAda, "a, b", 3\nBob, "c", 4\n', "a, b"),
        ('Name,Note,Size\nAda,"a \\"b\\", c",3\nBob,"d",4\n', 'a "b", c'),
        ('Name,Note,Size\nAda,"C:\\dir\\",3\nBob,"d",4\n', "C:\\dir\\"),
    ],
    ids=["spaces", "strokes", "a folder"],
)
def test_quotation_marks_are_read_as_each_program_writes_them(read, tmp_path, text, note):
    assert f"| Ada | {note} | 3 |" in read(".csv", text)[0][0]
    (tmp_path / "table").write_text(text)
    (grid,) = read_grids(str(tmp_path / "table"), "csv")
    assert grid.rows[1].cells == ["Ada", note, "3"]


def test_a_quotation_mark_that_is_open_at_the_end_takes_no_rows(read, tmp_path):
    text = 'Name,Note\nAda,"open\nBob,x\nCid,y\n'
    (page,), notes = read(".csv", text)
    assert '| Ada | "open |' in page
    assert "| Cid | y |" in page
    assert "quotes_ignored" in notes
    (tmp_path / "table").write_text(text)
    (grid,) = read_grids(str(tmp_path / "table"), "csv")
    assert [row.cells[0] for row in grid.rows] == ["Name", "Ada", "Bob", "Cid"]
    assert grid.notes
    closed = 'Name,Note\nAda,"one\ntwo"\n'
    assert read(".csv", closed)[1] == {}


@pytest.mark.parametrize("sign", ["\u2028", "\x0b", "\x0c", "\x85", "\x1c", "\n", "\r\n"])
def test_signs_that_part_lines_may_stand_in_cells(read, sign):
    (text,), _ = read(".csv", f'City,Note,Size\nSeoul,"one{sign}two",3\nBusan,x,4\n')
    assert text.count("\n") == 4
    assert "one" in text.splitlines()[2]
    assert "two" in text.splitlines()[2]


def test_lines_above_a_table_are_no_header(read):
    (text,), _ = read(".csv", "Report of 2026\n\nCity,People\nSeoul,9\nBusan,3\n")
    assert text.startswith("Report of 2026\n\n| City | People |")


def test_a_column_of_sentences_with_commas_stays_one(read):
    lines = ["Comment", "Nice, clean, quiet", "Bad, loud", "Fine, but small, and dear", "Good"]
    (text,), _ = read(".csv", "\n".join(lines))
    assert text.startswith("| Comment |")
    assert "| Fine, but small, and dear |" in text


def test_a_quotation_mark_that_nobody_closed_takes_no_rows(read):
    rows = [f"Row {n},x,y\n" for n in range(900)]
    rows[3] = 'Screen,"3 inches wide,ok\n'
    (text,), notes = read(".csv", f"A,B,C\n{''.join(rows)}")
    assert "| Row 899 | x | y |" in text
    assert "| Row 5 | x | y |" in text
    assert "quotes_ignored" in notes


def test_json_on_one_line_is_laid_out_and_loses_nothing(read):
    items = [{"n": n, "note": 'a "quoted" {word}'} for n in range(90)]
    data = {"name": "\uc11c\uc6b8", "items": items}
    (text,), _ = read(".json", json.dumps(data))
    assert json.loads(text) == data
    assert "서울" in text
    assert max(map(len, text.split("\n"))) < 200


def test_json_that_is_broken_or_says_a_name_twice_is_kept_as_it_is(read):
    for text in ('{"a": 1, "a": 2}', '{"a": [1, 2', "// comment\n{}"):
        assert read(".json", text)[0] == [text]


def test_subtitles_are_lines_with_their_time(read):
    srt = (
        "1\n00:01:15,000 --> 00:01:17,000\n<i>Good</i>\nmorning.\n\n"
        "2\n01:00:02,5 --> 01:00:03,0\nBye.\n"
    )
    assert read(".srt", srt)[0] == ["[01:15] Good morning.\n[1:00:02] Bye."]
    vtt = (
        "WEBVTT\n\nNOTE by hand\n\nintro\n"
        "01:15.000 --> 01:17.000 align:left\n<v Ada>Hello <c>there</c>\n"
    )
    assert read(".vtt", vtt)[0] == ["[01:15] Ada: Hello there"]


SUBTITLES = {
    ".vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nQuestions &amp; <i>answers</i>\n",
    ".sbv": "0:00:01.000,0:00:02.500\nQuestions & answers\n\n",
    ".ass": "[Script Info]\n[Events]\nFormat: Layer, Start, End, Text\n"
    "Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\an8}Questions &\\Nanswers\n",
    ".ttml": '<tt xmlns="http://www.w3.org/ns/ttml"><body><div>'
    '<p begin="00:00:01.000" end="00:00:02.5">Questions &amp;<br/>answers</p></div></body></tt>',
}


@pytest.mark.parametrize("suffix", SUBTITLES)
def test_subtitles_of_all_makers_are_lines_with_their_time(read, suffix):
    assert read(suffix, SUBTITLES[suffix])[0] == ["[00:01] Questions & answers"]


def test_codes_keep_their_zeros_that_programs_write_as_formulas(read):
    (text,), _ = read(".csv", 'code,name\n="00123",A\n="00456",B\n=SUM(A1),C\n')
    assert text.splitlines()[2:5] == ["| 00123 | A |", "| 00456 | B |", "| =SUM(A1) | C |"]


def test_they_keep_them_as_data_too(tmp_path):
    path = tmp_path / "codes"
    path.write_text('code,name\n="00123",A\n="00456",B\n')
    (grid,) = read_grids(str(path), "csv")
    assert [row.cells[:1] for row in grid.rows][:3] == [["code"], ["00123"], ["00456"]]


def test_what_is_said_may_hold_an_empty_line(read):
    cues = "1\n00:00:03,000 --> 00:00:04,0\nFirst\n\nsecond\n\n2\n00:01:00,0 --> 00:01:02,0\nLast\n"
    assert read(".srt", cues)[0] == ["[00:03] First second\n[01:00] Last"]
    named = "WEBVTT\n\nNOTE not\nsaid\n\nintro\n00:01.000 --> 00:02.000\nHello\n\nSTYLE\n::cue{}\n"
    assert read(".vtt", named)[0] == ["[00:01] Hello"]


def test_what_a_notebook_shows_as_a_page_or_as_data_is_read(read):
    outputs = [
        {"data": {"text/html": ["<table><tr><th>A<th>B<tr><td>1<td>2</table>"]}},
        {"data": {"application/json": {"größe": 5}}},
    ]
    text = {
        "cell_type": "markdown",
        "source": "![](attachment:a)",
        "attachments": {"a": {"image/png": ""}},
    }
    cells = [{"cell_type": "code", "source": "x", "outputs": outputs}, text]
    (page,), notes = read(".ipynb", json.dumps({"cells": cells}))
    assert "| 1 | 2 |" in page
    assert '{"größe": 5}' in page
    assert notes == {"pictures_unread": {"count": 1}}


def test_a_notebook_that_breaks_off_is_read_as_the_text_that_it_is(read):
    (text,), notes = read(".ipynb", '{"cells": [{"cell_type": "markdown", "source": ["Kept"')
    assert "Kept" in text
    assert "text_only" in notes


def test_letters_that_xml_has_by_their_numbers_are_letters(read):
    written = "<a>&#54620;&#xAE00; &#8217; &#60;b&#62; &#55296; &#x110000;</a>"
    assert read(".xml", written)[0] == ["<a>한글 ’ &#60;b&#62; &#55296; &#x110000;</a>"]


def test_a_notebook_is_its_texts_programs_and_what_they_printed(read):
    outputs = [
        {"output_type": "stream", "text": ["42\n"]},
        {"data": {"image/png": "aGk="}, "output_type": "display_data"},
        {"ename": "ValueError", "evalue": "bad", "output_type": "error", "traceback": []},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# Study\n", "Of things."]},
        {"cell_type": "code", "source": "print(42)", "outputs": outputs},
    ]
    metadata = {"language_info": {"name": "python"}}
    (text,), notes = read(".ipynb", json.dumps({"cells": cells, "metadata": metadata}))
    assert text.startswith("# Study\nOf things.\n\n```python\nprint(42)\n```\n\n```\n42\n```")
    assert text.endswith("```\nValueError: bad\n```")
    assert notes == {"pictures_unread": {"count": 1}}


def test_headings_of_other_marks_become_those_of_markdown(read):
    rst = "=====\nGuide\n=====\n\nSetup\n-----\n\nText.\n"
    assert read(".rst", rst)[0] == ["# Guide\n\n## Setup\n\nText.\n"]
    tex = "\\title{Ueber}\n\\section{Caf\\'e \\\"Uber}\nText \\c{c}a."
    assert read(".tex", tex)[0] == ["# Ueber\n## Café Über\nText ça."]
    assert read(".adoc", "= Guide\n\n== Setup\n")[0] == ["# Guide\n\n## Setup\n"]
    assert read(".org", "#+TITLE: Guide\n* Setup\n")[0] == ["# Guide\n# Setup\n"]


def test_xml_is_read_in_the_encoding_that_it_declares(read):
    xml = "<?xml version='1.0' encoding='iso-8859-2'?><a>Žluťoučký kůň</a>"
    assert "Žluťoučký kůň" in read(".xml", xml.encode("iso-8859-2"))[0][0]
