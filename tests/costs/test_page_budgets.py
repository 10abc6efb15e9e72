"""The budget of the chat page in a browser: bytes, requests, and the time of its main thread."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.costs.page_costs import (
    TASKS,
    count_work,
    first_load,
    long_conversation,
    trace_main_thread,
    until_stream_ends,
)
from tests.processes import browser as chromium
from tests.processes import site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ANSWER = "prose-1200-0"
STREAM = "maths-600-10"


@pytest.fixture
def context(browser: Browser, session: Path, address: str) -> Iterator[BrowserContext]:
    with chromium.watched_context(browser, address, session, "desktop") as context:
        yield context


def test_a_chat_with_a_long_answer_comes_in_few_bytes_and_requests(
    context: BrowserContext, api: httpx2.Client
) -> None:
    conversation = api.post("/api/conversations", json={}).json()["id"]
    messages = f"/api/conversations/{conversation}/messages"
    api.post(messages, json={"content": "At length?", "model": ANSWER}).raise_for_status()
    site.until(lambda: "ledger" in api.get(messages).text, "the answer")
    cost = first_load(context, f"/chat/{conversation}/")
    assert cost.bytes <= 80 * 1024, cost
    assert cost.requests <= 15, cost


def test_a_conversation_of_2000_messages_opens_like_a_short_one(
    context: BrowserContext, person: str, shared_site: site.Site
) -> None:
    with shared_site.connection() as connection:
        long = long_conversation(connection, person, 2000)
        short = long_conversation(connection, person, 50)
    few_bytes = first_load(context, f"/chat/{short}/").bytes
    assert first_load(context, f"/chat/{long}/").bytes < few_bytes + 1024
    usual = median(count_work(context, f"/chat/{short}/") for _ in range(3))
    # Whatever else the machine does only adds to the work; 2,000 messages would be 40 times more.
    assert any(count_work(context, f"/chat/{long}/") < 2 * usual for _ in range(5))
    page = chromium.first_page(context)
    page.goto(f"/chat/{long}/")
    expect(page.locator(".message")).to_have_count(50)


def test_an_answer_that_streams_never_holds_the_page_up(
    browser: Browser, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto("/chat/")
    with trace_main_thread(browser, page, TASKS) as cost, until_stream_ends(page):
        chromium.send(page, "At length", STREAM)
    expect(page.locator(".answer .katex").first).to_be_visible()
    assert cost.total > 0
    assert cost.longest < 50, cost
