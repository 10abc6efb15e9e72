"""A conversation as a file tells it, before it is ours."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

# NUL, and halves of characters, as are left where a text was cut.
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
MAX_MESSAGES = 20_000
MAX_CHARS = 5_000_000
MIN_PASSAGE_CHARS = 100
# No chat is older than this, and none is later than now, whatever a clock or a file says.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Seconds since 1970 stay below this until the year 5138; what is more counts parts of a second.
MAX_SECONDS = 100_000_000_000
_DIGITS = re.compile(r"\d{9,19}(?:\.\d{1,9})?")


class NotAChat(ValueError):
    """An error in a chat to import; its text says why, to whoever imports."""


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
class ParsedChat:
    # Where it comes from and its name there: what is known already is not imported again. One
    # that has no name there gets one that is made of its messages.
    source: str
    title: str
    lines: Sequence[Line]
    # The key of the message that the shown branch ends with; empty if the file does not tell.
    leaf: str = ""
    created: datetime | None = None
    # When it was last written in, where its messages do not tell.
    updated: datetime | None = None


def validate(chat: ParsedChat) -> ParsedChat:
    """Return it with a name and with keys that are unique.

    Raises NotAChat for what is too long or empty.
    """
    if not chat.lines:
        raise NotAChat("It contains no messages.")
    if len(chat.lines) > MAX_MESSAGES:
        raise NotAChat(f"It has more than {MAX_MESSAGES} messages.")
    if sum(len(line.content) for line in chat.lines) > MAX_CHARS:
        raise NotAChat("It is too long.")
    return replace(chat, source=_build_source(chat), lines=list(_make_keys_unique(chat.lines)))


def _build_source(chat: ParsedChat) -> str:
    kind, _, name = chat.source.partition(":")
    if name:
        return chat.source
    digest = sha256(chat.title.encode())
    for line in chat.lines:
        digest.update(f"\n{line.role}\n{line.content}".encode())
    return f"{kind}:{digest.hexdigest()}"


def _make_keys_unique(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines; of several with one key, what follows it follows the first."""
    keys: set[str] = set()
    for number, line in enumerate(lines):
        key = line.key
        while key in keys:
            key = f"{key} {number}"
        keys.add(key)
        yield line if key == line.key else replace(line, key=key)


def clean_text(value: Any) -> str:
    """Return a text without what PostgreSQL cannot store, "" for anything else."""
    return _NO_TEXT.sub("", value) if isinstance(value, str) else ""


def read_key(value: Any) -> str | None:
    """Return the name of a message, which some programs number, or None without one."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else clean_text(value) or None


def list_names(files: Any, *fields: str) -> list[str]:
    """Return the names of files beside a message in brackets, each once: "[report.pdf]"."""
    names = [
        next((name for field in fields if (name := clean_text(file.get(field)).strip())), "")
        for file in (files if isinstance(files, list) else ())
        if isinstance(file, dict)
    ]
    return [f"[{name}]" for name in dict.fromkeys(names) if name]


def join_parts(*parts: str) -> str:
    """Return texts as paragraphs of one, without those that are empty."""
    return "\n\n".join(part for part in parts if part)


def is_passage(change: str) -> bool:
    """Return whether what was changed of a text says something by itself, as no word does."""
    return "\n" in change.strip() or len(change) >= MIN_PASSAGE_CHARS


def format_document(title: str, content: str, language: str = "") -> str:
    """Return a text that was written beside a chat (a canvas, an artifact) as part of a message."""
    body = f"````{language}\n{content}\n````" if language else content
    return f"**{title}**\n\n{body}" if title else body


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


def parse_time(value: Any) -> datetime | None:
    """Return the time that a number since 1970 or an ISO 8601 text stands for.

    Numbers count seconds or thousandths, millionths or billionths of one, and may be written as
    text or in either form of MongoDB's. None for all else, and for a time before or after all
    chats.
    """
    if isinstance(value, dict):
        value = value.get("$date")
    if isinstance(value, dict):
        value = value.get("$numberLong")
    try:
        if isinstance(value, str):
            found = _parse_text_time(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found = _parse_number_time(value)
        else:
            return None
        is_possible = EARLIEST <= found <= datetime.now(UTC) + timedelta(days=1)
    except (ValueError, OverflowError, OSError):
        return None
    return found if is_possible else None


def _parse_text_time(value: str) -> datetime:
    value = value.strip()
    if _DIGITS.fullmatch(value):
        return _parse_number_time(float(value))
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _parse_number_time(value: float) -> datetime:
    for _ in range(3):
        if value > MAX_SECONDS:
            value /= 1000
    return datetime.fromtimestamp(value, UTC)
