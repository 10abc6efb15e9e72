"""A document's page in a real browser: drawn pages, marked passages, and the ways through it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, Request, expect

from aiapp.ids import uuid7
from documents.tests.parsing import pdf
from tests.processes import browser as chromium
from tests.processes import site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGES = [
    f"This is page {n} of the long report.\nIts measure-\nments were taken in hall {n * 7}.\n"
    + "\n".join(f"Line {line} says nothing of interest." for line in range(50))
    for n in range(1, 121)
]
# So long that a few pages, its end and the list of its parts are far less than half of it.
LONG = pdf.pages_of_size(16_000, *PAGES)
KOREAN = "한빛 도서관은 삼월에 문을 열었다."


@dataclass
class Library:
    """The documents that somebody has uploaded; `at` gives the address of a passage."""

    site: site.Site
    ids: dict[str, str]

    def at(self, name: str, start: int, end: int, page: int) -> str:
        return f"/documents/{self.ids[name]}/?version=1&start={start}&end={end}#page={page}"

    def place(self, name: str, text: str, page: int) -> str:
        """The address of some words on a page."""
        with self.site.connection() as connection:
            start, found = connection.execute(
                "SELECT p.start, p.text FROM documents_page p JOIN documents_version v"
                " ON v.id = p.version_id WHERE v.document_id = %s AND p.number = %s",
                [self.ids[name], page],
            ).fetchone() or (0, "")
        begin = start + found.index(text)
        return self.at(name, begin, begin + len(text), page)


@pytest.fixture(scope="module")
def library(shared_site: site.Site, api: httpx2.Client) -> Library:
    files = {
        "long.pdf": LONG,
        "korean.pdf": pdf.korean(KOREAN, "둘째 쪽이다."),
        "rotated.pdf": pdf.rotate_pages("Turned text is here.\nAnd some more of it."),
        "locked.pdf": pdf.locked_for_editing("Everybody may read this page."),
        "picture.pdf": pdf.jpeg_2000("A dark square."),
        "broken.pdf": pdf.pages("Text of a file that is lost."),
        "notes.md": b"# Stars\n\nText.\n\n| Name | Light |\n|---|---|\n| Vega | 0.03 |\n",
    }
    ids = {
        name: api.post("/api/documents", files={"file": (name, data)}).json()["id"]
        for name, data in files.items()
    }
    for name, document in ids.items():
        path = f"/api/documents/{document}"
        site.until(lambda path=path: api.get(path).json()["status"] == "ready", name)
    return Library(shared_site, ids)


@pytest.fixture
def page(browser: Browser, address: str, session: Path) -> Iterator[Page]:
    with chromium.watched_context(browser, address, session, "small") as context:
        yield chromium.first_page(context)


def read_marked_text(page: Page) -> str:
    return "".join(page.locator("mark.quoted").all_inner_texts())


def ink(page: Page, n: int) -> int:
    """Return how many dots of a drawn page are not white."""
    return page.locator(f'.pdf-page[data-n="{n}"] canvas').evaluate(
        """canvas => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            return data.filter((value, at) => at % 4 === 0 && value < 128).length;
        }"""
    )


def test_a_long_document_opens_at_its_page_and_fetches_and_draws_only_that(
    page: Page, library: Library
) -> None:
    fetched: list[int] = []

    def count(request: Request) -> None:
        # The first request is for all of it, and ended as soon as its head tells that parts can
        # be had.
        if wanted := re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", "")):
            fetched.append(int(wanted[2]) + 1 - int(wanted[1]))

    page = page.context.new_page()
    page.on("request", count)
    page.goto(f"/documents/{library.ids['long.pdf']}/#page=60")
    expect(page.locator('.pdf-page[data-n="60"] .pdf-text')).to_contain_text("This is page 60 of")
    expect(page.locator('.pdf-page[data-n="60"]')).to_be_in_viewport()
    assert ink(page, 60) > 1000
    expect(page.get_by_label("Page", exact=True)).to_have_value("60")
    assert page.locator(".pdf-page").count() == 120
    assert page.locator(".pdf-page canvas").count() <= 8
    assert 0 < sum(fetched) < len(LONG) * 0.5
    # The text that stands in for the pages without scripts is not shown beside them.
    expect(page.locator("[data-text]")).to_be_hidden()


def test_the_passage_is_marked_on_its_page_over_line_ends_and_hyphens(
    page: Page, library: Library
) -> None:
    start = library.place("long.pdf", "Its measure", 7)
    address = re.sub(r"end=\d+", lambda end: f"end={int(end[0][4:]) + 31}", start)
    page.goto(address)
    mark = page.locator("#passage")
    expect(mark).to_be_in_viewport()
    expect(mark).to_be_focused()
    assert re.sub(r"\s", "", read_marked_text(page)).startswith("Itsmeasurementsweretakeninhall49")
    assert page.locator("mark.quoted").count() >= 2
    expect(page.locator("#live-status")).to_have_text("The quoted passage is marked on page 7")
    expect(page.locator("[data-quote]")).to_be_hidden()
    assert mark.evaluate("mark => getComputedStyle(mark).backgroundColor") == "rgb(255, 226, 122)"


def test_korean_rotated_and_locked_files_are_drawn_and_marked(page: Page, library: Library) -> None:
    for name, words in (
        ("korean.pdf", KOREAN),
        ("rotated.pdf", "Turned text is here."),
        ("locked.pdf", "Everybody may read"),
    ):
        page.goto(library.place(name, words, 1))
        expect(page.locator("#passage")).to_be_in_viewport()
        # The last full stop carries no meaning, so it is not part of what is compared.
        assert read_marked_text(page).replace(" ", "") == words.rstrip(".").replace(" ", ""), name
        assert ink(page, 1) > 100, name
        box = page.locator("#passage").bounding_box()
        around = page.locator('.pdf-page[data-n="1"]').bounding_box()
        assert box is not None
        assert around is not None
        assert around["x"] <= box["x"] <= around["x"] + around["width"], name


def test_a_picture_is_decoded_by_webassembly_without_an_exception_in_the_policy(
    page: Page, library: Library
) -> None:
    fetched: list[str] = []
    page = page.context.new_page()
    page.on("request", lambda request: fetched.append(request.url))
    address = f"/documents/{library.ids['picture.pdf']}/"
    response = page.goto(address)
    assert response is not None
    assert "wasm" not in response.headers["content-security-policy"]
    expect(page.locator('.pdf-page[data-n="1"] .pdf-text')).to_contain_text("A dark square.")
    # The square covers 200 by 200 points, drawn at 1.4 times that.
    assert ink(page, 1) > 200 * 200
    assert any(url.endswith("openjpeg.wasm") for url in fetched)


def test_a_passage_that_the_page_does_not_hold_is_shown_beside_it(
    page: Page, library: Library
) -> None:
    # As with a scanned page: its text was read from the picture, and the file has none.
    with library.site.connection() as connection:
        connection.execute(
            "UPDATE documents_page SET text = 'Words that were read from a picture, all of them.'"
            " WHERE number = 2 AND version_id IN"
            " (SELECT id FROM documents_version WHERE document_id = %s)",
            [library.ids["korean.pdf"]],
        )
    page.goto(library.place("korean.pdf", "Words that were read from a picture", 2))
    box = page.get_by_role("complementary", name="Quoted passage")
    expect(box).to_contain_text("Words that were read from a picture")
    expect(box).to_be_in_viewport()
    assert page.locator(".pdf mark").count() == 0
    expect(page.get_by_label("Page", exact=True)).to_have_value("2")
    box.get_by_role("button", name="Close").click()
    expect(box).to_be_hidden()


def test_a_file_that_cannot_be_drawn_is_read_as_text(page: Page, library: Library) -> None:
    page.route("**/file/**", lambda route: route.fulfill(body=b"no PDF at all"))
    page.goto(library.place("broken.pdf", "of a file", 1))
    expect(page.get_by_text("The pages could not be drawn")).to_be_visible()
    expect(page.locator("#passage")).to_have_text("of a file")
    expect(page.locator("#passage")).to_be_in_viewport()


def test_page_size_and_search_go_by_keyboard(page: Page, library: Library) -> None:
    page.goto(f"/documents/{library.ids['long.pdf']}/")
    region = page.get_by_role("region", name="Document")
    field = page.get_by_label("Page", exact=True)
    expect(page.locator('.pdf-page[data-n="1"] canvas')).to_be_visible()
    region.focus()
    page.keyboard.press("ArrowRight")
    expect(field).to_have_value("2")
    page.keyboard.press("ArrowLeft")
    expect(field).to_have_value("1")
    size = page.locator("[data-zoom]")
    expect(size).to_have_text("140 %")
    page.keyboard.press("+")
    expect(size).to_have_text("150 %")
    page.keyboard.press("-")
    page.keyboard.press("-")
    expect(size).to_have_text("100 %")
    field.fill("119")
    field.press("Enter")
    expect(page.locator('.pdf-page[data-n="119"] canvas')).to_be_visible()
    expect(page).to_have_url(re.compile("#page=119$"))
    page.keyboard.press("Control+f")
    find = page.get_by_role("searchbox", name="Find in the document")
    expect(find).to_be_focused()
    find.fill("in hall 840")
    current = page.locator("mark.current").first
    expect(current).to_be_in_viewport()
    expect(page.locator("[data-find-count]")).to_have_text("1 of 1")
    find.fill("MEASUREMENTS were")
    expect(page.locator("[data-find-count]")).to_have_text(re.compile(r"of 120$"))
    find.press("Enter")
    expect(page.locator("mark.current").first).to_be_in_viewport()
    find.press("Escape")
    expect(page.get_by_role("button", name="Find in the document")).to_be_focused()
    expect(page.locator(".pdf mark")).to_have_count(0)


def test_the_text_is_one_button_away_and_asking_is_another(page: Page, library: Library) -> None:
    page.goto(f"/documents/{library.ids['long.pdf']}/?page=40")
    expect(page.locator('.pdf-page[data-n="40"]')).to_be_in_viewport()
    page.get_by_role("button", name="Text", exact=True).click()
    expect(page.locator(".sheet", has_text="This is page 40 of")).to_be_in_viewport()
    expect(page.locator(".pdf")).to_be_hidden()
    page.get_by_role("button", name="Text", exact=True).click()
    expect(page.locator('.pdf-page[data-n="40"]')).to_be_visible()
    page.get_by_role("link", name="Ask about this document").click()
    chip = page.locator("[data-scope] .chip")
    expect(chip).to_have_text("long.pdf")
    page.get_by_label("Your question").fill("What")
    chip.get_by_role("link").click()
    expect(chip).to_have_count(0)
    expect(page.get_by_label("Your question")).to_have_value("What")


def test_an_older_version_says_so_and_leads_to_the_current_one(
    page: Page, library: Library
) -> None:
    with library.site.connection() as connection:
        document, newer = library.ids["locked.pdf"], uuid7()
        connection.execute(
            "INSERT INTO documents_version SELECT (jsonb_populate_record(version,"
            " jsonb_build_object('id', %s::text, 'number', 2))).*"
            " FROM documents_version version WHERE document_id = %s",
            [newer, document],
        )
        connection.execute(
            "INSERT INTO documents_page (version_id, number, start, text)"
            " SELECT %s, page.number, start, text FROM documents_page page"
            " JOIN documents_version version ON version.id = version_id WHERE document_id = %s",
            [newer, document],
        )
        connection.execute(
            "UPDATE documents_document SET current_id = %s WHERE id = %s", [newer, document]
        )
    page.goto(library.place("locked.pdf", "Everybody", 1))
    expect(page.get_by_text("An older version (1).")).to_be_visible()
    expect(page.locator("#passage")).to_have_text("Everybody")
    page.get_by_role("button", name="Version 1").click()
    expect(page.get_by_role("link", name=re.compile("Version 2.*current"))).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Open the current one").click()
    expect(page.get_by_role("button", name="Version 2")).to_be_visible()
    expect(page.get_by_text("An older version")).to_have_count(0)


def test_without_scripts_the_page_is_text(
    browser: Browser, address: str, session: Path, library: Library
) -> None:
    with chromium.watched_context(
        browser, address, session, "small", java_script_enabled=False
    ) as context:
        page = chromium.first_page(context)
        page.goto(library.place("long.pdf", "Line 3 says", 30))
        expect(page.locator("#passage")).to_have_text("Line 3 says")
        page.get_by_label("Page", exact=True).fill("44")
        page.get_by_role("button", name="Go").click()
        expect(page.locator(".sheet").first).to_contain_text("This is page 44 of")
        page.goto(f"/documents/{library.ids['notes.md']}/")
        expect(page.get_by_role("cell", name="Vega")).to_be_visible()
