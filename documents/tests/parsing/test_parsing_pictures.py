"""Text in pictures and in scanned pages, by the engine that this machine has."""

import gzip
from pathlib import Path

import pytest

from documents.errors import CorruptFile, PictureTooLarge
from documents.parsing.formats import BY_SUFFIX
from documents.parsing.process import PageText, parse
from documents.tests import files
from documents.tests.parsing import in_process, pdf


@pytest.fixture
def read(tmp_path):
    def pages(suffix, data, first=1):
        # Stored files have no suffix.
        path = tmp_path / "file"
        path.write_bytes(data)
        found = parse(str(path), BY_SUFFIX[suffix].media_type, first)
        return [page.text for page in found if isinstance(page, PageText)]

    return pages


@pytest.fixture
def read_here(tmp_path):
    """Read without a process, which would load the engine anew."""

    def pages(suffix, data):
        path = tmp_path / "file"
        path.write_bytes(data)
        found = in_process.parse(str(path), BY_SUFFIX[suffix].media_type)
        return [page.text for page in found if isinstance(page, PageText)]

    return pages


def test_the_words_of_a_picture_are_read(read_here):
    """Those of a PNG are read in `test_parsers_reach_nothing`, in a process of its own."""
    (text,) = read_here(".webp", files.picture("The invoice is due", "WEBP"))
    assert "invoice is due" in text


def test_a_picture_of_a_telephone_is_read(read_here):
    packed = Path(__file__).parents[1] / "data/invoice.heic.gz"
    (text,) = read_here(".heic", gzip.decompress(packed.read_bytes()))
    assert "4711" in text


def test_a_scanned_page_is_read_and_an_empty_one_is_not(read):
    pages = read(".pdf", files.scan("Scanned contract", ""))
    assert "Scanned contract" in pages[0]
    assert pages[1] == ""


def test_a_page_with_text_is_not_looked_at_as_a_picture(read):
    assert [page.strip() for page in read(".pdf", pdf.pages("Words", "More"))] == ["Words", "More"]


def test_a_picture_of_too_many_pixels_is_refused_unopened(read):
    # A header that claims 60,000 x 60,000 pixels, and hardly anything behind it.
    header = files.picture("x", size=(40, 40))
    huge = header[:16] + (60_000).to_bytes(4, "big") * 2 + header[24:]
    with pytest.raises((PictureTooLarge, CorruptFile)):
        read(".png", huge)


def test_a_broken_picture_is_told_as_such(read):
    with pytest.raises(CorruptFile):
        read(".png", files.picture("x")[:200])
