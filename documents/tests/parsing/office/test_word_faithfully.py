"""Word: what people see in a document is in its text, and what was left out is said."""

import io
import zipfile

import pytest

from documents.files.media_types import detect_format
from documents.tests.parsing.office.office import (
    paragraph,
    relations,
    repack,
    run,
    shape,
    slide,
    word,
)


def test_what_stands_in_controls_is_read(read):
    body = (
        f"<w:sdt><w:sdtContent>{paragraph(run('A paragraph in a control.'))}</w:sdtContent></w:sdt>"
        + paragraph(run("Name: "), f"<w:sdt><w:sdtContent>{run('Ada')}</w:sdtContent></w:sdt>")
        + "<w:tbl><w:sdt><w:sdtContent><w:tr><w:sdt><w:sdtContent>"
        f"<w:tc>{paragraph(run('Cell in a control'))}</w:tc></w:sdtContent></w:sdt>"
        f"<w:tc>{paragraph(run('beside it'))}</w:tc></w:tr></w:sdtContent></w:sdt></w:tbl>"
    )
    (text,), _ = read(".docx", word(body))
    assert "A paragraph in a control." in text
    assert "Name: Ada" in text
    assert "| Cell in a control | beside it |" in text


def test_tracked_insertions_are_kept_and_deletions_are_not(read):
    body = paragraph(
        run("The fee is "),
        f"<w:del><w:r><w:delText>100</w:delText></w:r></w:del><w:ins>{run('250')}</w:ins>",
        run(" euro."),
    )
    (text,), notes = read(".docx", word(body))
    assert text == "The fee is 250 euro."
    assert notes == {"deletions_left_out": {"count": 1}}


def test_the_text_of_a_box_is_read_once(read):
    box = f"<w:txbxContent>{paragraph(run('In a box'))}</w:txbxContent>"
    body = paragraph(
        run("Beside"),
        "<w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>"
        f"{box}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}"
        "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>",
    )
    assert read(".docx", word(body))[0] == ["Beside\n\nIn a box"]


def test_notes_and_comments_stand_behind_the_paragraph_that_they_belong_to(read):
    body = paragraph(
        run("Claimed"),
        '<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:endnoteReference w:id="3"/></w:r>'
        '<w:r><w:commentReference w:id="0"/></w:r>',
    ) + paragraph(run("Next."))
    text = read(
        ".docx",
        word(
            body,
            footnotes=f'<w:footnote w:id="0" w:type="separator">{paragraph(run("rule"))}'
            f'</w:footnote><w:footnote w:id="2">{paragraph(run("Below."))}</w:footnote>',
            endnotes=f'<w:endnote w:id="3">{paragraph(run("At the end."))}</w:endnote>',
            comments=f'<w:comment w:id="0" w:author="Bea">{paragraph(run("Sure?"))}</w:comment>',
        ),
    )[0][0]
    assert text == (
        "Claimed[^1][^e1]\n\n[^1]: Below.\n\n[^e1]: At the end.\n\n[Comment by Bea: Sure?]\n\nNext."
    )


def test_headers_and_footers_are_read(read):
    margins = {"header1": paragraph(run("Confidential")), "footer1": paragraph(run("Draft 3"))}
    (text,), _ = read(".docx", word(paragraph(run("Body.")), **margins))
    assert text == "Body.\n\nHeader: Confidential\n\nFooter: Draft 3"


def test_a_table_in_a_cell_and_merged_cells_keep_their_place(read):
    def cell(text, properties="", inner=""):
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(run(text))}{inner}</w:tc>"

    row = f"<w:tr>{cell('inner')}{cell('table')}</w:tr>"
    inner = f"<w:tbl>{row}{row}</w:tbl>"
    body = (
        f"<w:tbl><w:tr>{cell('Wide', '<w:gridSpan w:val=' + chr(34) + '2' + chr(34) + '/>')}"
        f"{cell('C')}</w:tr>"
        f"<w:tr>{cell('Tall', '<w:vMerge w:val=' + chr(34) + 'restart' + chr(34) + '/>')}"
        f"{cell('1', inner=inner)}{cell('2')}</w:tr>"
        f"<w:tr>{cell('', '<w:vMerge/>')}{cell('3')}{cell('4')}</w:tr></w:tbl>"
    )
    assert read(".docx", word(body))[0] == [
        "| Wide |  | C |\n| --- | --- | --- |\n| Tall | 1 inner table inner table | 2 |\n"
        "| Tall | 3 | 4 |\n"
    ]


