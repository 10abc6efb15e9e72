"""Collected files carry their content's hash, so that browsers may keep them for ever."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")
IMPORT = re.compile(
    r"""(?:^import\s*|^(?:import|export)\s[^"'()=;]*\sfrom\s*|\bimport\()["']([^"']+)["']""",
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("static")
    environment = {**os.environ, "STATIC_ROOT": str(folder)}
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return folder


@pytest.fixture(scope="module")
def names(collected):
    manifest = json.loads((collected / "staticfiles.json").read_text(encoding="utf-8"))
    return manifest["paths"]


def test_every_file_of_ours_has_its_hash(collected, names):
    ours = [f for f in (ROOT / "static").rglob("*") if f.is_file() and f.suffix in {".js", ".css"}]
    assert ours
    for file in ours:
        name = names[file.relative_to(ROOT / "static").as_posix()]
        assert HASHED.search(name)
        assert (collected / name).is_file()


def test_modules_import_hashed_modules(collected, names):
    imports = 0
    for plain, name in names.items():
        if not (plain.startswith("js/") and plain.endswith(".js")):
            continue
        module = collected / name
        for target in IMPORT.findall(module.read_text(encoding="utf-8")):
            imports += 1
            assert HASHED.search(target), f"{plain} imports {target}"
            assert (module.parent / target).resolve().is_file()
    assert imports > 10


def test_style_sheets_refer_to_files_that_are_there(collected, names):
    for plain, name in names.items():
        if not (plain.startswith("css/") and plain.endswith(".css")):
            continue
        sheet = collected / name
        for target in re.findall(r"url\(\"?([^\")]+)\"?\)", sheet.read_text(encoding="utf-8")):
            if target.startswith(("data:", "#")):
                continue
            assert (sheet.parent / target).resolve().is_file(), f"{plain} refers to {target}"


def test_compressed_copies_are_made(collected, names):
    assert (collected / (names["js/stream.js"] + ".gz")).is_file()


def test_swagger_comes_from_here(names):
    assert {"ninja/swagger-ui-bundle.js", "ninja/swagger-ui.css"} <= set(names)
