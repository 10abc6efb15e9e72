"""A backup of a site, brought back elsewhere, is the same site; what is not empty is spared."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from psycopg import connect

from tests.processes import embedded_site, object_store, site_to_copy
from tests.processes.site import ROOT
from tests.warm import starting

pytestmark = pytest.mark.process

TEXT = site_to_copy.TEXT
ENCRYPT, DECRYPT = r"tr '\000-\377' '\001-\377\000'", r"tr '\001-\377\000' '\000-\377'"
# Made by commit 9099b6e, the first that had deploy/backup, of what `site_to_copy` fills in.
FIRST = ROOT / "tests/releases/backups/first"


def make_environment(data: Path, **settings: str) -> dict[str, str]:
    """Return that of an embedded site, whose commands do not start from nothing."""
    outside = ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if name not in outside}
    own = {"DATA_DIR": str(data), "SECRET_KEY": "of-this-test" * 4}
    return kept | own | {"VENV": str(starting.find_environment())} | settings


def run(
    program: str, *arguments: str, data: Path, **settings: str
) -> "subprocess.CompletedProcess[str]":
    """Run a script of deploy/ for the embedded site of a folder."""
    return subprocess.run(
        [sys.executable, str(ROOT / "deploy" / program), "--embedded", *arguments],
        env=make_environment(data, **settings),
        capture_output=True,
        text=True,
        check=False,
    )


def name_python() -> str:
    return str(starting.find_environment() / "bin/python")


@contextmanager
def database_of(data: Path) -> Iterator[dict[str, str]]:
    """The embedded PostgreSQL of a folder, and the environment of a site that uses it."""
    environment = make_environment(data)
    holder = subprocess.Popen(
        [name_python(), "manage.py", "with_database"],
        cwd=ROOT, env=environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    facts = json.loads(holder.stdout.readline())
    address = f"postgresql://postgres@/aiapp?host={facts['socket']}"
    try:
        stores = {"DATABASE_URL": address, "REDIS_URL": os.environ["REDIS_URL"]}
        yield environment | stores | {"BIN": facts["bin"]}
    finally:
        holder.communicate()


def visit(action: str, environment: dict[str, str]) -> str:
    command = [name_python(), "-m", "tests.processes.site_to_copy", action]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def look(environment: dict[str, str]) -> dict[str, Any]:
    """Return what the person of a site sees of it."""
    return json.loads(visit("look", environment))


@dataclass(frozen=True)
class Site:
    """A folder, and what its person saw there."""

    data: Path
    seen: dict[str, Any]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """An embedded site with a person, a document with its file, and a chat."""
    data = tmp_path_factory.mktemp("original")
    embedded_site.give_database(data)
    with database_of(data) as environment:
        visit("fill", environment)
        return Site(data, look(environment))


@pytest.fixture(scope="module")
def backup(original: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = str(tmp_path_factory.mktemp("backups"))
    done = run("backup", "--encrypt", ENCRYPT, folder, data=original.data)
    assert done.returncode == 0, done.stderr
    return Path(done.stderr.split()[-1])


@pytest.fixture(scope="module")
def copy(backup: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("copy")
    embedded_site.give_database(data)
    done = run("restore", "--decrypt", DECRYPT, str(backup), data=data)
    assert done.returncode == 0, done.stderr
    return data


def test_a_backup_names_secrets_and_holds_none(backup: Path) -> None:
    text = (backup / "manifest.json").read_text()
    assert "SECRET_KEY" in json.loads(text)["secrets"]
    assert "of-this-test" not in text
    assert TEXT not in text


def test_its_person_finds_in_a_copy_what_there_was(copy: Path, original: Site) -> None:
    seen = original.seen
    assert (seen["signed in"], seen["cited"], seen["is quoted there"]) == (302, 200, True)
    assert seen["passages"]
    with database_of(copy) as environment:
        assert look(environment) == seen


def test_a_backup_of_the_first_release_comes_back_in_this_one(tmp_path: Path) -> None:
    """Its migrations run on it, its rows are counted and its person finds everything."""
    done = run("restore", str(FIRST), data=tmp_path)
    assert done.returncode == 0, done.stderr
    known = json.loads((FIRST / "manifest.json").read_text())["inventory"]
    assert f"chat.Citation: {known['rows']['chat.Citation']}" in done.stderr
    with database_of(tmp_path) as environment:
        assert look(environment)["sha256"] == known["sample"]["sha256"]
        with connect(environment["DATABASE_URL"]) as connection:
            later = connection.execute(
                "SELECT app FROM django_migrations WHERE name LIKE '%long_lists' ORDER BY app"
            )
            assert later.fetchall() == [("chat",), ("documents",)]


def test_files_of_a_bucket_are_moved_saved_sent_and_restored_elsewhere(
    original: Site, tmp_path: Path
) -> None:
    """A new host has nothing but the settings; its bucket may be another one."""
    with object_store.running() as store:
        for bucket in ("files", "elsewhere", "backups"):
            object_store.make_bucket(store, bucket)
        there = {
            "FILES_ENDPOINT": store.url, "FILES_ACCESS_KEY": "key", "FILES_SECRET_KEY": "secret",
            "FILES_PREFIX": "ours", "BACKUP_BUCKET": "backups",
        }  # fmt: skip
        ours = there | {"FILES_BUCKET": "files"}
        move = [name_python(), "manage.py", "files", "move", "--to", "bucket"]
        environment = make_environment(original.data, **ours)
        moved = subprocess.run(move, cwd=ROOT, env=environment, capture_output=True, check=True)
        assert b"1 files copied" in moved.stdout
        folder = tmp_path / "backups"
        done = run("backup", "--send", str(folder), data=original.data, **ours)
        assert done.returncode == 0, done.stderr
        [name] = [each.name for each in folder.iterdir()]
        copy, elsewhere = tmp_path / "copy", there | {"FILES_BUCKET": "elsewhere"}
        copy.mkdir()
        embedded_site.give_database(copy)
        fetched = str(tmp_path / "fetched" / name)
        done = run("restore", "--fetch", fetched, data=copy, **elsewhere)
        assert done.returncode == 0, done.stderr
        assert f"sha256 {original.seen['sha256'][:16]}…, search as before" in done.stderr
        assert not (copy / "files").exists()


def test_a_backup_leaves_nothing_behind(backup: Path, original: Site) -> None:
    assert not (original.data / "backup").exists()


def test_a_site_that_holds_something_is_not_overwritten(copy: Path, backup: Path) -> None:
    done = run("restore", "--decrypt", DECRYPT, str(backup), data=copy)
    assert done.returncode == 1
    assert "not empty" in done.stderr
    assert list((copy / "files/documents").iterdir())


def test_a_damaged_backup_is_refused(copy: Path, backup: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for part in backup.iterdir():
        (damaged / part.name).write_bytes(part.read_bytes())
    (damaged / "files.tar").write_bytes(b"something else")
    done = run("restore", "--force", str(damaged), data=copy)
    assert done.returncode == 1
    assert "not what was written" in done.stderr


def test_a_backup_of_a_later_release_is_refused(copy: Path, backup: Path, tmp_path: Path) -> None:
    later = tmp_path / "later"
    later.mkdir()
    for part in backup.iterdir():
        (later / part.name).write_bytes(part.read_bytes())
    manifest = json.loads((backup / "manifest.json").read_text()) | {"version": "9.1.0"}
    (later / "manifest.json").write_text(json.dumps(manifest))
    done = run("restore", "--force", str(later), data=copy)
    assert done.returncode == 1
    assert "9.1.0" in done.stderr


def test_an_encrypted_backup_is_not_opened_without_its_key(copy: Path, backup: Path) -> None:
    """The filter of this test hides little, but it makes something else of the dump."""
    assert not (backup / "database.dump").read_bytes().startswith(b"PGDMP")
    done = run("restore", "--force", str(backup), data=copy)
    assert done.returncode == 1
    assert "--decrypt" in done.stderr
