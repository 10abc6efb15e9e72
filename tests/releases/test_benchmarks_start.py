"""Benchmarks are programs of their own: each finds what it needs outside of a test run."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = (ROOT / "bench").glob("*/*.py")
FILES = sorted(path for path in MODULES if "__main__" in path.read_text())
# Each in a process of its own, forked from one that has imported what most of them import, and that
# reads no settings.
LOAD = """
import os, runpy, sys, traceback
import httpx2, psutil, psycopg, pydantic, redis, redis.asyncio
for file in sys.argv[1:]:
    if pid := os.fork():
        status = os.waitpid(pid, 0)[1]
        print(os.waitstatus_to_exitcode(status), file, flush=True)
        continue
    sys.argv = [file]
    code = 1
    try:
        runpy.run_path(file, run_name="loaded")
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
"""


def test_each_loads_without_the_environment_of_tests() -> None:
    names = {"AIAPP_TEST_ROOT", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATA_DIR"}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    command = [sys.executable, "-W", "ignore", "-c", LOAD, *map(str, FILES)]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    codes = [line.split()[0] for line in ran.stdout.splitlines() if line.endswith(".py")]
    assert codes == ["0"] * len(FILES), ran.stdout + ran.stderr
    assert FILES
