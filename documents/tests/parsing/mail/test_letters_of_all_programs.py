"""Letters as programs really send them: wrapped, boxed, mislabelled, damaged, with invitations."""

import base64
import binascii
import struct

import pytest

from documents.parsing.parsers.mail.rich_bodies import decompress
from documents.tests import files
from documents.tests.parsing.office.before_2007 import ole

HEAD = b"From: Ada <ada@example.org>\r\nTo: Grace <grace@example.org>\r\n"
KOREAN = "계약서 검토 요청"


def letter(body: bytes, kind: str = "text/plain", more: str = "") -> bytes:
    return HEAD + f"Subject: Plan\r\nContent-Type: {kind}\r\n{more}\r\n".encode() + body


def parts(*inner: bytes, kind: str = "mixed") -> bytes:
    body = b"".join(b"--x\r\n" + each + b"\r\n" for each in inner) + b"--x--\r\n"
    return letter(body, f'multipart/{kind}; boundary="x"')


def attach(disposition: bytes, data: bytes = b"one,two\r\n3,4\r\n") -> bytes:
    head = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
    told = b"Content-Disposition: attachment; " + disposition + b"\r\n\r\n"
    return head + told + base64.encodebytes(data)


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (KOREAN.encode("cp949"), KOREAN),
        ("Angebot für Köln".encode(), "Angebot für Köln"),
        (b"=?x-unknown?B?" + base64.b64encode("Grüße".encode()) + b"?=", "Grüße"),
        (b"=?gb2312?B?" + base64.b64encode("镕基公司".encode("gbk")) + b"?=", "镕基公司"),
        (b"=?ks_c_5601-1987?B?" + base64.b64encode("똠방".encode("cp949")) + b"?=", "똠방"),
        (
            b"=?utf-8?B?%b?=\r\n =?utf-8?B?%b?="
            % tuple(map(base64.b64encode, (KOREAN.encode()[:4], KOREAN.encode()[4:]))),
            KOREAN,
        ),
    ],
)
def test_subjects_are_read_in_whatever_encoding(read, raw, subject):
    (text,), _ = read(".eml", HEAD + b"Subject: " + raw + b"\r\n\r\nText\r\n")
    assert text.startswith(f"# {subject}\n\nFrom: Ada")


@pytest.mark.parametrize(
    "disposition",
    [
        b"filename*0*=utf-8''%EA%B3%84%EC%95%BD;\r\n filename*1*=%EC%84%9C.csv",
        b'filename="=?utf-8?B?' + base64.b64encode("계약서.csv".encode()) + b'?="',
        b"filename==?utf-8?B?" + base64.b64encode("계약서.csv".encode()) + b"?=",
        b'filename="' + "계약서.csv".encode("cp949") + b'"',
        b"filename*=euc-kr''%B0%E8%BE%E0%BC%AD.csv",
    ],
)
def test_names_of_files_are_read_in_whatever_encoding(read, disposition):
    (text,), _ = read(".eml", parts(b"Content-Type: text/plain\r\n\r\nHi", attach(disposition)))
    assert "## Attachment: 계약서.csv\n\n| one | two |" in text


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("utf-7", "utf-7", "Le contrat a été signé"),
        ("iso-2022-kr", "iso2022_kr", KOREAN),
        ("hz-gb-2312", "hz", "合同有效期"),
        ("iso-8859-1", "cp1251", "Договор действует три года"),
    ],
)
def test_texts_of_old_mail_programs_are_read(read, charset, codec, text):
    assert text in read(".eml", letter(text.encode(codec), f"text/plain; charset={charset}"))[0][0]


def test_a_page_knows_its_encoding_better_than_the_program_that_sent_it(read):
    page = "<meta charset=windows-1251><p>Договор</p>".encode("cp1251")
    assert "Договор" in read(".eml", letter(page, "text/html; charset=iso-8859-1"))[0][0]


