"""Fixtures that the tests of this folder share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests import browser as chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser of a file's own: two of them cannot be driven in turn, nor beside an event loop."""
    with chromium.launch_browser() as browser:
        yield browser
