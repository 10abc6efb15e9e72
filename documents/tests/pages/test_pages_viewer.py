"""The viewer: the right pages, the quoted passage marked to the character, and the old versions."""

import re
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client

from documents.models import Page
from documents.pages.viewer import AROUND, LEAD, SHOWN, SLICE, Target, window
from documents.tests.library import HANDBOOK, add_version, ready_document

pytestmark = pytest.mark.django_db

# Characters of one, two, three and four bytes, markup, and line ends.
MIXED = ("Ünïcode <b>&amp; 漢字 🎉 a\nb", "second <mark>page</mark>\n\n🎉🎉 end", "third")


@pytest.fixture
def page(client: Client, alice, storage) -> Client:
    client.force_login(alice)
    return client


def html(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def marks(text: str) -> str:
    return unescape("".join(re.findall(r"<mark[^>]*>([^<]*)</mark>", text)))


def texts(text: str) -> list[str]:
    """Return what a reader sees of each page."""
    found = re.findall(r'class="sheet-text" dir="auto">(.*?)</div>', text, re.DOTALL)
    return [unescape(re.sub(r"</?mark[^>]*>", "", one)) for one in found]


def whole_text(version) -> str:
    """A version's text as the offsets of its pages count it."""
    text = ""
    for page in version.page_texts.order_by("number"):
        text = text.ljust(page.start) + page.text
    return text


def test_every_passage_is_marked_exactly(page, alice):
    document = ready_document(alice, MIXED)
    text = whole_text(document.current)
    for start in range(0, len(text), 6):
        for end in (start + 1, start + 5, len(text)):
            shown = html(page, f"/documents/{document.pk}/?start={start}&end={end}")
            # Between two pages stands one character that belongs to neither.
            expected = "".join(
                text[max(start, p.start) : min(end, p.start + len(p.text))]
                for p in document.current.page_texts.all()
            )
            assert marks(shown) == expected
            assert texts(shown) == list(MIXED)
            assert shown.count('id="passage"') == (1 if expected else 0)


def test_the_text_is_shown_as_it_is(page, alice):
    document = ready_document(alice, MIXED)
    shown = html(page, f"/documents/{document.pk}/")
    assert texts(shown) == list(MIXED)
    assert "<b>" not in shown
    assert [f'id="page={n}"' in shown for n in (1, 2, 3, 4)] == [True, True, True, False]


def test_a_long_document_opens_around_the_page(page, alice, django_assert_max_num_queries):
    document = ready_document(alice, ["first"])
    Page.objects.bulk_create(
        Page(version=document.current, number=n, start=n * 100, text=f"text of page {n}.")
        for n in range(2, 1001)
    )
    with django_assert_max_num_queries(12):
        shown = html(page, f"/documents/{document.pk}/?page=500")
    numbers = [int(n) for n in re.findall(r'id="page=(\d+)"', shown)]
    assert numbers == list(range(500, 500 + SHOWN))
    assert f'page={500 - SHOWN}">Earlier pages' in shown.replace('class="button" ', "")
    assert f'page={500 + SHOWN}">Later pages' in shown.replace('class="button" ', "")
    assert "of 1000" in shown
    quoted = html(page, f"/documents/{document.pk}/?start=70000&end=70004")
    assert marks(quoted) == "text"
    numbers = [int(n) for n in re.findall(r'id="page=(\d+)"', quoted)]
    assert numbers == list(range(700 - AROUND, 700 + AROUND + 1))


def test_going_later_and_earlier_misses_no_page(alice, storage):
    document = ready_document(alice, [f"page {n}" for n in range(1, 40)])
    version = document.current
    seen, at = [], 1
    while at:
        shown = window(version, Target(page=at))
        seen += [section.number for section in shown.sections]
        at = shown.later
    assert seen == list(range(1, 40))
    at = 39
    while at:
        shown = window(version, Target(page=at))
        at = shown.earlier
    assert shown.sections[0].number == 1


def test_a_very_long_page_is_cut_around_the_place(alice, storage):
    text = "".join(f"{n:07d} " for n in range(SLICE // 2))
    document = ready_document(alice, [text], title="log.txt")
    start = len(text) // 2
    (section,) = window(document.current, Target(start=start, end=start + 700)).sections
    assert section.marked == text[start : start + 700]
    assert section.before == text[start - LEAD : start]
    assert len(section.before + section.marked + section.after) == SLICE
    seen, at = "", 0
    while at is not None:
        (section,) = window(document.current, Target(start=at)).sections
        assert section.start == len(seen)
        seen += section.before
        at = section.later
    assert seen == text
    while section.earlier is not None:
        (section,) = window(document.current, Target(start=section.earlier)).sections
    assert section.before == text[:SLICE]


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=x", "start=5&end=5", "start=9&end=1", "start=-1&end=3",
     "start=99999999&end=999999999", "start=9999999999999&end=1", "start=1", "end=3", "version=x"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_opens_the_document(page, alice, query):
    document = ready_document(alice)
    shown = html(page, f"/documents/{document.pk}/?{query}")
    assert texts(shown) == list(HANDBOOK)
    assert "<mark" not in shown


def test_a_quoted_version_stays_readable_beside_a_newer_one(page, alice):
    document = ready_document(alice, ["The old rule."])
    old = document.current
    document.current = add_version(document, ["The new rule."])
    document.save()
    quoted = html(page, f"/documents/{document.pk}/?version={old.pk}&start=4&end=7")
    assert marks(quoted) == "old"
    assert "An older version" in quoted
    present = html(page, f"/documents/{document.pk}/")
    assert "The new rule." in present
    assert "An older version" not in present


def test_a_version_of_another_document_is_not_found(page, alice, bob):
    document = ready_document(alice)
    for other in (ready_document(alice, ["mine"]), ready_document(bob, ["not yours"])):
        response = page.get(f"/documents/{document.pk}/?version={other.current_id}")
        assert response.status_code == 404
    assert page.get(f"/documents/{document.pk}/?version={uuid4()}").status_code == 404


def test_a_document_that_is_not_read_yet_says_so(page, alice):
    document = ready_document(alice, [])
    document.versions.update(state="failed", failure_message="It is locked with a password.")
    document.current = None
    document.save()
    shown = html(page, f"/documents/{document.pk}/")
    assert "It is locked with a password." in shown
    assert "No text has been read" in shown


def test_a_title_cannot_be_markup(page, alice):
    document = ready_document(alice, title="<script>alert(1)</script>.pdf")
    for path in ("", f"{document.pk}/", f"{document.pk}/delete/"):
        shown = html(page, f"/documents/{path}")
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)" in shown
