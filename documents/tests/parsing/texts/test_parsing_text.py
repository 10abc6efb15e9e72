import pytest

from documents.parsing.child import clean
from documents.parsing.encodings import decode
from documents.parsing.process import Count, PageText, parse


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_text_is_read_in_whichever_encoding_it_has(encoding):
    text = "Grüße aus Köln – “quoted”.\nA second line of plain text.\n"
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_korean_is_read(encoding):
    text = "안녕하세요. 한국어 문서입니다.\n둘째 줄\n"
    assert decode(text.encode(encoding)) == text


def test_bytes_that_are_in_no_encoding_do_not_stop_it():
    text = b"A line of plain text with one stray byte \x81 in it, as it happens.\n" * 3
    assert "one stray byte" in decode(text)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\0b", "ab"),
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("tab\tand\x07bell", "tab\tandbell"),
        ("\ud83d\ude00", "\U0001f600"),
        ("half \ud83d", "half \ufffd"),
    ],
)
def test_text_is_cleaned(given, kept):
    assert clean(given) == kept


def test_a_text_file_is_one_page(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"# Title\r\n\r\nText\x00.")
    assert list(parse(str(path), "text/markdown")) == [Count(1), PageText(1, "# Title\n\nText.")]
    assert list(parse(str(path), "text/markdown", 2)) == [Count(1)]
