"""The chat page in a real browser, under its content security policy."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.processes import browser as chromium

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# It lasts until it is stopped.
SLOW = "count-9000-50"
LINES = "says-" + "_".join(f"word{n}" for n in range(20))


@pytest.fixture
def context(browser: Browser, session: Path, address: str) -> Iterator[BrowserContext]:
    with chromium.watched_context(browser, address, session, "desktop") as context:
        yield context


def send(page: Page, text: str, model: str = LINES) -> None:
    page.get_by_label("Model", exact=True).select_option(model)
    page.get_by_label("Your question").fill(text)
    page.keyboard.press("Enter")


def test_an_answer_is_written_into_the_page_and_is_there_after_a_reload(
    context: BrowserContext,
) -> None:
    page = chromium.first_page(context)
    page.goto("/chat/")
    send(page, "first words")
    expect(page).to_have_url(re.compile(r"/chat/[0-9a-f-]{36}/$"))
    answer = page.locator(".answer")
    expect(answer.locator(".prose")).to_contain_text("word19")
    expect(answer).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("h1")).to_have_text("first words")
    expect(page.locator(".chats [aria-current]")).to_contain_text("first words")
    written = answer.locator(".prose").inner_text()
    page.reload()
    assert page.locator(".answer .prose").inner_text() == written


def test_stop_ends_the_answer_here_and_in_a_second_tab(context: BrowserContext) -> None:
    page = chromium.first_page(context)
    page.goto("/chat/")
    send(page, "at length", SLOW)
    expect(page.locator(".answer .prose")).to_contain_text("w5")
    second = context.new_page()
    second.goto(page.url)
    expect(second.locator(".answer .prose")).to_contain_text("w5")
    button = page.locator("[data-send]")
    expect(button).to_have_accessible_name("Stop")
    button.click()
    for tab in (page, second):
        expect(tab.get_by_text("The text so far is kept.")).to_be_visible()
        expect(tab.locator("[data-send]")).to_have_accessible_name("Send")
    expect(button).to_be_focused()


def test_what_is_written_right_after_stop_is_asked(context: BrowserContext) -> None:
    page = chromium.first_page(context)
    page.goto("/chat/")
    send(page, "at length", SLOW)
    expect(page.locator(".answer .prose")).to_contain_text("w5")
    page.get_by_label("Model", exact=True).select_option("echo")
    # In one go: the page cannot have heard that the answer has ended.
    page.locator("[data-send]").evaluate(
        """(button) => {
          button.click();
          button.form.elements.content.value = "and in short?";
          button.click();
        }"""
    )
    expect(page.locator(".question .bubble")).to_have_text(["at length", "and in short?"])
    expect(page.locator(".answer .prose").last).to_contain_text("and in short?")
    expect(page.get_by_label("Your question")).to_have_value("")


def test_a_second_tab_learns_of_a_question(context: BrowserContext) -> None:
    page = chromium.first_page(context)
    page.goto("/chat/")
    send(page, "one")
    expect(page.locator(".answer .message-actions")).to_be_visible()
    second = context.new_page()
    second.goto(page.url)
    send(page, "two")
    expect(second.locator(".question")).to_have_count(2)
    expect(second.locator(".answer .message-actions")).to_have_count(2)


def test_what_could_not_be_sent_comes_back_and_is_asked_once(
    browser: Browser, session: Path, address: str
) -> None:
    # Not watched: the broken connection is a complaint in the console.
    with chromium.heard_context(browser, address, session, "desktop", []) as context:
        ask_over_a_broken_connection(chromium.first_page(context))


def ask_over_a_broken_connection(page: Page) -> None:
    def lose_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.goto("/chat/")
    page.route("**/chat/ask/", lose_answer)
    send(page, "was it heard?")
    box = page.get_by_label("Your question")
    expect(box).to_have_value("was it heard?")
    expect(page.get_by_role("alert")).to_contain_text("could not be reached")
    page.unroute("**/chat/ask/")
    box.press("Enter")
    expect(page.locator(".answer .message-actions")).to_be_visible()
    page.reload()
    expect(page.locator(".question")).to_have_count(1)
    expect(page.locator(".chats").get_by_text("was it heard?")).to_have_count(1)
    # The next chat begins with an empty box and a request of its own.
    page.goto("/chat/")
    expect(box).to_have_value("")


def test_a_failure_is_told_in_place_with_another_try(context: BrowserContext) -> None:
    page = chromium.first_page(context)
    page.goto("/chat/")
    send(page, "will it work?", "fault-401")
    expect(page.locator(".answer .notice")).to_contain_text("refused")
    chromium.wait_until_answered(page)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="Try again").click()
    chromium.wait_until_answered(page)
    expect(page.locator(".answer")).to_have_count(1)
    expect(page.locator(".answer .notice")).to_contain_text("refused")


def test_enter_that_ends_a_syllable_sends_nothing(context: BrowserContext) -> None:
    page = chromium.first_page(context)
    page.goto("/chat/")
    box = page.get_by_label("Your question")
    box.fill("한")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    expect(page.locator(".message")).to_have_count(0)
    expect(box).to_have_value("한")
