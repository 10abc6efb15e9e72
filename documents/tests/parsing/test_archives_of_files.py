"""Zip archives of files: each is read by its own parser, within bounds."""

from documents.tests import files


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
