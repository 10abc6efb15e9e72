"""The actions on an answer, in a real browser: sources, opinions, other models, voices."""

import re

import httpx2
import pytest
from playwright.sync_api import Page, expect

from documents.tests.parsing import pdf
from tests.processes import site
from tests.processes.browser import (
    faults,
    faults_in_both_sizes,
    in_both_sizes,
    send,
    wait_until_answered,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGES = pdf.pages(
    "The harbour of Seaford opens at seven in the morning.",
    "The ferry from Seaford to the island takes forty minutes.",
)
CITED = "says-The_harbour_of_Seaford_opens_at_seven_[1]._It_is_painted_blue_[2]."
KOREAN = "says-안녕하세요_세계"
VOICE = """
  window.said = [];
  Object.defineProperty(window, "speechSynthesis", { value: {
    speak: (each) => said.push([each.lang, each.text]),
    cancel: () => {},
  } });
"""


@pytest.fixture(scope="module")
def api(api: httpx2.Client) -> httpx2.Client:
    """Somebody's who has a guide to the harbour."""
    sent = api.post("/api/documents", files={"file": ("guide.pdf", PAGES)}).json()
    document = f"/api/documents/{sent['id']}"
    site.until(lambda: api.get(document).json()["status"] == "ready", "the document")
    return api


def ask(page: Page, text: str, model: str = "echo") -> None:
    send(page, text, model)
    wait_until_answered(page)
    expect(page.locator(".answer").last.locator(".message-actions")).to_be_visible()


@in_both_sizes
def test_a_mark_shows_its_passage_in_a_panel_and_escape_leads_back(page: Page) -> None:
    ask(page, "when does the harbour of Seaford open?", CITED)
    mark = page.locator(".answer a.cite").first
    expect(mark).to_have_accessible_name("1: guide.pdf, Supported")
    mark.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Source 1 of 2")
    expect(panel.get_by_role("heading")).to_be_focused()
    expect(panel).to_contain_text("opens at seven in the morning")
    expect(panel).to_contain_text("The passage says what the sentences that cite it say.")
    expect(panel.get_by_role("link", name="Open at page 1")).to_have_attribute(
        "href", re.compile(r"/documents/.*start=.*#page=1$")
    )
    assert faults(page) == []
    page.keyboard.press("Tab")
    forward = page.get_by_role("button", name="Next source")
    forward.press("Enter")
    expect(page.get_by_role("dialog", name="Source 2 of 2")).to_contain_text("ferry")
    expect(forward).to_be_disabled()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(mark).to_be_focused()
    # The panel leaves the chat usable where there is room.
    page.locator(".answer a.cite").last.click()
    expect(page.get_by_role("dialog", name="Source 2 of 2")).to_be_visible()
    if page.evaluate("innerWidth") < 1248:
        # A sheet over the page: a tap beside it puts it away.
        page.mouse.click(180, 30)
        expect(page.locator("#panel")).to_be_hidden()
    else:
        page.get_by_label("Your question").fill("and the ferry?")
        page.keyboard.press("Enter")
        expect(page.locator(".question")).to_have_count(2)
        expect(page.locator("#panel")).to_be_visible()


def test_an_answer_is_called_good_and_that_is_taken_back(page: Page) -> None:
    ask(page, "hello")
    up = page.get_by_role("button", name="Good answer")
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(up).to_be_focused()
    page.reload()
    expect(up).to_have_attribute("aria-pressed", "true")
    up.click()
    expect(up).to_have_attribute("aria-pressed", "false")


def test_an_answer_is_called_bad_with_a_reason(page: Page) -> None:
    ask(page, "hello")
    page.get_by_role("link", name="Bad answer").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Not correct").click()
    dialog.get_by_label("In your own words").fill("It only repeats me.")
    assert faults_in_both_sizes(page) == []
    dialog.get_by_role("button", name="Send").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Bad answer (your rating)")).to_be_focused()
    page.reload()
    page.get_by_role("link", name="Bad answer (your rating)").click()
    dialog.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("link", name="Bad answer", exact=True)).to_be_visible()


def test_another_model_answers_the_same_question(page: Page) -> None:
    ask(page, "who are you?")
    page.get_by_role("button", name="Answer again with another model").click()
    assert faults_in_both_sizes(page) == []
    page.get_by_role("button", name="says-another").click()
    expect(page.locator(".answer .prose")).to_have_text("another")
    expect(page.locator(".answer")).to_have_count(1)
    expect(page.locator(".message-facts")).to_contain_text("says-another")


def test_an_answer_that_was_cut_off_is_continued(page: Page) -> None:
    ask(page, "at length", "fault-length")
    expect(page.get_by_text("reached its maximum length")).to_be_visible()
    page.get_by_label("Model", exact=True).select_option("echo")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".answer").last).to_contain_text("Continue exactly where you stopped.")
    expect(page.get_by_role("button", name="Continue")).to_have_count(0)


def test_an_answer_tells_its_model_time_and_tokens(page: Page) -> None:
    ask(page, "one two three")
    facts = page.locator(".message-facts")
    expect(facts).to_contain_text("echo")
    expect(facts).to_contain_text(re.compile(r"\d+ tokens"))
    expect(facts).to_contain_text(re.compile(r"\d\.\d s"))


def test_an_answer_is_read_aloud_in_its_language_until_it_is_stopped(page: Page) -> None:
    page = page.context.new_page()
    page.add_init_script(VOICE)
    page.goto("/chat/")
    ask(page, "hello", KOREAN)
    button = page.get_by_role("button", name="Read aloud")
    button.click()
    assert page.evaluate("said") == [["ko", "안녕하세요 세계"]]
    page.get_by_role("button", name="Stop reading aloud").click()
    expect(button).to_have_attribute("aria-pressed", "false")
