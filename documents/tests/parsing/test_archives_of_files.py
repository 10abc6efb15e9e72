"""Zip archives of files: each is read by its own parser, within bounds."""

import bz2
import gzip
import io
import lzma
import random
import tarfile
import zipfile

import pytest

from documents.files.media_types import detect_format
from documents.tests import files


def store(entries: dict[str, bytes]) -> bytes:
    """Put documents into an archive as they are, which many programs do with what is packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def find_suffix(data: bytes) -> str:
    return detect_format("files", io.BytesIO(data)).suffixes[0]


def lengthen_the_list(data: bytes) -> bytes:
    """Write the end of its list as it is of archives of more than four gigabytes."""
    end = data.rindex(b"PK\x05\x06")
    size, start = (int.from_bytes(data[end + at : end + at + 4], "little") for at in (12, 16))
    record = b"PK\x06\x06" + (44).to_bytes(8, "little") + bytes(28)
    record += size.to_bytes(8, "little") + start.to_bytes(8, "little")
    locator = b"PK\x06\x07" + bytes(4) + end.to_bytes(8, "little") + bytes(4)
    return data[:end] + record + locator + b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2)


@pytest.mark.parametrize("change", [bytes, lengthen_the_list], ids=["short", "long"])
def test_documents_that_are_stored_as_they_are_make_no_document_of_their_archive(change):
    data = store({"a.docx": files.word(), "b.xlsx": files.workbook(), "c.txt": b"Last."})
    assert find_suffix(change(data)) == ".zip"
    assert find_suffix(change(files.word())) == ".docx"


def test_a_document_whose_list_is_lost_is_known_by_its_files():
    assert find_suffix(files.word()[:-40]) == ".docx"


def test_a_document_behind_other_bytes_is_known():
    data = files.word()
    moved = data[:30] + data
    assert find_suffix(moved) == ".docx"


def test_each_file_is_a_page(read):
    data = files.archive(
        {
            "notes/a.txt": "First.",
            "rules.docx": files.word(),
            "table.csv": "A;B\n1;2\n",
            "__MACOSX/._a.txt": "junk",
            "empty.txt": "",
        }
    )
    texts, notes = read(".zip", data)
    assert texts[0] == "# notes/a.txt\n\nFirst."
    assert "# Travel rules" in texts[1]
    assert "| 1 | 2 |" in texts[2]
    assert len(texts) == 3
    assert notes == {}


def test_a_file_that_cannot_be_read_is_noted_and_leaves_the_others(read):
    data = files.archive(
        {"broken.docx": files.word()[:-50], "film.bin": bytes(5000), "a.txt": "Kept."}
    )
    texts, notes = read(".zip", data)
    assert texts[2] == "# a.txt\n\nKept."
    assert "entry_unread" in notes


def test_archives_within_archives_end(read):
    data = files.archive({"a.txt": "Inmost."})
    for _ in range(10):
        data = files.archive({"inner.zip": data})
    _, notes = read(".zip", data)
    assert "entry_unread" in notes


def test_an_archive_that_swells_is_refused(read_error):
    assert (
        read_error(".zip", files.archive({"zeros.txt": "0" * 210_000_000})) == "archive_too_large"
    )


def test_a_letter_in_an_archive_is_read_with_what_came_with_it(read):
    (text,), _ = read(".zip", files.archive({"letter.eml": files.LETTER}))
    assert "# The analytical engine" in text


def tape(entries: dict[str, bytes], **options) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", **options) as archive:
        archive.addfile(tarfile.TarInfo("folder"))
        for name, data in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".tar", bytes), (".tgz", gzip.compress), (".tbz2", bz2.compress), (".xz", lzma.compress)],
    ids=["tar", "gz", "bz2", "xz"],
)
def test_an_archive_of_tapes_is_read_file_by_file(read, suffix, pack):
    data = pack(tape({"a/b.txt": b"First.", "._b.txt": b"junk", "c.csv": b"A;B\n1;2\n"}))
    assert find_suffix(data) in {".tar", ".gz", ".bz2", ".xz"}
    texts, notes = read(suffix, data)
    assert texts[0] == "# a/b.txt\n\nFirst."
    assert "| 1 | 2 |" in texts[1]
    assert len(texts) == 2
    assert notes == {}


def test_names_on_a_tape_are_in_the_encoding_of_whoever_wrote_them(read):
    data = tape({"Überweisung für Größe.txt": b"x"}, encoding="cp1252", format=tarfile.GNU_FORMAT)
    assert read(".tar", data)[0] == ["# Überweisung für Größe.txt\n\nx"]


def test_a_document_that_was_packed_alone_is_read_as_that(read):
    texts, notes = read(".gz", gzip.compress(files.slides()))
    assert len(texts) == len(read(".pptx", files.slides())[0])
    assert notes == {}


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(read, read_error):
    noise = random.Random(1).randbytes(30_000).hex().encode()
    cut = gzip.compress(b"First line.\n" + noise)[:4000]
    (text,), notes = read(".gz", cut)
    assert text.startswith("First line.")
    assert "archive_cut" in notes
    texts, notes = read(".tgz", gzip.compress(tape({"a.txt": b"Kept.", "b.txt": noise}))[:4000])
    assert texts[0] == "# a.txt\n\nKept."
    assert {"archive_cut", "entry_unread"} <= set(notes)
    assert read_error(".gz", cut[:5]) == "corrupt_file"


def test_what_swells_when_it_is_unpacked_is_refused(read_error):
    assert read_error(".xz", lzma.compress(b"a" * 20_000_000)) == "archive_too_large"
    assert read_error(".tbz2", bz2.compress(tape({"a": bytes(9_000_000)}))) == "archive_too_large"


def test_a_tape_with_nothing_on_it_has_no_text(read_error):
    assert read_error(".tar", tape({})) == "no_text"
