"""A passage says, in a few words, what of its document was guessed or not read."""

import pytest

from aiapp.db import in_db
from documents.ingest.pipeline import ingest
from documents.ingest.remarks import list_remarks
from documents.search import explain, search
from documents.tests import files

pytestmark = pytest.mark.django_db(transaction=True)

KOREAN = "세종대왕은 1443년에 훈민정음을 만들었다. 그 뜻은 백성을 가르치는 바른 소리이다.\n" * 4


async def test_of_a_document_that_was_read_in_part_or_guessed(alice, upload, fake):
    packed = files.archive({"letter.txt": "Sejong ruled for years.", "broken.docx": b"PK\x03\x04"})
    for data, name in (
        (packed, "letters.zip"),
        (b"Sejong ruled a country.", "whole.txt"),
        ((KOREAN + "Sejong\n").encode("cp949"), "korean.txt"),
    ):
        await in_db(ingest, (await in_db(upload, data, name)).pk)
    expected = {
        "letters.zip": ("read in part",),
        "whole.txt": (),
        "korean.txt": ("encoding guessed",),
    }
    found = (await search(alice, "Sejong", 10, mode="lexical")).passages
    assert {each.title: each.remarks for each in found} == expected
    explained = await explain(alice, "Sejong", 10, mode="lexical")
    assert {each.passage.title: each.passage.remarks for each in explained} == expected


def make_note(code, pages=(), **values):
    return [{"code": code, "values": values, "pages": list(pages)}]


@pytest.mark.parametrize(
    ("notes", "page", "remarks"),
    [
        (None, 1, ()),
        (make_note("pictures_unread", count=4) + make_note("pages_labelled"), 1, ()),
        (make_note("a_later_release_wrote_it"), 1, ()),
        (make_note("read_as_picture", [2, 3], count=2), 1, ()),
        (make_note("read_as_picture", [2, 3], count=2), 3, ("read from a picture",)),
        # Of very many pages only the first hundred are kept.
        (make_note("read_as_picture", range(1, 101), count=400), 300, ("read from a picture",)),
        (make_note("pages_without_text", count=1, total=300), 1, ()),
        (make_note("pages_without_text", count=90, total=300), 1, ("read in part",)),
        (
            make_note("part_unreadable", [2]) + make_note("ocr_unavailable", [4]),
            1,
            ("read in part",),
        ),
        (
            make_note("encoding_guessed") + make_note("bytes_replaced", [1], count=2),
            1,
            ("encoding guessed", "some characters were lost"),
        ),
    ],
)
def test_only_what_bears_on_an_answer_is_said(notes, page, remarks):
    assert list_remarks(notes, page) == remarks
