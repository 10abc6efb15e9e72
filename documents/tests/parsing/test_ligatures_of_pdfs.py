"""Letters that a font draws as one, and for which its table tells a sign, or nothing."""

import io

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject

from documents.tests.parsing import pdf

ENGLISH = (
    "The office classifies what influences the profile. Efficient offers differ, and flexible"
    " staff reflect on traffic, inflation and scientific fields."
)
GERMAN = "Die Veröffentlichung der Finanzen betrifft die Schifffahrt, häufig auch den Konflikt."
FRENCH = "La définition officielle est difficile, afin de fixer un chiffre suffisant."
CALIBRI = (
    "The information of the committee on operations: attention, matter, situation, little and"
    " written notifications."
)
USUAL = ("ffi", "ffl", "ff", "fi", "fl")


def draw_ligatures(text: str, ligatures: tuple[str, ...], signs: list[str]) -> bytes:
    """A page whose font has a shape for each ligature, and tells a sign for it."""
    drawn = text
    for n, letters in enumerate(ligatures):
        drawn = drawn.replace(letters, chr(1 + n))
    codes = {ord(char): char for char in text} | {1 + n: sign for n, sign in enumerate(signs)}
    table = "\n".join(f"<{code:02x}> <{ord(char):04x}>" for code, char in sorted(codes.items()))
    hexadecimal = drawn.encode("latin-1").hex()
    page = pdf.draw(f"BT /F1 9 Tf 20 700 Td <{hexadecimal}> Tj ET")
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(page)))
    stream = StreamObject()
    stream.set_data(
        f"1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(codes)} beginbfchar\n{table}\nendbfchar".encode()
    )
    font = writer.pages[0]["/Resources"]["/Font"]["/F1"].get_object()
    font[NameObject("/ToUnicode")] = writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("text", [ENGLISH, GERMAN, FRENCH])
@pytest.mark.parametrize(
    "signs",
    [
        pytest.param(["\ufffd"] * 5, id="one sign for all"),
        pytest.param(["\0"] * 5, id="no sign"),
        pytest.param([chr(0xE000 + n) for n in range(5)], id="private signs"),
    ],
)
def test_ligatures_are_found_by_their_words(read, text, signs):
    (found,), notes = read(".pdf", draw_ligatures(text, USUAL, signs))
    assert found == text
    assert set(notes) == {"ligatures_guessed"}


def test_signs_that_calibri_has_for_pairs_with_a_t(read):
    (text,), _ = read(".pdf", draw_ligatures(CALIBRI, ("ti", "tt"), ["Ɵ", "Ʃ"]))
    assert text == CALIBRI


def test_a_page_whose_letters_are_told_is_left_as_it_is(read):
    (text,), notes = read(".pdf", pdf.pages("The ofce is open."))
    assert (text, notes) == ("The ofce is open.", {})


def test_words_that_are_not_known_stay_as_they_are_told(read):
    drawn = draw_ligatures("The xqfiz and the zzfik", USUAL, ["\ufffd"] * 5)
    (text,), notes = read(".pdf", drawn)
    assert (text, notes) == ("The xq\ufffdz and the zz\ufffdk", {})


def test_an_icon_before_a_word_is_no_ligature(read):
    """With "ti" in its place "me" would be "time"."""
    drawn = draw_ligatures("Tell fime and figer", USUAL, [chr(0xE900 + n) for n in range(5)])
    (text,), notes = read(".pdf", drawn)
    assert "time" not in text
    assert notes == {}
