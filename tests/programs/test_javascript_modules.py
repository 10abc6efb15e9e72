"""Modules of static/js that need no browser: the tests in tests/js/units, run by Node.js."""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "js" / "units"
# Of the virtual environment, as npm that installed what the tests import.
NODE = Path(sys.executable).with_name("node")


def test_modules_do_as_their_tests_say() -> None:
    files = sorted(FOLDER.glob("*.test.mjs"))
    assert files
    # No package.json says that our scripts are modules; the page does. What a page goes on waiting
    # for when its tests are done, such as the next try of a request, keeps nobody waiting.
    command = [NODE, "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "--test"]
    command += ["--test-force-exit"]
    done = subprocess.run(
        [*command, "--test-reporter=dot", *files],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode:
        dots, _, failed = done.stdout.partition("Failed tests:")
        pytest.fail(f"{failed or dots}{done.stderr}", pytrace=False)
