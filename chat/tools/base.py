"""The interface of a tool: its definition, its caller and its outcome."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from pydantic import BaseModel

from accounts.models import User
from documents.search import Filters, Passage


class Kind(StrEnum):
    """The effect of a call on the world, which decides who has to agree to it."""

    # Reads what its user may read, or nothing: no word leaves, nothing changes.
    READ = "read"
    # Changes something: always confirmed by the user.
    WRITE = "write"
    # Sends the model's words to another server, be it only to read there: confirmed once the turn
    # holds more than its user's question (`chat.turns.tools.taint`).
    OUTWARD = "outward"


@dataclass(frozen=True, slots=True)
class Caller:
    """The user for whom a tool works, and what the question was limited to."""

    user: User
    collections: Sequence[UUID] | None = None
    documents: Sequence[UUID] | None = None
    filters: Filters = field(default_factory=Filters)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of a tool. `text` is for the model.

    `saved_text` is what is kept with the answer, where that is not the same: passages may be taken
    away from their reader later. `passages` can be cited by the numbers that they are given. One
    that `failed` is for the model to mend.
    """

    text: str
    saved_text: str | None = None
    passages: Sequence[Passage] = field(default_factory=tuple)
    failed: bool = False


Run = Callable[[Caller, Any], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool. `arguments` describes and validates them; `seconds` is how long a call may take."""

    name: str
    title: str | Promise
    # For the model: what it is good for, and when to use it.
    description: str
    arguments: type[BaseModel]
    run: Run
    kind: Kind = Kind.READ
    seconds: float = 20.0
    # Whether this site has what it needs.
    is_there: Callable[[], bool] = lambda: True
    # Whether it answers with passages, which are not kept with the answer.
    finds_passages: bool = False
    # Of one that sends words out: whether it asks at all. An operator may have decided otherwise.
    asks: Callable[[], bool] = lambda: True
    # Whether an answer that goes on after its user's word makes the call again, since what it read
    # outside is kept with nothing but the citations.
    is_repeated: bool = False
    # Whether it is of use only where the documents hold tables.
    of_tables: bool = False
    # The arguments' JSON schema, where another server wrote it; `arguments` lets all pass then.
    schema: dict[str, Any] | None = None
    # The MCP server that describes it and carries it out; empty for our own.
    server: str = ""
