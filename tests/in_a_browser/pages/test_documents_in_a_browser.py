"""The documents pages in a real browser, under their content security policy."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from documents.tests.parsing import pdf
from tests.processes import browser as chromium
from tests.processes import site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SignIn = Callable[[BrowserContext, str], Page]
LONG = pdf.pages(*(f"This is page {n} of the long report." for n in range(1, 61)))


@pytest.fixture
def complaints() -> list[str]:
    """The console's errors; a test that expects one takes it out."""
    return []


@contextmanager
def watched_context(
    browser: Browser, address: str, complaints: list[str], **options: bool
) -> Iterator[BrowserContext]:
    with chromium.heard_context(browser, address, None, "small", complaints, **options) as context:
        yield context
    assert complaints == []


@pytest.fixture
def context(browser: Browser, address: str, complaints: list[str]) -> Iterator[BrowserContext]:
    with watched_context(browser, address, complaints) as context:
        yield context


@pytest.fixture
def scriptless(browser: Browser, address: str, complaints: list[str]) -> Iterator[BrowserContext]:
    with watched_context(browser, address, complaints, java_script_enabled=False) as context:
        yield context


@pytest.fixture
def sign_in(shared_site: site.Site, shared_web: site.Program) -> SignIn:
    """Open the documents of somebody, whose account is made at the first call."""

    def open_documents(context: BrowserContext, name: str) -> Page:
        shared_site.client(shared_web, name)
        chromium.sign_in(context, shared_web.url, name)
        page = chromium.first_page(context)
        page.goto("/documents/")
        return page

    return open_documents


def payload(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "", "buffer": data}


def choose(page: Page, *files: tuple[str, bytes]) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload").click()
    chooser.value.set_files([payload(*file) for file in files])


def state(page: Page, title: str) -> str:
    return page.locator("tr", has_text=title).locator(".badge").inner_text()


def test_files_are_uploaded_and_followed_until_they_are_ready(
    context: BrowserContext, complaints: list[str], sign_in: SignIn
) -> None:
    page = sign_in(context, "ada")
    expect(page.get_by_text("No documents yet")).to_be_visible()
    page.locator("summary", has_text="Metadata").click()
    page.get_by_label("One per line").fill("author: Ada\nyear: 1843")
    choose(page, ("a.txt", b"About lamps."), ("b.md", b"# Oil"), ("c.exe", b"MZ\x00\x01"))
    for title in ("a.txt", "b.md"):
        row = page.locator("tr", has_text=title)
        expect(row.locator(".badge")).to_have_text("Ready", timeout=30_000)
    expect(page.locator("#rows").get_by_text("2 ready")).to_be_visible()
    expect(page.get_by_role("link", name="All documents 2")).to_be_visible()
    # The one that was refused stays, with the reason, until it is put away.
    refused = page.locator(".upload-item")
    expect(refused).to_have_count(1)
    expect(refused).to_contain_text("c.exe")
    expect(refused.locator(".upload-state")).not_to_be_empty()
    expect(refused.get_by_role("button", name="Try again")).to_be_hidden()
    expect(page.get_by_role("alert")).to_contain_text("2 added, 1 not")
    refused.get_by_role("button", name="Dismiss").click()
    expect(refused).to_have_count(0)
    page.get_by_role("link", name="b.md", exact=True).click()
    page.locator("summary", has_text="Metadata").click()
    expect(page.locator("main")).to_contain_text("author: Ada")
    # The browser itself names the refused request in the console.
    assert [text for text in complaints if "415" not in text] == []
    complaints.clear()


def test_a_file_that_the_network_lost_is_tried_again(
    context: BrowserContext, complaints: list[str], sign_in: SignIn
) -> None:
    page = sign_in(context, "ben")
    page.route("**/api/documents", lambda route: route.abort())
    choose(page, ("lost.txt", b"Found again."))
    again = page.get_by_role("button", name="Try again")
    expect(page.locator(".upload-state")).to_contain_text("could not be reached")
    page.unroute("**/api/documents")
    again.click()
    row = page.locator("tr", has_text="lost.txt")
    expect(row.locator(".badge")).to_have_text("Ready", timeout=30_000)
    expect(page.locator(".upload-item")).to_have_count(0)
    assert [text for text in complaints if "ERR_FAILED" not in text] == []
    complaints.clear()


