"""The chat page by keyboard, and as a screen reader is told of it, as docs/accessibility.md shows.

Run with WRITE_DOCS=1 it writes both into the document.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.processes import browser as chromium
from tests.processes import site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DOCUMENT = Path(__file__).parents[3] / "docs" / "accessibility.md"
MAX_STOPS = 60
# The role and the name of what has the focus; null once it has left the page.
FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const roles = { A: "link", BUTTON: "button", TEXTAREA: "text field", SELECT: "list",
                  SUMMARY: "disclosure", INPUT: at.type };
  const label = at.labels?.[0]?.textContent;
  const words = at.cloneNode(true);
  for (const each of words.querySelectorAll("[aria-hidden]")) each.remove();
  const name = at.getAttribute("aria-label") || label || words.textContent;
  const role = at.getAttribute("role") || roles[at.tagName] || at.tagName.toLowerCase();
  const box = at.getBoundingClientRect();
  // A field may draw it around its frame, a hidden one around its label.
  const frame = at.matches("textarea") ? at.closest(".composer") : null;
  const drawn = [at, at.closest("label"), frame].some((each) => {
    const style = each && getComputedStyle(each);
    return style && (style.outlineStyle !== "none" || style.boxShadow !== "none");
  });
  return { role, name: name.trim().replace(/\\s+/g, " ").slice(0, 60), drawn,
           seen: box.bottom > 0 && box.top < innerHeight };
}"""


@pytest.fixture(scope="module")
def person() -> str:
    """Somebody whose name the document holds."""
    return "eve"


@pytest.fixture(scope="module")
def shared_web(shared_site: site.Site, browser: Browser) -> Iterator[site.Program]:
    """A server of its own: the document holds the names of the models, too."""
    web = shared_site.web(CHAT_MODEL="echo", CHAT_MODELS="says-hello")
    yield web
    chromium.close_contexts(web.url)
    web.kill()


@pytest.fixture(scope="module")
def page(browser: Browser, address: str, session: Path) -> Iterator[Page]:
    """A chat with one answer, as it is after a reload."""
    with chromium.watched_context(browser, address, session, "desktop", locale="en-GB") as context:
        page = chromium.first_page(context)
        page.goto("/chat/")
        chromium.send(page, "What is tea?", "echo")
        expect(page.locator(".answer .message-actions")).to_be_visible()
        page.reload()
        expect(page.locator(".answer .message-actions")).to_be_visible()
        yield page


def stops(page: Page) -> Iterator[dict[str, str]]:
    page.evaluate("document.body.tabIndex = -1; document.body.focus(); document.body.blur()")
    for _ in range(MAX_STOPS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            return
        yield focused
    pytest.fail("The focus does not leave the page.")


def read_block(heading: str) -> str:
    """Return the block of code below a heading of the document."""
    found = re.search(rf"## {heading}\n.*?```\n(.*?)\n```", DOCUMENT.read_text(), re.DOTALL)
    assert found, heading
    return found[1]


def compare(heading: str, seen: str) -> None:
    if os.environ.get("WRITE_DOCS"):
        text, block = DOCUMENT.read_text(), f"```\n{read_block(heading)}\n```"
        DOCUMENT.write_text(text.replace(block, f"```\n{seen}\n```"))
    assert read_block(heading) == seen


def test_the_keyboard_reaches_everything_in_the_order_of_the_page(page: Page) -> None:
    seen = list(stops(page))
    # Whoever moves by keyboard sees where they are, at each stop.
    assert [stop["name"] for stop in seen if not (stop["drawn"] and stop["seen"])] == []
    lines = [f"{n:2} {stop['role']}: {stop['name']}" for n, stop in enumerate(seen, 1)]
    compare("By keyboard", "\n".join(lines))


def test_a_screen_reader_is_told_this(page: Page) -> None:
    told = page.locator("body").aria_snapshot()
    # Without addresses, and with one time for however long the answer took.
    kept = "\n".join(line for line in told.splitlines() if "/url:" not in line)
    compare("By ear", re.sub(r"\d+\.\d s\b", "0.1 s", kept))
