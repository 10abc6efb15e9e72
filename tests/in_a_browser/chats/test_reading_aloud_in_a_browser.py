"""Reading aloud in a real browser, by a service that speaks."""

import io
from collections.abc import Iterator
from pathlib import Path

import av
import numpy
import pytest
from aiohttp import web
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.processes import browser as chromium
from tests.processes import site, web_server
from tests.processes.browser import send

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

RATE = 44_100


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
def shared_web(shared_site: site.Site, browser: Browser) -> Iterator[site.Program]:
    """A server of its own, which knows a service that speaks."""

    async def speak(request: web.Request) -> web.Response:
        return web.Response(body=tone(2), content_type="audio/mpeg")

    with web_server.running("127.0.0.1") as service:
        service.pages["/v1/audio/speech"] = speak
        program = shared_site.web(SPEECH_MODEL="tts-1", SPEECH_BASE_URL=service.url("/v1"))
        yield program
        chromium.close_contexts(program.url)
        program.kill()


@pytest.fixture
def context(browser: Browser, session: Path, address: str) -> Iterator[BrowserContext]:
    with chromium.watched_context(browser, address, session, "desktop") as context:
        yield context


def test_an_answer_is_read_to_its_end_and_stops_when_asked(context: BrowserContext) -> None:
    page: Page = chromium.first_page(context)
    page.goto("/chat/")
    send(page, "Say this aloud.")
    button = page.locator("[data-action='speak']")
    with page.expect_response("**/speech/") as heard:
        button.click()
    assert heard.value.headers["content-type"] == "audio/mpeg"
    expect(button).to_have_attribute("aria-pressed", "true")
    # Two seconds of sound later it is over.
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