def test_rows_change_without_taking_the_focus(context: BrowserContext, sign_in: SignIn) -> None:
    page = sign_in(context, "cleo")
    choose(page, ("first.txt", b"The first."))
    row = page.locator("tr", has_text="first.txt")
    expect(row.locator(".badge")).to_have_text("Ready", timeout=30_000)
    remove = page.get_by_role("link", name="Delete first.txt")
    remove.focus()
    # As a drop does it: nothing is pressed, so the focus stays.
    page.locator("[type=file]").set_input_files(payload("second.pdf", pdf.pages("The second.")))
    other = page.locator("tr", has_text="second.pdf")
    expect(other.locator(".badge")).to_have_text("Ready", timeout=30_000)
    expect(page.locator("tbody tr").first).to_contain_text("second.pdf")
    expect(remove).to_be_focused()
    expect(page.locator("#live-status")).to_have_text("2 ready")
    remove.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("first.txt is deleted")
    page.keyboard.press("Escape")
    expect(remove).to_be_focused()
    remove.press("Enter")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted: first.txt")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_the_text_of_a_page_and_its_passage_come_into_view(
    context: BrowserContext, sign_in: SignIn
) -> None:
    page = sign_in(context, "dora")
    choose(page, ("long.pdf", LONG))
    row = page.locator("tr", has_text="long.pdf")
    expect(row.locator(".badge")).to_have_text("Ready", timeout=30_000)
    opened = page.get_by_role("link", name="long.pdf", exact=True).get_attribute("href")
    page.goto(f"{opened}?view=text")
    expect(page.get_by_text("This is page 1 of")).to_be_in_viewport()
    expect(page.get_by_text("This is page 40 of")).to_have_count(0)
    document = page.url
    page.goto("about:blank")
    # The server does not see which page this is.
    page.goto(f"{document}#page=40")
    expect(page.get_by_text("This is page 40 of")).to_be_in_viewport()
    page.evaluate("location.hash = '#page=3'")
    expect(page.get_by_text("This is page 3 of")).to_be_in_viewport()
    page.goto("about:blank")
    page.goto(f"{document}#page=9999")
    expect(page.get_by_text("This is page 1 of")).to_be_in_viewport()
    page.get_by_label("Page", exact=True).fill("30")
    page.get_by_label("Page", exact=True).press("Enter")
    expect(page.get_by_text("This is page 30 of")).to_be_in_viewport()
    text = page.locator(".sheet-text", has_text="This is page 30 of").inner_text()
    start = 1000
    page.goto(f"{document}&start={start}&end={start + len(text)}#page=2")
    mark = page.locator("#passage")
    expect(mark).to_be_in_viewport()
    expect(mark).to_be_focused()


def test_everything_works_without_scripts(scriptless: BrowserContext, sign_in: SignIn) -> None:
    page = sign_in(scriptless, "emil")
    page.locator("[type=file]").set_input_files(
        [payload("one.txt", b"Read without a script."), payload("empty.txt", b"")]
    )
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("1 document added.")).to_be_visible()
    expect(page.get_by_text("empty.txt: The file is empty.")).to_be_visible()
    site.until(lambda: page.reload() and state(page, "one.txt") == "Ready", "the document")
    page.get_by_role("link", name="one.txt", exact=True).click()
    expect(page.get_by_text("Read without a script.")).to_be_visible()
    page.get_by_role("link", name="All documents").click()
    page.get_by_role("link", name="Delete one.txt").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No documents yet")).to_be_visible()


def test_a_collection_is_made_filled_and_shared_with_a_reader(
    context: BrowserContext, scriptless: BrowserContext, sign_in: SignIn
) -> None:
    reader = sign_in(scriptless, "gus")
    page = sign_in(context, "finn")
    page.get_by_role("link", name="New collection").click()
    page.get_by_label("Name").fill("Board papers")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Board papers")).to_be_visible()
    choose(page, ("minutes.txt", b"The board met."))
    row = page.locator("tr", has_text="minutes.txt")
    expect(row.locator(".badge")).to_have_text("Ready", timeout=30_000)
    page.get_by_role("link", name="Share and settings").click()
    page.get_by_label("Username").fill("gus")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_text("Shared with gus.")).to_be_visible()
    reader.reload()
    reader.get_by_role("link", name="Board papers").click()
    expect(reader.get_by_text("Read only")).to_be_visible()
    expect(reader.get_by_role("link", name="minutes.txt", exact=True)).to_be_visible()
    expect(reader.get_by_role("button", name="Upload")).to_have_count(0)
    expect(reader.get_by_role("link", name="Delete minutes.txt")).to_have_count(0)
