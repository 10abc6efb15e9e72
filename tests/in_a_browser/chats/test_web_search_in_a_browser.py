"""The switch of web search, by keyboard, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.processes import browser as chromium
from tests.processes import site
from tests.processes.browser import faults_in_both_sizes

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def shared_web(
    shared_site: site.Site, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[site.Program]:
    """A web server with an engine that nobody answers for; its model can call tools."""
    models = tmp_path_factory.mktemp("models") / "models.toml"
    models.write_text("[says-hello]\ntools = true\n")
    web = shared_site.web(
        CHAT_MODEL="says-hello",
        CHAT_MODELS="",
        MODELS_FILE=str(models),
        WEB_SEARCH="searxng",
        WEB_SEARCH_URL="http://127.0.0.1:9",
    )
    yield web
    chromium.close_contexts(web.url)
    web.kill()


def test_the_web_is_searched_where_the_switch_is_on_and_the_chat_keeps_it(page: Page) -> None:
    switch = page.get_by_label("Search the web")
    expect(switch).not_to_be_checked()
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).to_be_checked()
    assert faults_in_both_sizes(page) == []
    page.get_by_label("Your question").fill("what is new?")
    page.keyboard.press("Enter")
    expect(page.locator(".answer .prose")).to_contain_text("hello")
    page.reload()
    expect(page.get_by_label("Search the web")).to_be_checked()
    # A new chat begins without.
    page.goto("/chat/")
    expect(page.get_by_label("Search the web")).not_to_be_checked()
