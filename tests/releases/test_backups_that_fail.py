"""A backup, or a restore, that finds no room costs nothing, and leaves nothing in the way."""

import json
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tests.processes.site import ROOT

FIRST = ROOT / "tests/releases/backups/first"
FACTS = {"snapshot": "1", "version": "0.1.0", "postgresql": "17", "folder": "/", "rows": {}}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch):
    """Import a module of the scripts, which know nothing of the site's own."""
    monkeypatch.syspath_prepend(str(ROOT / "deploy"))
    return lambda name: import_module(f"operations.{name}")


@pytest.fixture
def failure(load) -> type[Exception]:
    return load("terminal").Failure


@pytest.fixture
def site(load, tmp_path: Path):
    """An embedded site that is ended, with a file."""
    data = tmp_path / "data"
    (data / "files").mkdir(parents=True)
    (data / "files/old").write_text("kept")
    facts = {"bin": "", "socket": "", "data": str(data), "up": False}
    return load("sites").EmbeddedSite(facts)


def copy_archive(tmp_path: Path, length: int | None = None) -> Path:
    """A backup's files, up to so many bytes: 1,540 are two folders and the beginning of a file."""
    backup = tmp_path / "backup"
    backup.mkdir(exist_ok=True)
    (backup / "files.tar").write_bytes((FIRST / "files.tar").read_bytes()[:length])
    return backup


def test_files_that_cannot_be_unpacked_cost_none_of_those_that_are_there(
    site, load, failure: type[Exception], tmp_path: Path
) -> None:
    restore: ModuleType = load("restore")
    for _ in range(2):
        with pytest.raises(failure):
            restore.unpack_files(site, copy_archive(tmp_path, 1540), "")
        assert [each.name for each in (site.data / "files").iterdir()] == ["old"]
    restore.unpack_files(site, copy_archive(tmp_path), "")
    restore.take_files(site)
    assert "old" not in {each.name for each in (site.data / "files").iterdir()}
    assert (site.data / "files.old/old").read_text() == "kept"
    assert not (site.data / "files.incoming").exists()


def test_a_backup_without_files_leaves_none(site, load, tmp_path: Path) -> None:
    """One of a site that had none yet."""
    restore: ModuleType = load("restore")
    (site.data / "files.incoming").mkdir()
    restore.take_files(site)
    assert not (site.data / "files").exists()
    # Done again, as after it broke off, it keeps what it has put aside.
    restore.take_files(site)
    assert (site.data / "files.old/old").read_text() == "kept"


def test_a_backup_that_breaks_off_takes_its_folder_away(
    load, failure: type[Exception], tmp_path: Path
) -> None:
    class Full:
        """A site whose dump ends for want of room."""

        def is_running(self) -> bool:
            return True

        def manage(self, *arguments: str) -> list[str]:
            return ["sh", "-c", f"echo '{json.dumps(FACTS)}'; cat > /dev/null"]

        def postgres(self, program: str, *arguments: str) -> list[str]:
            return ["sh", "-c", "printf half; exit 1"]

        def files(self, *arguments: str) -> list[str]:
            return ["true"]

    with pytest.raises(failure, match=r"database\.dump could not be written"):
        load("backup").back_up(Full(), tmp_path, "")
    assert not list(tmp_path.iterdir())


def test_what_could_not_be_fetched_can_be_fetched_again(
    load, failure: type[Exception], tmp_path: Path
) -> None:
    archive: ModuleType = load("archive")
    folder = tmp_path / "aiapp-1"
    for _ in range(2):
        with pytest.raises(failure, match="could not be fetched"):
            archive.fetch(folder, lambda name: ["sh", "-c", "printf half; exit 1"])
        assert not folder.exists()
