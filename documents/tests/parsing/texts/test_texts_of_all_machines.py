"""Texts of other machines and times: old Macintoshes, terminals, mail, disks that were full."""

import io

import pytest

from documents.parsing.detection import detect_type
from documents.parsing.encodings import read as decode

KOREAN = "계약서 제3조에 따라 임차인은 매월 말일까지 임대료를 지급한다."
JAPANESE = "契約は三年間有効です。賃料は毎月末日までに支払うものとします。"
CHINESE = "合同有效期为三年，承租人应于每月月底前支付租金。"
FRENCH = "Le contrat a été signé à Genève, où l'élève a payé le reçu."
RUSSIAN = "Договор действует три года. Арендатор платит ежемесячно."
POLISH = "Zażółć gęślą jaźń. Umowa obowiązuje trzy lata."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (FRENCH, "mac_roman"),
        (RUSSIAN, "mac_cyrillic"),
        (POLISH, "mac_latin2"),
        (KOREAN, "iso2022_kr"),
        (CHINESE, "hz"),
        (KOREAN, "johab"),
        *((text, "utf-16-le") for text in (FRENCH, KOREAN, JAPANESE, CHINESE)),
        *((text, "utf-16-be") for text in (FRENCH, KOREAN, JAPANESE, CHINESE)),
        *((text, "utf-32-le") for text in (FRENCH, KOREAN, JAPANESE, CHINESE)),
        *((text, "utf-32-be") for text in (FRENCH, KOREAN, JAPANESE, CHINESE)),
    ],
)
def test_a_text_without_a_mark_is_read_in_its_encoding(text, encoding):
    data = text.encode(encoding)
    assert decode(data).text == text
    assert detect_type(io.BytesIO(data)) == "text/plain"


@pytest.mark.parametrize("encoding", ["gbk", "cp949", "cp932", "big5", "euc_jp"])
def test_two_bytes_a_letter_are_not_taken_for_utf_16(encoding):
    texts = {"cp949": KOREAN.replace(" ", ""), "gbk": CHINESE, "big5": "合約有效期為三年"}
    text = texts.get(encoding, JAPANESE)
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    "text", ["Hello\0World, all is well here.\n" * 3, "One\n" * 50 + "\0\0\0\0Two\n"]
)
def test_zeros_in_a_text_are_no_letters(read, text):
    assert read(".txt", text)[0] == [text.replace("\0", "")]
    assert detect_type(io.BytesIO(text.encode())) == "text/plain"


def test_zeros_behind_a_text_are_no_part_of_it(read):
    data = KOREAN.encode() + bytes(4000)
    assert detect_type(io.BytesIO(data)) == "text/plain"
    assert read(".txt", data)[0] == [KOREAN]


def test_an_archive_of_tapes_is_no_text():
    tape = b"a.txt".ljust(257, b"\0") + b"ustar\x0000" + bytes(248) + b"Hello".ljust(512, b"\0")
    assert detect_type(io.BytesIO(tape)) == "application/x-tar"


def test_lines_of_two_encodings_are_each_read_in_theirs(read):
    new, old = "Zeile eins: Grüße aus Köln\n", "Zeile zwei: große Maße\n"
    (text,), notes = read(".log", new.encode() * 5 + old.encode("cp1252") * 5)
    assert text == new * 5 + old * 5
    assert "encoding_guessed" in notes


def test_letters_that_were_written_half_by_half_are_whole():
    assert decode(b"Hi \xed\xa0\xbd\xed\xb8\x80 " + KOREAN.encode()).text == f"Hi 😀 {KOREAN}"


def test_marks_between_joined_files_are_left_out(read):
    assert read(".txt", "\ufeff\ufeffOne\n\ufeffTwo")[0] == ["One\nTwo"]


def test_what_a_terminal_showed_is_read_as_it_was_seen(read):
    assert read(".log", "\x1b[31merror\x1b[0m: no\n\x1b]0;title\x07ok\n")[0] == ["error: no\nok\n"]
    assert read(".txt", "N\bNA\bAM\bME\bE\n_\bl_\bs\n")[0] == ["NAME\nls\n"]


def test_the_end_of_a_file_of_dos_is_no_letter(read):
    data = b"Hello from DOS\r\n\x1a"
    assert detect_type(io.BytesIO(data)) == "text/plain"
    assert read(".txt", data)[0] == ["Hello from DOS\n"]


def test_yaml_is_read_as_it_is(read):
    text = "# Plan\nname: 계약서\nitems:\n  - a: 1\n    note: |\n      two\n---\nnext: Köln\n"
    assert read(".yaml", text)[0] == [text]
    assert read(".yml", text.encode("utf-16"))[0] == [text]


MAINFRAME = "Gruesse aus dem Rechenzentrum: 0012 Buchungen über 0100,50 für Größen"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (MAINFRAME.encode("cp273"), MAINFRAME),
        (MAINFRAME.encode("cp500"), MAINFRAME),
        (
            "NAME    AMOUNT\x85SMITH   0100.50\x85".encode("cp037") * 2,
            "NAME    AMOUNT\nSMITH   0100.50\n" * 2,
        ),
        ("Grüße aus Köln, schöne Straße.".encode("utf-7"), "Grüße aus Köln, schöne Straße."),
        ("これは日本語の文書です。".encode("utf-7"), "これは日本語の文書です。"),
    ],
    ids=["german", "international", "lines", "utf-7", "utf-7 of japan"],
)
def test_texts_of_mainframes_and_of_seven_bits_are_read(read, data, text):
    assert detect_type(io.BytesIO(data)) == "text/plain"
    (found,), notes = read(".txt", data)
    assert found == text
    assert "encoding_guessed" in notes


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/?q=hello+big+world+cat+dog",
        "a+b=c, C++, foo+bar+baz, (a+abc)",
        "tel +49-30-123 +1-555-0100 +441234",
        "-----BEGIN CERTIFICATE-----\nMIIB+abcd/Xyz+QQAA+AAAA+ABCD\n",
        "@@@@ @@@@ é @@@@ @@@@ @@@@ @@@@",
    ],
)
def test_signs_of_plain_texts_make_no_letters(read, text):
    assert read(".txt", text)[0] == [text]
