"""The box to write in, in a real browser: drafts, attachments, long texts, the model."""

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.processes.browser import (
    SIZES,
    faults,
    faults_in_both_sizes,
    in_both_sizes,
    rest,
    send,
    set_size,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# It lasts until it is stopped.
ENDLESS = "count-9000-50"
FILE: FilePayload = {
    "name": "harbour.txt",
    "mimeType": "text/plain",
    "buffer": b"The harbour opens at seven in the morning and closes at nine.",
}


def test_text_model_and_attachment_are_there_after_a_reload_and_go_with_the_question(
    page: Page,
) -> None:
    page.locator("[data-attach]").set_input_files([FILE])
    chip = page.locator(".chip", has_text="harbour")
    expect(chip.locator(".chip-state")).to_have_text("Ready")
    page.get_by_label("Model", exact=True).select_option("echo")
    page.get_by_label("Your question").fill("when does it open?")
    assert faults_in_both_sizes(page) == []
    page.reload()
    expect(page.get_by_label("Your question")).to_have_value("when does it open?")
    expect(page.get_by_label("Model", exact=True)).to_have_value("echo")
    expect(chip.locator(".chip-state")).to_have_text("Ready")
    page.locator("[data-send]").click()
    expect(page.locator(".answer .prose")).to_contain_text("when does it open?")
    # Both stay with the chat.
    page.reload()
    expect(page.get_by_label("Your question")).to_have_value("")
    expect(page.get_by_label("Model", exact=True)).to_have_value("echo")
    expect(page.get_by_label("Only asks about").get_by_text("harbour")).to_be_visible()


def test_a_question_waits_for_what_was_attached_to_it(page: Page) -> None:
    late = {**FILE, "name": "late.txt", "buffer": b"The late ferry leaves at ten. " * 40}
    page.locator("[data-attach]").set_input_files([late])
    send(page, "when does the ferry leave?", "says-ready")
    expect(page.locator(".question .bubble")).to_have_text("when does the ferry leave?")
    expect(page.locator(".answer .prose")).to_contain_text("ready")
    expect(page.locator(".answer [data-source]")).not_to_have_count(0)


def test_a_long_text_that_is_pasted_becomes_a_document(page: Page) -> None:
    page.get_by_label("Your question").click()
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/plain", "Salt is mined below the town. ".repeat(200));
          document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    chip = page.locator(".chip", has_text="Pasted text")
    expect(chip.locator(".chip-state")).to_have_text("Ready")
    expect(page.get_by_label("Your question")).to_have_value("")
    chip.get_by_role("button", name="Remove").click()
    expect(chip).to_have_count(0)
    expect(page.get_by_label("Your question")).to_be_focused()


def test_a_file_that_cannot_be_read_says_so_and_is_not_asked_about(page: Page) -> None:
    page.locator("[data-attach]").set_input_files(
        [{**FILE, "name": "broken.pdf", "buffer": b"%PDF-1.7\nno more"}]
    )
    chip = page.locator(".chip", has_text="broken")
    expect(chip).to_have_attribute("data-state", "failed")
    assert faults_in_both_sizes(page) == []
    expect(chip.locator("input")).to_have_count(0)


def test_escape_stops_the_answer_from_anywhere_and_the_box_stays_usable(page: Page) -> None:
    send(page, "at length", ENDLESS)
    expect(page.locator(".answer .prose")).to_contain_text("w5")
    page.get_by_label("Your question").fill("the next one")
    page.locator("[data-transcript]").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_text("The text so far is kept.")).to_be_visible()
    expect(page.get_by_label("Your question")).to_have_value("the next one")


def test_the_box_grows_with_its_text_up_to_a_part_of_the_window(page: Page) -> None:
    box = page.get_by_label("Your question")
    for size in SIZES:
        set_size(page, size)
        box.fill("")
        small = box.bounding_box()
        box.fill("line\n" * 60)
        large = box.bounding_box()
        assert small is not None
        assert large is not None
        height = page.evaluate("innerHeight")
        assert small["height"] < 60 < large["height"] <= height * 0.42
        expect(page.locator("[data-send]")).to_be_in_viewport(ratio=1)
        expect(page.get_by_label("Model", exact=True)).to_be_in_viewport(ratio=1)
        rest(page)
        assert faults(page) == [], size


@in_both_sizes
def test_enter_sends_with_a_keyboard_and_breaks_the_line_on_a_touch_screen(page: Page) -> None:
    page.get_by_label("Model", exact=True).select_option("echo")
    box = page.get_by_label("Your question")
    box.fill("one")
    box.press("Shift+Enter")
    expect(box).to_have_value("one\n")
    box.press("Enter")
    if page.evaluate("matchMedia('(pointer: coarse)').matches"):
        expect(box).to_have_value("one\n\n")
    else:
        expect(page.locator(".question .bubble")).to_have_text("one")


def test_what_is_asked_while_an_answer_is_made_waits_for_it_through_a_reload(page: Page) -> None:
    send(page, "at length", ENDLESS)
    expect(page.locator(".answer .prose")).to_contain_text("w3")
    page.get_by_label("Model", exact=True).select_option("echo")
    box = page.get_by_label("Your question")
    for text in ("the second", "the third", "the fourth"):
        box.fill(text)
        box.press("Enter")
    queue = page.get_by_role("region", name="Asked next")
    expect(queue.get_by_role("listitem")).to_have_count(3)
    expect(page.get_by_text("Will be asked when the answer is ready")).to_be_attached()
    assert faults_in_both_sizes(page) == []
    page.reload()
    expect(queue.get_by_role("listitem")).to_have_count(3)
    queue.get_by_role("button", name="Remove: the third").click()
    expect(queue.get_by_role("listitem")).to_have_count(2)
    expect(box).to_be_focused()
    queue.get_by_text("the second").first.click()
    queue.get_by_role("textbox", name="The question that waits").fill("the second, reworded")
    queue.get_by_role("button", name="Save").click()
    # What is being written stays in the box when what waits is asked.
    expect(queue.get_by_role("listitem").first).to_contain_text("the second, reworded")
    box.fill("a thought")
    queue.get_by_role("button", name="Stop and ask: the fourth").click()
    expect(page.locator(".question .bubble")).to_have_text(
        ["at length", "the fourth", "the second, reworded"]
    )
    expect(page.locator(".answer .prose").last).to_contain_text("the second, reworded")
    expect(queue).to_have_count(0)
    expect(box).to_have_value("a thought")
