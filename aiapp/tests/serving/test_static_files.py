"""Collected files carry their content's hash, so that browsers may keep them for ever."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aiapp.assets.javascript import PAGES
from tests.processes import site

ROOT = Path(__file__).resolve().parents[3]
# Of the virtual environment.
NODE = Path(sys.executable).with_name("node")
HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")
IMPORT = re.compile(
    r"""(?:^import\s*|^(?:import|export)\s[^"'()=;]*\sfrom\s*|\bimport\()["']([^"']+)["']""",
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def folder():
    return site.collect_static()


@pytest.fixture(scope="module")
def names(folder):
    manifest = json.loads((folder / "staticfiles.json").read_text(encoding="utf-8"))
    return manifest["paths"]


def test_another_account_can_read_what_was_collected(folder):
    """As in the container, where root collects and an account without rights serves."""
    for path in (folder, *folder.rglob("*")):
        wanted = 0o755 if path.is_dir() else 0o644
        assert path.stat().st_mode & wanted == wanted, path


def test_every_file_of_ours_has_its_hash(folder, names):
    ours = [f for f in (ROOT / "static").rglob("*") if f.is_file() and f.suffix in {".js", ".css"}]
    assert ours
    for file in ours:
        name = names[file.relative_to(ROOT / "static").as_posix()]
        assert HASHED.search(name)
        assert (folder / name).is_file()


def test_modules_import_hashed_modules(folder, names):
    imports = 0
    for plain, name in names.items():
        if not (plain.startswith("js/") and plain.endswith(".js")):
            continue
        module = folder / name
        for target in IMPORT.findall(module.read_text(encoding="utf-8")):
            imports += 1
            assert HASHED.search(target), f"{plain} imports {target}"
            assert (module.parent / target).resolve().is_file()
    assert imports > 5


@pytest.mark.parametrize("page", PAGES)
def test_a_pages_script_is_one_file_with_a_scope_for_each_module(folder, names, page):
    script = (folder / names[page]).read_text(encoding="utf-8")
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)
    assert script.count("const $actions = (() => {") == 1
    assert script.index("const $actions") < script.index("const $theme")


@pytest.mark.parametrize("page", PAGES)
def test_a_pages_script_is_javascript(folder, names, page, tmp_path):
    script = shutil.copy(folder / names[page], tmp_path / "page.mjs")
    subprocess.run([NODE, "--check", script], check=True, timeout=60)


def test_style_sheets_refer_to_files_that_are_there(folder, names):
    for plain, name in names.items():
        if not (plain.startswith("css/") and plain.endswith(".css")):
            continue
        sheet = folder / name
        for target in re.findall(r"url\(\"?([^\")]+)\"?\)", sheet.read_text(encoding="utf-8")):
            if target.startswith(("data:", "#")):
                continue
            assert (sheet.parent / target).resolve().is_file(), f"{plain} refers to {target}"


def test_compressed_copies_are_made(folder, names):
    assert (folder / (names["js/stream.js"] + ".gz")).is_file()


def test_swagger_comes_from_here(names):
    assert {"ninja/swagger-ui-bundle.js", "ninja/swagger-ui.css"} <= set(names)
