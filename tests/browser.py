"""Shared by tests in a real browser: the browser, a signed-in person, the accessibility check."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import site

# Without these the browser calls its maker, and needs what a container does not have.
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
# Milliseconds. What is expected comes at once or never; a busy machine may take its time.
expect.set_options(timeout=30_000)
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
ALL_SIZES = {
    "wide": (1440, 900),
    "laptop": (1024, 768),
    "tablet": (768, 1024),
    "phone": (390, 844),
}


@contextmanager
def launch_browser(*flags: str) -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        yield browser
        browser.close()


@cache
def _fetch_cookies(address: str, name: str) -> dict[str, str]:
    with httpx2.Client(base_url=address, follow_redirects=True, timeout=30) as client:
        client.get("/accounts/login/")
        form = {
            "username": name,
            "password": site.PASSWORD,
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
        }
        page = client.post("/accounts/login/", data=form, headers={"Referer": address})
        assert page.url.path == "/chat/", page.url
        return dict(client.cookies)


def _add_cookies(context: BrowserContext, address: str, name: str) -> None:
    cookies = _fetch_cookies(address, name)
    context.add_cookies([{"name": n, "value": v, "url": address} for n, v in cookies.items()])


def sign_in(page: Page, name: str) -> None:
    """Give a page's browser the cookies of somebody who has signed in by the form."""
    page.goto("/accounts/login/")
    _add_cookies(page.context, page.evaluate("location.origin"), name)


def signed_in(browser: Browser, address: str, name: str, file: Path) -> Path:
    """Store the cookies of somebody who has signed in, for many contexts."""
    context = browser.new_context()
    _add_cookies(context, address, name)
    context.storage_state(path=file)
    context.close()
    return file


# What Chromium itself says of an answer like our errors.
REFUSED = "the server responded with a status of 422 (Unprocessable Entity)"


@contextmanager
def watched_context(
    browser: Browser, address: str, session: Path, size: str, refusals: int = 0, **options: Any
) -> Iterator[BrowserContext]:
    """A context whose pages may not complain in their consoles, but of so many refused requests."""
    width, height = SIZES[size]
    complaints: list[str] = []
    phone: dict[str, Any] = {"has_touch": True, "is_mobile": True} if size == "phone" else {}
    context = browser.new_context(
        storage_state=session,
        base_url=address,
        viewport={"width": width, "height": height},
        permissions=["clipboard-read", "clipboard-write"],
        **phone,
        **options,
    )
    context.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()
    refused = [each for each in complaints if each.endswith(REFUSED)]
    assert len(refused) == refusals
    assert [each for each in complaints if each not in refused] == [], complaints


# Of the answer only what is wrong is sent, which is nothing as a rule.
CHECK = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations;
}"""
EXCESS = """() => {
  const { scrollWidth, scrollHeight } = document.documentElement;
  return [
    ...(scrollWidth > innerWidth ? ["the page is wider than its window"] : []),
    ...(scrollHeight > innerHeight ? ["the page is longer than its window"] : []),
  ];
}"""
# What turns without end has no end to wait for.
REST = """async () => {
  const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
  await frame();
  await frame();
  const moving = document.getAnimations().filter(
    (each) => each.effect.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(moving.map((each) => each.finished));
}"""


def violations(page: Page) -> list[dict[str, Any]]:
    """List what axe finds wrong with a page as it is now.

    The policy would not let the checker in as an inline script; it comes as a script of the
    debugger instead, which is not bound by it.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(Axe().axe_script)
    found: list[dict[str, Any]] = page.evaluate(CHECK)
    return found


def faults(page: Page) -> list[str]:
    """List what axe finds wrong with a page, and where the page exceeds its window."""
    found = [f"{each['id']}: {each['nodes'][0]['html']}" for each in violations(page)]
    return [*found, *page.evaluate(EXCESS)]


def rest(page: Page) -> None:
    """Wait until all that moves has come to its end: a colour on its way is none to judge."""
    page.evaluate(REST)


def send(page: Page, text: str, model: str = "") -> None:
    if model:
        page.get_by_label("Model", exact=True).select_option(model)
    page.get_by_label("Your question").fill(text)
    page.locator("[data-send]").click()
