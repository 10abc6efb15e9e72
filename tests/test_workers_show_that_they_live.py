"""A worker touches a file as long as its event loop turns."""

from pathlib import Path

import pytest

from tests.site import Site, until

pytestmark = pytest.mark.process


def test_the_file_is_touched_again_and_again(shared_site: Site) -> None:
    file = Path(shared_site.environment["HEARTBEAT_FILE"])
    until(file.exists, "the first sign of life")
    first = file.stat().st_mtime_ns
    until(lambda: file.stat().st_mtime_ns > first, "another sign of life")
