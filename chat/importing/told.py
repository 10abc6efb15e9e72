"""A conversation as a file tells it, before it is ours."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# NUL, and halves of characters, as are left where a text was cut.
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
MOST_MESSAGES = 20_000
MOST_CHARS = 5_000_000


class NotAChat(ValueError):
    """What cannot be brought in; its text says why, to whoever imports."""


@dataclass(frozen=True, slots=True)
class Line:
    """A message. `key` and `parent` are the file's own names."""

    key: str
    parent: str | None
    role: str
    content: str
    created: datetime | None = None
    citations: Sequence[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Told:
    # Where it comes from and its name there: what is known already is not imported again.
    source: str
    title: str
    lines: Sequence[Line]
    # The key of the message that the shown branch ends with; empty if the file does not tell.
    leaf: str = ""
    created: datetime | None = None


def checked(told: Told) -> Told:
    """Raises NotAChat for what is too long or empty."""
    if not told.lines:
        raise NotAChat("It holds no messages.")
    if len(told.lines) > MOST_MESSAGES:
        raise NotAChat(f"It has more than {MOST_MESSAGES} messages.")
    if sum(len(line.content) for line in told.lines) > MOST_CHARS:
        raise NotAChat("It is too long.")
    return told


def text_of(value: Any) -> str:
    """Return a text without what PostgreSQL cannot store, "" for anything else."""
    return _NO_TEXT.sub("", value) if isinstance(value, str) else ""


class Tree:
    """Messages by what is above each, of which some are shown.

    What was found is remembered: a thousand messages may hang on a thousand that show nothing.
    """

    def __init__(self, parents: Mapping[str, str | None], shown: Container[str]) -> None:
        self._parents, self._shown = parents, shown
        self._nearest: dict[str, str | None] = {}

    def nearest(self, key: str | None) -> str | None:
        """Return the message itself, or the nearest above it, that is shown; None without one."""
        passed: dict[str, None] = {}
        found: str | None = None
        while key is not None and key in self._parents and key not in passed:
            if key in self._shown or key in self._nearest:
                found = key if key in self._shown else self._nearest[key]
                break
            passed[key] = None
            key = self._parents[key]
        self._nearest.update(dict.fromkeys(passed, found))
        return found

    def above(self, key: str) -> str | None:
        """Return the nearest message above one that is shown."""
        return self.nearest(self._parents[key])


def moment(value: Any) -> datetime | None:
    """Of seconds since 1970, or of an ISO 8601 text; None for what is neither."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None
