"""The chat page in a real browser, under its content security policy."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests import site
from tests.browser import ALL_SIZES, violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SLOW = "count-600-20"
LINES = "says-" + "_".join(f"word{n}" for n in range(20))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[str]:
    data_dir = tmp_path_factory.mktemp("site")
    models = {"CHAT_MODEL": LINES, "CHAT_MODELS": f"{SLOW},fault-401"}
    endpoint = {"OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "sk-123"}
    with site.running(data_dir, LOGIN_RATE="1000/m", **endpoint, **models) as running:
        running.collect_static()
        web = running.web()
        running.client(web, "alice")
        yield web.url


@pytest.fixture(scope="module")
def session(browser: Browser, address: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookies of somebody who signed in by the page."""
    file = tmp_path_factory.mktemp("session") / "cookies.json"
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill(site.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/chat/")
    context.storage_state(path=file)
    context.close()
    return file


@pytest.fixture
def context(browser: Browser, session: Path, address: str) -> Iterator[BrowserContext]:
    """Signed in; a message in a page's console fails the test."""
    complaints: list[str] = []
    context = browser.new_context(storage_state=session, base_url=address)
    context.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()
    assert complaints == []


def send(page: Page, text: str, model: str = LINES) -> None:
    page.get_by_label("Model", exact=True).select_option(model)
    page.get_by_label("Your question").fill(text)
    page.keyboard.press("Enter")


def test_an_answer_is_written_into_the_page_and_is_there_after_a_reload(
    context: BrowserContext,
) -> None:
    page = context.new_page()
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
    page = context.new_page()
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


def test_a_second_tab_learns_of_a_question(context: BrowserContext) -> None:
    page = context.new_page()
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
    # A context of its own: the broken connection is a complaint in the console.
    context = browser.new_context(storage_state=session, base_url=address)
    page = context.new_page()
    page.goto("/chat/")

    def lose_answer(route: Route) -> None:
        route.fetch()
        route.abort()

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
    context.close()


def test_a_failure_is_told_in_place_with_another_try(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/chat/")
    send(page, "will it work?", "fault-401")
    expect(page.locator(".answer .notice")).to_contain_text("refused")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer")).to_have_count(1)
    expect(page.locator(".answer .notice")).to_contain_text("refused")


def test_enter_that_ends_a_syllable_sends_nothing(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/chat/")
    box = page.get_by_label("Your question")
    box.fill("한")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    expect(page.locator(".message")).to_have_count(0)
    expect(box).to_have_value("한")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ALL_SIZES)
def test_head_and_box_are_in_view_and_the_page_is_accessible(
    browser: Browser, session: Path, address: str, size: str, scheme: str
) -> None:
    width, height = ALL_SIZES[size]
    # Only for the checker, which the policy would not let in.
    context = browser.new_context(
        storage_state=session,
        base_url=address,
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        bypass_csp=True,
    )
    page = context.new_page()
    for path in ("/chat/", "/accounts/settings/", "first chat"):
        if path == "first chat":
            page.goto("/chat/")
            path = page.locator(".chat-row > a").first.get_attribute("href") or ""  # noqa: PLW2901
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        expect(page.locator("h1")).to_be_in_viewport(ratio=1)
        if path.startswith("/chat/"):
            expect(page.locator(".composer")).to_be_in_viewport(ratio=1)
        found = violations(page)
        grave = [each["id"] for each in found if each["impact"] in {"serious", "critical"}]
        assert grave == [], path
    context.close()
