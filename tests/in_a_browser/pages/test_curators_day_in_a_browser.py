"""A curator's day in the admin: take files in, read why some fail, mend a chunk, publish settings.

Under the site's policy; every page is also looked at by axe, in the dark. `SCREENSHOTS` names a
folder to keep pictures of the pages in.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from documents.tests.parsing import pdf
from tests.processes import browser as chromium
from tests.processes import site
from tests.processes.browser import rest, violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PICTURES = os.environ.get("SCREENSHOTS")
COLLECTION = "What new colleagues read"
TOPICS = {
    "vacation": "Employees accrue two days of vacation per month.",
    "laptops": "Laptops are replaced every three years by the help desk.",
    "cafeteria": "The cafeteria serves soup, bread and coffee until the afternoon.",
}
NOTES = {
    "library": "Books may be borrowed for four weeks.",
}
# A scanner read it so; nobody who asks for parental leave finds it.
MISREAD = "Parcntal lcave lasts nincty days for evcry parcnt."
MENDED = "Parental leave lasts ninety days for every parent."
BROKEN = {
    "locked.pdf": "password_protected",
    "damaged.pdf": "corrupt_file",
    "blank.md": "no_text",
}
QUESTIONS = """\
question,document,page,quote
How many days of vacation do employees accrue?,vacation.pdf,1,two days
When are laptops replaced?,laptops.pdf,1,
What does the cafeteria serve?,cafeteria.pdf,,soup
How long may books be borrowed?,library.txt,,
How long is parental leave?,leave.md,,ninety days
Who founded the company?,,,
"""


def _files() -> list[FilePayload]:
    held: dict[str, bytes] = {f"{name}.pdf": pdf.pages(text) for name, text in TOPICS.items()}
    held |= {f"{name}.txt": text.encode() for name, text in NOTES.items()}
    held |= {
        "leave.md": f"# Families\n\n{MISREAD}\n".encode(),
        "locked.pdf": pdf.encrypt_pages("Nobody reads this."),
        "damaged.pdf": pdf.truncate_pages("Nobody reads this."),
        "blank.md": b"\n \n\n",
    }
    return [{"name": name, "mimeType": "", "buffer": data} for name, data in held.items()]


@pytest.fixture(scope="module", autouse=True)
def _administrator(shared_site: site.Site, shared_web: site.Program) -> None:
    shared_site.make_administrator(shared_web, "root")


@dataclass
class Desk:
    """The curator's page, and what is wrong with it."""

    page: Page
    # By page, what the checker holds against it.
    findings: dict[str, object] = field(default_factory=dict)

    def draw(self, name: str) -> None:
        if PICTURES:
            for colours in ("dark", "light"):
                self.page.emulate_media(color_scheme=colours)
                self.page.screenshot(path=f"{PICTURES}/{name}-{colours}.png", full_page=True)

    def look(self, name: str) -> None:
        """Keep what is wrong with a page as it is, and pictures of it if a folder is given."""
        self.draw(name)
        self.page.emulate_media(color_scheme="dark")
        rest(self.page)
        found = violations(self.page)
        grave = {
            each["id"]: [node["html"] for node in each["nodes"]]
            for each in found
            if each["impact"] in {"serious", "critical"}
        }
        if not self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            grave["width"] = [self.page.url]
        if grave:
            self.findings[name] = grave
        self.page.emulate_media(color_scheme="light")


@pytest.fixture
def desk(browser: Browser, address: str) -> Iterator[Desk]:
    with chromium.watched_context(browser, address, None, "small") as context:
        desk = Desk(_signed_in(context))
        yield desk
        desk.page.emulate_media(color_scheme="light")
    assert desk.findings == {}


def _signed_in(context: BrowserContext) -> Page:
    page = chromium.first_page(context)
    page.goto("/admin/")
    page.get_by_label("Username").fill("root")
    page.get_by_label("Password").fill(site.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")
    return page


def test_a_curators_day(desk: Desk) -> None:
    desk.draw("01-first-page")
    make_a_collection(desk)
    upload_files(desk)
    read_the_reasons(desk)
    mend_a_chunk(desk)
    make_a_question_set(desk)
    publish_better_settings(desk)


def make_a_collection(desk: Desk) -> None:
    page = desk.page
    page.goto("/admin/documents/collection/add/")
    page.get_by_label("Name:").fill(COLLECTION)
    _pick(page, "owner", "root")
    desk.look("02-collection")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()


def upload_files(desk: Desk) -> None:
    page = desk.page
    page.goto("/admin/")
    page.get_by_role("link", name="Upload", exact=True).click()
    page.get_by_label("Collection:").select_option(f"{COLLECTION} (root)")
    page.get_by_label("Files:").set_input_files(_files())
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="8 files")).to_be_visible()
    expect(page.get_by_text("Taken", exact=True)).to_have_count(8)
    desk.draw("03-upload")
    page.get_by_role("link", name="Follow them in the list").click()
    # The administration lists everybody's documents.
    page.locator("#searchbar").fill(COLLECTION)
    page.locator("#searchbar").press("Enter")
    # The list keeps itself up to date.
    expect(page.locator(".badge-ready")).to_have_count(5, timeout=60_000)
    expect(page.locator(".badge-failed")).to_have_count(3)
    desk.look("04-documents")


