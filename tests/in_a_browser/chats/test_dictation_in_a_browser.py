"""Dictation in a real browser: what a microphone hears is written down by the packaged model."""

import re
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from aiapp.concurrency.late import LateModule
from tests.processes import browser as chromium
from tests.processes.browser import faults_in_both_sizes

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# Two seconds of imports, which only the worker that runs this file owes.
whisper = LateModule("faster_whisper.audio")
SPEECH = Path(__file__).parents[3] / "documents/tests/data/speech.ogg"
RATE = 16_000
# The model is loaded for the recording.
PATIENCE = 30_000


@pytest.fixture(scope="module")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sentences and some silence, which the browser plays in a loop as what it hears."""
    file = tmp_path_factory.mktemp("microphone") / "heard.wav"
    samples = whisper.decode_audio(str(SPEECH), sampling_rate=RATE)
    samples = numpy.concatenate([samples, numpy.zeros(RATE, dtype=samples.dtype)])
    with wave.open(str(file), "wb") as written:
        written.setparams((1, 2, RATE, 0, "NONE", ""))
        written.writeframes((samples * 32_767).astype("<i2").tobytes())
    return file


@pytest.fixture(scope="module")
def browser(browser: Browser, microphone: Path) -> Iterator[Browser]:
    """A browser that hears. It says nothing aloud by itself."""
    with chromium.launch_beside(
        browser,
        "--autoplay-policy=user-gesture-required",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}",
    ) as hearing:
        yield hearing


@pytest.fixture
def refusals(request: pytest.FixtureRequest) -> int:
    return int("nobody_listened" in request.function.__name__)


@pytest.fixture
def page(context: BrowserContext, address: str) -> Page:
    context.grant_permissions(["microphone"], origin=address)
    page = chromium.first_page(context)
    page.goto("/chat/")
    return page


def dictate(page: Page, seconds: int) -> None:
    """Speak for so long at least: nobody looks at the watch each second."""
    page.get_by_role("button", name="Dictate").click()
    expect(page.get_by_role("button", name="Stop and transcribe")).to_be_visible()
    time = page.locator("[data-recording] [data-part='time']")
    later = "|".join(f"0:{n:02}" for n in range(seconds, 60))
    expect(time).to_have_text(re.compile(later), timeout=PATIENCE)


def test_what_is_said_is_kept_if_nobody_listened_and_put_into_the_box_to_be_read_and_sent(
    page: Page,
) -> None:
    told = {"error": {"code": "damaged", "message": "Nobody listened."}}
    page.route(
        "**/api/audio/transcriptions", lambda route: route.fulfill(status=422, json=told), times=1
    )
    box = page.get_by_label("Your question")
    box.fill("Please note: ")
    dictate(page, 8)
    assert faults_in_both_sizes(page) == []
    assert page.locator("[data-recording] meter").evaluate("each => each.value >= 0")
    page.get_by_role("button", name="Stop and transcribe").click()
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    expect(page.locator("[data-recording]")).to_contain_text("Nobody listened.")
    expect(box).to_have_value("Please note: ")
    assert faults_in_both_sizes(page) == []
    again.click()
    expect(box).to_have_value(re.compile("meeting begins at"), timeout=PATIENCE)
    expect(box).to_be_focused()
    expect(page.locator("[data-recording]")).to_be_hidden()
    assert box.input_value().startswith("Please note: ")
    page.locator("[data-send]").click()
    expect(page.locator(".answer .prose")).to_contain_text("meeting begins at")


def test_escape_discards_what_is_said(page: Page) -> None:
    dictate(page, 1)
    page.keyboard.press("Escape")
    expect(page.locator("[data-recording]")).to_be_hidden()
    expect(page.get_by_role("button", name="Dictate")).to_be_enabled()
    expect(page.get_by_label("Your question")).to_be_focused()
    expect(page.get_by_label("Your question")).to_have_value("")


def test_a_page_that_may_not_hear_says_so(page: Page, context: BrowserContext) -> None:
    context.clear_permissions()
    page.reload()
    page.get_by_role("button", name="Dictate").click()
    expect(
        page.get_by_role("alert").filter(has_text="does not let this page use the microphone")
    ).to_be_visible()
    expect(page.get_by_role("button", name="Dictate")).to_be_enabled()
    assert faults_in_both_sizes(page) == []
