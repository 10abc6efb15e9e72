"""A parser's process that was ended from outside says nothing about its file."""

from dataclasses import replace

import pytest

from documents.errors import CorruptFile, ParserCrashed, ParserKilled, StoreUnavailable
from documents.ingest.pipeline import ingest
from documents.library import versions
from documents.models import Page, Version
from documents.parsing.formats import FORMATS
from documents.parsing.process import PageText, parse
from documents.tests.parsing import pdf

PDF, ZIP = "application/pdf", "application/zip"
# pypdf, the second parser, takes it for damaged.
DAMAGED_FOR_THE_SECOND = b"%PDF-1.7 and nothing else"


@pytest.fixture
def read_with(monkeypatch):
    """Have PDFs read by one of `documents.tests.ended_parsers`, or by the real one again."""
    real = FORMATS[PDF]

    def install(name=""):
        parser = f"documents.tests.ended_parsers:{name}" if name else real.parser
        monkeypatch.setitem(FORMATS, PDF, replace(real, parser=parser))

    return install


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "report.pdf"
    file.write_bytes(DAMAGED_FOR_THE_SECOND)
    return str(file)


@pytest.mark.parametrize("parser", ["kill", "terminate"])
def test_the_second_parser_is_not_asked(read_with, path, parser):
    read_with(parser)
    with pytest.raises(ParserKilled):
        list(parse(path, PDF))


def test_after_a_crash_it_is_and_has_the_last_word(read_with, path):
    read_with("crash")
    with pytest.raises(CorruptFile):
        list(parse(path, PDF))


def test_several_files_that_end_whoever_reads_them_cost_an_archive_these_alone(path, monkeypatch):
    def use(second: str) -> None:
        parsers = {"parser": "documents.tests.ended_parsers:crash", "second": second}
        monkeypatch.setitem(FORMATS, ZIP, replace(FORMATS[ZIP], **parsers))

    use("documents.tests.ended_parsers:leave_out")
    pages = [item for item in parse(path, ZIP) if isinstance(item, PageText)]
    assert [page.number for page in pages] == [1, 2, 3, 4, 5, 6, 7]
    assert [page.text for page in pages[1:4]] == [
        "Page 2 was left out.", "Page 3.", "Page 4 was left out.",
    ]  # fmt: skip
    use("documents.tests.ended_parsers:stay")
    with pytest.raises(ParserCrashed):
        list(parse(path, ZIP))


def test_where_somebody_waits_it_goes_on_at_the_next_page(read_with, path):
    read_with("kill")
    parsed = parse(path, PDF, restarts=2)
    found = []
    with pytest.raises(ParserKilled):
        found.extend(parsed)
    pages = [item.text for item in found if isinstance(item, PageText)]
    assert pages == ["Page 1.", "Page 2.", "Page 3."]


@pytest.mark.django_db(transaction=True)
def test_a_document_is_read_again_and_whole(read_with, upload, fake):
    version = upload(pdf.pages("One", "Two", "Three"), "a.pdf")
    read_with("kill")
    assert ingest(version.pk) is True
    version.refresh_from_db()
    assert (version.state, version.failure_code) == (Version.State.QUEUED, "")
    read_with()
    assert ingest(version.pk) is False
    version.refresh_from_db()
    assert version.state == Version.State.READY
    texts = Page.objects.filter(version=version).order_by("number").values_list("text", flat=True)
    assert [text.strip() for text in texts] == ["One", "Two", "Three"]


@pytest.mark.django_db(transaction=True)
def test_one_that_is_killed_at_every_attempt_was_interrupted_and_can_be_retried(
    read_with, upload, fake, settings
):
    version = upload(pdf.pages(*(f"Page {n}" for n in range(9))), "a.pdf")
    read_with("kill")
    for _ in range(settings.INGEST_MAX_ATTEMPTS):
        assert ingest(version.pk) is True
    assert ingest(version.pk) is False
    version.refresh_from_db()
    assert (version.state, version.failure_code) == (Version.State.FAILED, "interrupted")
    read_with()
    versions.retry(version.document)
    ingest(version.pk)
    version.refresh_from_db()
    assert version.state == Version.State.READY


@pytest.mark.django_db(transaction=True)
def test_one_that_waited_before_and_is_killed_at_every_attempt_is_not_tried_for_ever(
    read_with, upload, fake, settings
):
    version = upload(pdf.pages("One", "Two"), "a.pdf")
    Version.objects.filter(pk=version.pk).update(failure_code=StoreUnavailable.code)
    read_with("kill")
    tries = 0
    while ingest(version.pk):
        tries += 1
        assert tries <= settings.INGEST_MAX_ATTEMPTS
    version.refresh_from_db()
    assert (version.state, version.failure_code) == (Version.State.FAILED, "interrupted")
