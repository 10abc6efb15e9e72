"""A program whose clock is so many seconds off.

    python -m tests.processes.other_clock SECONDS MODULE …

What counts time from its start (`time.monotonic`) goes on as before, as it does on a machine.
"""

import runpy
import sys
from datetime import UTC, datetime, timedelta

import time_machine


def main() -> None:
    seconds, module, *arguments = sys.argv[1:]
    there = datetime.now(UTC) + timedelta(seconds=float(seconds))
    time_machine.travel(there, tick=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
