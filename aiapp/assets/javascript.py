"""The modules of a page as one file: what a page's script imports is put before it.

The sources are a small ES module for each behaviour, which browsers can load as they are. When
files are collected, each page's script becomes one file, so that a page costs one request and
not one for each module. Every module keeps a scope of its own; only what it exports is seen.
docs/adr/0020 says why no bundler of the field does this.

`aiapp.assets.modules` reads a module and refuses what cannot be joined. What is imported by
`import("./a.js")` stays a file of its own.
"""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from aiapp.assets.modules import BundleError, Module, parse_module

# A page loads one of these.
PAGES = ("js/site.js", "js/chat.js", "js/search.js", "js/documents.js", "js/viewer.js")


class BundleStorage:
    """The storage that a page's script comes from, which gives it out with its imports inside."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def open(self, name: str) -> IO[Any]:
        modules: dict[str, Module] = {}
        self._add(name, modules, ())
        *imported, page = modules.values()
        text = "".join(_wrap_module(module) for module in imported) + _fill_scope(page)
        return ContentFile(text.encode(), name)

    def _add(self, name: str, modules: dict[str, Module], importers: tuple[str, ...]) -> None:
        """Put a module behind those that it imports."""
        if name in modules:
            return
        if name in importers:
            raise BundleError(f"{name} imports itself over {importers[-1]}")
        with self._storage.open(name) as file:
            module = parse_module(name, file.read())
        for imported, names in module.imports.items():
            self._add(imported, modules, (*importers, name))
            if missing := {theirs for theirs, _ in names} - modules[imported].exports.keys():
                raise BundleError(f"{name}: {imported} does not export {', '.join(missing)}")
        modules[name] = module


def _wrap_module(module: Module) -> str:
    shared = _join_names(module.exports.items())
    result = f"return {{ {shared} }};\n" if shared else ""
    return f"const {_name_variable(module.name)} = (() => {{\n{_fill_scope(module)}{result}}})();\n"


def _fill_scope(module: Module) -> str:
    """Put the names that a module imports before its own statements."""
    lines = [
        f"const {{ {_join_names(names)} }} = {_name_variable(imported)};\n"
        for imported, names in module.imports.items()
        if names
    ]
    return "".join(lines) + module.body


def _join_names(pairs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(a if a == b else f"{a}: {b}" for a, b in pairs)


def _name_variable(name: str) -> str:
    """Return what holds a module's exports: all modules are in one folder, so a stem is unique."""
    return "$" + PurePosixPath(name).stem.replace("-", "_")
