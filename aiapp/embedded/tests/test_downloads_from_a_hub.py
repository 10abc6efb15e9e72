"""Models come from a hub whole and right, or not at all, and with a sentence that says why."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from aiapp.embedded.hub import download as downloads
from aiapp.embedded.hub.download import download, fetch, name_part
from aiapp.embedded.hub.errors import ChecksumWrong, DiskFull, HubError, HubUnreachable
from aiapp.embedded.hub.files import HubFile
from aiapp.embedded.hub.repository import find_file, list_files
from aiapp.embedded.hub.shelf import Shelf
from aiapp.embedded.hub.shortlist import suggest
from aiapp.embedded.tests.hub_server import REVISION, Hub, serve
from aiapp.errors import Conflict, InvalidInput, NotFound

NAME = "model-Q4_K_M.gguf"
CONTENT = b"GGUF" + bytes(range(256)) * 4_096
# Another program that downloads the file, and fills the disk as far as its limit allows.
PROGRAM = """
import resource, sys
import django
from django.conf import settings
django.setup()
from aiapp.embedded.hub.errors import HubError
from aiapp.embedded.hub.repository import find_file
from aiapp.embedded.hub.download import download
from pathlib import Path
settings.HF_ENDPOINT, settings.HF_TOKEN = sys.argv[1], ""
limit = int(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    download(find_file("owner/model-GGUF", "model-Q4_K_M.gguf"), Path(sys.argv[2]))
except HubError as error:
    print(error.reason, flush=True)
"""


@pytest.fixture
def hub(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(downloads, "SPARE_BYTES", 0)
    with serve(Hub(files={NAME: CONTENT})) as hub:
        settings.HF_ENDPOINT, settings.HF_TOKEN = hub.address, ""
        yield hub


@pytest.fixture
def file(hub: Hub) -> HubFile:
    return find_file(hub.repository, NAME)


def start_program(hub: Hub, target: Path, limit: int = 0) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROGRAM, hub.address, str(target), str(limit)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_file_is_listed_with_what_one_wants_to_know_before(hub: Hub, file: HubFile) -> None:
    assert (file.repository, file.revision, file.name) == (hub.repository, REVISION, NAME)
    assert (file.size, file.licence, file.context) == (len(CONTENT), "apache-2.0", 8192)


def test_what_cannot_be_run_from_one_file_or_checked_is_not_listed(hub: Hub) -> None:
    hub.files |= {"big-00001-of-00002.gguf": b"1", "weights.bin": b"2", "../up.gguf": b"3"}
    assert [file.name for file in list_files(hub.repository)] == [NAME]
    hub.false_checksum = "unknown"
    assert list_files(hub.repository) == []


def test_a_file_arrives_whole(file: HubFile, tmp_path: Path) -> None:
    seen: list[int] = []
    assert download(file, tmp_path / "model.gguf", seen.append)
    assert (tmp_path / "model.gguf").read_bytes() == CONTENT
    assert seen == sorted(seen)
    assert seen[-1] == len(CONTENT)
    assert [path.name for path in tmp_path.iterdir()] == ["model.gguf"]


def test_a_download_that_was_ended_goes_on_where_it_was(
    hub: Hub, file: HubFile, tmp_path: Path
) -> None:
    target = tmp_path / "model.gguf"
    assert not download(file, target, lambda received: received > 300_000)
    stored = name_part(file, target).stat().st_size
    assert not target.exists()
    assert download(file, target)
    assert (target.read_bytes() == CONTENT, hub.ranges) == (True, [0, stored])


def test_a_download_whose_process_was_killed_goes_on_where_it_was(
    hub: Hub, file: HubFile, tmp_path: Path
) -> None:
    target, hub.stops_at = tmp_path / "model.gguf", 800_000
    hub.flows.clear()
    with start_program(hub, target) as program:
        part = name_part(file, target)
        while not part.exists() or part.stat().st_size < 400_000:
            assert program.poll() is None
        program.kill()
    hub.flows.set()
    stored = part.stat().st_size
    assert download(file, target)
    assert (target.read_bytes() == CONTENT, hub.ranges[-1]) == (True, stored)


def test_connections_that_break_off_are_made_again(hub: Hub, file: HubFile, tmp_path: Path) -> None:
    hub.breaks_after = 300_000
    assert download(file, tmp_path / "model.gguf")
    assert (tmp_path / "model.gguf").read_bytes() == CONTENT
    assert len(hub.ranges) > 2


def test_a_server_without_ranges_is_asked_for_all_of_it(
    hub: Hub, file: HubFile, tmp_path: Path
) -> None:
    hub.knows_ranges = False
    assert not download(file, tmp_path / "model.gguf", lambda received: received > 300_000)
    assert download(file, tmp_path / "model.gguf")
    assert (tmp_path / "model.gguf").read_bytes() == CONTENT


def test_a_file_that_was_replaced_is_not_continued_with_the_new_one(
    hub: Hub, file: HubFile, tmp_path: Path
) -> None:
    download(file, tmp_path / "model.gguf", lambda received: received > 300_000)
    hub.files[NAME] = CONTENT[::-1]
    assert download(find_file(hub.repository, NAME), tmp_path / "model.gguf")
    assert (tmp_path / "model.gguf").read_bytes() == CONTENT[::-1]


def test_a_damaged_file_is_never_kept(hub: Hub, tmp_path: Path) -> None:
    hub.false_checksum = "0" * 64
    with pytest.raises(ChecksumWrong):
        download(find_file(hub.repository, NAME), tmp_path / "model.gguf")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_would_fill_the_disk_is_not_begun(
    hub: Hub, file: HubFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "SPARE_BYTES", 1 << 60)
    with pytest.raises(DiskFull, match="not enough room"):
        download(file, tmp_path / "model.gguf")
    assert hub.ranges == []


def test_a_disk_that_others_fill_meanwhile_is_given_its_room_back(
    hub: Hub, file: HubFile, tmp_path: Path
) -> None:
    target = tmp_path / "model.gguf"
    with start_program(hub, target, limit=600_000) as program:
        output, _ = program.communicate(timeout=60)
    assert output.strip() == "disk_full"
    assert name_part(file, target).stat().st_size == 0


def test_two_do_not_download_the_same_file_at_once(file: HubFile, tmp_path: Path) -> None:
    target = tmp_path / "model.gguf"

    def download_once_more(received: int) -> None:
        with pytest.raises(Conflict):
            download(file, target)

    assert download(file, target, download_once_more)


@pytest.mark.parametrize(
    ("status", "words"),
    [(503, "status 503"), (401, "HF_TOKEN"), (429, "fewer requests"), (200, "cannot be reached")],
)
def test_a_hub_that_does_not_answer_as_one_is_told_in_a_sentence(
    hub: Hub, status: int, words: str
) -> None:
    hub.status = status
    with pytest.raises(HubError, match=words):
        list_files(hub.repository)


def test_terms_that_have_to_be_accepted_are_told(hub: Hub, file: HubFile, tmp_path: Path) -> None:
    hub.gated = True
    with pytest.raises(HubError, match="terms"):
        download(file, tmp_path / "model.gguf")


def test_names_that_are_none_are_told(hub: Hub, settings: Settings) -> None:
    with pytest.raises(HubError, match="no repository"):
        list_files("owner/nothing")
    with pytest.raises(InvalidInput, match="owner/name"):
        list_files("https://example.org/owner/name")
    with pytest.raises(InvalidInput, match=NAME):
        find_file(hub.repository, "other.gguf")
    settings.HF_ENDPOINT = "http://127.0.0.1:1"
    with pytest.raises(HubUnreachable):
        list_files(hub.repository)


def test_the_token_is_shown_to_the_hub(hub: Hub, settings: Settings, tmp_path: Path) -> None:
    settings.HF_TOKEN = "hf_of-the-operator"
    assert download(find_file(hub.repository, NAME), tmp_path / "model.gguf")
    assert set(hub.tokens[:2]) == {"Bearer hf_of-the-operator"}


def test_models_on_the_shelf_are_chosen_and_removed(
    hub: Hub, file: HubFile, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path)
    fetch(file, shelf)
    [model] = shelf.list_models()
    assert (model.name, model.path.read_bytes() == CONTENT) == ("model-Q4_K_M", True)
    shelf.choose(model.name)
    assert shelf.choice == model
    with pytest.raises(Conflict, match="in use"):
        shelf.remove(model.name)
    shelf.choose(None)
    shelf.remove(model.name)
    assert shelf.list_models() == []
    with pytest.raises(NotFound):
        shelf.choose(model.name)


def test_a_model_on_the_shelf_is_not_downloaded_again(
    hub: Hub, file: HubFile, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path)
    fetch(file, shelf)
    fetch(file, shelf)
    assert len(hub.ranges) == 1


def test_models_of_one_file_name_are_told_apart_and_the_one_in_use_keeps_its_name(
    hub: Hub, file: HubFile, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path)
    fetch(file, shelf)
    shelf.choose("model-Q4_K_M")
    hub.repository = "another/model-GGUF"
    fetch(replace(file, repository=hub.repository), shelf)
    names = [model.name for model in shelf.list_models()]
    assert names == ["another/model-Q4_K_M", "model-Q4_K_M"]
    assert shelf.choice == shelf.get("model-Q4_K_M")
    assert shelf.get("model-Q4_K_M").source == file


@pytest.mark.parametrize(("gigabytes", "memory"), [(1, None), (2, 1), (10, 4), (24, 8), (64, 16)])
def test_a_model_is_suggested_that_leaves_the_site_half_of_the_memory(
    gigabytes: int, memory: int | None
) -> None:
    found = suggest(gigabytes * 10**9)
    assert (found and found.memory) == memory
