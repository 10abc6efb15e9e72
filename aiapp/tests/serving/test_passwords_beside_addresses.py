"""The password of a store may come beside its address, in a variable or a file of its own."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from aiapp import env

PASSWORD = "p@ss/w:rd%?"


def test_it_is_written_into_an_address_without_one() -> None:
    parts = urlsplit(env.with_password("redis://valkey:6379/0", PASSWORD))
    assert unquote(parts.password or "") == PASSWORD
    assert (parts.hostname, parts.port, parts.path) == ("valkey", 6379, "/0")


def test_it_comes_from_a_file_as_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    monkeypatch.setenv("SOME_PASSWORD_FILE", str(file))
    url = "postgresql://aiapp@database/aiapp?sslmode=off"
    parts = urlsplit(env.with_password(url, env.text("SOME_PASSWORD")))
    assert (parts.username, unquote(parts.password or "")) == ("aiapp", PASSWORD)
    assert parts.query == "sslmode=off"


@pytest.mark.parametrize(
    "url", ["redis://:own@valkey:6379/0", "unix:///run/valkey.sock?db=0", "host=/run dbname=aiapp"]
)
def test_an_address_that_needs_none_stays(url: str) -> None:
    assert env.with_password(url, PASSWORD) == url
