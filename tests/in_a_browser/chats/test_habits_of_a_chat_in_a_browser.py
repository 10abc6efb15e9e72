"""The things that people expect of a chat besides its answers, in a real browser."""

import io
import re
from collections.abc import Iterator

import av
import numpy
import pytest
from aiohttp import web
from playwright.sync_api import Browser, Page, expect

from tests.processes import browser as chromium
from tests.processes import site, web_server
from tests.processes.browser import faults, faults_in_both_sizes, send, wait_until_answered

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

RATE = 44_100
SUGGESTS = "says-Title:_The_ferry~-_When_does_the_last_one_leave?~-_What_does_it_cost?"
# The browser's own notifications are shown by nobody here.
NOTIFICATION = """
  window.told = [];
  window.asked = 0;
  window.Notification = class {
    static permission = "default";
    static async requestPermission() {
      asked += 1;
      return (this.permission = "granted");
    }
    constructor(title, { body }) { told.push([title, body]); }
    addEventListener() {}
  };
"""
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


# The sound may be over before anybody looks.
NOTE_PRESSED = """(button) => {
  window.pressed = [];
  new MutationObserver(() => pressed.push(button.getAttribute("aria-pressed")))
    .observe(button, { attributeFilter: ["aria-pressed"] });
}"""


def tone(seconds: float) -> bytes:
    """MP3 of a quiet tone."""
    written = io.BytesIO()
    with av.open(written, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="mono")
        wave = numpy.sin(numpy.arange(int(RATE * seconds)) / 20).astype("f4")[None, :] * 0.1
        frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return written.getvalue()


@pytest.fixture(scope="module")
def shared_web(
    shared_site: site.Site, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[site.Program]:
    """A server that suggests and speaks, and searches the web with an engine that is away."""
    models = tmp_path_factory.mktemp("models") / "models.toml"
    models.write_text("[says-hello]\ntools = true\n")

    async def speak(request: web.Request) -> web.Response:
        return web.Response(body=tone(1), content_type="audio/mpeg")

    with web_server.running("127.0.0.1") as service:
        service.pages["/v1/audio/speech"] = speak
        program = shared_site.web(
            CHAT_MODELS=f"thinks,count-20-50,says-hello,{SUGGESTS}",
            MODELS_FILE=str(models),
            SUGGESTIONS="1",
            SUGGESTIONS_MODEL=SUGGESTS,
            SPEECH_MODEL="tts-1",
            SPEECH_BASE_URL=service.url("/v1"),
            WEB_SEARCH="searxng",
            WEB_SEARCH_URL="http://127.0.0.1:9",
        )
        yield program
        chromium.close_contexts(program.url)
        program.kill()


def test_thoughts_title_suggestions_and_a_branch(page: Page) -> None:
    send(page, "when does it leave?", "thinks")
    thoughts = page.get_by_text(re.compile(r"Thought for .* seconds?"))
    expect(thoughts).to_be_visible()
    expect(page.get_by_text("first this, then that!")).to_be_hidden()
    expect(page.get_by_role("link", name="The ferry", exact=True)).to_be_visible()
    group = page.get_by_role("group", name="Questions to go on with")
    expect(group.get_by_role("button")).to_have_count(2)
    assert faults_in_both_sizes(page) == []
    # They are fetched after a reload.
    page.reload()
    thoughts.click()
    expect(page.get_by_text("first this, then that!")).to_be_visible()
    assert faults_in_both_sizes(page) == []
    group.get_by_role("button", name="What does it cost?").click()
    expect(page.locator(".question .bubble").last).to_have_text("What does it cost?")
    expect(page.locator(".answer .prose").last).to_contain_text("What does it cost?")
    wait_until_answered(page)
    page.get_by_role("button", name="Go on from here in a new chat").first.click()
    expect(page.get_by_role("heading", name="Branch of The ferry")).to_be_visible()
    expect(page.locator(".question .bubble")).to_have_text(["when does it leave?"])


def test_a_window_that_nobody_looks_at_says_when_its_answer_is_ready(page: Page) -> None:
    page = page.context.new_page()
    page.add_init_script(NOTIFICATION)
    page.goto("/accounts/settings/")
    # Nobody is asked before they wanted it.
    assert page.evaluate("asked") == 0
    button = page.get_by_role("button", name="Notify me")
    button.click()
    expect(page.get_by_role("button", name="Do not notify me")).to_be_visible()
    assert faults_in_both_sizes(page) == []
    page.goto("/chat/")
    page.evaluate("Notification.permission = 'granted'")
    # Before the answer is made: it may be over before anybody has looked at it.
    page.evaluate(HIDE, True)
    send(page, "at length", "count-20-50")
    expect(page).to_have_title("✓ Answer ready · at length · aiapp")
    assert page.evaluate("[asked, told]") == [0, [["Answer ready", "at length · aiapp"]]]
    page.evaluate(HIDE, False)
    expect(page).to_have_title("at length · aiapp")


def test_the_installed_app_says_that_there_is_no_network_and_keeps_no_page(
    browser: Browser, address: str
) -> None:
    # Of its own, since a worker stays with a context.
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/accounts/login/")
    worker = page.locator("[data-worker]").get_attribute("data-worker")
    page.evaluate(
        """async (url) => {
          const { installing } = await navigator.serviceWorker.register(url);
          const { promise, resolve } = Promise.withResolvers();
          const look = () => installing.state === "activated" && resolve();
          installing.addEventListener("statechange", look);
          await promise;
        }""",
        worker,
    )
    kept = page.evaluate(
        """async () => {
          const cache = await caches.open((await caches.keys())[0]);
          return (await cache.keys()).map(({ url }) => new URL(url).pathname);
        }"""
    )
    assert kept[0] == "/offline/"
    assert all(path.startswith("/static/") for path in kept[1:])
    context.set_offline(True)
    page.goto("/accounts/signup/")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    # In its style, and whole.
    expect(page.locator(".card")).not_to_have_css("border-radius", "0px")
    assert faults(page) == []
    context.close()


def test_the_web_is_searched_where_the_switch_is_on_and_the_chat_keeps_it(page: Page) -> None:
    page.get_by_label("Model", exact=True).select_option("says-hello")
    switch = page.get_by_label("Search the web")
    expect(switch).not_to_be_checked()
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).to_be_checked()
    assert faults_in_both_sizes(page) == []
    page.get_by_label("Your question").fill("what is new?")
    page.keyboard.press("Enter")
    expect(page.locator(".answer .prose")).to_contain_text("hello")
    page.reload()
    expect(page.get_by_label("Search the web")).to_be_checked()
    # A new chat begins without.
    page.goto("/chat/")
    expect(page.get_by_label("Search the web")).not_to_be_checked()


def test_an_answer_is_read_to_its_end_and_stops_when_asked(page: Page) -> None:
    send(page, "Say this aloud.")
    wait_until_answered(page)
    button = page.locator("[data-action='speak']")
    button.evaluate(NOTE_PRESSED)
    with page.expect_response("**/speech/") as heard:
        button.click()
    assert heard.value.headers["content-type"] == "audio/mpeg"
    # A second of sound later it is over.
    site.until(lambda: page.evaluate("pressed") == ["true", "false"], "the end of the sound")
    button.click()
    site.until(lambda: len(page.evaluate("pressed")) > 2, "the sound once more")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
