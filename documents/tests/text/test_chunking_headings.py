"""The headings that a chunk stands under."""

from documents.models.tuning import Tuning
from documents.text.chunking import pieces

SMALL = Tuning(chunk_chars=200, chunk_overlap=0)
FILLER = "and so it goes on for a while " * 8


def headings(*pages: str) -> list[str]:
    numbered, start = [], 0
    for number, text in enumerate(pages, 1):
        numbered.append((number, start, text))
        start += len(text)
    return [piece.heading for piece in pieces(numbered, SMALL, headed=True)]


def test_a_chunk_stands_under_the_headings_before_it() -> None:
    text = f"# Handbook\n\n## Leave\n\n{FILLER}\n\n## Travel\n\n{FILLER}"
    found = headings(text)
    assert found[1] == "Handbook › Leave"
    assert found[-1] == "Handbook › Travel"


def test_a_heading_holds_on_the_next_page_until_another_of_its_level() -> None:
    found = headings(f"# One\n{FILLER}", FILLER, f"# Two\n{FILLER}")
    assert found[0] == "One"
    assert "One" in found[2:4]
    assert found[-1] == "Two"


def test_what_a_fence_holds_is_no_heading() -> None:
    assert set(headings(f"```\n# a comment\n```\n{FILLER}")) == {""}


def test_a_text_without_markdown_has_no_headings() -> None:
    page = [(1, 0, f"# 1 of 3\n{FILLER}")]
    assert {piece.heading for piece in pieces(page, SMALL)} == {""}


def test_a_path_of_headings_is_bounded() -> None:
    assert len(headings(f"# {'long ' * 300}\n{FILLER}")[-1]) <= 500


def test_a_chunk_among_the_rows_of_a_table_knows_their_columns() -> None:
    rows = "".join(f"| Person {n} | {n} |\n" for n in range(40))
    text = f"# Staff\n\n| Name | Room |\n| --- | --- |\n{rows}"
    found = list(pieces([(1, 0, text)], SMALL, headed=True))
    named = {piece.columns for piece in found if "Person" in piece.text}
    assert named == {"", "| Name | Room |"}
    assert all(bool(piece.columns) == ("Person 0 " not in piece.text) for piece in found[1:])
    assert all(text[piece.start : piece.end] == piece.text for piece in found)
    assert {piece.columns for piece in pieces([(1, 0, text)], SMALL, has_tables=False)} == {""}
