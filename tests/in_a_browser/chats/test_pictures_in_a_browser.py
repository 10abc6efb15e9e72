"""Pictures in the chat, in a real browser: attached, pasted, dropped, asked about, seen again."""

import base64
import io

import httpx2
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, expect

from tests.processes import browser as chromium
from tests.processes.browser import faults_in_both_sizes, send

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def picture() -> bytes:
    drawn = Image.new("RGB", (420, 240), "#e8f2ec")
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((20, 20, 400, 220), outline="#206040", width=4)
    pen.text((50, 80), "INVOICE 4711", fill="#103020", font_size=44)
    made = io.BytesIO()
    drawn.save(made, "PNG")
    return made.getvalue()


# How many requests a test has refused.
REFUSALS = {
    "test_a_model_that_cannot_see_is_offered_the_words_instead": 1,
    "test_what_is_no_picture_inside_says_so": 1,
}

FILE: FilePayload = {"name": "invoice.png", "mimeType": "image/png", "buffer": picture()}


@pytest.fixture
def refusals(request: pytest.FixtureRequest) -> int:
    return REFUSALS.get(request.function.__name__, 0)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = chromium.first_page(context)
    page.goto("/chat/")
    page.get_by_label("Model", exact=True).select_option("says-an_invoice")
    return page


def chip(page: Page) -> Locator:
    return page.locator(".picture-chip")


def is_drawn(image: Locator) -> bool:
    return bool(image.evaluate("async (image) => { await image.decode(); return true; }"))


def give(page: Page, how: str) -> None:
    """Paste or drop the picture, as a browser tells of it."""
    page.get_by_label("Your question").evaluate(
        """(box, [data, how]) => {
          const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], "image.png", { type: "image/png" }));
          const options = { bubbles: true, cancelable: true };
          box.dispatchEvent(how === "paste"
            ? new ClipboardEvent("paste", { clipboardData: transfer, ...options })
            : new DragEvent("drop", { dataTransfer: transfer, ...options }));
        }""",
        [base64.b64encode(FILE["buffer"]).decode(), how],
    )


def test_a_picture_is_attached_kept_over_a_reload_asked_about_and_seen_again(
    page: Page, fake_model: str
) -> None:
    page.locator("[data-attach]").set_input_files([FILE])
    expect(chip(page).locator(".chip-state")).to_have_text("Ready")
    assert is_drawn(chip(page).locator("img"))
    assert faults_in_both_sizes(page) == []
    page.get_by_label("Your question").fill("What is this?")
    page.reload()
    expect(chip(page).locator(".chip-name")).to_have_text("invoice.png")
    page.locator("[data-send]").click()
    expect(page.locator(".answer .prose")).to_contain_text("an invoice")
    expect(chip(page)).to_have_count(0)
    page.reload()
    shown = page.locator(".question .pictures img")
    expect(shown).to_have_attribute("alt", "invoice.png")
    assert is_drawn(shown)
    assert faults_in_both_sizes(page) == []
    requests = httpx2.get(f"{fake_model.removesuffix('/v1')}/requests").json()["requests"]
    # The model is the whole run's, and others ask it as well.
    contents = [body["messages"][-1]["content"] for body in requests]
    mine = [each for each in contents if isinstance(each, list) and "What is this?" in str(each)]
    assert [part["type"] for part in mine[-1]] == ["image_url", "text"]
    # It does not go with the next question.
    send(page, "And now?")
    expect(page.locator(".answer .prose")).to_have_count(2)
    expect(page.locator(".question").last.locator(".pictures")).to_have_count(0)


@pytest.mark.parametrize("how", ["paste", "drop"])
def test_a_picture_that_is_pasted_or_dropped_is_asked_about(page: Page, how: str) -> None:
    give(page, how)
    expect(chip(page).locator(".chip-state")).to_have_text("Ready")
    send(page, "What is this?")
    expect(page.locator(".question .pictures img")).to_be_visible()
    expect(page.locator(".answer .prose")).to_contain_text("an invoice")


def test_a_picture_is_taken_off_again(page: Page) -> None:
    page.locator("[data-attach]").set_input_files([FILE])
    expect(chip(page).locator(".chip-state")).to_have_text("Ready")
    chip(page).get_by_role("button", name="Remove").click()
    expect(chip(page)).to_have_count(0)
    expect(page.get_by_label("Your question")).to_be_focused()
    send(page, "Nothing here?")
    expect(page.locator(".answer .prose")).to_contain_text("an invoice")
    expect(page.locator(".question .pictures")).to_have_count(0)


def test_a_model_that_cannot_see_is_offered_the_words_instead(page: Page) -> None:
    page.locator("[data-attach]").set_input_files([FILE])
    expect(chip(page).locator(".chip-state")).to_have_text("Ready")
    page.get_by_label("Model", exact=True).select_option("echo")
    expect(chip(page).locator(".chip-state")).to_have_text("This model cannot see it.")
    assert faults_in_both_sizes(page) == []
    # Sent all the same, it is refused before the model hears of it, and nothing is lost.
    page.get_by_label("Your question").fill("Which number?")
    page.locator("[data-send]").click()
    expect(page.get_by_role("alert").filter(has_text="echo cannot see pictures")).to_be_visible()
    expect(page.get_by_label("Your question")).to_have_value("Which number?")
    chip(page).get_by_role("button", name="Send the words in it").click()
    expect(chip(page).locator(".chip-state")).to_have_text("The words in it are sent.")
    page.locator("[data-send]").click()
    # The model repeats what it gets.
    expect(page.locator(".answer .prose")).to_contain_text("4711")
    expect(page.locator(".question .pictures img")).to_be_visible()


def test_what_is_no_picture_inside_says_so(page: Page) -> None:
    cut: FilePayload = {**FILE, "buffer": FILE["buffer"][:80]}
    page.locator("[data-attach]").set_input_files([cut])
    expect(chip(page)).to_have_attribute("data-state", "failed")
    expect(chip(page).locator(".chip-state")).to_contain_text("damaged")
    assert faults_in_both_sizes(page) == []
    chip(page).get_by_role("button", name="Remove").click()
    send(page, "Nothing here?")
    expect(page.locator(".answer .prose")).to_contain_text("an invoice")