def test_a_text_in_base64_that_is_cut_off_is_read_as_far_as_it_goes(read):
    packed = base64.b64encode("Grüße aus Köln, und noch mehr".encode())[:-3]
    body = letter(packed, "text/plain; charset=utf-8", "Content-Transfer-Encoding: base64\r\n")
    assert "Grüße aus Köln, und noch m" in read(".eml", body)[0][0]


def test_a_forwarded_letter_may_be_packed(read):
    inner = base64.encodebytes(letter(b"It is 500 euro."))
    kind = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    (text,), _ = read(".eml", parts(kind + inner))
    assert "## Plan\n\nFrom: Ada" in text
    assert "It is 500 euro." in text


def test_parts_that_are_parted_by_another_line_are_read_as_they_are(read):
    body = letter(b"--x\r\n\r\nAll is well.\r\n--x--\r\n", 'multipart/mixed; boundary="y"')
    assert "All is well." in read(".eml", body)[0][0]


@pytest.mark.parametrize("named", ["----=_Next_1", '"y"'])
def test_parts_whose_line_is_named_wrongly_are_read_as_the_parts_that_they_are(read, named):
    line = b"------=_Next_1"
    parted = b"\r\n".join(
        [
            b"Not shown.\r\n" + line,
            b"Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n",
            b"<p>Caf=C3=A9<br>\r\n" + line + b"--\r\n",
        ]
    )
    (text,), _ = read(".eml", letter(parted, f"multipart/mixed; boundary={named}"))
    assert text.endswith("Café")
    assert "Not shown" not in text


def test_marks_of_an_enriched_text_are_no_words(read):
    text = b"<bold>Now</bold> is <color><param>red</param>the\r\ntime</color>.\r\n\r\nA <<b>."
    assert read(".eml", letter(text, "text/enriched"))[0][0].endswith("Now is the time.\nA <b>.")


def test_signatures_are_no_files(read):
    signature = b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\n0\x82abc"
    (text,), notes = read(".eml", parts(b"Content-Type: text/plain\r\n\r\nSigned.", signature))
    assert text.endswith("Signed.")
    assert notes == {}


MEETING = (
    b"BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Asia/Seoul\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n"
    b"SUMMARY:Review of the bud\r\n get\r\nDTSTART;TZID=Asia/Seoul:20261201T140000\r\n"
    b"LOCATION:Room 5\\, second floor\r\nORGANIZER;CN=Ada:mailto:ada@example.org\r\n"
    b"DESCRIPTION:One\\nTwo\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
SHOWN = (
    "## Review of the budget\nBegins: 2026-12-01 14:00 Asia/Seoul\nPlace: Room 5, second floor\n"
    "Organizer: Ada <ada@example.org>\nDescription: One\nTwo"
)


def test_an_invitation_is_read_beside_its_text(read):
    text = b"Content-Type: text/plain\r\n\r\nPlease come to the meeting that is described below."
    invitation = b"Content-Type: text/calendar; method=REQUEST\r\n\r\n" + MEETING
    (page,), _ = read(".eml", parts(text, invitation, kind="alternative"))
    assert "Please come" in page
    assert SHOWN in page


def test_a_calendar_is_its_appointments(read):
    assert read(".ics", MEETING)[0] == [SHOWN]


def test_a_card_is_its_person(read):
    card = (
        "BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen=\r\n"
        "  Groß\r\nTEL;CELL:+49 1\r\nADR:;;Weg 1;Köln;;;\r\nPHOTO;ENCODING=B:aGk=\r\nEND:VCARD\r\n"
    )
    assert read(".vcf", card)[0] == ["## Jürgen  Groß\nTelephone: +49 1\nAddress: Weg 1, Köln"]


def test_a_card_that_has_a_name_in_its_parts_alone_is_called_by_that(read):
    card = "BEGIN:VCARD\r\nN:Lovelace;Ada\r\n{}END:VCARD\r\n"
    assert read(".vcf", card.format(""))[0] == ["## Lovelace, Ada"]
    assert read(".vcf", card.format("FN:Ada L.\r\n"))[0] == ["## Ada L."]
    vcard = b"Content-Type: text/x-vcard\r\n\r\n" + card.format("PHOTO:x\r\n").encode()
    assert read(".eml", parts(vcard))[0][0].endswith("## Lovelace, Ada")


def test_days_on_which_nothing_takes_place_are_told(read):
    event = "BEGIN:VEVENT\nSUMMARY:Weekly\nRRULE:FREQ=WEEKLY\nEXDATE:20260508T100000\nEND:VEVENT\n"
    assert "Not on: 2026-05-08 10:00" in read(".ics", event)[0][0]


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + letter(b"Dear"),
        b"\r\n\n" + letter(b"Dear"),
        letter(b"Dear").decode().encode("utf-16"),
    ],
    ids=["a mark", "empty lines", "utf-16"],
)
def test_what_stands_before_a_letter_takes_no_headers_from_it(read, data):
    assert read(".eml", data)[0] == [
        "# Plan\n\nFrom: Ada <ada@example.org>\nTo: Grace <grace@example.org>\n\nDear"
    ]


