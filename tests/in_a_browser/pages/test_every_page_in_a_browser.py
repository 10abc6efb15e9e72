"""Every page and state, as people see them: accessible, within the window, without complaints.

    make pictures       takes the pictures of the guide (docs/guide.md) from what is seen here

One walks in English, another in Korean. In English each state is looked at on a desktop in light
colours and on a phone in dark ones, some also between these sizes. What is wrong with names, roles
and colours is found there; another language changes how much room words take, so in Korean it is
seen whether a state fits, on a phone and in some states on a desktop.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from documents.tests.parsing import pdf
from tests.processes import browser as chromium
from tests.processes import site
from tests.processes.browser import rest, wait_until_answered

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PICTURES = os.environ.get("PICTURES")
HANDBOOK = pdf.pages(
    "Staff handbook\nThis handbook is for everybody who works with us.",
    "Vacation\nEverybody has 30 days of vacation a year.\nFor every five years of service"
    " there is one more day.",
    "Carrying over\nDays that were not taken by the end of the year\nmay be taken until the end"
    " of March.",
    "Illness\nReport an illness on the first day before nine in the morning.",
)
QUESTION = "How many days of vacation do I have?"
FAILS = "fault-500"
# By language, the device and the colours that one walks with, and what else is looked at.
WALKS: dict[str, list[chromium.View]] = {
    "en-GB": [("desktop", "light"), ("phone", "dark")],
    "ko-KR": [("phone", "light"), ("desktop", "dark")],
}


@pytest.fixture(scope="module")
def person() -> str:
    """Somebody whose name is in the pictures of the guide."""
    return "ann"


@pytest.fixture(scope="module")
def shared_web(shared_site: site.Site, browser: Browser) -> Iterator[site.Program]:
    """A server of its own: each walk asks the same, and the pictures show the models."""
    web = shared_site.web(
        CHAT_MODEL="house-model",
        CHAT_MODELS=f"{FAILS},house-quick,echo",
        RESPONSE_CACHE_SECONDS="0",
    )
    yield web
    chromium.close_contexts(web.url)
    web.kill()


@pytest.fixture(scope="module")
def api(api: httpx2.Client) -> httpx2.Client:
    """Ann's, who has a handbook, a few chats and a folder."""
    people = api.post("/api/collections", json={"name": "Personnel"}).json()["id"]
    file = {"file": ("Staff handbook.pdf", HANDBOOK)}
    sent = api.post("/api/documents", files=file, data={"collection": people}).json()["id"]
    api.post("/api/documents", files={"file": ("Notes.md", b"# Notes\n\nCall the printer.")})
    broken = {"file": ("Old plan.pdf", b"%PDF-1.7 not really")}
    api.post("/api/documents", files=broken)
    address = f"/api/documents/{sent}"
    site.until(lambda: api.get(address).json()["status"] == "ready", "the handbook")
    folder = api.post("/api/folders", json={"name": "Personnel matters"}).json()["id"]
    for title in ("Packing list for Lisbon", "Names for the new printer", "Letter to the landlord"):
        api.post("/api/conversations", json={"title": title})
    api.post("/api/conversations", json={"title": "Parental leave", "folder": folder})
    return api


@pytest.fixture(params=WALKS)
def walk(
    browser: Browser, address: str, session: Path, request: pytest.FixtureRequest
) -> Iterator["Walk"]:
    locale = request.param
    (size, scheme), _ = WALKS[locale]
    with chromium.watched_context(
        browser,
        address,
        session,
        size,
        color_scheme=scheme,
        locale=locale,
        reduced_motion="no-preference",
    ) as context:
        walk = Walk(context, locale)
        yield walk
        walk.show(walk.views[0])


