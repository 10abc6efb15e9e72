"""An ES module, read by a parser of JavaScript: its imports, its exports and what is between.

Only what can be joined is taken; anything else is refused when files are collected:

    import "./a.js";   import { b, c as d } from "./a.js";
    export function f   export async function f   export class C   export const v
    export { v, w as x };

Names that change (`export let`), `await` and `import.meta` outside functions would mean something
else inside a joined file. Texts come from tree-sitter as bytes, since its places count bytes.
"""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser, Query, QueryCursor

_LANGUAGE = Language(tree_sitter_javascript.language())
_COMMENTS = Query(_LANGUAGE, "(comment) @found")
_BROKEN = Query(_LANGUAGE, "(ERROR) @found (MISSING) @found")
_AWAITS = Query(_LANGUAGE, '[(await_expression) (for_in_statement "await")] @found')
_METAS = Query(_LANGUAGE, '(meta_property "import") @found')
_DECLARATIONS = {"function_declaration", "generator_function_declaration", "class_declaration"}
_FUNCTIONS = {
    "arrow_function",
    "function_declaration",
    "function_expression",
    "generator_function",
    "generator_function_declaration",
    "method_definition",
}
_sibling = re.compile(r"\./([a-z\d-]+\.js)")


class BundleError(ValueError):
    """A module that is written in a way that cannot be joined with others."""


@dataclass(slots=True)
class Module:
    """A module's own statements, without comments, and the names that go in and out."""

    name: str
    # By module, pairs of its name for a thing and ours.
    imports: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(slots=True)
class _Source:
    module: Module
    text: bytes
    cuts: list[tuple[int, int, bytes]] = field(default_factory=list)

    def make_error(self, node: Node) -> BundleError:
        line = node.start_point.row
        return BundleError(
            f"{self.module.name}:{line + 1}: {self.text.splitlines()[line].decode()}"
        )


def parse_module(name: str, text: bytes) -> Module:
    source = _Source(Module(name), text)
    root = Parser(_LANGUAGE).parse(text).root_node
    if root.has_error:
        raise source.make_error(min(_find(_BROKEN, root), key=lambda node: node.start_byte))
    for statement in root.named_children:
        if statement.type == "import_statement":
            _read_import(source, statement)
        elif statement.type == "export_statement":
            _read_export(source, statement)
    _check_constants(source, root)
    _check_outside(source, root)
    _cut_comments(source, root)
    source.module.body = _join_remaining(source)
    return source.module


def _read_import(source: _Source, statement: Node) -> None:
    imported = _sibling.fullmatch(_read_text(statement.child_by_field_name("source")).strip("\"'"))
    names: list[tuple[str, str]] = []
    for part in statement.named_children:
        if part.type == "import_clause" and part.named_child(0).type == "named_imports":
            names += _read_pairs(source, part.named_child(0))
        elif part.type not in {"string", "comment"}:
            raise source.make_error(statement)
    if not imported:
        raise source.make_error(statement)
    folder = PurePosixPath(source.module.name).parent
    source.module.imports.setdefault(str(folder / imported[1]), []).extend(names)
    source.cuts.append((statement.start_byte, _find_line_end(source, statement.end_byte), b""))


def _read_export(source: _Source, statement: Node) -> None:
    declared = statement.child_by_field_name("declaration")
    first = next(each for each in statement.children[1:] if each.type != "comment")
    if declared is not None and first == declared:
        names = _list_declared_names(source, declared)
        source.module.exports.update({name: name for name in names})
        source.cuts.append((statement.start_byte, declared.start_byte, b""))
    elif first.type == "export_clause" and statement.child_by_field_name("source") is None:
        source.module.exports.update({outer: own for own, outer in _read_pairs(source, first)})
        source.cuts.append((statement.start_byte, _find_line_end(source, statement.end_byte), b""))
    else:
        raise source.make_error(statement)


def _read_pairs(source: _Source, listed: Node) -> list[tuple[str, str]]:
    """Return the names in braces: what a thing is called, and what it is called afterwards."""
    pairs = []
    for specifier in listed.named_children:
        if specifier.type == "comment":
            continue
        name = specifier.child_by_field_name("name")
        alias = specifier.child_by_field_name("alias") or name
        if name is None or alias is None or {name.type, alias.type} != {"identifier"}:
            raise source.make_error(specifier)
        pairs.append((_read_text(name), _read_text(alias)))
    return pairs


def _list_declared_names(source: _Source, declared: Node) -> list[str]:
    if declared.type == "lexical_declaration" and declared.child(0).type == "const":
        named = [each for each in declared.named_children if each.type == "variable_declarator"]
    elif declared.type in _DECLARATIONS:
        named = [declared]
    else:
        raise source.make_error(declared)
    names = [each.child_by_field_name("name") for each in named]
    if any(name is None or name.type != "identifier" for name in names):
        raise source.make_error(declared)
    return [_read_text(name) for name in names]


def _check_constants(source: _Source, root: Node) -> None:
    """Refuse to list what may change: importers get the value that it has at first."""
    for statement in root.named_children:
        if statement.type in {"lexical_declaration", "variable_declaration"}:
            if statement.child(0).type == "const":
                continue
            for each in statement.named_children:
                if _read_text(each.child_by_field_name("name")) in source.module.exports.values():
                    raise source.make_error(statement)


def _check_outside(source: _Source, root: Node) -> None:
    """Refuse what means the file itself, or makes it wait."""
    waiting = [node for node in _find(_AWAITS, root) if not _is_in_function(node)]
    for node in (*waiting, *_find(_METAS, root)):
        raise source.make_error(node)


def _is_in_function(node: Node | None) -> bool:
    while node is not None and node.type not in _FUNCTIONS:
        node = node.parent
    return node is not None


def _cut_comments(source: _Source, root: Node) -> None:
    """Cut whole lines where nothing else is in them; a comment inside a line leaves a space."""
    for comment in _find(_COMMENTS, root):
        start, end = comment.start_byte, comment.end_byte
        before = source.text[:start].rpartition(b"\n")[2]
        after = source.text[end:].partition(b"\n")[0]
        if not before.strip() and not after.strip():
            source.cuts.append((start - len(before), end + len(after) + 1, b""))
        elif not after.strip():
            source.cuts.append((start - (len(before) - len(before.rstrip())), end, b""))
        else:
            # A line's end inside may end a statement, as it does outside.
            source.cuts.append((start, end, b"\n" if b"\n" in source.text[start:end] else b" "))


def _join_remaining(source: _Source) -> str:
    parts, place = [], 0
    for start, end, instead in sorted(source.cuts):
        if start >= place:
            parts += [source.text[place:start], instead]
        place = max(place, end)
    parts.append(source.text[place:])
    return b"".join(parts).decode().strip() + "\n"


def _find_line_end(source: _Source, place: int) -> int:
    """Return where the next line begins, if nothing else is in this one."""
    rest, newline, _ = source.text[place:].partition(b"\n")
    return place + len(rest + newline) if not rest.strip() else place


def _find(query: Query, root: Node) -> list[Node]:
    return QueryCursor(query).captures(root).get("found", [])


def _read_text(node: Node | None) -> str:
    return node.text.decode() if node is not None and node.text is not None else ""
