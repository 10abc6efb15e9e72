"""A page's script does as one file what its modules do, or is refused when files are collected."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage

from aiapp.assets.javascript import BundleStorage
from aiapp.assets.modules import BundleError

NODE = Path(sys.executable).with_name("node")
PAGE = """\
/* What it is. */
import "./early.js";
import {
  box as a, // gone
  fill,
} from "./b.js";
import { Kind, count, twice } from "./c-d.js";

const box = 1;
// Gone
console.log(a, box, fill(box), new Kind().name, [...count()], twice);
console.log(`
// This line stays, and so does
  /* this one.
*/
import "./early.js";
export { a };
${/* gone, too */ box}`);
const pattern = /[/*]"/; /* gone */ console.log(pattern.test('/"'), "// stays", '/* stays */');
const later = async () => { for await (const x of [1]) { console.log(await x); } };
later();
const value = () => {
  return /* ends
            the statement */ 5;
};
console.log(value());
"""
MODULES = {
    "page.mjs": PAGE.replace(".js", ".mjs"),
    "early.mjs": 'console.log("early");\n',
    "b.mjs": 'import "./early.mjs";\nconst box = 2;\n\nexport function fill(x) { return x; }\n\n'
    "export { box };\n",
    "c-d.mjs": 'import { fill } from "./b.mjs";\nexport class Kind { name = fill("kind"); }\n'
    "export function* count() { yield 3; }\nconst two = 2\nexport { two as twice }",
}


def write(folder: Path, sources: dict[str, str]) -> FileSystemStorage:
    for name, text in sources.items():
        (folder / name).write_text(text, encoding="utf-8")
    return FileSystemStorage(folder)


def bundle(folder: Path, sources: dict[str, str], page: str) -> str:
    with BundleStorage(write(folder, sources)).open(page) as joined:
        return joined.read().decode()


def output(script: Path) -> str:
    done = subprocess.run([NODE, script], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_line_of_a_text_that_looks_like_a_comment_stays(tmp_path):
    page = "const text = `\n// first\n/* second */\nlast`;\n"
    assert bundle(tmp_path, {"a.js": page}, "a.js") == page


def test_the_joined_file_does_what_the_modules_do(tmp_path):
    whole = output(write(tmp_path, MODULES).path("page.mjs"))
    assert "// This line stays" in whole
    plain = {name.replace(".mjs", ".js"): s.replace(".mjs", ".js") for name, s in MODULES.items()}
    joined = tmp_path / "joined.mjs"
    joined.write_text(bundle(tmp_path, plain, "page.js"), encoding="utf-8")
    assert output(joined) == whole.replace(".mjs", ".js")
    assert "gone" not in joined.read_text(encoding="utf-8").lower()


def test_names_of_one_module_are_not_seen_by_another(tmp_path):
    page = 'import {\n  box as a,\n  fill,\n} from "./b.js";\n\nconst box = 1;\nfill(a, box);\n'
    other = "/* What it is. */\nconst box = 2;\n\nexport function fill() {}\n\nexport { box };\n"
    assert bundle(tmp_path, {"a.js": page, "b.js": other}, "a.js") == (
        "const $b = (() => {\nconst box = 2;\n\n"
        "function fill() {}\nreturn { fill, box };\n})();\n"
        "const { box: a, fill } = $b;\nconst box = 1;\nfill(a, box);\n"
    )


@pytest.mark.parametrize(
    ("sources", "reason"),
    [
        ({"a.js": 'import "./b.js";\n', "b.js": 'import "./a.js";\n'}, "imports itself"),
        ({"a.js": 'import b from "./b.js";\n'}, "a.js:1: import b"),
        ({"a.js": '\nimport * as b from "./b.js";\n'}, r"a.js:2: import \* as b"),
        ({"a.js": 'import "../b.js";\n'}, "../b.js"),
        ({"a.js": 'import { c } from "./b.js";\n', "b.js": "\n"}, "b.js does not export c"),
        ({"a.js": "export default 1;\n"}, "export default"),
        ({"a.js": "export let changing = 1;\n"}, "export let"),
        ({"a.js": "let changing = 1;\nexport { changing };\n"}, "let changing"),
        ({"a.js": 'export { c } from "./b.js";\n'}, "export { c } from"),
        ({"a.js": 'export * from "./b.js";\n'}, r"export \*"),
        ({"a.js": "const b = await c;\n"}, "await c"),
        ({"a.js": "for await (const b of c) {}\n"}, "for await"),
        ({"a.js": "const b = () => import.meta.url;\n"}, "import.meta"),
        ({"a.js": "const b = 1;\nconst c = {;\n"}, "a.js:2: const c = {;"),
    ],
)
def test_a_module_that_cannot_be_joined_is_refused(tmp_path, sources, reason):
    with pytest.raises(BundleError, match=reason):
        bundle(tmp_path, sources, "a.js")