class Walk:
    """Looks at one page after another; what is wrong with any of them is told at the end."""

    def __init__(self, context: BrowserContext, locale: str) -> None:
        self.page = chromium.first_page(context)
        self.locale = locale
        self.views = WALKS[locale]
        self.view = self.views[0]
        self.is_thorough = locale == next(iter(WALKS))
        self.found: dict[str, list[str]] = {}

    def words(self, english: str, korean: str) -> str:
        return korean if self.locale == "ko-KR" else english

    def goto(self, path: str) -> Page:
        self.show(self.views[0])
        return self._open(path)

    def _open(self, path: str) -> Page:
        response = self.page.goto(path)
        assert response is not None
        assert response.status == 200, path
        return self.page

    def look(
        self,
        state: str,
        show: Callable[[Page], Any] | None = None,
        *,
        in_all_sizes: bool = False,
    ) -> None:
        """Look at a state on both devices; `show` brings it about on the one that it is called on.

        A drawer, a sheet and what hangs on them close when the window changes its kind.
        """
        self._look_around(state, show, in_all_sizes=in_all_sizes)
        self.show(self.views[0])

    def _look_around(
        self, state: str, show: Callable[[Page], Any] | None, *, in_all_sizes: bool
    ) -> None:
        # On the phone words have the least room.
        views = self.views if self.is_thorough or in_all_sizes or PICTURES else self.views[:1]
        # It can be looked at first on the device that is shown just now.
        for view in sorted(views, key=lambda view: view != self.view):
            # What a phone alone has is on the main pages, or has to be brought about.
            is_like_first = view != self.views[0] and not show and not in_all_sizes
            self._look(state, view, show, chromium.SEEN if is_like_first else ())
            if in_all_sizes:
                self._keep(f"{state}-head-{view[0]}", chromium.out_of_view(self.page))
        if self.is_thorough and in_all_sizes:
            for view in chromium.BETWEEN:
                self.show(view)
                rest(self.page)
                self._keep("-".join([state, *view]), chromium.faults_between(self.page))

    def _look(
        self,
        state: str,
        view: chromium.View,
        show: Callable[[Page], Any] | None,
        rules: Sequence[str],
    ) -> None:
        self.show(view)
        if show:
            show(self.page)
        rest(self.page)
        name = "-".join([state, *view, *self.words("", "ko").split()])
        found = (
            chromium.faults(self.page, rules) if self.is_thorough else chromium.excess(self.page)
        )
        self._keep(name, found)
        if PICTURES:
            self.page.screenshot(path=Path(PICTURES) / f"{name}.png")

    def _keep(self, name: str, faults: Iterable[str]) -> None:
        found = [each for each in faults if not each.startswith(self._fine())]
        if found:
            self.found[name] = found

    def show(self, view: chromium.View) -> None:
        """Show what follows in a view."""
        if view != self.view:
            chromium.show(self.page, view)
            self.view = view

    def _fine(self) -> tuple[str, ...]:
        """Return the checker's findings that are right to ignore in this state."""
        if self.page.locator(".plain, #site-name").count():
            return ("the page is longer than its window",)
        return ()

    def see(
        self,
        state: str,
        path: str,
        then: Callable[[Page], Any] | None = None,
        *,
        in_all_sizes: bool = False,
    ) -> None:
        if then:
            then(self.goto(path))
            self.look(state)
            return
        self._open(path)
        self._look_around(state, None, in_all_sizes=in_all_sizes)


def ask(walk: Walk, text: str, model: str = "house-model") -> None:
    page = walk.page
    page.locator("#model").select_option(model)
    page.locator("#question").fill(text)
    # While an answer is being made, the button stops it.
    page.locator("[data-send]:not([data-running])").click()


def open_palette(page: Page) -> None:
    page.keyboard.press("Control+K")
    expect(page.locator("#palette [role=option]").first).to_be_visible()


def open_shortcuts(page: Page) -> None:
    page.keyboard.press("Control+/")
    expect(page.locator("dialog[open]")).to_be_visible()


def choose_documents(page: Page) -> None:
    page.locator("#question").fill("")
    page.locator("#question").type("#")
    expect(page.locator("#suggest [role=option]").first).to_be_visible()


def open_list(page: Page) -> None:
    """On a phone it is a drawer."""
    button = page.locator(".drawer-button")
    if button.is_visible() and not page.locator("#sidebar:popover-open").count():
        button.click()


def open_menu(page: Page) -> None:
    open_list(page)
    if not page.locator(".menu:popover-open").count():
        page.locator(".chat-row [popovertarget]").last.click()
    expect(page.locator(".menu:popover-open")).to_be_visible()


def open_source(page: Page) -> None:
    if not page.locator("#panel").is_visible():
        page.locator(".answer a.cite").first.click()
    expect(page.locator("#panel")).to_be_visible()


def find_in_document(page: Page) -> None:
    if not page.locator("#viewer-find").is_visible():
        page.locator('[data-action="find"]').click()
    expect(page.locator("#viewer-find")).to_be_visible()


