"""Versions of questions and answers, in a real browser: edited, made again, gone through."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.processes import browser as chromium
from tests.processes.browser import faults_in_both_sizes, send, wait_until_answered

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# It lasts until it is stopped.
ENDLESS = "count-9000-50"


def ask(page: Page, text: str, model: str = "echo") -> None:
    send(page, text, model)
    wait_until_finished(page)


def wait_until_finished(page: Page) -> None:
    wait_until_answered(page)
    expect(page.locator(".answer").last.locator(".message-actions")).to_be_visible()


def edit_question(page: Page, text: str) -> None:
    page.get_by_role("link", name="Edit the question").last.click()
    page.locator("[data-edit] textarea").fill(text)
    page.get_by_role("button", name="Ask", exact=True).click()


def test_a_question_is_asked_in_other_words_and_both_stay(page: Page) -> None:
    ask(page, "tea")
    ask(page, "with milk")
    edit_question(page, "with lemon")
    expect(page.locator(".question .bubble")).to_have_text(["tea", "with lemon"])
    wait_until_finished(page)
    expect(page.locator(".answer").last).to_contain_text("with lemon")
    expect(page.get_by_label("Your question").last).to_be_focused()
    versions = page.locator(".question").last.locator(".versions")
    expect(versions).to_contain_text("Version 2 of 2")
    assert faults_in_both_sizes(page) == []
    versions.get_by_role("button", name="Previous version").click()
    expect(page.locator(".question .bubble")).to_have_text(["tea", "with milk"])
    expect(page.locator(".answer").last).to_contain_text("with milk")
    expect(page.get_by_role("button", name="Next version")).to_be_focused()
    page.reload()
    expect(page.locator(".question .bubble")).to_have_text(["tea", "with milk"])
    ask(page, "and sugar")
    expect(page.locator(".question .bubble")).to_have_text(["tea", "with milk", "and sugar"])


def test_an_earlier_answer_is_made_again_on_a_branch_of_its_own(page: Page) -> None:
    ask(page, "one")
    ask(page, "two")
    # "Answer again", or "Ask again" where the answer was a kept one.
    page.locator(".answer").first.locator("[data-retry] button").click()
    expect(page.locator(".message")).to_have_count(2)
    wait_until_finished(page)
    versions = page.locator(".answer .versions")
    expect(versions).to_contain_text("Version 2 of 2")
    versions.get_by_role("button", name="Previous version").press("Enter")
    expect(page.locator(".question .bubble")).to_have_text(["one", "two"])
    expect(page.locator(".answer .versions")).to_contain_text("Version 1 of 2")


def test_the_arrow_up_edits_the_last_question_and_escape_leaves_it(page: Page) -> None:
    ask(page, "tea")
    page.get_by_label("Your question").press("ArrowUp")
    field = page.locator("[data-edit] textarea")
    expect(field).to_be_focused()
    expect(field).to_have_value("tea")
    assert faults_in_both_sizes(page) == []
    field.fill("something else")
    field.press("Escape")
    expect(field).to_have_count(0)
    expect(page.locator(".question .bubble")).to_be_visible()
    expect(page.get_by_role("link", name="Edit the question")).to_be_focused()
    page.keyboard.press("Enter")
    expect(field).to_have_value("tea")
    field.press("Control+Enter")
    wait_until_finished(page)
    expect(page.locator(".question .versions")).to_contain_text("Version 2 of 2")


def test_what_cannot_be_asked_stays_in_the_field(
    browser: Browser, session: Path, address: str
) -> None:
    # Not watched: the browser itself notes the refusal in its console.
    with chromium.heard_context(browser, address, session, "desktop", []) as context:
        edit_while_another_page_asks(chromium.first_page(context), context.new_page())


def edit_while_another_page_asks(page: Page, other: Page) -> None:
    page.goto("/chat/")
    ask(page, "tea")
    other.goto(page.url)
    send(other, "at length", ENDLESS)
    expect(page.locator(".answer[aria-busy]")).to_have_count(1)
    page.get_by_role("link", name="Edit the question").first.click()
    page.locator("[data-edit] textarea").fill("with lemon")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("still answering")
    expect(page.locator("[data-edit] textarea")).to_have_value("with lemon")
    page.locator("[data-edit]").get_by_role("link", name="Cancel").click()
    other.locator("[data-send][data-running]").click()
    wait_until_finished(other)


def test_without_scripts_questions_are_edited_and_versions_gone_through(
    browser: Browser, session: Path, address: str
) -> None:
    with chromium.watched_context(
        browser, address, session, "desktop", refusals=1, java_script_enabled=False
    ) as context:
        edit_without_scripts(chromium.first_page(context))


def edit_without_scripts(page: Page) -> None:
    page.goto("/chat/")
    page.get_by_label("Your question").fill("tea")
    page.get_by_label("Model", exact=True).select_option("echo")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".answer")).to_contain_text("tea")
    page.get_by_role("link", name="Edit the question").click()
    page.get_by_label("Your question").fill("")
    page.locator("textarea").evaluate("(each) => each.removeAttribute('required')")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".notice[role=alert]")).to_contain_text("Write a question first.")
    page.get_by_label("Your question").fill("coffee")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page).to_have_url(re.compile(r"/chat/[0-9a-f-]{36}/$"))
    expect(page.locator(".question .bubble")).to_have_text(["coffee"])
    page.get_by_role("button", name="Previous version").click()
    expect(page.locator(".question .bubble")).to_have_text(["tea"])
