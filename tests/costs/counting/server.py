"""The web server, which counts what it does.

    python -m tests.costs.counting.server FILE --port 8000

Its main thread counts from SIGUSR1 on; at SIGUSR2 it writes the counts so far into the file.
"""

import json
import runpy
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

_counts = {"calls": 0, "hops": 0}
_submit = ThreadPoolExecutor.submit
_start_thread = threading.Thread.start


def _note(frame: FrameType, event: str, argument: object) -> None:
    """Count the functions of Python that are begun, and the coroutines that go on."""
    if event == "call":
        _counts["calls"] += 1


def _submit_and_count(self: Any, *arguments: Any, **options: Any) -> Any:
    """Count work that goes to another thread. A loop's and Django's own all goes this way."""
    _counts["hops"] += 1
    return _submit(self, *arguments, **options)


def _start_and_count(self: threading.Thread) -> None:
    """Count threads that are started, as one may be for each request."""
    _counts["hops"] += 1
    _start_thread(self)


def _begin(number: int, frame: FrameType | None) -> None:
    sys.setprofile(_note)


def main() -> None:
    path = Path(sys.argv.pop(1))

    def tell(number: int, frame: FrameType | None) -> None:
        new = path.with_suffix(".new")
        new.write_text(json.dumps(_counts))
        new.rename(path)

    # A thread that is there already cannot be told to count, and which of them does the work of a
    # turn differs: all of them count from their start, and the main one from the signal on.
    threading.setprofile(_note)
    signal.signal(signal.SIGUSR1, _begin)
    signal.signal(signal.SIGUSR2, tell)
    ThreadPoolExecutor.submit = _submit_and_count  # type: ignore[method-assign]
    threading.Thread.start = _start_and_count  # type: ignore[method-assign]
    runpy.run_module("aiapp.server", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
