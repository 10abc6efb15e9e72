import pytest

from documents.ingest.pipeline import ingest
from documents.models import Chunk, ChunkVector, Page, Version
from documents.tests.parsing import pdf

pytestmark = pytest.mark.django_db(transaction=True)


def words(*, count: int, seed: str) -> str:
    """Lines of words with vowels: a page without is taken for garbled and read as a picture."""
    lines = [" ".join(f"{seed}{n}" for n in range(i, i + 8)) for i in range(0, count, 8)]
    return "\n".join(lines)


def test_a_pdf_becomes_ready_with_pages_chunks_and_vectors(upload, fake):
    version = upload(pdf.pages("The first page", words(count=300, seed="area"), "The last page"))
    ingest(version.pk)
    version.refresh_from_db()
    assert (version.state, version.stage) == (Version.State.READY, Version.Stage.DONE)
    assert version.document.current == version
    assert version.pages == 3
    assert version.chunk_count == Chunk.objects.count() == ChunkVector.objects.count() > 3
    assert (version.done, version.total) == (version.chunk_count, version.chunk_count)
    assert version.finished is not None
    assert version.claimed_until is None


def test_a_chunk_is_the_text_between_its_offsets_and_knows_its_page(upload, fake):
    version = upload(
        pdf.pages(words(count=300, seed="aloe"), "Short.", words(count=300, seed="echo"))
    )
    ingest(version.pk)
    pages = list(Page.objects.filter(version=version).order_by("number"))
    whole = "".join(page.text for page in pages)
    for chunk in Chunk.objects.filter(version=version):
        assert whole[chunk.start : chunk.end] == chunk.text
        assert chunk.page
        page = pages[chunk.page - 1]
        assert page.start <= chunk.start < chunk.end <= page.start + len(page.text)


def test_the_embedded_text_begins_with_the_title(upload, fake):
    ingest(upload(b"Nothing but text.", "notes.txt").pk)
    assert fake.texts[-1] == "notes.txt\nNothing but text."


def test_a_text_file_has_no_page_numbers(upload, fake):
    version = upload("Grüße aus Köln".encode(), "notes.md")
    ingest(version.pk)
    chunk = Chunk.objects.get()
    assert chunk.page is None
    assert chunk.text == "Grüße aus Köln"


def test_a_second_run_of_a_ready_version_does_nothing(upload, fake):
    version = upload(b"Some text.", "notes.txt")
    ingest(version.pk)
    asked = len(fake.batches)
    ingest(version.pk)
    assert len(fake.batches) == asked
    assert Chunk.objects.count() == 1


def test_a_document_of_three_hundred_pages_is_ready_with_all_of_them(upload, fake):
    texts = [f"Page {n} tells of the lighthouse of island {n}." for n in range(1, 301)]
    version = upload(pdf.pages(*texts))
    ingest(version.pk)
    version.refresh_from_db()
    assert (version.state, version.pages) == (Version.State.READY, 300)
    pages = Chunk.objects.filter(version=version).order_by("ordinal").values_list("page", flat=True)
    assert list(pages) == list(range(1, 301))
