"""Check how functions, docstrings and bounds are worded: check_names.py PATH...

Prints a line for each that breaks a rule of CONTRIBUTING, and exits with 1 if there is one.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

# Without verbs that are their own participle: "read", "set" and "split" are good names.
IRREGULAR = """
    arisen begun bent born borne bought bound bred broken brought built caught chosen dealt done
    drawn driven drunk dug eaten fallen felt flown forbidden forgiven forgotten fought found frozen
    given gone got gotten ground grown heard held hidden hung kept known laid lain leapt learnt led
    left lent lit lost made meant met overtaken paid proven ridden risen rung said seen sent shaken
    shot shown slept slid sold sought spent spoken spun stolen stood struck stuck sung sunk swept
    sworn taken taught thought thrown told torn understood withdrawn withheld woken won worn wound
    written
"""
# Verbs, nouns and adjectives that only look like participles.
NO_PARTICIPLES = """
    bed bleed breed creed deed embed exceed feed greed heed hundred indeed infrared kindred need
    newsfeed proceed red reed relent reseed screed secede seed shed shred sled speed steed succeed
    watershed weed zed
"""
PREFIX = re.compile(r"^(?:un|re|over|out|mis)")
# Methods that classes from outside define and ours override, with the class.
OUTSIDE = {"closed": "io.IOBase"}

QUESTION = re.compile(r"(?:What|Who|Whom|Whose|Whether|How|Where|Which|When|Why)\b")
SUPERLATIVE = re.compile(r"_*(?:MOST|LEAST|LONGEST|SHORTEST)(?:_|$)")

DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)


def is_participle(name: str) -> bool:
    """Tell if a name is one word, and that a participle."""
    word = name.strip("_")
    if "_" in word or word in OUTSIDE or word in NO_PARTICIPLES.split():
        return False
    stems = {word, PREFIX.sub("", word)}
    return word.endswith("ed") or not stems.isdisjoint(IRREGULAR.split())


def find_faults(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the name and the reason of everything in a module that breaks a rule."""
    for node in ast.walk(tree):
        line, name = getattr(node, "lineno", 1), getattr(node, "name", "module")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_participle(name):
            yield line, name, "a bare participle; use a verb (`send_mail`), or a noun for a value"
        if isinstance(node, DOCUMENTED) and QUESTION.match(ast.get_docstring(node) or ""):
            yield line, name, "the docstring opens like a question; say `Return …` or `The …`"
        match node:
            case ast.Name(id=bound, ctx=ast.Store()) if SUPERLATIVE.match(bound):
                yield line, bound, "a bound is called `MAX_…` or `MIN_…`, with its unit"


def list_files(paths: list[str]) -> Iterator[Path]:
    """Yield the Python files at and below the paths, without the migrations Django writes."""
    for path in map(Path, paths):
        if path.is_file():
            yield path
        else:
            yield from (f for f in sorted(path.rglob("*.py")) if "migrations" not in f.parts)


def main(paths: list[str]) -> int:
    faults = [
        f"{file}:{line} {name} – {reason}"
        for file in list_files(paths)
        for line, name, reason in find_faults(ast.parse(file.read_bytes(), str(file)))
    ]
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
