"""Signing up, the API's documentation and the administration, under the strict policy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.processes import browser as chromium
from tests.processes import site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ADMIN_PAGES = [
    "/admin/",
    "/admin/accounts/user/",
    "/admin/accounts/user/add/",
    "/admin/accounts/refreshsession/",
    "/admin/documents/document/",
    "/admin/chat/conversation/",
]


@pytest.fixture(scope="module", autouse=True)
def _administrator(shared_site: site.Site, shared_web: site.Program) -> None:
    shared_site.make_administrator(shared_web, "root")


@pytest.fixture
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """Nobody is signed in; a message in a page's console fails the test."""
    with chromium.watched_context(browser, address, None, "small") as context:
        yield context


def test_a_new_member_reads_the_documentation_of_the_api(context: BrowserContext) -> None:
    page = chromium.first_page(context)
    # What describes the API is drawn for members, below.
    page.goto("/api/docs", wait_until="commit")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Username").fill("newcomer")
    page.get_by_label("Email address").fill("newcomer@example.org")
    page.get_by_label("Password", exact=True).fill(site.PASSWORD)
    page.get_by_label("Password confirmation").fill(site.PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/chat/")

    page.goto("/api/docs")
    operation = page.get_by_text("/api/me", exact=True)
    expect(operation).to_be_visible()
    operation.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".responses-table.live-responses-table")).to_contain_text("newcomer")


def test_the_administration_works_under_the_policy(context: BrowserContext) -> None:
    page = chromium.first_page(context)
    page.goto("/admin/accounts/user/")
    page.get_by_label("Username").fill("root")
    page.get_by_label("Password").fill(site.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/accounts/user/")
    for path in ADMIN_PAGES:
        page.goto(path)
        expect(page.locator("#content h1").first).to_be_visible()

    for number in (1, 2):
        page.goto("/admin/accounts/user/add/")
        page.get_by_label("Username").fill(f"member{number}")
        page.get_by_label("Email address").fill(f"member{number}@example.org")
        page.get_by_label("Password:").fill(site.PASSWORD)
        page.get_by_label("Password confirmation:").fill(site.PASSWORD)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("was added successfully")).to_be_visible()


def test_signing_out_everywhere_asks_for_the_password(context: BrowserContext) -> None:
    page = chromium.first_page(context)
    page.goto("/accounts/settings/")
    page.get_by_label("Username").fill("root")
    page.get_by_label("Password").fill(site.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Sign out everywhere else").click()
    page.get_by_label("Your password").fill(site.PASSWORD)
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.get_by_text("You are signed out everywhere else.")).to_be_visible()
