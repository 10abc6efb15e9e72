"""Texts from before Unicode, in the encodings that people still have files in."""

import pytest

from documents.parsing.encodings import decode, read

KOREAN = "한국어 문서는 오래된 윈도우에서 저장되었습니다. 계약서의 제3조를 참조하십시오.\n"
JAPANESE = "日本語の文書は古いウィンドウズで保存されました。契約書の第三条を参照してください。\n"
CHINESE = "这份中文文件是在旧版系统中保存的。请参阅合同第三条。\n"
TAIWANESE = "這份中文文件是在舊版系統中保存的。請參閱合約第三條。\n"
RUSSIAN = "Этот документ был сохранён в старой системе. Смотрите третью статью договора.\n"
GERMAN = "Größere Überweisungen müssen früh geprüft werden.\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (KOREAN, "cp949"),
        (KOREAN, "euc-kr"),
        (KOREAN, "utf-16"),
        (KOREAN, "utf-16-le"),
        (KOREAN, "utf-8-sig"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (CHINESE, "gb18030"),
        (TAIWANESE, "big5"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (GERMAN, "cp1252"),
    ],
)
@pytest.mark.parametrize("before", ["", "Report 2026: revenue and contract terms.\n" * 10])
def test_it_is_read_as_it_was_written(text, encoding, before):
    assert decode((before + text).encode(encoding)).removeprefix("\ufeff") == before + text


# A line of each language that one-byte encodings and those of East Asia were made for.
LINES = [
    ("cp949", "회의는 다음 주 월요일에 열립니다."),
    ("shift_jis", "お支払いは月末までにお願いします。"),
    ("euc_jp", "会議は来週の月曜日に開かれます。"),
    ("iso2022_jp", "会議は来週の月曜日に開かれます。"),
    ("gbk", "会议将于下周一举行。"),
    ("big5", "會議將於下週一舉行。"),
    ("cp1250", "Schůze se koná příští pondělí, prosíme o včasný příchod."),
    ("cp1250", "Spotkanie odbędzie się w przyszły poniedziałek, prosimy o punktualność."),
    ("iso8859_2", "Az ülés jövő hétfőn lesz, kérjük, pontosan érkezzenek az őrhöz."),
    ("cp1253", "Η συνεδρίαση θα γίνει την επόμενη Δευτέρα."),
    ("iso8859_7", "Η συνεδρίαση θα γίνει την επόμενη Δευτέρα."),
    ("cp1254", "Toplantı önümüzdeki pazartesi günü yapılacağı için lütfen geç kalmayın."),
    ("cp1251", "Совещание состоится в следующий понедельник."),
    ("koi8_r", "Совещание состоится в следующий понедельник."),
    ("cp866", "Совещание состоится в следующий понедельник."),
    ("cp1251", "Нарада відбудеться наступного понеділка, просимо не запізнюватися."),
    ("cp1255", "הישיבה תתקיים ביום שני הבא."),
    ("cp1256", "سيعقد الاجتماع يوم الاثنين القادم."),
    ("cp1257", "Susirinkimas vyks kitą pirmadienį, prašome nevėluoti į šį susitikimą."),
    ("cp874", "การประชุมจะจัดขึ้นในวันจันทร์หน้า"),
    ("cp1252", "La réunion aura lieu lundi prochain, n’oubliez pas d’être à l’heure."),
    ("cp1252", "Mødet holdes på mandag, husk at møde til tiden på Østerbrogade."),
    ("iso8859_15", "La reunión será el lunes que viene, por favor sea puntual: señor Núñez."),
    ("cp850", "Die nächste Sitzung findet am Montag in der großen Küche statt."),
]


@pytest.mark.parametrize(("encoding", "line"), LINES)
@pytest.mark.parametrize("before", ["", "Report 2026: revenue and contract terms.\n" * 200])
def test_a_single_line_is_enough(encoding, line, before):
    assert decode((before + line + "\n").encode(encoding)) == before + line + "\n"


@pytest.mark.parametrize("text", [KOREAN, RUSSIAN, GERMAN, "Žluťoučký kůň – přílišné ódy.\n"])
@pytest.mark.parametrize("damage", [b"\xff", b"\xc3", b"\x80\xbf"])
def test_utf_8_with_a_bad_byte_stays_utf_8(text, damage):
    data = text.encode()
    middle = len(text[: len(text) // 2].encode())
    found = read(data[:middle] + damage + data[middle:])
    assert found.encoding == "utf-8"
    assert found.text.replace("\ufffd", "") == text
    assert found.replaced == found.text.count("\ufffd") > 0


def test_utf_8_that_is_cut_within_a_letter_stays_utf_8():
    found = read(KOREAN.strip().removesuffix(".").encode()[:-1])
    assert found.text.startswith("한국어 문서는 오래된")
    assert found.replaced == 1


def test_where_little_tells_it_is_the_encoding_of_windows():
    lines = [f"R{n};0{n % 9 + 1}.03.2026;Süd;Lampe;{n};1.{n:03},50 €" for n in range(40)]
    text = "\n".join(["Rechnung;Datum;Region;Artikel;Stück;Betrag", *lines])
    assert decode(text.encode("cp1252")) == text


def test_replacement_signs_that_were_written_are_no_damage():
    assert read("what is shown as \ufffd was lost before".encode()).replaced == 0


@pytest.mark.parametrize("declared", ["iso-8859-1", "utf-8", "x-unknown", "hex", "\xff"])
def test_what_a_text_says_of_itself_is_not_believed_against_its_bytes(declared):
    assert read(KOREAN.encode("cp949"), declared).text == KOREAN


def test_what_a_text_says_of_itself_decides_where_it_can_be_true():
    # "§" in one of them is "Ї" in the other, and both are possible.
    assert read(b"Clause \xa7 5", "cp1252").text == "Clause § 5"
    assert read(b"Clause \xaf", "cp1251").text == "Clause Ї"
