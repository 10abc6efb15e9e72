"""Every regular expression of the site, found by itself, and what it is used for.

Compiled ones are found in the imported modules, wherever they lie in them; those that a function
writes out in the call (`re.sub("a+", …)`) in the source. What is compiled from a variable cannot be
found in this way, and is named here.
"""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeGuard

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "aiapp", "chat", "documents")
# Which import what is only there for developers, or start to run.
LEFT_OUT = re.compile(r".*\.(tests|migrations)(\..*)?|.*\.(wsgi|asgi|onnx_export|minilm_build)")
WAYS = frozenset({"match", "fullmatch", "search", "findall", "finditer", "sub", "subn", "split"})
SCANS = WAYS - {"match", "fullmatch"}
MAX_DEPTH = 4
_IMPORT = re.compile(r"^import re$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """An expression. `place` is module and name, `way` how the site uses it on a text."""

    place: str
    pattern: "re.Pattern[Any]"
    way: str

    @property
    def room(self) -> str:
        """The app and the folder in it, or the module, that has it."""
        return ".".join(self.place.split(".")[:2])

    def run(self, text: str) -> None:
        if isinstance(self.pattern.pattern, str):
            self._run(text, "")
        else:
            self._run(text.encode(), b"")

    def _run(self, text: Any, nothing: Any) -> None:
        if self.way == "scan":
            self.pattern.sub(nothing, text)
        else:
            getattr(self.pattern, self.way)(text)


def all_patterns() -> list[Found]:
    """Each expression once for each way of use that costs something of its own."""
    found: dict[tuple[Any, int, str], Found] = {}
    for place, pattern, ways in (*_list_compiled(), *_written_out()):
        for way in sorted({"scan" if each in SCANS else each for each in ways}):
            found.setdefault((pattern.pattern, pattern.flags, way), Found(place, pattern, way))
    return list(found.values())


def name_rooms() -> list[str]:
    """Name the folders and modules of an app that write expressions, without importing them."""
    rooms = {
        f"{app}.{path.relative_to(ROOT / app).with_suffix('').parts[0]}"
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if _IMPORT.search(path.read_text(encoding="utf-8"))
    }
    return sorted(room for room in rooms if not LEFT_OUT.fullmatch(room))


def made_from_variables() -> set[str]:
    """The functions that compile an expression which does not stand in the source."""
    return {
        f"{module}.{function}"
        for module, tree in _trees()
        for function, call in _calls_of_re(tree)
        if not isinstance(call.args[0], ast.Constant) and function
    }


@cache
def modules() -> tuple[ModuleType, ...]:
    names: list[str] = []
    for app in APPS:
        package = importlib.import_module(app)
        names.append(app)
        names += [each.name for each in pkgutil.walk_packages(package.__path__, f"{app}.", _skip)]
    return tuple(importlib.import_module(n) for n in names if not LEFT_OUT.fullmatch(n))


def _skip(name: str) -> None:
    """Packages that cannot be imported have nothing to look at."""


def _list_compiled() -> Iterator[tuple[str, "re.Pattern[Any]", set[str]]]:
    used = _uses()
    for module in modules():
        for name, value in vars(module).items():
            for path, pattern in _within(value, name, MAX_DEPTH):
                ways = used.get(f"{module.__name__}.{name}") or used.get(path.rpartition(".")[2])
                yield f"{module.__name__}.{path}", pattern, ways or {"search"}


def _within(value: Any, path: str, depth: int) -> Iterator[tuple[str, "re.Pattern[Any]"]]:
    if isinstance(value, re.Pattern):
        yield path, value
    elif depth:
        for name, each in _parts(value):
            yield from _within(each, f"{path}{name}", depth - 1)


def _parts(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(f"[{key!r}]", each) for key, each in value.items()]
    if isinstance(value, list | tuple | set | frozenset):
        return [(f"[{n}]", each) for n, each in enumerate(value)]
    if is_dataclass(value) and not isinstance(value, type):
        return [(f".{each.name}", getattr(value, each.name, None)) for each in fields(value)]
    if isinstance(value, type) and value.__module__.partition(".")[0] in APPS:
        return [(f".{name}", each) for name, each in vars(value).items()]
    return ()


def _written_out() -> Iterator[tuple[str, "re.Pattern[Any]", set[str]]]:
    for module, tree in _trees():
        for function, call in _calls_of_re(tree):
            if function and isinstance(call.args[0], ast.Constant):
                way = call.func.attr  # type: ignore[attr-defined]
                ways = {way} & WAYS or {"search"}
                yield f"{module}.{function}", re.compile(call.args[0].value), ways


def _calls_of_re(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Calls of the module `re`, with the function that they stand in; "" for the module itself."""

    def walk(node: ast.AST, inside: str) -> Iterator[tuple[str, ast.Call]]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = node.name
        if _is_of_re(node):
            yield inside, node
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    return walk(tree, "")


def _is_of_re(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"re", "regex"}
        and node.func.attr in WAYS | {"compile"}
        and bool(node.args)
    )


@cache
def _trees() -> tuple[tuple[str, ast.Module], ...]:
    found = []
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if not LEFT_OUT.fullmatch(module):
                found.append((module, ast.parse(path.read_text(encoding="utf-8"))))
    return tuple(found)


@cache
def _uses() -> dict[str, set[str]]:
    """The ways in which the source uses each name, by module and name, and by an attribute's."""
    found: dict[str, set[str]] = {}
    for module, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in WAYS:
                for name in _names_of(node.value, module):
                    found.setdefault(name, set()).add(node.attr)
    # What another module takes by its name is used where it is defined as well.
    for module, tree in _trees():
        for node in (each for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)):
            for alias in node.names:
                used = found.get(f"{module}.{alias.asname or alias.name}", set())
                found.setdefault(f"{node.module}.{alias.name}", set()).update(used)
    return found


def _names_of(node: ast.AST, module: str) -> list[str]:
    if isinstance(node, ast.Name):
        return [f"{module}.{node.id}"]
    return [node.attr] if isinstance(node, ast.Attribute) else []
