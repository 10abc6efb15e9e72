"""The bodies of the API of sources."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, SecretStr, StrictBool, StrictInt, StringConstraints

from aiapp.api.schemas import Strict
from documents.api.schemas import FailureOut, Name
from documents.sources.credentials import MAX_CHARS
from documents.sources.filters import MAX_PATTERN_CHARS, MAX_PATTERNS

MAX_OPTIONS = 20
_LINE = r"^[^\x00-\x1f\x7f]*$"
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=_LINE)]
Username = Annotated[str, StringConstraints(max_length=300, pattern=_LINE)]
# Never told again, neither in answers nor in errors.
Credential = Annotated[SecretStr, Field(min_length=1, max_length=MAX_CHARS)]
Value = StrictBool | StrictInt | Annotated[str, StringConstraints(max_length=1000)]
Options = Annotated[dict[str, Value], Field(max_length=MAX_OPTIONS)]
Pattern = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=MAX_PATTERN_CHARS, pattern=_LINE
    ),
]
State = Literal["idle", "running", "paused", "stopped"]
FileState = Literal["pending", "current", "skipped", "failed", "removed", "ignored"]
Minutes = Literal[0, 15, 60, 360, 1440, 10080]
Patterns = Annotated[list[Pattern], Field(max_length=MAX_PATTERNS)]
# 0 goes by what an upload may have.
Megabytes = Annotated[int, Field(ge=0, le=1_000_000)]
Days = Annotated[int, Field(ge=0, le=3650)]


class SourceIn(Strict):
    """A new source, without what its kind has no use for: `GET /api/sources/kinds` says that."""

    collection: UUID
    kind: str = Field(max_length=20)
    name: Name = Field(max_length=100)
    address: Address = ""
    username: Username = ""
    credential: Credential | None = None
    options: Options = Field(default_factory=dict)
    include: Patterns = Field(default_factory=list)
    exclude: Patterns = Field(default_factory=list)
    max_megabytes: Megabytes = 0
    every_minutes: Minutes = 1440
    check_days: Days = 7


class SourcePatch(Strict):
    """Fields left out, or null, stay as they are, as do options that are not named.

    A stored credential goes to the server that it was entered for: another address wants it again.
    """

    name: Name | None = Field(None, max_length=100)
    address: Address | None = None
    username: Username | None = None
    credential: Credential | None = None
    options: Options | None = None
    include: Patterns | None = None
    exclude: Patterns | None = None
    max_megabytes: Megabytes | None = None
    every_minutes: Minutes | None = None
    check_days: Days | None = None


class SyncIn(Strict):
    """`full` compares every file, whatever its date or tag says. `empty` says that it is true that
    nothing is there any more, and takes all out of search.
    """

    full: bool = False
    empty: bool = False


class OptionOut(Schema):
    name: str
    label: str
    hint: str
    type: Literal["text", "number", "flag"]
    default: Value
    required: bool


class KindOut(Schema):
    """A kind of source. A label is empty where it has no such field."""

    name: str
    title: str
    hint: str
    address_label: str
    address_hint: str
    address_required: bool
    username_label: str
    credential_label: str
    options: list[OptionOut]


class SourceOut(Schema):
    """A source as it was set up, and how far it is.

    `counts` are of the sync under way, else of the last; `files` counts all by their state.
    `checked` is when every file was compared last. `due` is the next sync; null while it is paused,
    needs attention, or is synced only when asked to.
    """

    id: UUID
    collection: UUID
    kind: str
    name: str
    address: str
    username: str
    has_credential: bool
    options: dict[str, Value]
    include: list[str]
    exclude: list[str]
    max_megabytes: int
    every_minutes: int
    check_days: int
    state: State
    phase: Literal["", "listing", "fetching", "removing"]
    counts: dict[str, int]
    files: dict[str, int]
    failures: int
    error: FailureOut | None
    due: datetime | None
    started: datetime | None
    finished: datetime | None
    checked: datetime | None
    created: datetime


class SourcePage(Schema):
    items: list[SourceOut]
    next: str | None


class FileOut(Schema):
    """A file of a source. `document` is told to who can open it."""

    id: int
    path: str
    link: str
    state: FileState
    failure: FailureOut | None
    size: int | None
    modified: datetime | None
    changed: datetime
    document: UUID | None


class FilePage(Schema):
    items: list[FileOut]
    next: str | None


class SyncOut(Schema):
    """A sync that ended, or a try at it that failed: the tries at one have the same `number`."""

    id: int
    number: int
    outcome: Literal["done", "failed"]
    full: bool
    counts: dict[str, int]
    failure: FailureOut | None
    started: datetime | None
    finished: datetime


class SyncPage(Schema):
    items: list[SyncOut]
    next: str | None
