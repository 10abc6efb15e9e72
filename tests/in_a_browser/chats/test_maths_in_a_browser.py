"""Formulas in answers, in a real browser: drawn when finished, fetched only when needed."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from tests.processes.browser import (
    SIZES,
    faults,
    faults_in_both_sizes,
    listen,
    rest,
    send,
    set_size,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SUM = r"says-Here_is_$e^{i\pi}+1=0$_in_a_line."
WIDE = r"\int_0^\infty x^2\,dx = " + "+".join(rf"\frac{{{n}}}{{\vec v_{n}}}" for n in range(30))
PICTURE = r"\includegraphics{https://evil.test/x.png}"
HOSTILE = rf"\href{{javascript:alert(1)}}{{x}}{PICTURE}\text{{<img src=x>}}"


@pytest.fixture
def requested_urls(page: Page) -> Iterator[list[str]]:
    """The addresses of everything that the page asks for."""
    asked: list[str] = []
    with ExitStack() as listeners:
        listen(listeners, page, "request", lambda request: asked.append(request.url))
        page.goto("/chat/")
        yield asked


def test_a_formula_is_drawn_when_it_is_finished_and_after_a_reload(
    page: Page, requested_urls: list[str]
) -> None:
    send(page, "plain words", "echo")
    expect(page.locator(".answer .message-actions")).to_be_visible()
    assert not any("katex" in url for url in requested_urls)
    send(page, "the identity", SUM)
    expect(page.locator(".answer .katex")).to_have_count(1)
    # What a screen reader is given, beside what is drawn.
    expect(page.locator(".answer .katex math")).to_have_count(1)
    page.reload()
    expect(page.locator(".answer .katex")).to_have_count(1)
    assert faults_in_both_sizes(page) == []


def test_a_wide_formula_scrolls_by_itself(page: Page) -> None:
    send(page, f"$$\n{WIDE}\n$$", "echo")
    formula = page.locator(".answer .math.display")
    expect(formula.locator(".katex")).to_have_count(1)
    for size in SIZES:
        set_size(page, size)
        rest(page)
        assert formula.evaluate("(each) => each.scrollWidth > each.clientWidth"), size
        assert faults(page) == [], size


def test_what_is_no_formula_stays_text_and_nothing_leaves_the_page(
    page: Page, requested_urls: list[str], address: str
) -> None:
    send(page, f"$\\frac{{1$ and ${HOSTILE}$ and $\\pmb{{x}}$", "echo")
    expect(page.locator(".answer .message-actions")).to_be_visible()
    expect(page.locator(".answer .katex").first).to_be_visible()
    assert page.locator(".answer a[href^=javascript], .answer .math img").count() == 0
    assert [url for url in requested_urls if not url.startswith(address)] == []
