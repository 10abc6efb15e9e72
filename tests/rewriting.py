"""Test modules are rewritten for pytest's `assert` once a run, not once by each worker.

All workers import all test modules in the same order. In a fresh clone each would rewrite each of
them, which takes five seconds of the processor; here the first to come does, and the others read
what it has written. Without the functions of pytest's that this goes around, all do as they did.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from _pytest.assertion import rewrite

# No module takes a tenth of it. Who has waited in vain rewrites it, too.
WAIT_SECONDS = 10.0


@contextmanager
def share(folder: Path) -> Iterator[None]:
    """Have workers that share a folder for locks wait for each other in the block."""
    read, write = getattr(rewrite, "_read_pyc", None), getattr(rewrite, "_write_pyc", None)
    if read is None or write is None:
        yield
        return
    folder.mkdir(exist_ok=True)
    held: dict[Path, IO[bytes]] = {}

    def read_or_begin(source: Path, pyc: Path, *others: Any) -> Any:
        if (code := read(source, pyc, *others)) is not None:
            return code
        lock = _lock(folder / sha256(str(pyc).encode()).hexdigest())
        if (code := read(source, pyc, *others)) is not None:
            lock.close()
        else:
            held[pyc] = lock
        return code

    def write_and_end(state: Any, code: Any, source: Any, pyc: Path) -> Any:
        try:
            return write(state, code, source, pyc)
        finally:
            if pyc in held:
                held.pop(pyc).close()

    rewrite._read_pyc, rewrite._write_pyc = read_or_begin, write_and_end
    try:
        yield
    finally:
        rewrite._read_pyc, rewrite._write_pyc = read, write
        for file in held.values():
            file.close()


def _lock(path: Path) -> IO[bytes]:
    file = path.open("wb")
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.005)
        else:
            break
    return file
