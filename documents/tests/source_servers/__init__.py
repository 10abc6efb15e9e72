"""Servers of the places that sources are in, which tests write to as people would."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Place:
    """A place that a source can be made for, and how somebody changes what is there."""

    kind: str
    # Of the row; `credential` among them.
    fields: dict[str, Any]
    write: Callable[[str, str], None]
    remove: Callable[[str], None]
    # From one name to another; None where things have no names that change.
    move: Callable[[str, str], None] | None
    # Have the credential no longer be good, and good again.
    refuse: Callable[[bool], None] | None = None
    # What a file is called when it comes from there.
    name: Callable[[str], str] = field(default=lambda path: path)
    is_remote: bool = True
    # Of a vendor's API: what it answers first, and what it holds.
    vendor: Any = None
    server: Any = None
    # A thing there never changes: another content is another thing.
    is_immutable: bool = False
    # What leaves it is not gone.
    is_window: bool = False


PLACES: dict[str, Callable[[Path], AbstractContextManager[Place]]] = {}


def place(kind: str) -> Any:
    """Register what makes a place of a kind."""

    def register(make: Callable[[Path], Iterator[Place]]) -> Callable[[Path], Any]:
        PLACES[kind] = contextmanager(make)
        return make

    return register
