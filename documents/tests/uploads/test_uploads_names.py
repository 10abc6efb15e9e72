import pytest

from documents.files import filenames


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\Report 1.pdf", "Report 1.pdf"),
        ("a\x00b\nc.txt", "abc.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("  two   words .txt ", "two words .txt"),
        (".hidden", "hidden"),
        ("보고서.pdf", "보고서.pdf"),
        ("보고서.pdf".encode().decode(), "보고서.pdf"),
        ("", "document"),
        ("///", "document"),
    ],
)
def test_a_name_is_what_can_be_seen_of_its_last_part(given, shown):
    assert filenames.clean(given) == shown


def test_a_long_name_keeps_its_ending():
    name = filenames.clean("x" * 500 + ".pdf")
    assert len(name) == filenames.MAX_CHARS
    assert name.endswith("x.pdf")


def test_a_name_in_separate_letters_is_composed():
    assert filenames.clean("u\u0308ber.txt") == "über.txt"
