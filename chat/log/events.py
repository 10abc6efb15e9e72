"""The events of a turn: a closed set, each with one JSON object.

An entry of the log is `<attempt>-<seq>`, which orders events of all attempts and is what a
reader sends back as Last-Event-ID.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Self

import orjson

from aiapp.errors import InvalidInput


class Kind(StrEnum):
    STARTED = "started"
    STATUS = "status"
    PASSAGES = "passages"
    DELTA = "delta"
    REASONING = "reasoning"
    TOOL_CALL = "tool_call"
    TOOL_RESULT = "tool_result"
    CONFIRM = "confirm"
    CITATION = "citation"
    RESTARTED = "restarted"
    ERROR = "error"
    DONE = "done"


class Position(NamedTuple):
    """A place in a turn's log. `(0, 0)` is before everything."""

    attempt: int
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises InvalidInput for anything that this application never gave out."""
        if text in {"", "0"}:
            return cls(0, 0)
        if not re.fullmatch(r"[0-9]{1,9}-[0-9]{1,12}", text):
            raise InvalidInput("This is not the id of an event.", code="invalid_event_id")
        attempt, seq = text.split("-")
        return cls(int(attempt), int(seq))

    def __str__(self) -> str:
        return f"{self.attempt}-{self.seq}"


BEGINNING = Position(0, 0)


@dataclass(frozen=True, slots=True)
class Event:
    """An event that has no place in the log yet."""

    kind: Kind
    data: Any = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as it stands in the log: its position, and its data as JSON."""

    position: Position
    kind: str
    json: bytes

    @property
    def data(self) -> Any:
        """An object; for `passages`, a list of them."""
        return orjson.loads(self.json)

    @property
    def is_last(self) -> bool:
        return self.kind == Kind.DONE
