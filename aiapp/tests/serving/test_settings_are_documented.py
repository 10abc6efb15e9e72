"""Every variable that the code reads stands in docs/operations.md, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
READ = re.compile(
    r'\benv\.(?:text|boolean|integer|number|rate|words|networks|tables|chains|one_of)\(\s*"([A-Z_]+)"'
)
CODE = [ROOT / "aiapp/settings.py", *(ROOT / "aiapp/embedded").rglob("*.py")]


def read_by_the_code():
    return {name for file in CODE for name in READ.findall(file.read_text(encoding="utf-8"))}


def list_documented():
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    rows = text[text.index("## Settings") :].splitlines()
    cells = [row.split("|")[1] for row in rows if row.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`([A-Z_]+)`", cell)}


def test_every_variable_is_documented():
    assert read_by_the_code() - list_documented() == set()


def test_no_variable_is_documented_that_nobody_reads():
    assert list_documented() - read_by_the_code() == set()


def test_no_other_module_reads_the_environment():
    others = [
        file
        for app in ("aiapp", "accounts", "chat", "documents")
        for file in (ROOT / app).rglob("*.py")
        if "tests" not in file.parts and file not in CODE and file.name != "env.py"
    ]
    readers = [str(f) for f in others if READ.search(f.read_text(encoding="utf-8"))]
    assert readers == []
