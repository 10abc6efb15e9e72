"""Lighthouse on a chat and on the documents, signed in, as on a phone and on a desktop.

    python -m bench.pages.lighthouse

It needs Node; LIGHTHOUSE=path/to/lighthouse, or npx fetches it.

Not part of `make bench`, for Lighthouse is no package of this project's. A site of its own, a fake
model, and the Chromium of the tests with a profile that is signed in.
"""

import json
import os
import shlex
import socket
import subprocess
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.processes import browser as chromium
from tests.processes import site
from tests.processes.site_of_its_own import run_site

COMMAND = shlex.split(os.environ.get("LIGHTHOUSE", "npx --yes lighthouse@12.8.2"))
CATEGORIES = ("performance", "accessibility", "best-practices")
ANSWER = "prose-1200-0"


def main() -> None:
    with run_site(ANSWER) as own:
        measure(own.site, own.site.data_dir)


def measure(running: site.Site, root: Path) -> None:
    running.manage("collectstatic", "--no-input", "-v0")
    web = running.web()
    client = running.client(web, "alice")
    chat = client.post("/api/conversations", json={"title": "An answer"}).json()["id"]
    messages = f"/api/conversations/{chat}/messages"
    client.post(messages, json={"content": "At length?"}).raise_for_status()
    site.until(lambda: "ledger" in str(client.get(messages).json()), "the answer")
    port = free_port()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            str(root / "profile"),
            executable_path=os.environ.get("CHROMIUM"),
            args=[*chromium.FLAGS, f"--remote-debugging-port={port}"],
        )
        page = browser.new_page()
        page.goto(f"{web.url}/accounts/login/")
        page.get_by_label("Username").fill("alice")
        page.get_by_label("Password").fill(site.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/chat/")
        page.close()
        for name, path in {"a chat": f"/chat/{chat}/", "documents": "/documents/"}.items():
            for form in ("phone", "desktop"):
                scores = score_page(web.url + path, port, form)
                line = ", ".join(f"{category} {score}" for category, score in scores.items())
                print(f"{name:10} {form:8} {line}", flush=True)
        browser.close()


def score_page(address: str, port: int, form: str) -> dict[str, int]:
    """Lighthouse's scores of an address, of 100."""
    command = [
        *COMMAND,
        address,
        "--quiet",
        "--output=json",
        f"--port={port}",
        # Or it would sign us out first.
        "--disable-storage-reset",
        f"--only-categories={','.join(CATEGORIES)}",
        *(["--preset=desktop"] if form == "desktop" else []),
    ]
    run = subprocess.run(command, capture_output=True, check=True, timeout=300)
    report = json.loads(run.stdout)
    if report["finalDisplayedUrl"] != address:
        raise SystemExit(f"Lighthouse was sent to {report['finalDisplayedUrl']}.")
    return {name: round(report["categories"][name]["score"] * 100) for name in CATEGORIES}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
