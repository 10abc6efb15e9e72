"""Versions of questions and answers, in a real browser: edited, made again, gone through."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import browser as chromium
from tests import site
from tests.browser import faults, send

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SLOW = "count-100-50"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[str]:
    with site.running(
        tmp_path_factory.mktemp("site"),
        LOGIN_RATE="1000/m",
        CHAT_MODEL="echo",
        CHAT_MODELS=f"says-another,{SLOW}",
        OPENAI_BASE_URL=fake_model,
        OPENAI_API_KEY="sk-123",
    ) as running:
        running.collect_static()
        web = running.web()
        running.client(web, "alice")
        yield web.url


@pytest.fixture(scope="module")
def session(browser: Browser, address: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return chromium.signed_in(browser, address, "alice", tmp_path_factory.mktemp("s") / "cookies")


@pytest.fixture(params=chromium.SIZES)
def context(
    browser: Browser, session: Path, address: str, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    with chromium.watched_context(browser, address, session, request.param) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/chat/")
    return page


def ask(page: Page, text: str, model: str = "echo") -> None:
    send(page, text, model)
    wait_until_finished(page)


def wait_until_finished(page: Page) -> None:
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
    assert faults(page) == []
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
    assert faults(page) == []
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
    context = browser.new_context(storage_state=session, base_url=address)
    page, other = context.new_page(), context.new_page()
    page.goto("/chat/")
    ask(page, "tea")
    other.goto(page.url)
    send(other, "at length", SLOW)
    expect(page.locator(".answer[aria-busy]")).to_have_count(1)
    page.get_by_role("link", name="Edit the question").first.click()
    page.locator("[data-edit] textarea").fill("with lemon")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("still answering")
    expect(page.locator("[data-edit] textarea")).to_have_value("with lemon")
    page.locator("[data-edit]").get_by_role("link", name="Cancel").click()
    other.locator("[data-send]").click()
    wait_until_finished(other)
    context.close()


def test_without_scripts_questions_are_edited_and_versions_gone_through(
    browser: Browser, session: Path, address: str
) -> None:
    context = browser.new_context(
        storage_state=session, base_url=address, java_script_enabled=False
    )
    page = context.new_page()
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
    context.close()
