"""Collected files carry their content's hash, so that browsers may keep them for ever."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage

from aiapp.assets.javascript import BundleError, BundleStorage

ROOT = Path(__file__).resolve().parents[2]
HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")
IMPORT = re.compile(
    r"""(?:^import\s*|^(?:import|export)\s[^"'()=;]*\sfrom\s*|\bimport\()["']([^"']+)["']""",
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("collected") / "static"
    environment = {**os.environ, "STATIC_ROOT": str(folder)}
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return folder


@pytest.fixture(scope="module")
def names(collected):
    manifest = json.loads((collected / "staticfiles.json").read_text(encoding="utf-8"))
    return manifest["paths"]


def test_another_account_can_read_what_was_collected(collected):
    """As in the container, where root collects and an account without rights serves."""
    for path in (collected, *collected.rglob("*")):
        wanted = 0o755 if path.is_dir() else 0o644
        assert path.stat().st_mode & wanted == wanted, path


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
    assert imports > 5


@pytest.mark.parametrize("page", ["js/site.js", "js/chat.js", "js/documents.js", "js/viewer.js"])
def test_a_pages_script_is_one_file_with_a_scope_for_each_module(collected, names, page):
    script = (collected / names[page]).read_text(encoding="utf-8")
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)
    assert script.count("const $actions = (() => {") == 1
    assert script.index("const $actions") < script.index("const $theme")


@pytest.mark.parametrize(
    ("sources", "reason"),
    [
        ({"a.js": 'import "./b.js";\n', "b.js": 'import "./a.js";\n'}, "imports itself"),
        ({"a.js": 'import b from "./b.js";\n'}, "import b"),
        ({"a.js": "export default 1;\n"}, "export default"),
        ({"a.js": "export let changing = 1;\n"}, "export let"),
    ],
)
def test_a_module_that_cannot_be_joined_is_refused(tmp_path, sources, reason):
    for name, text in sources.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(BundleError, match=reason):
        BundleStorage(FileSystemStorage(tmp_path)).open("a.js")


def test_names_of_one_module_are_not_seen_by_another(tmp_path):
    (tmp_path / "a.js").write_text(
        'import {\n  box as a,\n  fill,\n} from "./b.js";\n\nconst box = 1;\nfill(a, box);\n',
        encoding="utf-8",
    )
    (tmp_path / "b.js").write_text(
        "/* What it is. */\nconst box = 2;\n\nexport function fill() {}\n\nexport { box };\n",
        encoding="utf-8",
    )
    with BundleStorage(FileSystemStorage(tmp_path)).open("a.js") as joined:
        assert joined.read().decode() == (
            "const $b = (() => {\nconst box = 2;\n\n"
            "function fill() {}\nreturn { fill, box };\n})();\n"
            "const { box: a, fill } = $b;\n\nconst box = 1;\nfill(a, box);\n"
        )


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
