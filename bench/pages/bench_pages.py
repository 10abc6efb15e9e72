"""The cost of pages in a browser: first loads, a long conversation, a long answer as it streams.

    make bench            or: python -m bench.pages.bench_pages

A site of its own, a fake model, and the Chromium of the tests. Bytes are what came over the
network, compressed; times are CPU time of the page's main thread.
"""

import statistics
import time
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, expect

from tests.costs.page_costs import (
    first_load,
    long_conversation,
    trace_main_thread,
    until_stream_ends,
)
from tests.processes import browser as chromium
from tests.processes import site
from tests.processes.site_of_its_own import run_site

TOKENS, A_SECOND = 4_000, 100
GAP = 1000 // A_SECOND
STREAMS = {"words, code, tables": f"prose-{TOKENS}-{GAP}", "and formulas": f"maths-{TOKENS}-{GAP}"}
ANSWER = "prose-1200-0"
SHORT, LONG = 50, 2_000
TIMES = 9


def main() -> None:
    models = ",".join([ANSWER, *STREAMS.values()])
    with (
        run_site("echo", CHAT_MODELS=models) as own,
        chromium.launch_browser() as browser,
    ):
        measure(own.site, browser, own.site.data_dir)


def measure(running: site.Site, browser: Browser, root: Path) -> None:
    running.manage("collectstatic", "--no-input", "-v0")
    web = running.web()
    client = running.client(web, "alice")
    session = chromium.signed_in(web.url, "alice", root / "cookies")
    with running.connection() as connection:
        short = long_conversation(connection, "alice", SHORT)
        long = long_conversation(connection, "alice", LONG)
    conversation = client.post("/api/conversations", json={"title": "An answer"}).json()["id"]
    asked = {"content": "At length?", "model": ANSWER}
    client.post(f"/api/conversations/{conversation}/messages", json=asked).raise_for_status()
    address = f"/api/conversations/{conversation}/messages"
    site.until(lambda: "ledger" in str(client.get(address).json()), "the answer")
    with chromium.watched_context(browser, web.url, session, "desktop") as context:
        loads(context, {"a chat with 1,200 tokens": f"/chat/{conversation}/"})
        loads(context, {"a new chat": "/chat/", "documents": "/documents/"})
        opening(browser, context, {"a new chat": "/chat/", f"{SHORT} messages": f"/chat/{short}/"})
        opening(browser, context, {f"{LONG:,} messages": f"/chat/{long}/"})
        for name, model in STREAMS.items():
            streaming(browser, context, name, model)


def loads(context: BrowserContext, pages: dict[str, str]) -> None:
    for name, path in pages.items():
        cost = first_load(context, path)
        kinds = ", ".join(f"{kind} {size / 1024:.1f}" for kind, size in cost.kinds.items())
        print(f"first load, {name:26} {cost.requests:3} requests {cost.bytes / 1024:7.1f} KiB")
        print(f"    {kinds}", flush=True)


def opening(browser: Browser, context: BrowserContext, pages: dict[str, str]) -> None:
    for name, path in pages.items():
        page, took = context.new_page(), []
        for _ in range(TIMES):
            began = time.perf_counter()
            page.goto(path, wait_until="load")
            took.append((time.perf_counter() - began) * 1000)
        with trace_main_thread(browser, page) as cost:
            page.goto(path, wait_until="load")
        page.close()
        print(f"opening {name:30} {statistics.median(took):7.0f} ms, main thread {cost.total:.0f}")


def streaming(browser: Browser, context: BrowserContext, name: str, model: str) -> None:
    page = context.new_page()
    page.goto("/chat/")
    with trace_main_thread(browser, page) as cost, until_stream_ends(page):
        chromium.send(page, "At length", model)
    expect(page.locator(".answer .message-actions")).to_be_visible()
    print(
        f"{TOKENS} tokens at {A_SECOND}/s, {name}: main thread {cost.total / 1000:.2f} s, scripting"
        f" {cost.scripting / 1000:.2f} s, longest task {cost.longest:.0f} ms,"
        f" over 50 ms: {cost.over_50}",
        flush=True,
    )


if __name__ == "__main__":
    main()
