"""A stranger's waits for `GET /health/live` while a hostile input is at work.

    python -m bench.texts.bench_hostile [PART OF A NAME ...]

A real web server, PostgreSQL and Valkey. Each input of `tests/costs/hostile.py` is sent once; a
stranger asks every 20 ms for as long as it takes, and a second longer. Those marked with a star
hold nobody up, as the suite checks; a stranger should wait less than 250 ms at most.
"""

import os
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from aiapp.embedded import postgres, valkey
from tests.costs import hostile
from tests.processes.site import running

PAUSE = 0.02
AFTER = 1.0


@contextmanager
def stranger(url: str) -> Iterator[list[float]]:
    """Return how long each of a stranger's requests took, in milliseconds."""
    waits: list[float] = []
    ended = threading.Event()

    def ask() -> None:
        with httpx2.Client(base_url=url, timeout=120) as client:
            while not ended.wait(PAUSE):
                began = time.perf_counter()
                client.get("/health/live").raise_for_status()
                waits.append((time.perf_counter() - began) * 1000)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield waits
        time.sleep(AFTER)
    finally:
        ended.set()
        thread.join()


def send(name: str, attacker: hostile.Attacker) -> tuple[float, str]:
    """Send an input; return how many seconds it took, and how it failed."""
    began = time.perf_counter()
    try:
        hostile.INPUTS[name](attacker)
    except httpx2.HTTPError as error:
        return time.perf_counter() - began, type(error).__name__
    return time.perf_counter() - began, ""


def run(folder: Path, wanted: list[str]) -> None:
    with (
        hostile.outside() as outside,
        running(folder / "site", **hostile.variables(outside, folder)) as site,
    ):
        web = site.web()
        attacker = hostile.attacker(site, web, outside)
        # What a process does only once, such as to load modules, is not what is measured.
        attacker.ask("Hello")
        attacker.read_page("<p>Hello")
        print(f"{'input':34}{'took':>9}{'p50':>9}{'p99':>9}{'max':>9}  (stranger, ms)")
        for name in ["nothing", *hostile.INPUTS]:
            if wanted and not any(part in name for part in wanted):
                continue
            with stranger(web.url) as waits:
                seconds, fault = (0.0, "") if name == "nothing" else send(name, attacker)
            waits.sort()
            p99 = waits[int(len(waits) * 0.99)]
            figures = f"{seconds:8.1f}s{statistics.median(waits):9.1f}{p99:9.1f}{waits[-1]:9.1f}"
            print(f"{name:34}{figures}  {fault}", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="aiapp-bench-") as name:
        folder = Path(name)
        run_dir = folder / "run"
        run_dir.mkdir(mode=0o700)
        (folder / "site").mkdir()
        os.environ["AIAPP_TEST_ROOT"] = name
        os.environ["DATABASE_URL"] = f"postgresql://aiapp@/aiapp?host={run_dir}"
        os.environ["REDIS_URL"] = f"unix://{run_dir}/valkey.sock"
        os.environ["SECRET_KEY"] = secrets.token_urlsafe(48)
        with (
            postgres.run_temporarily(folder / "postgres", run_dir, fsync=False),
            valkey.run_temporarily(folder / "valkey", run_dir),
        ):
            run(folder, sys.argv[1:])


if __name__ == "__main__":
    main()
