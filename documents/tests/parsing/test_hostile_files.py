"""Files made to harm: each fails with a reason, within its limits, and the next one is read."""

import time

import pytest

from documents.errors import IngestError
from documents.parsing.formats import BY_SUFFIX
from documents.parsing.process import PageText, parse
from documents.tests import files

LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "'
    + "&a;" * 10
    + '"><!ENTITY c "'
    + "&b;" * 10
    + '"><!ENTITY d "'
    + "&c;" * 10
    + '">]>'
)
SECRET = "root:x:0"
TOO_LARGE = "archive_too_large"
ENTITY = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default '
    'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r" Target="word/document.xml" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/officeDocument"/></Relationships>'
)


def word_with(prologue: str, text: str, **more: str) -> bytes:
    run = f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
    body = f'<w:document xmlns:w="{WORD}"><w:body>{run}</w:body></w:document>'
    entries = {"[Content_Types].xml": TYPES, "_rels/.rels": RELATIONS}
    return files.archive(entries | {"word/document.xml": prologue + body} | more)


def bomb() -> bytes:
    return word_with("", "x", **{"bomb.bin": "0" * 210_000_000})


def book_with(prologue: str, chapter: str) -> bytes:
    return files.archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": prologue + files.CONTAINER,
            "OEBPS/book.opf": files.PACKAGE,
            "OEBPS/two.xhtml": chapter,
        }
    )


@pytest.fixture
def read(tmp_path):
    def text(suffix, data):
        # Stored files have no suffix.
        path = tmp_path / "file"
        path.write_bytes(data)
        found = parse(str(path), BY_SUFFIX[suffix].media_type)
        return "\n".join(page.text for page in found if isinstance(page, PageText))

    return text


@pytest.mark.parametrize(
    ("suffix", "make", "reason"),
    [
        (".docx", bomb, TOO_LARGE),
        (".xlsx", lambda: files.archive({"xl/workbook.xml": "0" * 50_000_000}), TOO_LARGE),
        (".pptx", lambda: files.archive({f"ppt/{n}": "" for n in range(2001)}), TOO_LARGE),
        (".docx", lambda: files.word()[:-100], "corrupt_file"),
        (".docx", lambda: files.archive({"word/document.xml": "<a>"}), "corrupt_file"),
        (".pptx", lambda: files.archive({"ppt/presentation.xml": "<a>"}), "corrupt_file"),
        (".xlsx", lambda: files.archive({"xl/workbook.xml": "<a>"}), "corrupt_file"),
        (".epub", lambda: files.archive({"mimetype": "application/epub+zip"}), "corrupt_file"),
        (".wav", lambda: b"RIFF\0\0\0\0WAVEfmt nothing", "corrupt_file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_fails_with_a_reason(read, suffix, make, reason):
    data = make()
    began = time.monotonic()
    with pytest.raises(IngestError) as failed:
        read(suffix, data)
    assert failed.value.reason == reason
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("prologue", [ENTITY, LAUGHS], ids=["a file", "laughs"])
def test_entities_are_not_expanded(read, prologue):
    entities = f"{prologue}<p>&e; and &d;</p>"
    for suffix, data in (
        (".docx", word_with(prologue, "&e; and &d;")),
        (".docx", word_with(prologue, "plain")),
        (".epub", book_with(prologue, entities)),
    ):
        try:
            text = read(suffix, data)
        except IngestError as error:
            text = error.reason
        assert SECRET not in text
        assert "hahaha" not in text


def test_a_name_in_an_archive_writes_nothing(read, tmp_path):
    outside = {"../../escaped.txt": "x", "/tmp/escaped-too.txt": "x"}
    before = set(tmp_path.parent.rglob("escaped*"))
    assert read(".docx", word_with("", "harmless", **outside)) == "harmless"
    assert set(tmp_path.parent.rglob("escaped*")) == before


def test_a_page_nested_without_end_is_refused_or_read_as_text(read):
    page = b"<div>" * 100_000 + b"deep" + b"</div>" * 100_000
    try:
        outcome = read(".html", page)
    except IngestError as error:
        outcome = error.reason
    assert outcome in {"deep", "corrupt_file", "too_large", "parser_crashed"}


def test_the_next_file_is_read_as_if_nothing_had_happened(read):
    with pytest.raises(IngestError):
        read(".docx", bomb())
    assert "Travel rules" in read(".docx", files.word())
