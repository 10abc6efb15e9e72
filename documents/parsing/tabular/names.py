"""Names by which SQL can call columns and tables without quoting them."""

import re
from collections.abc import Iterable

MAX_CHARS = 48
# DuckDB's reserved words, and two of ours.
_RESERVED = frozenset(
    (
        *("all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "both"),
        *("case", "cast", "check", "collate", "column", "constraint", "create", "default"),
        *("deferrable", "desc", "describe", "distinct", "do", "else", "end", "except", "false"),
        *("fetch", "for", "foreign", "from", "group", "having", "in", "initially", "intersect"),
        *("into", "lambda", "lateral", "leading", "limit", "not", "null", "offset", "on", "only"),
        *("or", "order", "pivot", "pivot_longer", "pivot_wider", "placing", "primary", "qualify"),
        *("references", "returning", "select", "show", "some", "summarize", "symmetric", "table"),
        *("then", "to", "trailing", "true", "union", "unique", "unpivot", "using", "variadic"),
        *("when", "where", "window", "with", "row_number"),
    )
)
ROW = "row_number"


def make_name(text: str, fallback: str) -> str:
    """Return a text as a name of letters, digits and lines."""
    name = re.sub(r"\W+", "_", text[: 4 * MAX_CHARS].casefold()).strip("_")
    name = re.sub(r"__+", "_", name)[:MAX_CHARS].strip("_") or fallback
    if name[0].isdigit():
        name = f"n{name}"
    return f"{name}_" if name in _RESERVED else name


def name_columns(labels: Iterable[str]) -> list[str]:
    """Return a name for each heading; empty ones are counted, and those used before, too."""
    names: list[str] = []
    used: set[str] = set()
    for n, label in enumerate(labels, 1):
        name = base = make_name(label, f"column_{n}")
        again = 2
        while name in used:
            name = f"{base}_{again}"
            again += 1
        used.add(name)
        names.append(name)
    return names