def element(tag: int, inside: bytes, *, is_open: bool = False) -> bytes:
    """A part of an envelope; an open one has a mark at its end instead of a length."""
    if is_open:
        return bytes([tag, 0x80]) + inside + bytes(2)
    size = len(inside).to_bytes(2, "big")
    return bytes([tag, 0x82]) + size + inside


OBJECT = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"


def seal(*pieces: bytes, kind: int = 2, is_open: bool = False) -> bytes:
    held = [element(0x04, piece) for piece in pieces]
    content = held[0] if len(held) == 1 else element(0x24, b"".join(held), is_open=is_open)
    holder = element(0xA0, content, is_open=is_open)
    inner = element(0x30, OBJECT + b"\x01" + holder, is_open=is_open)
    signed = element(0x30, b"\x02\x01\x01" + inner + element(0x31, b"keys"), is_open=is_open)
    outer = element(0xA0, signed, is_open=is_open)
    data = element(0x30, OBJECT + bytes([kind]) + outer, is_open=is_open)
    return letter(
        base64.encodebytes(data),
        "application/pkcs7-mime; name=smime.p7m",
        "Content-Transfer-Encoding: base64\r\n",
    )


INSIDE = "Content-Type: text/plain; charset=utf-8\r\n\r\nThe fee is 5 €.".encode()


@pytest.mark.parametrize(
    "data",
    [seal(INSIDE), seal(INSIDE[:30], INSIDE[30:]), seal(INSIDE[:60], INSIDE[60:], is_open=True)],
    ids=["whole", "in pieces", "without lengths"],
)
def test_a_letter_in_the_envelope_of_its_signature_is_read(read, data):
    (text,), notes = read(".eml", data)
    assert text.endswith("The fee is 5 €.")
    assert notes == {}


@pytest.mark.parametrize(
    "data",
    [
        seal(INSIDE, kind=3),
        letter(b"AAAA", "application/pkcs7-mime", "Content-Transfer-Encoding: base64\r\n"),
        parts(b"Content-Type: text/plain\r\n\r\nhQIMA8", kind="encrypted"),
    ],
    ids=["s/mime", "nothing", "pgp"],
)
def test_a_letter_that_is_encrypted_is_said_to_be_that(read, data):
    (text,), notes = read(".eml", data)
    assert text.startswith("# Plan")
    assert "hQIMA8" not in text
    assert notes == {"text_encrypted": {}}


def test_the_looks_of_a_saved_page_are_none_of_its_text(read):
    page = b"Content-Type: text/html\r\n\r\n<p>The page"
    looks = b"Content-Type: text/css\r\n\r\np { color: red }"
    (text,), _ = read(".mhtml", parts(page, looks, kind="related"))
    assert text.endswith("The page")