def read_the_reasons(desk: Desk) -> None:
    page = desk.page
    page.get_by_role("link", name="Failures").click()
    for reason in BROKEN.values():
        expect(page.get_by_role("link", name=reason)).to_be_visible()
    desk.look("05-failures")
    page.get_by_role("link", name="password_protected").click()
    row = page.locator("#result_list tbody tr", has_text=COLLECTION)
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Remove the password and upload it again.")


def mend_a_chunk(desk: Desk) -> None:
    page = desk.page
    page.goto("/admin/documents/document/?q=leave")
    page.get_by_role("link", name="leave.md").click()
    desk.look("06-document")
    page.locator(".field-chunks a").click()
    expect(page.get_by_text(MISREAD)).to_be_visible()
    page.locator("#result_list tbody a").first.click()
    page.get_by_label("Text:").fill(MENDED)
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".field-condition").get_by_text("Edited")).to_be_visible()
    # Embedded in the background; the page says so by itself.
    expect(page.locator(".field-condition").get_by_text("Found", exact=True)).to_be_visible()
    desk.look("07-chunk")

    page.goto("/admin/documents/collection/lab/")
    page.get_by_label("Query:").fill("How long is parental leave?")
    page.get_by_label("Collection:").select_option(f"{COLLECTION} (root)")
    page.get_by_label("Compare with other settings:").check()
    page.get_by_label("Dense weight:").last.fill("1")
    page.get_by_role("button", name="Search").click()
    first = page.locator(".places").first.locator("li").first
    expect(first).to_contain_text("leave.md")
    expect(first.locator("mark").first).to_have_text("Parental")
    desk.look("08-lab")


def make_a_question_set(desk: Desk) -> None:
    page = desk.page
    page.goto("/admin/documents/questionset/add/")
    page.get_by_label("Name:").fill("What new colleagues ask")
    _pick(page, "collection", COLLECTION)
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("link", name="Read from a file").click()
    wrong = QUESTIONS.replace("library.txt", "missing.txt")
    for text in (wrong, QUESTIONS):
        file: FilePayload = {"name": "q.csv", "mimeType": "text/csv", "buffer": text.encode()}
        page.get_by_label("File:").set_input_files(file)
        page.get_by_role("button", name="Read the file").click()
        if text == wrong:
            row = page.locator(".figures tbody tr")
            expect(row).to_have_text("5the collection has no document “missing.txt”")
            desk.draw("09-questions")
    expect(page.get_by_text("6 questions were read.")).to_be_visible()
    desk.look("10-question-set")


def publish_better_settings(desk: Desk) -> None:
    page = desk.page
    _measure(page, "1")
    expect(page.get_by_text("Cannot be published.")).to_be_visible()
    desk.draw("11-worse")
    page.get_by_role("link", name="Measure again").click()
    _measure(page, "0.4")
    desk.look("12-measured")
    page.get_by_role("button", name="Publish these settings").click()
    expect(page.get_by_text("is now searched with: dense weight 0.4")).to_be_visible()
    desk.draw("13-published")
    page.goto("/admin/documents/collection/")
    expect(page.get_by_role("cell", name="dense weight 0.4")).to_be_visible()
    page.goto("/admin/documents/document/storage/")
    desk.look("14-storage")


def _measure(page: Page, dense_weight: str) -> None:
    if "/evaluate/" not in page.url:
        page.get_by_role("link", name="Measure settings").click()
    page.get_by_label("Dense weight:").fill(dense_weight)
    page.get_by_label("Measure the first:").fill("1")
    page.get_by_role("button", name="Measure").click()
    expect(page.get_by_role("heading", name="Measured in the first")).to_be_visible()


def _pick(page: Page, name: str, text: str) -> None:
    """From a list that asks the server as one types."""
    page.locator(f".field-{name} .select2-selection").click()
    page.locator(".select2-search__field").fill(text)
    page.locator(".select2-results__option--highlighted", has_text=text).click()
