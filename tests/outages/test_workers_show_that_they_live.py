"""A worker touches a file as long as its event loop turns, or it waits for Valkey."""

from pathlib import Path

import pytest

from tests.processes.site import Site, find_free_port, until

pytestmark = pytest.mark.process


def test_the_file_is_touched_again_and_again(shared_site: Site) -> None:
    _await_signs(Path(shared_site.environment["HEARTBEAT_FILE"]))


def test_a_worker_is_not_ill_for_a_valkey_that_is_away(shared_site: Site, tmp_path: Path) -> None:
    """A new one would only wait as well, and it may be in the midst of a file."""
    file = tmp_path / "heartbeat"
    nobody = f"redis://127.0.0.1:{find_free_port()}/0"
    worker = shared_site.worker("turns", REDIS_URL=nobody, HEARTBEAT_FILE=str(file))
    _await_signs(file)
    worker.kill()


def _await_signs(file: Path) -> None:
    until(file.exists, "the first sign of life")
    first = file.stat().st_mtime_ns
    until(lambda: file.stat().st_mtime_ns > first, "another sign of life")
