"""The chat by keyboard in a real browser: palette, shortcuts, choosing documents and prompts."""

import re

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.processes import site
from tests.processes.browser import (
    faults_in_both_sizes,
    in_both_sizes,
    send,
    wait_until_answered,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def api(api: httpx2.Client) -> httpx2.Client:
    """Somebody's who has a collection with a document."""
    shelf = api.post("/api/collections", json={"name": "Harbour rules"}).json()["id"]
    file = ("tides.txt", b"High water is at noon.")
    sent = api.post("/api/documents", files={"file": file}, data={"collection": shelf})
    document = f"/api/documents/{sent.json()['id']}"
    site.until(lambda: api.get(document).json()["status"] == "ready", "the document")
    return api


def ask(page: Page, text: str) -> None:
    send(page, text, "says-word")
    wait_until_answered(page)
    expect(page.locator(".answer").last.locator(".message-actions")).to_be_visible()


def test_the_palette_leads_to_a_chat_by_a_part_of_its_title(page: Page) -> None:
    ask(page, "a chat about lighthouses")
    page.goto("/documents/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Go to a chat or a command")
    expect(field).to_be_focused()
    expect(page.get_by_role("option", name="New chat")).to_have_attribute("aria-selected", "true")
    assert faults_in_both_sizes(page) == []
    field.fill("lighthou")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("a chat about lighthouses")


def test_the_palette_changes_colours_and_opens_the_list_of_keys(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("dark th")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.keyboard.press("Control+k")
    page.keyboard.type("shortcuts")
    expect(page.get_by_role("dialog", name="Go to").get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert faults_in_both_sizes(page) == []


def test_a_question_mark_opens_the_list_unless_that_is_switched_off_or_one_writes(
    page: Page,
) -> None:
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    page.get_by_label("Your question").press("?")
    expect(page.get_by_label("Your question")).to_have_value("?")
    page.locator("[data-transcript]").focus()
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    keys.get_by_label("Open this list with ? alone").uncheck()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(page.locator("[data-transcript]")).to_be_focused()
    page.keyboard.press("?")
    page.keyboard.press("Control+/")
    expect(keys).to_be_visible()
    expect(keys.get_by_label("Open this list with ? alone")).not_to_be_checked()


@in_both_sizes
def test_documents_and_collections_are_chosen_in_the_box(page: Page) -> None:
    box = page.get_by_label("Your question")
    box.press_sequentially("when is high water? #tid")
    expect(page.get_by_role("option", name="tides.txt")).to_have_attribute("aria-selected", "true")
    assert faults_in_both_sizes(page) == []
    box.press("Enter")
    expect(box).to_have_value("when is high water? ")
    expect(page.get_by_label("Only asks about")).to_contain_text("tides.txt")
    # A collection takes the documents' place, by the button this time.
    page.get_by_role("button", name="Choose documents to ask about").click()
    page.get_by_role("button", name="Chosen documents…").click()
    page.get_by_role("option", name="Harbour rules").click()
    expect(page.get_by_label("Only asks about")).to_contain_text("Harbour rules")
    expect(page.get_by_label("Only asks about")).not_to_contain_text("tides.txt")
    page.reload()
    expect(page.get_by_label("Only asks about")).to_contain_text("Harbour rules")
    page.get_by_label("Model", exact=True).select_option("says-word")
    page.locator("[data-send]").click()
    expect(page.locator(".answer [data-source]")).not_to_have_count(0)


@in_both_sizes
def test_no_documents_is_chosen_beside_all_of_them_and_a_chat_keeps_it(page: Page) -> None:
    page.get_by_role("button", name="Choose documents to ask about").click()
    expect(page.get_by_role("link", name="All documents")).to_have_attribute("aria-current", "true")
    assert faults_in_both_sizes(page) == []
    page.get_by_role("link", name="No documents").click()
    chosen = page.get_by_label("Only asks about")
    expect(chosen).to_contain_text("No documents")
    ask(page, "when is high water?")
    expect(page.locator(".answer [data-source]")).to_have_count(0)
    page.reload()
    expect(chosen).to_contain_text("No documents")
    page.get_by_role("button", name="Choose documents to ask about").click()
    page.get_by_role("link", name="All documents").click()
    expect(chosen).not_to_contain_text("No documents")
    expect(page.get_by_label("Your question")).to_be_focused()


def test_escape_puts_suggestions_away_and_leaves_what_is_written(page: Page) -> None:
    box = page.get_by_label("Your question")
    box.press_sequentially("#tid")
    expect(page.get_by_role("option", name="tides.txt")).to_be_visible()
    box.press("Escape")
    expect(page.locator("#suggest")).to_be_hidden()
    expect(box).to_have_value("#tid")


def test_a_saved_prompt_is_made_on_a_page_and_put_in_by_its_title(page: Page) -> None:
    page.goto("/chat/prompts/")
    page.get_by_label("Title").fill("Tide table")
    page.get_by_label("Text").fill("Make a table of the tides at [place].")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Saved.")).to_be_visible()
    assert faults_in_both_sizes(page) == []
    page.goto("/chat/")
    box = page.get_by_label("Your question")
    box.press_sequentially("/tide table")
    expect(page.get_by_role("option", name="Tide table")).to_be_visible()
    assert faults_in_both_sizes(page) == []
    box.press("Enter")
    expect(box).to_have_value("Make a table of the tides at [place].")
    page.keyboard.type("Seaford")
    expect(box).to_have_value("Make a table of the tides at Seaford.")


def test_keys_lead_from_message_to_message_and_copy_the_last_answer(page: Page) -> None:
    ask(page, "one")
    page.get_by_label("Your question").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".answer")).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".question")).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.press("Control+Shift+Comma")
    expect(page.locator("#live-status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "word "
    page.keyboard.press("Control+Shift+o")
    expect(page).to_have_url(re.compile(r"/chat/$"))
