"""A secret is made once, and again only where there is none."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aiapp.env import load_or_make_secret


@pytest.mark.parametrize("left", ["", " \n"])
def test_an_empty_file_is_filled(tmp_path: Path, left: str) -> None:
    file = tmp_path / "key"
    file.write_text(left)
    secret = load_or_make_secret(file)
    assert len(secret) > 40
    assert load_or_make_secret(file) == secret


def test_many_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        found = set(threads.map(load_or_make_secret, [tmp_path / "key"] * 64))
    assert len(found) == 1
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0


def test_one_that_may_only_be_read_is_read(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("of the operator\n")
    file.chmod(0o400)
    assert load_or_make_secret(file) == "of the operator"