def test_a_box_of_letters_is_a_page_a_letter(read):
    line = b"From ada@example.org Mon Nov 30 10:00:00 2026\r\n"
    first, second = letter(b"One.\r\n\r\n>From here on.\r\n"), parts(attach(b"filename=a.csv"))
    texts, _ = read(".mbox", line + first + b"\r\n" + line + second)
    assert len(texts) == 2
    assert "One.\n\nFrom here on." in texts[0]
    assert "| one | two |" in texts[1]


def attribute(number: int, value: bytes, level: int = 1) -> bytes:
    return struct.pack("<BII", level, number, len(value)) + value + bytes(2)


def properties(*values: tuple[int, int, bytes]) -> bytes:
    told = b"".join(
        struct.pack("<HHII", kind, number, 1, len(value)) + value + bytes(-len(value) % 4)
        for number, kind, value in values
    )
    return struct.pack("<IHHI", len(values) + 1, 3, 0x3FDE, 65001) + told


RICH = rb"{\rtf1\ansi\fromhtml1 It is {\b 500} euro.\htmlrtf unseen\htmlrtf0\par}"
PACKED = struct.pack("<IIII", len(RICH) + 12, len(RICH), 0x414C454D, 0) + RICH


def wrap(letter_properties: bytes) -> bytes:
    named = properties((0x3707, 0x1F, "규정.docx\0".encode("utf-16-le")))
    return (
        b"\x78\x9f\x3e\x22\x01\0"
        + attribute(0x00018004, b"Budget\0")
        + attribute(0x00069003, letter_properties)
        + attribute(0x00069002, bytes(14), 2)
        + attribute(0x0006800F, files.word(), 2)
        + attribute(0x00069005, named, 2)
    )


@pytest.mark.parametrize(
    "body",
    [(0x1009, 0x102, PACKED), (0x1013, 0x102, b"<p>It is <b>500</b> euro.</p>")],
    ids=["rich", "page"],
)
def test_what_outlook_wraps_is_unwrapped(read, body):
    wrapped = wrap(properties(body))
    name = b"Content-Type: application/ms-tnef; name=winmail.dat\r\n"
    part = name + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(wrapped)
    (text,), notes = read(".eml", parts(b"Content-Type: text/plain\r\n\r\nHello.", part))
    assert "# Budget" in text
    assert "500" in text
    assert "euro." in text
    assert "unseen" not in text
    assert "## Attachment: 규정.docx\n\n# Travel rules" in text
    assert notes == {}
    assert "# Travel rules" in read(".tnef", wrapped)[0][0]


def test_a_wrapping_that_breaks_off_is_read_as_far_as_it_goes(read, read_error):
    whole = wrap(properties((0x1000, 0x1E, b"It is 500 euro.\0")))
    assert "It is 500 euro." in read(".tnef", whole[:120])[0][0]
    assert read_error(".tnef", whole[:4]) == "corrupt_file"


def outlook(values: dict[int, bytes], attached: ole.Streams | None = None, head: int = 32):
    listed = bytes(head) + b"".join(
        struct.pack("<IIII", tag, 6, len(value) + (2 if tag & 0xFFFF == 0x1F else 0), 0)
        for tag, value in values.items()
    )
    streams = {f"__substg1.0_{tag:08X}": value for tag, value in values.items()}
    return {"__properties_version1.0": listed, **streams, **(attached or {})}


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def test_a_letter_of_outlook_with_rich_text_alone_is_read(read):
    streams = outlook({0x0037001F: wide("Budget"), 0x10090102: PACKED})
    names = {f"__substg1.0_{n:04X}0102": b"" for n in (2, 3, 4)}
    (text,), _ = read(".msg", ole.container({**streams, "__nameid_version1.0": names}))
    assert "It is 500 euro." in text


def test_a_letter_of_outlook_with_a_table_is_read_as_its_page(read):
    table = b"<table><tr><th>Item<th>Price<tr><td>Pump<td>500</table>"
    plain = wide("Item\r\n\r\nPrice\r\n\r\nPump\r\n\r\n500")
    names = {f"__substg1.0_{n:04X}0102": b"" for n in (2, 3, 4)}
    streams = outlook({0x1000001F: plain, 0x10130102: table}, {"__nameid_version1.0": names})
    assert "| Pump | 500 |" in read(".msg", ole.container(streams))[0][0]


