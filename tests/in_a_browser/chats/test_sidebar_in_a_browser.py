"""The list of chats and what can be done with them, in a real browser."""

import os
import re
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from aiapp.ids import uuid7
from tests.processes import browser as chromium
from tests.processes import site
from tests.processes.browser import faults, faults_in_both_sizes, in_both_sizes

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SHOTS = os.environ.get("SHOTS")
SLOW = "count-600-20"
TEA = "says-an_answer_about_tea"


@pytest.fixture(autouse=True)
def _empty_list(shared_site: site.Site, api: httpx2.Client, person: str) -> None:
    with shared_site.connection() as connection:
        connection.execute(
            "UPDATE chat_conversation SET deleted = now() FROM accounts_user u"
            " WHERE u.id = owner_id AND u.username = %s AND deleted IS NULL",
            [person],
        )


def send(page: Page, text: str, model: str = TEA) -> None:
    chromium.send(page, text, model)


def create_chat(api: httpx2.Client, title: str) -> str:
    id: str = api.post("/api/conversations", json={"title": title}).json()["id"]
    return id


def create_chats(shared_site: site.Site, person: str, number: int) -> None:
    """Many at once, `Chat 0` the oldest."""
    with shared_site.connection() as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO chat_conversation (id, owner_id, title, temporary, created, updated)"
            " SELECT %s, id, %s, false, clock_timestamp(), clock_timestamp()"
            " FROM accounts_user WHERE username = %s",
            [(uuid7(), f"Chat {n}", person) for n in range(number)],
        )


def open_list(page: Page) -> None:
    """On a phone it is a drawer."""
    button = page.get_by_role("button", name="Open the menu")
    if button.is_visible() and not page.locator("#sidebar:popover-open").count():
        button.click()


def choose(page: Page, title: str, what: str) -> None:
    page.locator(".chat-row", has_text=title).hover()
    page.get_by_role("button", name=f"Options of {title}").click()
    page.locator(".menu:popover-open").get_by_text(what, exact=True).click()


def looked_at(page: Page, name: str) -> None:
    """Kept to be looked at, in both colours, if a folder is given."""
    if not SHOTS:
        return
    size = "phone" if page.viewport_size["width"] < 500 else "desktop"
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        page.screenshot(path=f"{SHOTS}/{name}-{size}-{colours}.png")
    page.emulate_media(color_scheme="light")


@in_both_sizes
def test_a_chat_is_pinned_archived_deleted_and_brought_back(
    context: BrowserContext, api: httpx2.Client
) -> None:
    for title in ("Harbour fees", "Quarterly numbers", "한국어 대화"):
        create_chat(api, title)
    page = chromium.first_page(context)
    page.goto("/chat/")
    open_list(page)
    choose(page, "Harbour fees", "Pin")
    expect(page.locator(".chats-group").first).to_have_text("Pinned")
    expect(page.get_by_role("button", name="Options of Harbour fees")).to_be_focused()
    choose(page, "Quarterly numbers", "Archive")
    expect(page.locator(".chat-row", has_text="Quarterly numbers")).to_have_count(0)
    looked_at(page, "archived")
    assert faults(page) == []
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".chat-row", has_text="Quarterly numbers")).to_have_count(1)
    # Pressing beside the drawer has closed it.
    open_list(page)
    choose(page, "한국어 대화", "Delete")
    expect(page.locator(".chat-row")).to_have_count(2)
    expect(page.locator(".snack")).to_contain_text("Deleted")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".chat-row")).to_have_count(3)
    expect(page.locator(".snack")).to_contain_text("Restored")


@in_both_sizes
def test_deleting_the_open_chat_leads_to_a_new_one_and_undo_back(
    context: BrowserContext,
) -> None:
    page = chromium.first_page(context)
    page.goto("/chat/")
    send(page, "All about tea")
    expect(page).to_have_url(re.compile(r"/chat/[0-9a-f-]{36}/$"))
    expect(page.locator(".answer .prose")).to_contain_text("tea")
    address = page.url
    open_list(page)
    choose(page, "All about tea", "Delete")
    page.wait_for_url("**/chat/?deleted=*")
    expect(page.locator(".snack")).to_contain_text("Deleted")
    assert faults(page) == []
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".snack")).to_contain_text("Restored")
    page.goto(address)
    expect(page.locator(".answer .prose")).to_contain_text("tea")


def test_the_news_of_a_deletion_may_come_before_its_answer(context: BrowserContext) -> None:
    page = chromium.first_page(context)
    page.goto("/chat/")
    send(page, "All about coffee")
    expect(page.locator(".answer .prose")).to_contain_text("tea")
    held = []
    page.route("**/delete/", lambda route: held.append((route, route.fetch())))
    open_list(page)
    with page.expect_response(lambda answer: answer.headers.get("x-leaf") == "gone"):
        choose(page, "All about coffee", "Delete")
    # Asked later, so answered after the page has heard the news.
    page.evaluate("fetch('/health/live').then((answer) => answer.text())")
    site.until(lambda: page.wait_for_timeout(1) or held, "the answer to the deletion")
    route, response = held.pop()
    route.fulfill(response=response)
    page.wait_for_url("**/chat/?deleted=*")
    expect(page.locator(".snack")).to_contain_text("Deleted")


