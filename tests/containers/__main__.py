"""The check: `python -m tests.containers`, or `make containers`. Ends with 1 where it failed."""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.containers import after, steps
from tests.containers.place import Place

PROJECT = "aiapp-check"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make containers", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave everything as it is at the end")
    parser.add_argument("--local", action="store_true", help="build the image of the models, too")
    options = parser.parse_args()
    if (reason := _find_missing()) is not None:
        sys.stdout.write(f"Not checked: {reason}\n")
        return 1
    folder = Path(tempfile.mkdtemp(prefix="aiapp-check-"))
    check = steps.Check(Place.make(folder / "site", PROJECT), build_local=options.local)
    try:
        return _run(check)
    finally:
        if not options.keep:
            check.end()
            shutil.rmtree(folder, ignore_errors=True)


def _run(check: steps.Check) -> int:
    walk: list[Callable[[steps.Check], str]] = [*steps.STEPS, *after.STEPS]
    began = time.monotonic()
    for step in walk:
        name, started = (step.__doc__ or "").partition("\n")[0], time.monotonic()
        try:
            told = step(check)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is told with its step
            sys.stdout.write(f"FAILED  {name}: {error!r}\n")
            sys.stdout.write(check.collect_logs())
            return 1
        sys.stdout.write(f"{time.monotonic() - started:6.1f} s  {name} {told}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{time.monotonic() - began:6.1f} s  All of it passed.\n")
    return 0


def _find_missing() -> str | None:
    """Say what a machine lacks to run containers."""
    if shutil.which("docker") is None:
        return "there is no `docker` on this machine."
    for command in (["docker", "version"], ["docker", "compose", "version"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"`{' '.join(command)}` fails: {done.stderr.strip()}"
    return None


if __name__ == "__main__":
    sys.exit(main())
