"""A question that is asked again: its answer is marked as kept, and may be asked for afresh."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests import browser as chromium
from tests import site
from tests.browser import faults, send

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[str]:
    endpoint = {"OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "k", "CHAT_MODEL": "echo"}
    folder = tmp_path_factory.mktemp("site")
    with site.running(folder, LOGIN_RATE="1000/m", **endpoint) as running:
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


def test_a_kept_answer_says_so_and_can_be_asked_for_afresh(
    context: BrowserContext, request: pytest.FixtureRequest
) -> None:
    question = f"When does the harbour open, {request.node.name}?"
    for kept in (False, True):
        page = context.new_page()
        page.goto("/chat/")
        send(page, question)
        answer = page.locator("[data-answer]").last
        expect(answer.locator(".message-actions")).to_be_visible()
        expect(answer.get_by_text("Saved answer")).to_have_count(int(kept))
    assert faults(page) == []
    answer.get_by_role("button", name="Ask again").click()
    again = page.locator("[data-answer]").last
    expect(again.locator(".message-actions")).to_be_visible()
    expect(page.get_by_text("Saved answer")).to_have_count(0)
    expect(again).to_contain_text("When does the harbour open")