def test_chat(walk: Walk, api: httpx2.Client) -> None:
    page = walk.goto("/chat/")
    walk.look("new-chat", in_all_sizes=True)
    page.locator(".toggle").click()
    walk.look("temporary-chat")
    page.locator(".toggle").click()
    ask(walk, QUESTION)
    expect(page.locator(".answer td").first).to_be_visible()
    walk.look("answering")
    foot = page.locator(".answer .message-actions")
    expect(foot).to_be_visible()
    wait_until_answered(page)
    # What is said under an answer that has just been streamed is in the page's language, too.
    expect(page.locator(".sources-title")).to_have_text(
        re.compile(walk.words("2 sources", "출처 2개"))
    )
    walk.look("answer", in_all_sizes=True)
    address = page.url
    page.locator(".message-facts a").click()
    expect(page.locator(".told li")).not_to_have_count(0)
    walk.look("told")
    walk.goto(address)
    walk.look("source", open_source)
    page.keyboard.press("Escape")
    page.locator('[data-action="edit"]').click()
    walk.look("editing")
    page.locator("[data-edit] textarea").fill("How many days of vacation has a trainee?")
    page.locator("[data-edit] [type=submit]").click()
    expect(page.locator(".question .versions")).to_be_visible()
    wait_until_answered(page)
    expect(foot).to_be_visible()
    walk.look("versions")
    page.locator(".rating .turned").click()
    expect(page.locator("#dialog")).to_be_visible()
    walk.look("feedback")
    walk.goto(address)
    ask(walk, "And now?", FAILS)
    expect(page.locator(".answer .notice.danger")).to_be_visible()
    walk.look("failed")
    # So that the next chats begin with a model that answers.
    ask(walk, "Once more.", "house-model")
    wait_until_answered(page)
    expect(page.locator(".answer .message-actions").last).to_be_visible()
    walk.see("print", f"{address}print/")
    chat = address.rstrip("/").rsplit("/", 1)[1]
    walk.see("share", f"/chat/{chat}/share/")
    walk.see("chat-options", f"/chat/{chat}/menu/")
    link = {"conversation_id": chat, "audience": "anyone", "with_sources": True}
    url = api.post("/api/shares", json=link).json()["url"]
    walk.see("shared", "/s/" + url.split("/s/")[1])
    assert walk.found == {}


def test_quotes(walk: Walk, api: httpx2.Client) -> None:
    chat = api.post("/api/conversations", json={}).json()["id"]
    asked = {"content": f"{QUESTION} When do I report an illness?", "model": "quotes"}
    turn = api.post(f"/api/conversations/{chat}/messages", json=asked).json()["turn"]
    address = f"/api/turns/{turn['id']}"
    site.until(lambda: api.get(address).json()["state"] == "done", "the quotes")
    walk.goto(f"/chat/{chat}/")
    walk.look("quotes", open_source)
    assert walk.found == {}


def test_finding_ones_way(walk: Walk) -> None:
    page = walk.goto("/chat/")
    open_list(page)
    page.locator(".folder summary").click()
    walk.look("list", open_list)
    walk.look("menu", open_menu)
    page.keyboard.press("Escape")
    walk.see("search", "/chat/search/?q=vacation")
    walk.see("no-search-result", "/chat/search/?q=zzzzzz")
    walk.see("palette", "/chat/", open_palette)
    walk.see("shortcuts", "/chat/", open_shortcuts)
    walk.see("choosing-documents", "/chat/", choose_documents)
    folder = page.locator(".folder-link").get_attribute("href") or ""
    walk.see("folder", folder)
    walk.see("new-folder", "/chat/folders/new/")
    row = page.locator(".chat-row > a").last.get_attribute("href") or ""
    walk.see("move", f"{row}move/")
    walk.see("rename", f"{row}rename/")
    assert walk.found == {}


def test_documents(walk: Walk, api: httpx2.Client) -> None:
    page = walk.goto("/documents/")
    expect(page.locator("[data-unfinished='0']")).to_be_attached()
    walk.look("documents", in_all_sizes=True)
    found = api.get("/api/documents").json()["items"]
    handbook = next(each for each in found if "handbook" in each["title"])
    notes = next(each for each in found if each["title"] == "Notes.md")
    path = f"/documents/{handbook['id']}/"
    walk.goto(f"{path}?start=0&end=30#page=2")
    expect(page.locator("canvas").first).to_be_visible()
    walk.look("document", in_all_sizes=True)
    walk.look("finding", find_in_document)
    walk.see("text-document", f"/documents/{notes['id']}/?start=0&end=7")
    walk.see("manage-document", f"{path}manage/", in_all_sizes=True)
    walk.see("delete-document", f"{path}delete/", in_all_sizes=True)
    walk.see("no-document-found", "/documents/?q=no", in_all_sizes=True)
    walk.see("new-collection", "/documents/collections/new/", in_all_sizes=True)
    walk.see("collection", f"/documents/collections/{handbook['collection']}/")
    assert walk.found == {}


