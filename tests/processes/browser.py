"""Shared by tests in a real browser: the browser, a signed-in person, the accessibility check."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    CDPSession,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.processes import site

# Without these the browser calls its maker, and needs what a container does not have.
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
# For pages that live for a second or two, in which the checker runs once: to compile for the long
# run takes longer than it saves, and so does a process for each page of the one site.
SHORT_LIVED = ("--js-flags=--no-opt", "--renderer-process-limit=1")
# Milliseconds. What is expected comes at once or never; a busy machine may take its time.
expect.set_options(timeout=30_000)
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
WINDOWS = SIZES | {
    "wide": (1440, 900),
    "small": (1280, 720),
    "laptop": (1024, 768),
    "tablet": (768, 1024),
}
ColorScheme = Literal["light", "dark"]
View = tuple[str, ColorScheme]
# Between the two devices, where columns and drawers come and go.
BETWEEN: list[View] = [("laptop", "dark"), ("tablet", "light")]
# A test that does on a phone what differs there: a drawer, a sheet over the page, keys that touch
# changes. What only looks different is looked at by `faults_in_both_sizes`.
in_both_sizes = pytest.mark.parametrize("size", SIZES)


@contextmanager
def launch_browser(*flags: str) -> Iterator[Browser]:
    """Start a browser without a screen, and the leaner build of it where there is one."""
    path = shutil.which("chromium-headless-shell") or _find_whole_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        yield browser
        browser.close()


@contextmanager
def launch_beside(other: Browser, *flags: str) -> Iterator[Browser]:
    """Start the whole browser, for what the leaner build cannot, such as to hear."""
    path = _find_whole_browser()
    browser = other.browser_type.launch(executable_path=path, args=[*FLAGS, *flags])
    yield browser
    close_contexts(browser)
    browser.close()


def _find_whole_browser() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


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


def _viewport(size: str) -> ViewportSize:
    width, height = WINDOWS[size]
    return {"width": width, "height": height}


def first_page(context: BrowserContext) -> Page:
    """Return the page that a pooled context has already."""
    return context.pages[0]


def sign_in(context: BrowserContext, address: str, name: str) -> None:
    """Give a context the cookies of somebody who has signed in by the form."""
    cookies = _fetch_cookies(address, name)
    context.add_cookies([{"name": n, "value": v, "url": address} for n, v in cookies.items()])


def signed_in(address: str, name: str, file: Path) -> Path:
    """Store the cookies of somebody who has signed in, for many contexts."""
    common = {"domain": urlsplit(address).hostname, "path": "/", "expires": -1, "sameSite": "Lax"}
    cookies = [
        {"name": key, "value": value, "httpOnly": False, "secure": False, **common}
        for key, value in _fetch_cookies(address, name).items()
    ]
    file.write_text(json.dumps({"cookies": cookies, "origins": []}))
    return file


# What Chromium itself says of an answer like our errors.
REFUSED = "the server responded with a status of 422 (Unprocessable Entity)"


@dataclass
class Pooled:
    """A context and a page that one test uses after another, at an empty page of the site.

    To make them, with the processes behind them, takes longer than many a test.
    """

    context: BrowserContext
    page: Page
    size: str

    def begin(self, session: Path | None) -> None:
        self.context.clear_cookies()
        if session:
            self.context.add_cookies(json.loads(session.read_text())["cookies"])
        set_size(self.page, self.size)

    def end(self, address: str) -> None:
        """Leave nothing of a test to the next one."""
        for page in self.context.pages:
            if page != self.page:
                page.close()
        if self.page.is_closed():
            self.page = self.context.new_page()
        self.page.unroute_all()
        self.context.unroute_all()
        self.page.route(f"{address}/empty", lambda route: route.fulfill(headers=OPENER, body=""))
        self.page.goto(f"{address}/empty")
        self.page.unroute_all()
        self.page.evaluate("sessionStorage.clear()")
        stored = {"origin": address, "storageTypes": "all"}
        _debug(self.page).send("Storage.clearDataForOrigin", stored)
        self.context.clear_permissions()
        self.context.grant_permissions(PERMISSIONS)


# A page that tells its opener otherwise than the next one does costs a process.
OPENER = {"Cross-Origin-Opener-Policy": "same-origin", "Content-Type": "text/html"}
PERMISSIONS = ["clipboard-read", "clipboard-write"]
_pool: dict[tuple[Any, ...], list[Pooled]] = {}


@contextmanager
def pooled_context(
    browser: Browser, address: str, session: Path | None, size: str, **options: Any
) -> Iterator[BrowserContext]:
    """A context that holds the cookies of a session, and nothing else of anybody before.

    Nothing moves in it unless it is told otherwise: each frame of a movement is drawn.
    """
    options.setdefault("reduced_motion", "reduce")
    idle = _pool.setdefault((browser, address, size, *sorted(options.items())), [])
    if idle:
        pooled = idle.pop()
    else:
        phone: dict[str, Any] = {"has_touch": True, "is_mobile": True} if size == "phone" else {}
        context = browser.new_context(
            base_url=address,
            viewport=_viewport(size),
            permissions=PERMISSIONS,
            **phone,
            **options,
        )
        pooled = Pooled(context, context.new_page(), size)
    pooled.begin(session)
    yield pooled.context
    pooled.end(address)
    idle.append(pooled)


def close_contexts(owner: str | Browser) -> None:
    """Close what was pooled for the address of a server, or for a browser, that ends."""
    for key in [key for key in _pool if owner in key]:
        for pooled in _pool.pop(key):
            pooled.context.close()


@contextmanager
def heard_context(
    browser: Browser,
    address: str,
    session: Path | None,
    size: str,
    complaints: list[str],
    **options: Any,
) -> Iterator[BrowserContext]:
    """A context, and what its pages complain of in their consoles."""
    with (
        pooled_context(browser, address, session, size, **options) as context,
        ExitStack() as listeners,
    ):
        listen(listeners, context, "weberror", lambda error: complaints.append(str(error.error)))
        listen(
            listeners,
            context,
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        yield context


@contextmanager
def watched_context(
    browser: Browser,
    address: str,
    session: Path | None,
    size: str,
    refusals: int = 0,
    **options: Any,
) -> Iterator[BrowserContext]:
    """A context whose pages may not complain in their consoles, but of so many refused requests."""
    complaints: list[str] = []
    with heard_context(browser, address, session, size, complaints, **options) as context:
        yield context
    refused = [each for each in complaints if each.endswith(REFUSED)]
    assert len(refused) == refusals
    assert [each for each in complaints if each not in refused] == [], complaints


def listen(stack: ExitStack, context: Any, event: str, listener: Callable[[Any], Any]) -> None:
    """Hear of a context's events for as long as it is one's own."""
    context.on(event, listener)
    stack.callback(context.remove_listener, event, listener)


# Of the answer only what is wrong is sent, which is nothing as a rule. Style sheets are not read in
# advance: no rule that is on needs them, and a policy refuses what one of them imports.
CHECKER = f"{Axe().axe_script}\n;0"
CHECK = """async (rules) => {
  if (typeof axe !== "object") return null;
  const options = { resultTypes: ["violations"], preload: { assets: ["media"] } };
  if (rules.length) options.runOnly = rules;
  const above = [...document.querySelectorAll("dialog[open], :popover-open")];
  const { violations } = await axe.run(above.length ? { include: above } : document, options);
  return violations;
}"""
# The rules whose finding another size or other colours can change, in a page of the same elements.
SEEN = ("color-contrast", "link-in-text-block", "scrollable-region-focusable")
# Of these, what another size alone can change.
BY_SIZE = ("scrollable-region-focusable",)
# What is in view at whatever size, as far as a page has it.
OUT_OF_VIEW = """() => [...document.querySelectorAll(".topbar h1, .composer")]
  .filter((each) => {
    const { left, right, top, bottom } = each.getBoundingClientRect();
    return left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
  })
  .map((each) => `${each.tagName} is out of view`)"""
# A phone's browser shows a page that is too wide in a window that is wider, and smaller.
EXCESS = """() => {
  const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
  return [
    ...(scrollWidth > clientWidth ? ["the page is wider than its window"] : []),
    ...(scrollHeight > clientHeight ? ["the page is longer than its window"] : []),
  ];
}"""
# What turns without end has no end to go to. None is waited for: what is out of sight never ends,
# since the browser draws no frame of it.
REST = """async () => {
  const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
  await frame();
  await frame();
  for (const each of document.getAnimations()) {
    if (each.effect.getComputedTiming().endTime !== Infinity) each.finish();
  }
  await frame();
}"""


def violations(page: Page, rules: Sequence[str] = ()) -> list[dict[str, Any]]:
    """List what axe finds wrong with a page as it is now, by all of its rules or some.

    The policy would not let the checker in as an inline script; it comes as a script of the
    debugger instead, which is not bound by it. As the same script it is compiled once for all
    pages of a process, which what Playwright evaluates is not.

    Where something lies over the page it is what is looked at: the page is as it was without it.
    """
    found: list[dict[str, Any]] | None = page.evaluate(CHECK, [*rules])
    if found is None:
        _debug(page).send("Runtime.evaluate", {"expression": CHECKER})
        found = page.evaluate(CHECK, [*rules])
    assert found is not None
    return found


def faults(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """List what axe finds wrong with a page, and where the page exceeds its window."""
    found = [f"{each['id']}: {each['nodes'][0]['html']}" for each in violations(page, rules)]
    return [*found, *excess(page)]


def excess(page: Page) -> list[str]:
    """List where a page exceeds its window."""
    found: list[str] = page.evaluate(EXCESS)
    return found


def faults_between(page: Page) -> list[str]:
    """List what is wrong with a page that is looked at on both devices, in another size."""
    return [*faults(page, SEEN), *out_of_view(page)]


def out_of_view(page: Page) -> list[str]:
    """List what is not in view, and has to be at whatever size."""
    found: list[str] = page.evaluate(OUT_OF_VIEW)
    return found


def faults_in_both_sizes(page: Page) -> list[str]:
    """List what is wrong with a page as it is now, and as it would be on the other device.

    Names, roles and colours are the same there; what one device alone shows is looked at by
    `test_every_page_in_a_browser`.
    """
    size, other = sorted(SIZES, key=lambda name: page.viewport_size != _viewport(name))
    found = faults(page)
    set_size(page, other)
    rest(page)
    found += [f"{other}: {each}" for each in faults(page, BY_SIZE)]
    set_size(page, size)
    return found


# By page, who switches its touch screen on and off, and lets the checker in.
_debuggers: WeakKeyDictionary[Page, CDPSession] = WeakKeyDictionary()


def _debug(page: Page) -> CDPSession:
    if page not in _debuggers:
        _debuggers[page] = page.context.new_cdp_session(page)
    return _debuggers[page]


def set_size(page: Page, size: str) -> None:
    """Give a page the window of a device, and a finger or a mouse to point with."""
    page.set_viewport_size(_viewport(size))
    touch = {"enabled": size == "phone"}
    _debug(page).send("Emulation.setTouchEmulationEnabled", touch)


def wait_until_answered(page: Page) -> None:
    """Wait until a page has heard that no answer is being made any more.

    What stands under an answer comes a moment before that; until then the button stops the answer
    and keys and forms do other things. A question is busy from the press that sends it.
    """
    expect(page.locator("[data-messages] [aria-busy]")).to_have_count(0)


TWO_FRAMES = "() => new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))"


def show(page: Page, view: View) -> None:
    """Show a page in a size and in colours."""
    size, scheme = view
    set_size(page, size)
    page.emulate_media(color_scheme=scheme)
    # What closes when the window changes its kind hears of it before the next frame is drawn.
    page.evaluate(TWO_FRAMES)


def rest(page: Page) -> None:
    """Bring all that moves to its end: a colour on its way is none to judge."""
    page.evaluate(REST)


def send(page: Page, text: str, model: str = "") -> None:
    if model:
        page.get_by_label("Model", exact=True).select_option(model)
    page.get_by_label("Your question").fill(text)
    # An answer that has ended elsewhere may still be under way here: then the button stops it.
    page.locator("[data-send]:not([data-running])").click()