def test_a_field_shows_its_result_and_a_form_its_value(read):
    body = paragraph(
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DATE</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>',
        run("1 May"),
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
        f'<w:fldSimple w:instr="X">{run(", Room 5 ")}</w:fldSimple>',
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:checked/></w:checkBox>'
        "</w:ffData></w:fldChar></w:r>",
    )
    assert read(".docx", word(body))[0] == ["1 May, Room 5 [x]"]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (r"EQ \f(1;2)", "1/2"),
        (r"eq \f(\f(1,2),a+b)", "(1/2)/(a+b)"),
        (r"EQ \r(3,x)+\r(,y)", "root(3, x)+√(y)"),
        (r"EQ x\s\up5(2)", "x^2"),
        (r"EQ \i\su(1,5,x)", "Σ_1^5 x"),
        (r"EQ \o\ac(○,7)", "⑦"),
        (r'EQ \* jc2 \* "Font:MS Mincho" \* hps10 \o\ad(\s\up 9(とう),東)', "東"),
        (r"EQ \b(\a\al\co2(a,b))", "(a, b)"),
        ("EQ " + "(" * 200, "("),
        (r'SYMBOL 252 \f "Wingdings" \s 12', "✓"),
        (r"SYMBOL 0x61 \f Symbol", "α"),
        ("MACROBUTTON NoMacro [Your name]", "[Your name]"),
        ("PAGE", ""),
    ],
)
def test_a_field_that_word_draws_is_read_from_its_code(read, code, shown):
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'.format
    body = paragraph(
        run("A "), mark("begin"), f"<w:r><w:instrText>{code}</w:instrText></w:r>", mark("end")
    )
    (text,), _ = read(".docx", word(body))
    assert text.removeprefix("A").strip().startswith(shown)
    assert bool(shown) == (text != "A")


def test_paragraphs_whose_ends_were_deleted_are_one_with_the_next(read):
    joined = "<w:rPr><w:del/></w:rPr>"
    body = (
        paragraph(run("inter"), properties=joined)
        + paragraph(properties=joined)
        + paragraph(run("national"))
        + paragraph(run("The last"), properties=joined)
    )
    assert read(".docx", word(body))[0] == ["international\n\nThe last"]


def test_a_row_that_begins_further_in_keeps_its_columns(read):
    cell = "<w:tc>{}</w:tc>".format
    rows = [
        f"<w:tr>{cell(paragraph(run('Name')))}{cell(paragraph(run('Fee')))}</w:tr>",
        '<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>' + cell(paragraph(run("5"))) + "</w:tr>",
    ]
    (text,), _ = read(".docx", word(f"<w:tbl>{''.join(rows)}</w:tbl>"))
    assert "|  | 5 |" in text


def test_a_comment_whose_words_alone_are_marked_is_read(read):
    body = paragraph(
        '<w:commentRangeStart w:id="1"/>', run("Fact"), '<w:commentRangeEnd w:id="1"/>'
    )
    comment = f'<w:comment w:id="1" w:author="Ann">{paragraph(run("Sure?"))}</w:comment>'
    (text,), _ = read(".docx", word(body, comments=comment))
    assert text == "Fact\n\n[Comment by Ann: Sure?]"


def test_a_document_that_one_names_as_its_part_is_read_or_said_to_be_missing(read):
    body = paragraph(run("Whole")) + '<w:subDoc r:id="s"/>'
    named = relations(("s", "subDocument", "part.docx"))
    parts = {"word/_rels/document.xml.rels": named, "word/part.docx": word(paragraph(run("Part")))}
    assert read(".docx", repack(word(body), **parts))[0] == ["Whole\n\nPart"]
    del parts["word/part.docx"]
    _, notes = read(".docx", repack(word(body), **parts))
    assert notes == {"part_unreadable": {"name": "word/part.docx"}}


def test_what_was_deleted_from_a_formula_is_no_part_of_it(read):
    letter = "<m:r><m:t>{}</m:t></m:r>".format
    body = paragraph(f"<m:oMath>{letter('x')}<w:del>{letter('+1')}</w:del></m:oMath>")
    assert read(".docx", word(body))[0] == ["x"]


def test_a_document_that_breaks_off_is_read_as_far_as_it_goes(read, read_error):
    whole = word(paragraph(run("Kept.")) + paragraph(run("Lost.")))
    part = zipfile.ZipFile(io.BytesIO(whole)).read("word/document.xml").decode()
    cut = repack(whole, **{"word/document.xml": part[: part.index("Lost")]})
    (text,), notes = read(".docx", cut)
    assert text == "Kept."
    assert notes == {"part_unreadable": {"name": "word/document.xml"}}
    assert read_error(".docx", repack(whole, **{"word/document.xml": "<"})) == "corrupt_file"