def test_a_letter_that_is_attached_to_one_of_outlook_is_read(read):
    inner = outlook({0x0037001F: wide("Inner"), 0x1000001F: wide("At noon.")}, head=24)
    holder = {"__properties_version1.0": bytes(8), "__substg1.0_3701000D": inner}
    attached = {"__attach_version1.0_#00000000": holder}
    names = {f"__substg1.0_{n:04X}0102": b"" for n in (2, 3, 4)}
    streams = outlook({0x0037001F: wide("Outer")}, {"__nameid_version1.0": names, **attached})
    (text,), notes = read(".msg", ole.container(streams))
    assert "# Outer" in text
    assert "## Inner" in text
    assert "At noon." in text
    assert notes == {}


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp949", "계약서.txt"),
        ("gbk", "会议记录.txt"),
        ("cp932", "契約書の控え.txt"),
        ("cp866", "Договор.txt"),
        ("cp437", "Übersicht für Köln.txt"),
        ("utf-8", "계약서.txt"),
    ],
)
def test_files_in_archives_have_the_names_that_they_were_given(read, encoding, name):
    assert read(".zip", files.archive_named(name, encoding))[0] == [f"# {name}\n\nIn the file."]


def test_rich_text_is_unpacked_as_outlook_packs_it():
    # The example of the specification (MS-OXRTFCP 4.1.1).
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d"
        "0a800fa0"
    )
    assert decompress(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_files_within_the_text_of_a_letter_are_read(read):
    words = b"Name,Fee\nAda,5\nBea,7\nKim,9\n"
    lines = "".join(
        binascii.b2a_uu(words[at : at + 45]).decode() for at in range(0, len(words), 45)
    )
    text = f"Here:\nbegin 644 fees.csv\n{lines}`\nend\nBest,\nBea\nbegin 644 of nothing"
    (text,), _ = read(".eml", f"Subject: Fees\nContent-Type: text/plain\n\n{text}")
    assert "Here:\n[fees.csv]\nBest,\nBea\nbegin 644 of nothing" in text
    assert "## Attachment: fees.csv\n\n| Name | Fee |" in text


@pytest.mark.parametrize(
    ("more", "text", "shown"),
    [
        (
            "; format=flowed",
            "A long \nline.\n\n> quoted \n> too\n-- \nBea",
            "A long line.\n\n> quoted too\n-- \nBea",
        ),
        ("; format=flowed; delsp=yes", "東京 \nへ行く", "東京へ行く"),
        ("", "A fixed \nline.", "A fixed \nline."),
    ],
)
def test_lines_that_were_broken_for_the_way_are_joined(read, more, text, shown):
    kind = f"Content-Type: text/plain; charset=utf-8{more}"
    assert read(".eml", f"Subject: x\n{kind}\n\n{text}")[0] == [f"# x\n\n{shown}"]


def test_a_letter_of_apple_s_program_is_a_letter(read):
    body = letter(b"Hello")
    data = b"%d      \n" % len(body) + body + b'<?xml version="1.0"?><plist><dict/></plist>'
    assert read(".emlx", data)[0] == read(".eml", body)[0]


def test_a_report_says_what_did_not_arrive(read):
    report = b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nStatus: 5.1.1\n"
    (text,), _ = read(".eml", parts(b"Content-Type: text/plain\n\nSorry.\n", report, kind="report"))
    assert text.endswith("Sorry.\n\nReporting-MTA: dns; mx\n\nStatus: 5.1.1")


def test_a_form_for_one_program_alone_is_not_the_letter(read):
    forms = (
        b"Content-Type: text/x-amp-html\n\n<html amp4email><p>Choose</p></html>\n",
        b"Content-Type: text/html\n\n<p>Hello</p>\n",
    )
    (text,), _ = read(".eml", parts(*forms, kind="alternative"))
    assert text.endswith("\n\nHello")
    assert "Choose" not in text
