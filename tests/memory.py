"""Room in memory for files that nobody wants to keep.

To copy a database, which is seven hundred files, takes up to half a second of CPU on a disk and a
thirtieth of one in memory, and a hundred sites a run have one.
"""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")
PREFIX = "aiapp-test-"
# A run's databases and their log take less than one; the rest is for what the tests start.
MIN_FREE_BYTES = 4 << 30


@contextmanager
def make_folder(otherwise: Path) -> Iterator[Path]:
    """A folder in memory for the time of a `with` block, or another one where there is no room."""
    if not _has_room():
        yield otherwise
        return
    _remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=MEMORY))
    try:
        with _name_lock(folder).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _has_room() -> bool:
    if not MEMORY.is_dir():
        return False
    free = min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available)
    return free >= MIN_FREE_BYTES


def _remove_leftovers() -> None:
    """Remove the folders of runs that were killed: nobody holds their locks any more."""
    for folder in MEMORY.glob(f"{PREFIX}*"):
        try:
            with _name_lock(folder).open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            # In use, just made, or somebody else's.
            continue


def _name_lock(folder: Path) -> Path:
    return folder / "in-use"