@pytest.mark.parametrize("part", ["word/header1.xml", "word/comments.xml"])
def test_a_broken_part_takes_no_text_from_its_reader(read, part):
    whole = word(paragraph(run("Kept.")), header1="", comments="")
    (text,), notes = read(".docx", repack(whole, **{part: "<broken"}))
    assert text == "Kept."
    assert notes == {"part_unreadable": {"name": part}}
    rels = "word/_rels/document.xml.rels"
    (text,), notes = read(".docx", repack(whole, **{rels: "<broken"}))
    assert text == "Kept."
    assert "part_unreadable" in notes


def test_marks_of_symbol_fonts_within_a_text_are_the_signs_that_people_see(read):
    fonts = '<w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr>'
    body = paragraph(run("\uf0b7 one \uf0fc"), f"<w:r>{fonts}<w:t>\uf061</w:t></w:r>")
    assert read(".docx", word(body))[0] == ["• one ✓α"]
    assert read(".pptx", slide(shape("\uf0fc done")))[0] == ["✓ done"]
    assert read(".rtf", rb"{\rtf1 \u-3844? done}")[0] == ["✓ done"]


def test_boxes_of_other_symbol_fonts_are_read(read):
    signs = [("Wingdings 2", "F052"), ("Wingdings 2", "00A3"), ("Webdings", "F061")]
    shown = "".join(f'<w:r><w:sym w:font="{font}" w:char="{at}"/></w:r>' for font, at in signs)
    assert read(".docx", word(paragraph(shown)))[0] == ["☑□✔"]


def test_formulas_are_written_on_a_line(read):
    fraction = "<m:f><m:num>{}</m:num><m:den>{}</m:den></m:f>"
    letter = "<m:r><m:t>{}</m:t></m:r>".format
    body = paragraph(
        f"<m:oMath>{fraction.format(letter('a+b'), letter('c'))}"
        f"<m:sSup><m:e>{letter('x')}</m:e><m:sup>{letter('2')}</m:sup></m:sSup></m:oMath>"
    )
    assert read(".docx", word(body))[0] == ["(a+b)/cx^2"]


def test_the_numbers_of_clauses_are_counted(read):
    def clause(text, level):
        listed = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="7"/></w:numPr>'
        return paragraph(run(text), properties=listed)

    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for n, (kind, text) in enumerate([("decimal", "%1."), ("decimal", "%1.%2")])
    )
    numbering = (
        f'<w:abstractNum w:abstractNumId="1">{levels}</w:abstractNum>'
        '<w:num w:numId="7"><w:abstractNumId w:val="1"/></w:num>'
    )
    body = "".join(clause(*each) for each in [("Scope", 0), ("All.", 1), ("Term", 0), ("Two.", 1)])
    (text,), _ = read(".docx", word(body, numbering=numbering))
    assert text == "1. Scope\n\n1.1 All.\n\n2. Term\n\n2.1 Two."


@pytest.mark.parametrize("name", ["document2", "main", "Document"])
def test_the_document_is_found_by_what_it_is_to_the_file(read, name):
    assert read(".docx", word(paragraph(run("Found.")), name))[0] == ["Found."]


def test_an_encrypted_document_is_told_from_a_damaged_one(read_error):
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024)
    assert read_error(".docx", locked) == "password_protected"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("from a\x0bdatabase", "from adatabase"),
        ("from a&#x1;database", "from adatabase"),
        ("a page&rsquo;s&nbsp;name", "a page’s\xa0name"),
        ("Research & Development", "Research & Development"),
    ],
)
def test_a_sign_that_no_xml_may_hold_costs_nothing_but_itself(read, written, shown):
    body = paragraph(run("Before")) + paragraph(run(written)) + paragraph(run("After"))
    (text,), _ = read(".docx", word(body))
    assert text.split("\n\n") == ["Before", shown, "After"]


def test_names_of_parts_may_be_parted_as_on_windows(read):
    data = word(paragraph(run("Hello")))
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        entries = {name.replace("/", "\\"): whole.read(name) for name in whole.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, inside in entries.items():
            entry = zipfile.ZipInfo()
            # The library would write the sign of the standard.
            entry.filename = name
            packed.writestr(entry, inside)
    assert detect_format("letter.docx", out).suffixes[0] == ".docx"
    assert read(".docx", out.getvalue())[0] == ["Hello"]