def test_what_is_searched_for_while_typing_leads_to_its_message(context: BrowserContext) -> None:
    page = chromium.first_page(context)
    page.goto("/chat/")
    for question in ("Which harbours take our ships?", "항만 수수료는 얼마입니까"):
        page.goto("/chat/")
        send(page, question)
        expect(page.locator(".answer .prose")).to_contain_text("tea")
    page.keyboard.press("Control+k")
    page.keyboard.type("search ch")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/search/")
    box = page.get_by_role("searchbox")
    expect(box).to_be_focused()
    expect(page.locator(".found")).to_have_count(2)
    box.press_sequentially("harbour shi")
    expect(page.locator(".found")).to_have_count(1)
    expect(page.locator("mark").first).to_have_text("harbours")
    looked_at(page, "search")
    assert faults_in_both_sizes(page) == []
    box.fill("수수료")
    expect(page.locator(".found mark").first).to_have_text("수수료")
    box.fill("nothing of that kind")
    expect(page.locator(".empty")).to_be_visible()
    looked_at(page, "search-empty")
    box.fill("harbours")
    expect(page.locator(".found")).to_have_count(1)
    page.locator(".found-link").click()
    expect(page).to_have_url(re.compile(r"#message-[0-9a-f-]{36}$"))
    expect(page.locator(".question:target")).to_contain_text("Which harbours")
    expect(page.locator(".question:target")).to_be_in_viewport()


def test_the_archive_is_looked_through_and_emptied(
    context: BrowserContext, api: httpx2.Client
) -> None:
    for title in ("Harbour fees", "Quarterly numbers"):
        api.patch(f"/api/conversations/{create_chat(api, title)}", json={"archived": True})
    page = chromium.first_page(context)
    page.goto("/chat/search/?archived=1")
    expect(page.locator(".found")).to_have_count(2)
    looked_at(page, "archive")
    assert faults_in_both_sizes(page) == []
    page.get_by_role("button", name="Unarchive Harbour fees").click()
    expect(page.locator(".found")).to_have_count(1)
    page.get_by_role("button", name="Delete Quarterly numbers").click()
    expect(page.locator(".found")).to_have_count(0)
    open_list(page)
    expect(page.locator(".chat-row")).to_have_count(1)


def test_other_windows_see_what_happens_here(
    context: BrowserContext, browser: Browser, session: Path, address: str, api: httpx2.Client
) -> None:
    page = chromium.first_page(context)
    page.goto("/chat/")
    # Another browser: nothing but the server joins the two.
    with chromium.heard_context(browser, address, session, "wide", []) as other_browser:
        ask_before_others(page, chromium.first_page(other_browser), api)


def ask_before_others(page: Page, other: Page, api: httpx2.Client) -> None:
    other.goto("/chat/")
    send(page, "At length", SLOW)
    row = other.locator(".chat-row", has_text="At length")
    expect(row.get_by_role("img", name="Still answering")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/chat/[0-9a-f-]{36}/$"))
    other.goto(page.url)
    queue = other.get_by_role("region", name="Asked next").get_by_role("listitem")
    box = page.get_by_label("Your question")
    box.fill("And later?")
    box.press("Enter")
    expect(queue).to_have_text(re.compile("And later"))
    page.get_by_role("button", name="Remove: And later?").click()
    expect(queue).to_have_count(0)
    page.locator("[data-send]").click()
    expect(row).to_be_visible()
    expect(row.get_by_role("img", name="Still answering")).to_have_count(0)
    send(page, "And in short?")
    expect(other.locator(".question")).to_have_count(2)
    expect(other.locator(".answer").last).to_contain_text("about tea")
    api.patch(f"/api/conversations/{page.url.split('/')[-2]}", json={"title": "Renamed"})
    expect(other.locator(".chat-row", has_text="Renamed")).to_be_visible()
    api.delete(f"/api/conversations/{page.url.split('/')[-2]}")
    other.wait_for_url("**/chat/")
    expect(row).to_have_count(0)


def test_what_changes_before_a_page_listens_is_shown(
    context: BrowserContext, api: httpx2.Client
) -> None:
    page = chromium.first_page(context)
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(re.compile("/chat/news/"), hold)
    with page.expect_request(re.compile("/chat/news/")):
        page.goto("/chat/")
    create_chat(api, "Made meanwhile")
    expect(page.locator(".chat-row")).to_have_count(0)
    waiting[0].continue_()
    expect(page.locator(".chat-row", has_text="Made meanwhile")).to_be_visible()


@in_both_sizes
def test_a_list_that_was_lengthened_stays_long_and_undo_leaves_it_open(
    context: BrowserContext, shared_site: site.Site, person: str
) -> None:
    create_chats(shared_site, person, 53)
    page = chromium.first_page(context)
    page.goto("/chat/")
    open_list(page)
    rows = page.locator(".chat-row")
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(53)
    rows.last.locator("[popovertarget]").click()
    page.locator("#chat-menu").get_by_role("button", name="Delete").click()
    expect(rows).to_have_count(52)
    page.get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(53)
    expect(rows.last).to_be_visible()


def test_a_temporary_chat_is_not_listed_until_it_is_kept(context: BrowserContext) -> None:
    page = chromium.first_page(context)
    page.goto("/chat/")
    toggle = page.get_by_role("checkbox", name="Temporary chat")
    toggle.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("not found by search, and deleted after a day")).to_be_visible()
    looked_at(page, "temporary")
    assert faults_in_both_sizes(page) == []
    send(page, "A passing thought")
    expect(page.locator(".answer .message-actions")).to_be_visible()
    expect(page.locator(".topbar").get_by_text("Temporary", exact=True)).to_be_visible()
    expect(page.locator(".chat-row")).to_have_count(0)
    page.reload()
    page.get_by_role("button", name="Keep this chat").click()
    expect(page.locator(".chat-row")).to_have_count(1)
    expect(page.get_by_role("button", name="Keep this chat")).to_have_count(0)
    expect(page.locator(".question")).to_contain_text("A passing thought")
