"""The check of names finds what it has to, and leaves alone what only looks like it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

GOOD = '''"""The things a mailer needs."""

MAX_TRIES = 3
ALMOST = UTMOST = 1


def send_mail(told):
    """Return whether it was sent: what, who and how."""
    found = told
    return found


def need(): ...
def seed(): ...
def embed(): ...
def speed(): ...
def read(): ...
def split_sent_mails(): ...
def test_a_mail_is_sent(): ...


class Mailer(File):
    """Whatever sends mails."""

    __slots__ = ()

    def __enter__(self): ...

    @property
    def is_started(self): ...

    @property
    def closed(self): ...
'''

BAD = {
    "def told(): ...": "1 told",
    "async def _kept(): ...": "1 _kept",
    "def started(): ...": "1 started",
    "def led(): ...": "1 led",
    "def rewritten(): ...": "1 rewritten",
    "def _untold(): ...": "1 _untold",
    "def begin():\n    def failed(): ...": "2 failed",
    "class Mail:\n    def refused(self): ...": "2 refused",
    "class Mail:\n    @property\n    def changed(self): ...": "3 changed",
    "@pytest.fixture\ndef queued(): ...": "2 queued",
    '"""What a mailer needs."""': "1 module",
    'def send():\n    """Whether it was sent."""': "1 send",
    'def test_it():\n    """Who reads it."""': "1 test_it",
    'class Mail:\n    """\n    How mails are sent."""': "1 Mail",
    "MOST_TRIES = 3": "1 MOST_TRIES",
    "_LEAST_WAIT: int = 3": "1 _LEAST_WAIT",
    "class Mail:\n    LONGEST = 3": "2 LONGEST",
}


def check(path: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "scripts/check_names.py", str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_good_names_pass(tmp_path):
    (tmp_path / "good.py").write_text(GOOD)
    checked = check(tmp_path)
    assert (checked.stdout, checked.returncode) == ("", 0)


@pytest.mark.parametrize(("source", "place"), BAD.items(), ids=BAD.values())
def test_a_bad_name_is_pointed_at(source, place, tmp_path):
    (file := tmp_path / "bad.py").write_text(source)
    checked = check(file)
    pointed_at, _, reason = checked.stdout.partition(" – ")
    assert (pointed_at, checked.returncode) == (f"{file}:{place}", 1)
    assert reason.count("\n") == 1


def test_all_faults_of_all_files_are_told_but_not_those_of_migrations(tmp_path):
    (tmp_path / "migrations").mkdir()
    for place in ("a.py", "b.py", "migrations/0001_initial.py"):
        (tmp_path / place).write_text("def told(): ...\ndef kept(): ...\n")
    lines = check(tmp_path).stdout.splitlines()
    assert [line.split(" – ")[0] for line in lines] == [
        f"{tmp_path / 'a.py'}:1 told",
        f"{tmp_path / 'a.py'}:2 kept",
        f"{tmp_path / 'b.py'}:1 told",
        f"{tmp_path / 'b.py'}:2 kept",
    ]
