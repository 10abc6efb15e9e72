"""The modules of a page as one file: what a page's script imports is put before it.

The sources are a small ES module for each behaviour, which browsers can load as they are. When
files are collected, each page's script becomes one file, so that a page costs one request and
not one for each module. Every module keeps a scope of its own; only what it exports is seen.

Only the forms that our modules use are understood, at the beginning of a line:

    import "./a.js";   import { b, c as d } from "./a.js";   (also over several lines)
    export function f   export async function f   export class C   export const v   export { v };

Anything else is refused when files are collected. What is imported by `import("./a.js")` stays
a file of its own.
"""

import re
from pathlib import PurePosixPath
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage

# A page loads one of these.
PAGES = ("js/site.js", "js/chat.js", "js/search.js", "js/documents.js", "js/viewer.js")

_import = re.compile(r'^import (?:\{([^}]*)\} from )?"(\.[\w./-]+)";\n', re.MULTILINE)
_declared = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
_listed = re.compile(r"^export \{([^}]*)\};\n", re.MULTILINE)
_unknown = re.compile(r"^(?:import\b(?!\()|export\b).*", re.MULTILINE)
_header = re.compile(r"^/\*.*?\*/\n", re.MULTILINE | re.DOTALL)
_remark = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)


class BundleError(ValueError):
    """A module that is written in a way that this does not understand."""


class BundleStorage:
    """The storage that a page's script comes from, which gives it out with its imports inside."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def open(self, name: str) -> IO[Any]:
        modules: dict[str, str] = {}
        self._add(name, modules, ())
        return ContentFile("".join(modules.values()).encode(), name)

    def _add(self, name: str, modules: dict[str, str], importers: tuple[str, ...]) -> None:
        """Put a module behind those that it imports."""
        if name in modules:
            return
        if name in importers:
            raise BundleError(f"{name} imports itself over {importers[-1]}")
        with self._storage.open(name) as file:
            text = str(file.read().decode())
        folder = PurePosixPath(name).parent
        for found in _import.finditer(text):
            self._add(str(folder / found[2]), modules, (*importers, name))
        modules[name] = _wrap_module(name, text, is_page=not importers)


def _wrap_module(name: str, text: str, *, is_page: bool) -> str:
    folder = PurePosixPath(name).parent

    def from_scope(match: re.Match[str]) -> str:
        if not match[1]:
            return ""
        wanted = ", ".join(each.strip().replace(" as ", ": ") for each in _names(match[1]))
        return f"const {{ {wanted} }} = {_variable(str(folder / match[2]))};\n"

    exported = _declared.findall(text)
    for found in _listed.finditer(text):
        exported += _names(found[1])
    text = _listed.sub("", _declared.sub("", _import.sub(from_scope, text)))
    if left := _unknown.search(text):
        raise BundleError(f"{name}: {left[0]}")
    text = _remark.sub("", _header.sub("", text)).strip()
    if is_page:
        return f"{text}\n"
    result = f"\nreturn {{ {', '.join(exported)} }};" if exported else ""
    return f"const {_variable(name)} = (() => {{\n{text}{result}\n}})();\n"


def _names(names: str) -> list[str]:
    return [each.strip() for each in names.split(",") if each.strip()]


def _variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", PurePosixPath(name).stem)
