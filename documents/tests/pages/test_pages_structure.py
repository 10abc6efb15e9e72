"""Headings, tables, pictures and recordings on a document's page, the passage marked in them."""

import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from documents.models import Document
from documents.tests.library import add_version, ready_document
from documents.text.blocks import blocks

TEXT = (
    "# Report on *stars*\nFirst line\nsecond line\n\n## Figures\n"
    "| Name | Light |\n|------|:-----:|\n| Vega | <b>0.03</b> |\n| Deneb \\| A | 1.25 |\n\nEnd."
)


def describe_blocks(text: str, start: int = 0, end: int = 0) -> tuple[list[str], str]:
    """The kinds of the blocks, and what is marked in them."""
    found = blocks(text, (start, end))
    marked = "".join(run.text for block in found for run in block.all_runs() if run.marked)
    return [block.kind for block in found], marked


def test_headings_and_tables_are_told_from_text() -> None:
    kinds, _ = describe_blocks(TEXT)
    assert kinds == ["heading", "text", "heading", "table", "text"]
    heading, _, _, table, _ = blocks(TEXT)
    assert (heading.level, heading.runs[0].text) == (3, "Report on *stars*")
    assert [cell[0].text for cell in table.head] == ["Name", "Light"]
    assert [[cell[0].text for cell in row] for row in table.rows] == [
        ["Vega", "<b>0.03</b>"],
        ["Deneb \\| A", "1.25"],
    ]


def test_every_passage_is_marked_to_the_character() -> None:
    for start in range(0, len(TEXT), 3):
        for end in range(start + 1, len(TEXT), 7):
            _, marked = describe_blocks(TEXT, start, end)
            # What is layout - bars, dashes, number signs, line ends - is not shown, so not marked.
            expected = re.sub(r"[|#\s:-]|\\", "", TEXT[start:end])
            assert re.sub(r"[|#\s:-]|\\", "", marked) == expected


@pytest.mark.parametrize("text", ["", "\n\n", "|", "| a |", "#", "# ", "#hash", "a | b\n|--|--|"])
def test_what_only_looks_like_structure_is_text(text: str) -> None:
    kinds, _ = describe_blocks(text)
    assert kinds == (["text"] if text.strip() else [])


def test_a_time_in_front_of_a_line_leads_to_the_recording() -> None:
    first, second = blocks("[00:05] Good morning.\n[1:02:03] And goodbye.")
    assert (first.kind, first.seconds, first.stamp) == ("cue", 5, "00:05")
    assert (second.seconds, second.runs[0].text) == (3723, "And goodbye.")


@pytest.fixture
def page(client: Client, alice, storage) -> Client:
    client.force_login(alice)
    return client


def html_of(client: Client, document: Document, query: str = "") -> str:
    response = client.get(f"/documents/{document.pk}/{query}")
    assert response.status_code == 200
    return response.content.decode()


def change_type(document: Document, media_type: str, **fields: object) -> Document:
    document.versions.update(media_type=media_type, **fields)
    return document


def test_a_table_is_a_table_and_markup_in_it_is_text(page, alice, db) -> None:
    markdown = change_type(ready_document(alice, [TEXT], title="a.md"), "text/markdown")
    start = TEXT.index("Vega")
    html = html_of(page, markdown, f"?start={start}&end={start + 4}")
    assert '<mark id="passage" tabindex="-1">Vega</mark>' in html
    assert "<th" in html
    assert "&lt;b&gt;0.03&lt;/b&gt;" in html
    assert "<b>0.03" not in html


def test_plain_text_is_left_as_it_is(page, alice, db) -> None:
    plain = change_type(ready_document(alice, [TEXT], title="a.txt"), "text/plain")
    html = html_of(page, plain)
    assert TEXT in unescape(html)
    assert "sheet-table" not in html


def test_a_picture_stands_above_the_text_that_was_read_from_it(page, alice, db) -> None:
    picture = change_type(ready_document(alice, ["A cat."], title="cat.png"), "image/png")
    html = html_of(page, picture)
    assert f'src="/documents/{picture.pk}/file/?version=1"' in html
    assert "A cat." in html
    assert "data-pdf" not in html


def test_a_recording_can_be_played_from_each_line(page, alice, db) -> None:
    speech = change_type(ready_document(alice, ["[01:05] Hello."], title="a.mp3"), "audio/mpeg")
    html = html_of(page, speech)
    assert "<audio" in html
    assert 'data-seek="65">01:05</a>' in html


def test_slides_sheets_and_chapters_are_called_so(page, alice, db) -> None:
    slides = ready_document(alice, ["One.", "Two."], title="a.pptx")
    change_type(slides, "application/vnd.ms-powerpoint", page_kind="slide", paged=True)
    html = html_of(page, slides)
    assert 'aria-label="Slide 2"' in html
    assert 'name="page"' in html


def test_versions_are_listed_and_named_by_number(page, alice, db) -> None:
    document = ready_document(alice, ["The old rule."])
    assert "Version 1" not in html_of(page, document)
    document.current = add_version(document, ["The new rule."])
    document.save()
    document.versions.update(created=timezone.now())
    current, old = html_of(page, document), html_of(page, document, "?version=1")
    assert "The new rule." in current
    assert "The old rule." in old
    assert "An older version (1)" in old
    assert f'href="/documents/{document.pk}/">Open the current one' in old
    assert all(f'href="?version={n}"' in html for n in (1, 2) for html in (current, old))
    assert page.get(f"/documents/{document.pk}/?version=3").status_code == 404