def test_batches(walk: Walk, api: httpx2.Client) -> None:
    questions = {"questions": [QUESTION, "Who reports an illness?"], "model": "house-quick"}
    path = f"/api/batches/{api.post('/api/batches', json=questions).json()['id']}"
    walk.see("batches", "/chat/batches/")
    site.until(lambda: api.get(path).json()["state"] == "done", "the batch")
    walk.see("batch", path.replace("/api/", "/chat/") + "/")
    # A real document's page offers to sum it up; the fake model's summary is short.
    found = api.get("/api/documents").json()["items"]
    handbook = next(each["id"] for each in found if "handbook" in each["title"])
    walk.goto(f"/documents/{handbook}/")
    walk.page.locator("form[action*=summaries] button").click()
    expect(walk.page.locator(".prose").first).to_be_visible()
    walk.look("summary")
    assert walk.found == {}


def test_settings(walk: Walk, api: httpx2.Client) -> None:
    api.patch("/api/me/facts", json={"enabled": True})
    api.post("/api/me/facts", json={"text": "Works in the personnel office."})
    walk.see("facts", "/chat/facts/")
    walk.see("settings", "/accounts/settings/", in_all_sizes=True)
    walk.see("keys", "/accounts/keys/")
    walk.see("data", "/accounts/data/")
    walk.see("leave", "/accounts/delete/")
    walk.see("password", "/accounts/password/change/")
    walk.see("sign-out-everywhere", "/accounts/signout/")
    walk.see("prompts", "/chat/prompts/")
    walk.see("instructions", "/chat/instructions/")
    walk.see("import", "/chat/import/")
    walk.see("links", "/chat/shares/")
    assert walk.found == {}


def test_pages_of_strangers_and_errors(walk: Walk) -> None:
    page = walk.page
    page.context.clear_cookies()
    walk.see("sign-in", "/accounts/login/")
    walk.see("sign-up", "/accounts/signup/")
    walk.see("reset", "/accounts/password/reset/")
    page.goto("/accounts/login/")
    page.locator("[name=username]").fill("ann")
    page.locator("[name=password]").fill("wrong")
    page.locator("form [type=submit]").first.click()
    expect(page.locator("[role=alert]").last).to_be_visible()
    walk.look("sign-in-refused")
    assert walk.found == {}
    assert re.search("lang=.(en|ko)", page.content())


@pytest.fixture
def _administrator(shared_site: site.Site, shared_web: site.Program, person: str) -> Iterator[None]:
    """The person of this file, as one who administers the site for a while, and has not asked."""
    shared_site.make_administrator(shared_web, person)
    with shared_site.connection() as connection:
        connection.execute(
            "UPDATE chat_message SET origin = 'shared' FROM chat_conversation c, accounts_user u"
            " WHERE c.id = conversation_id AND u.id = c.owner_id AND u.username = %s",
            [person],
        )
    yield
    with shared_site.connection() as connection:
        rights = "UPDATE accounts_user SET is_staff = false, is_superuser = false"
        connection.execute(f"{rights} WHERE username = %s", [person])


@pytest.mark.usefixtures("_administrator")
def test_connecting_a_model(walk: Walk, fake_model: str) -> None:
    page = walk.goto("/admin/")
    expect(page.locator("#first-steps")).to_be_visible()
    walk.look("first-steps")
    walk.see("connect-a-model", "/admin/chat/endpoint/choose/")
    page.locator("form[action$='/find/'] button").click()
    again = page.get_by_role("button", name=walk.words("Look again", "다시 찾기"))
    expect(again).to_be_visible()
    walk.look("servers-that-were-found")
    walk.see("download-a-model", "/admin/chat/endpoint/download/")
    name = walk.words("one", "two")
    walk.goto("/admin/chat/endpoint/add/?kind=other")
    page.locator("[name=name]").fill(name)
    page.locator("[name=address]").fill(fake_model.replace("/v1", ""))
    walk.look("connecting")
    page.locator("[name=_save]").click()
    page.locator("#names").fill(f"says-connected-{name}")
    page.locator("#switches [type=submit]").click()
    expect(page.locator("button[form=test]")).to_be_visible()
    walk.look("models-of-an-endpoint")
    page.locator("button[form=test]").click()
    expect(page.locator("tbody .badge").first).to_be_visible()
    walk.look("test-of-a-model")
    walk.see("endpoints", "/admin/chat/endpoint/")
    page.locator(f"#result_list a:text-is('{name}')").click()
    page.locator(".beneath th a").first.click()
    expect(page.locator("[name=label]")).to_be_visible()
    walk.look("endpoint-model")
    walk.see("endpoint-models", "/admin/chat/endpointmodel/")
    page.goto("/admin/chat/endpoint/")
    page.locator(f"#result_list a:text-is('{name}')").click()
    page.locator(".deletelink").click()
    page.locator("form [type=submit]").last.click()
    assert walk.found == {}
