"""Mail: every text of a letter is read, in whatever encoding, and so is what came with it."""

import pytest

from documents.tests import files
from documents.tests.parsing.office.before_2007 import ole

HEAD = "From: Ada <ada@example.org>\r\nTo: Grace <grace@example.org>\r\nSubject: Plan\r\n"


def multipart(*parts: str, kind: str = "mixed") -> str:
    body = "".join(f"--x\r\n{part}\r\n" for part in parts)
    return (
        f'MIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary="x"\r\n\r\n{body}--x--\r\n'
    )


def part(text: str, kind: str = "text/plain; charset=utf-8", more: str = "") -> str:
    return f"Content-Type: {kind}\r\n{more}\r\n{text}"


@pytest.mark.parametrize("charset", ["x-unknown-8bit", "cp-850-oddly-named", "utf8mb4", "hex"])
def test_an_unknown_charset_does_not_refuse_a_letter(read, charset):
    letter = f"{HEAD}Content-Type: text/plain; charset={charset}\r\n\r\nGrüße aus Köln\r\n"
    (text,), _ = read(".eml", letter)
    assert "Grüße aus Köln" in text


def test_a_wrong_charset_gives_way_to_what_the_bytes_are(read):
    letter = f"{HEAD}Content-Type: text/plain; charset=us-ascii\r\n\r\n".encode()
    (text,), _ = read(".eml", letter + "계약서 제3조를 참조하십시오.".encode("cp949"))
    assert "계약서 제3조를 참조하십시오." in text


@pytest.mark.parametrize("plain", ["", "  \r\n", "No HTML"])
def test_a_plain_form_that_says_nothing_gives_way_to_the_page(read, plain):
    page = "<p>The meeting is at noon, in the large room on the second floor.</p>"
    letter = HEAD + multipart(part(plain), part(page, "text/html"), kind="alternative")
    assert "The meeting is at noon" in read(".eml", letter)[0][0]


def test_of_two_forms_that_say_the_same_one_is_read(read):
    forms = part("At noon."), part("<p>At noon.</p>", "text/html")
    letter = HEAD + multipart(*forms, kind="alternative")
    assert read(".eml", letter)[0][0].count("At noon.") == 1


def test_a_plain_form_without_the_tables_of_the_page_gives_way_to_it(read):
    words = "These are the prices for next year, as agreed."
    table = "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Pump</td><td>500</td></tr></table>"
    forms = part(words), part(f"<p>{words}</p>{table}", "text/html")
    (text,), _ = read(".eml", HEAD + multipart(*forms, kind="alternative"))
    assert "| Pump | 500 |" in text
    assert text.count(words) == 1


def test_all_texts_of_a_letter_are_read(read):
    letter = HEAD + multipart(part("First."), part("<p>Second.</p>", "text/html"), part("Third."))
    (text,), _ = read(".eml", letter)
    assert text.index("First.") < text.index("Second.") < text.index("Third.")


def test_a_letter_that_was_forwarded_is_read_with_its_head(read):
    inner = "From: Bea <bea@example.org>\r\nSubject: Budget\r\n\r\nIt is 500 euro.\r\n"
    letter = HEAD + multipart(part("See below."), part(inner, "message/rfc822"))
    (text,), _ = read(".eml", letter)
    assert "## Budget\n\nFrom: Bea <bea@example.org>" in text
    assert "It is 500 euro." in text


def attach(name: str, data: bytes, kind: str = "application/octet-stream") -> str:
    import base64  # noqa: PLC0415

    more = (
        "Content-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n'
    )
    return part(base64.encodebytes(data).decode(), kind, more)


def test_what_is_attached_is_read_by_its_own_parser(read):
    letter = HEAD + multipart(part("Attached."), attach("rules.docx", files.word()))
    (text,), notes = read(".eml", letter)
    assert "## Attachment: rules.docx\n\n# Travel rules" in text
    assert text.endswith("Attachments: rules.docx")
    assert notes == {}


def test_what_is_attached_and_cannot_be_read_is_noted(read):
    letter = HEAD + multipart(part("Attached."), attach("film.bin", bytes(range(256)) * 10))
    (text,), notes = read(".eml", letter)
    assert "Attached." in text
    assert notes == {"attachment_unread": {"name": "film.bin"}}


def test_a_letter_within_letters_without_end_is_cut_off(read):
    letter = "Subject: Inmost\r\n\r\nDeep.\r\n"
    for n in range(40):
        letter = f"Subject: {n}\r\nContent-Type: message/rfc822\r\n\r\n{letter}"
    (text,), _ = read(".eml", letter)
    assert text.startswith("# 39")


def test_a_web_archive_is_its_page(read):
    page = "<html><title>Leave</title><body><p>Two days a month.</p></body></html>"
    saved = f"Subject: Leave\r\n{multipart(part(page, 'text/html'), kind='related')}"
    assert "Two days a month." in read(".mhtml", saved)[0][0]


def test_a_letter_of_outlook_tells_who_wrote_what(read):
    def text(value):
        return value.encode("utf-16-le")

    def entry(tag, value):
        return tag.to_bytes(4, "little") + b"\x06\0\0\0" + (len(value) + 2).to_bytes(8, "little")

    values = {0x0037001F: "Budget", 0x1000001F: "It is 500 euro.", 0x0E04001F: "Grace"}
    streams = {f"__substg1.0_{tag:08X}": text(value) for tag, value in values.items()}
    listed = bytes(32) + b"".join(entry(tag, text(value)) for tag, value in values.items())
    names = {f"__substg1.0_{n:04X}0102": b"" for n in (2, 3, 4)}
    data = ole.container(
        {"__properties_version1.0": listed, "__nameid_version1.0": names} | streams
    )
    (page,), _ = read(".msg", data)
    assert page.startswith("# Budget")
    assert "It is 500 euro." in page
