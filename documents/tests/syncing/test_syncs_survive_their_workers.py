"""Syncs that are killed, put off or overtaken: nothing is lost, and nothing is there twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, sleep

import pytest
from django.db import connections
from django.db.models.functions import Now

from accounts.models import User
from aiapp.sql.deletion import delete_rows
from documents.models import Collection, Source, SourceItem, Version
from documents.sources import controls
from documents.sources.syncing import fetching, sync
from documents.sources.syncing.claim import ClaimLost, claim
from documents.tests.sources import make_source, run, titles, write

pytestmark = pytest.mark.django_db(transaction=True)

FILES = {f"{n // 20}/{n:03}.txt": f"Note {n}." for n in range(60)}
# So many are written at once, so a worker is killed between two of these.
GROUP = 20


@pytest.fixture
def folder(settings, storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(fetching, "GROUP", GROUP)
    settings.SOURCE_FOLDERS = [str(tmp_path / "shared")]
    write(tmp_path / "shared", FILES)
    return tmp_path / "shared"


@pytest.fixture
def source(alice: User, folder: Path) -> Source:
    return make_source(alice, "folder", str(folder))


@contextmanager
def another_worker(source: Source) -> Iterator[None]:
    """A process that syncs, killed at the end of the block."""
    # Nothing of ours is shared with it: neither a connection nor the pool of them.
    connections.close_all()
    connections["default"].close_pool()
    process = get_context("fork").Process(target=sync.run, args=(source.pk,))
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def wait_for(count: int) -> None:
    ends = monotonic() + 60
    while Version.objects.count() < count and monotonic() < ends:
        sleep(0.01)


def test_what_killed_workers_began_is_done_once(source: Source) -> None:
    for count in (0, 1, GROUP + 1, 2 * GROUP + 1):
        with another_worker(source):
            wait_for(count)
        # As when the lease has run out.
        Source.objects.filter(pk=source.pk).update(due=Now())
    run(source)
    assert titles(source) == sorted(FILES)
    assert Version.objects.count() == len(FILES)
    assert source.items.filter(state=SourceItem.State.CURRENT).count() == len(FILES)


def test_a_sync_goes_on_in_slices(source: Source, folder: Path, settings) -> None:
    settings.INGEST_SLICE_SECONDS = 0
    some = [path for path in FILES if path.startswith("0/")]
    for path in FILES.keys() - some:
        (folder / path).unlink()
    slices = 1
    while sync.run(source.pk):
        slices += 1
    assert slices > len(some) // 2
    assert titles(source) == sorted(some)


def test_a_worker_that_was_overtaken_writes_nothing(source: Source) -> None:
    taken = claim(source.pk)
    assert taken is not None
    _, held = taken
    Source.objects.filter(pk=source.pk).update(due=Now())
    assert claim(source.pk) is not None
    with pytest.raises(ClaimLost), held.write():
        SourceItem.objects.create(source=source, key="x", key_digest="x", path="x", seen=1)
    assert not source.items.exists()


def test_a_paused_sync_stops_and_goes_on_where_it_was(source: Source) -> None:
    with another_worker(source):
        wait_for(1)
        controls.pause(source)
        count = Version.objects.count()
    assert sync.run(source.pk) is False
    assert Version.objects.count() <= count + GROUP
    controls.resume(source)
    run(source)
    assert titles(source) == sorted(FILES)
    assert Version.objects.count() == len(FILES)


def test_a_collection_that_is_deleted_takes_its_sources_along(source: Source) -> None:
    with another_worker(source):
        wait_for(1)
        delete_rows(Collection.objects.get(pk=source.collection_id))
    assert not SourceItem.objects.exists()
    assert not Version.objects.exists()
