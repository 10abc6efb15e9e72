"""In a real browser: a chat is shared until the link is revoked, taken away as a file and brought
back, from our export and from ChatGPT's; an account's data is taken away, and the account deleted.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.processes import browser as chromium
from tests.processes import site
from tests.processes.browser import SIZES, faults_in_both_sizes, send, set_size

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NOT_FOUND = 404


@pytest.fixture
def page(
    shared_site: site.Site,
    shared_web: site.Program,
    browser: Browser,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Page]:
    """A chat of somebody new, with its first answer."""
    name = f"mine-{request.node.originalname[5:15]}"
    shared_site.client(shared_web, name)
    session = chromium.signed_in(shared_web.url, name, tmp_path / "cookies")
    with chromium.watched_context(browser, shared_web.url, session, "desktop") as context:
        page = chromium.first_page(context)
        page.goto("/chat/")
        send(page, "What is tea made of, and who drinks it at which time of the day?")
        expect(page.locator(".answer .message-actions")).to_be_visible()
        yield page


@pytest.fixture
def stranger(browser: Browser, address: str) -> Iterator[Page]:
    """A browser that nobody has signed in with."""
    with chromium.watched_context(browser, address, None, "wide") as context:
        yield chromium.first_page(context)


def test_a_link_opens_for_a_stranger_until_it_is_revoked(page: Page, stranger: Page) -> None:
    page.goto(page.url + "share/")
    page.get_by_label("Who may open it").select_option("anyone")
    page.get_by_role("button", name="Create link").click()
    # The path alone: the address before it is the site's own, by its setting.
    path = urlsplit(page.get_by_label("Link", exact=True).input_value()).path
    link = urljoin(page.url, path)
    answer = stranger.goto(link)
    assert answer is not None
    assert answer.ok
    expect(stranger.locator("main")).to_contain_text("who drinks it")
    assert stranger.locator(".composer").count() == 0
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_label("Link", exact=True)).to_have_count(0)
    # A stranger is asked to sign in, whatever there is; to a member it is gone.
    stranger.goto(link)
    expect(stranger.get_by_label("Password")).to_be_visible()
    assert "tea" not in stranger.content()
    assert page.request.get(link).status == NOT_FOUND


def test_a_chat_is_taken_away_and_brought_back_beside_one_of_chatgpts(
    page: Page, tmp_path: Path
) -> None:
    address = page.url
    page.locator("[aria-current] + button").evaluate("button => button.click()")
    taken = download_file(page, f"{address}export.json", tmp_path)
    assert "who drinks it" in download_file(page, f"{address}export.md", tmp_path).read_text()
    chatgpts = tmp_path / "conversations.json"
    chatgpts.write_text(json.dumps([CHATGPTS]))
    for file, told in ((taken, "1 was here already"), (chatgpts, "1 chat imported")):
        page.goto("/chat/import/")
        page.get_by_label("File").set_input_files(file)
        page.get_by_role("button", name="Import").click()
        expect(page.get_by_label(file.name)).to_contain_text(told)
    assert faults_in_both_sizes(page) == []
    page.goto("/chat/search/?q=leaf")
    page.locator(".found-link", has_text="Brought along").click()
    expect(page.locator(".answer")).to_contain_text("A leaf.")


def test_an_account_is_taken_away_and_deleted(page: Page, tmp_path: Path) -> None:
    page.goto("/accounts/data/")
    page.get_by_role("button", name="Create an archive").click()
    # The list follows the work by itself.
    with page.expect_download() as download:
        page.get_by_role("link", name="Archive of").click()
    download.value.save_as(tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        held = b"".join(archive.read(name) for name in archive.namelist())
    assert b"who drinks it" in held
    assert faults_in_both_sizes(page) == []
    page.get_by_role("link", name="Delete the account").click()
    page.get_by_label("Your password").fill("not this one")
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    page.get_by_label("Your password").fill(site.PASSWORD)
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_text("Your account has been deleted.")).to_be_visible()
    page.goto("/chat/")
    expect(page.get_by_label("Password")).to_be_visible()


def test_what_was_found_stays_within_the_window(page: Page) -> None:
    page.goto("/chat/search/?q=tea")
    for size in SIZES:
        set_size(page, size)
        right = page.locator(".found-head").first.evaluate("it => it.getBoundingClientRect().right")
        assert right <= page.evaluate("innerWidth"), size


def download_file(page: Page, address: str, folder: Path) -> Path:
    """Download the file of a link in the chat's menu."""
    path = address[address.index("/chat/") :]
    with page.expect_download() as download:
        page.locator(f'a[href="{path}"]').first.evaluate("it => it.click()")
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def _node(key: str, parent: str | None, role: str, text: str) -> dict[str, object]:
    content = {"content_type": "text", "parts": [text]}
    message = {"author": {"role": role}, "create_time": 1_700_000_000.0, "content": content}
    return {"id": key, "parent": parent, "children": [], "message": message}


CHATGPTS = {
    "title": "Brought along",
    "create_time": 1_700_000_000.5,
    "conversation_id": "c-1",
    "current_node": "n2",
    "mapping": {
        "n1": _node("n1", None, "user", "What is tea?"),
        "n2": _node("n2", "n1", "assistant", "A leaf."),
    },
}
