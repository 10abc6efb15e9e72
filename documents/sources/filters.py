"""Patterns of paths that a source takes, or leaves out."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

MAX_PATTERNS = 200
MAX_PATTERN_CHARS = 300


def split_patterns(text: str) -> list[str]:
    """Return the patterns in a text that holds one a line."""
    lines = (line.strip().casefold() for line in text.splitlines())
    return [line for line in lines if line][:MAX_PATTERNS]


def is_wanted(path: str, include: Sequence[str], exclude: Sequence[str]) -> bool:
    """Tell whether a path is among those that are taken and not among those that are left out."""
    folded = path.casefold()
    if any(has_pattern(folded, pattern) for pattern in exclude):
        return False
    return not include or any(has_pattern(folded, pattern) for pattern in include)


def has_pattern(path: str, pattern: str) -> bool:
    """Tell whether a pattern fits a path.

    Without a slash it fits a folder or file of that name anywhere; with one the whole path, where
    `*` stays within a folder and `**` goes over any number of them. One that ends with a slash
    fits all that is below.
    """
    parts = path.strip("/").split("/")
    if "/" not in pattern.rstrip("/"):
        wanted = pattern.rstrip("/")
        candidates = parts[:-1] if pattern.endswith("/") else parts
        return any(fnmatchcase(part, wanted) for part in candidates)
    return _fits(parts, _split(pattern))


@lru_cache(maxsize=1024)
def _split(pattern: str) -> tuple[str, ...]:
    below = "**" if pattern.endswith("/") else ""
    return tuple(part for part in [*pattern.strip("/").split("/"), below] if part)


def _fits(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Go through both once for each part of the pattern, whatever stars it holds."""
    # Which beginnings of the path the pattern's parts so far can have used up.
    reached = {0}
    for part in wanted:
        if part == "**":
            reached = set(range(min(reached), len(parts) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(parts) and fnmatchcase(parts[at], part)}
    return len(parts) in reached
