"""Fixtures that the tests of this folder share: one site and one browser for a worker's files.

To start them takes longer than most of what is seen in them. What a file does on the shared site
is about people of its own; a file that wants other settings starts a site, or a web server, itself.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from documents.tests import fake_embeddings
from tests.processes import browser as chromium
from tests.processes import site

# What `tests.processes.fake_model` is asked to be; the first one is the default.
MODELS = (
    *("echo", "says-another", "says-ready", "says-word", "says-an_answer_about_tea"),
    *("says-an_invoice", "says-" + "_".join(f"word{n}" for n in range(20)), "says-안녕하세요_세계"),
    "says-The_harbour_of_Seaford_opens_at_seven_[1]._It_is_painted_blue_[2].",
    r"says-Here_is_$e^{i\pi}+1=0$_in_a_line.",
    *("count-600-20", "count-100-50", "count-9000-50", "prose-1200-0", "maths-600-10"),
    *("fault-401", "fault-500", "fault-length", "house-model", "house-quick"),
)
ABILITIES = '["says-an_invoice"]\nvision = true\n'


@pytest.fixture(scope="session")
def _shared_parts(
    tmp_path_factory: pytest.TempPathFactory, fake_model: str
) -> Iterator[tuple[site.Site, site.Program]]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "models.toml").write_text(ABILITIES)
    with (
        fake_embeddings.running() as embeddings,
        site.running(
            folder,
            REDIS_URL=site.address_redis(site.SHARED_REDIS_NUMBER),
            LOGIN_RATE="1000/m",
            CHAT_MODEL=MODELS[0],
            CHAT_MODELS=",".join(MODELS[1:]),
            MODELS_FILE=str(folder / "models.toml"),
            OPENAI_BASE_URL=fake_model,
            OPENAI_API_KEY="sk-123",
            EMBEDDING_BASE_URL=embeddings.base_url,
            EMBEDDING_API_KEY="key",
            EMBEDDING_MODEL="fake",
            HEARTBEAT_FILE=str(folder / "heartbeat"),
        ) as running,
    ):
        running.collect_static()
        running.worker("ingest,default")
        yield running, running.web()


@pytest.fixture(scope="session")
def shared_site(_shared_parts: tuple[site.Site, site.Program]) -> site.Site:
    """A site with every part that a page may need, started once per worker."""
    return _shared_parts[0]


@pytest.fixture(scope="session")
def shared_web(_shared_parts: tuple[site.Site, site.Program]) -> site.Program:
    """Its web server; a file may start another one beside it."""
    return _shared_parts[1]


@pytest.fixture(scope="module")
def address(shared_web: site.Program) -> str:
    return shared_web.url


@pytest.fixture(scope="module")
def person(request: pytest.FixtureRequest) -> str:
    """The name of somebody whom only this file knows."""
    module: str = request.module.__name__
    return module.rpartition(".")[2].removeprefix("test_").removesuffix("_in_a_browser")


@pytest.fixture(scope="module")
def api(shared_site: site.Site, shared_web: site.Program, person: str) -> httpx2.Client:
    """The API for the person of this file."""
    return shared_site.client(shared_web, person)


@pytest.fixture(scope="module")
def session(
    browser: Browser,
    address: str,
    api: httpx2.Client,
    person: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The cookies of the person of this file."""
    return chromium.signed_in(address, person, tmp_path_factory.mktemp("session") / "cookies")


@pytest.fixture
def size() -> str:
    """The device; `chromium.in_both_sizes` marks what differs on a phone."""
    return "desktop"


@pytest.fixture
def refusals() -> int:
    """The number of requests that the server refuses, which the browser notes in its console."""
    return 0


@pytest.fixture
def context(
    browser: Browser, session: Path, address: str, size: str, refusals: int
) -> Iterator[BrowserContext]:
    with chromium.watched_context(browser, address, session, size, refusals) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = chromium.first_page(context)
    page.goto("/chat/")
    return page


class Pausing:
    """Playwright's event loop, which ends with the browser, and rests while others use theirs.

    As long as it counts as running, nothing of Django's can be called in the same thread.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)

    @contextmanager
    def awake(self) -> Iterator[None]:
        asyncio._set_running_loop(self._loop)
        try:
            yield
        finally:
            asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def _chromium() -> Iterator[tuple[Browser, Pausing]]:
    launching = chromium.launch_browser(*chromium.SHORT_LIVED)
    browser = launching.__enter__()
    pausing = Pausing()
    yield browser, pausing
    with pausing.awake():
        launching.__exit__(None, None, None)


@pytest.fixture(scope="module")
def browser(_chromium: tuple[Browser, Pausing]) -> Iterator[Browser]:
    """The worker's browser, for as long as a file lasts."""
    browser, pausing = _chromium
    with pausing.awake():
        yield browser
