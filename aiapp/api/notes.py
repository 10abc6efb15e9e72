"""Notes on operations: examples of bodies, and what types do not tell of answers.

A note stands on its operation as a decorator, and `aiapp.api.description` reads it there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

JSON = "application/json"
# Of each event of a stream.
EVENTS = {
    "text/event-stream": {
        "schema": {
            "type": "object",
            "required": ["data"],
            "properties": {
                "id": {"type": "string", "example": "1-3"},
                "event": {"type": "string", "example": "delta"},
                "data": {"type": "string", "example": '{"text": "You have "}'},
            },
        }
    }
}
# For examples of bodies.
ID = "0193b1cf-9e8d-7c6b-8a59-48372615f4e3"
MOMENT = "2026-11-23T09:30:00Z"

_ATTRIBUTE = "api_note"
Operation = TypeVar("Operation", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Note:
    """A note on an operation. `request` and `response` are examples of bodies; `content` is what
    a 200 holds instead of JSON; `errors` come besides those that follow from what the operation
    takes, and `empty` says when the answer is a 204, and `accepted` is the example of a 202 that
    is another body than `response`.
    """

    request: Any = None
    response: Any = None
    errors: tuple[int, ...] = ()
    content: Mapping[str, Any] = field(default_factory=dict)
    empty: str = ""
    accepted: Any = None

    def __call__(self, operation: Operation) -> Operation:
        setattr(operation, _ATTRIBUTE, self)
        return operation


def read_note(operation: Callable[..., Any]) -> Note:
    """Return the note that stands on an operation, an empty one if none does."""
    note: Note = getattr(operation, _ATTRIBUTE, Note())
    return note
