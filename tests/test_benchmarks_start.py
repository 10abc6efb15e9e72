"""Benchmarks are programs of their own: each finds what it needs outside of a test run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "bench").glob("*.py"))
LOAD = "import runpy, sys; runpy.run_path(sys.argv.pop(), run_name='loaded')"


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_it_loads_without_the_environment_of_tests(file: Path) -> None:
    names = {"AIAPP_TEST_ROOT", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATA_DIR"}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    command = [sys.executable, "-W", "ignore", "-c", LOAD, str(file)]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
