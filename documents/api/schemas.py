"""The bodies of the documents API."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from aiapp.api.schemas import Strict
from aiapp.text.invisible import remove_invisible
from documents.library.sharing import MAX_SHARES
from documents.metadata.schema import FilterIn


def _require_visible(name: str) -> str:
    name = remove_invisible(name).strip()
    if not name:
        raise ValueError("there is nothing to be seen in it")
    return name


# One line, without characters that PostgreSQL cannot store; those that nobody can see are left out.
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"
    ),
    AfterValidator(_require_visible),
]
MAX_FILTERS = 200


class ShareIn(Strict):
    """A user or a group, by name; `role` counts for collections only."""

    user: str | None = Field(None, min_length=1, max_length=150)
    group: str | None = Field(None, min_length=1, max_length=150)
    role: Literal["reader", "editor"] = "reader"

    @model_validator(mode="after")
    def names_one(self) -> Self:
        if (self.user is None) == (self.group is None):
            raise ValueError("name a user or a group")
        return self


Shares = Annotated[list[ShareIn], Field(max_length=MAX_SHARES)]


class CollectionIn(Strict):
    name: Name
    everyone: bool | None = None
    shares: Shares | None = None
    tuning: dict[str, Any] | None = None

    @property
    def changes_readers(self) -> bool:
        return bool(self.everyone or self.shares)


class CollectionPatch(Strict):
    """Fields left out, or null, stay as they are."""

    name: Name | None = None
    everyone: bool | None = None
    shares: Shares | None = None
    tuning: dict[str, Any] | None = None
    # For oneself alone, which every reader may choose: see CollectionOut.
    searched: bool | None = None

    @property
    def changes_readers(self) -> bool:
        return self.everyone is not None or self.shares is not None


class ShareOut(Schema):
    user: str | None = None
    group: str | None = None
    role: str | None = None


class CollectionOut(Schema):
    """`shares` is told to the owner alone; `documents` counts those that the caller may read.

    `searched` says whether the caller's searches look into it when they name no collection.
    """

    id: UUID
    name: str
    created: datetime
    documents: int
    owner: str
    role: Literal["owner", "editor", "reader"]
    everyone: bool
    searched: bool
    shares: list[ShareOut] | None
    tuning: dict[str, Any]


class CollectionPage(Schema):
    items: list[CollectionOut]
    next: str | None


class FailureOut(Schema):
    code: str
    message: str


class NoteOut(Schema):
    """A thing left out, cut or guessed when a file was read; no `pages` means all of it."""

    code: str
    message: str
    values: dict[str, str | int]
    pages: list[int]


class DocumentOut(Schema):
    """`stage`, `progress`, `failure` and `notes` are those of the newest version's ingest."""

    id: UUID
    title: str
    collection: UUID
    filename: str
    media_type: str
    size: int
    status: Literal["queued", "processing", "ready", "failed"]
    stage: str
    progress: float
    done: int
    total: int
    pages: int
    chunks: int
    failure: FailureOut | None
    notes: list[NoteOut]
    version: int
    created: datetime
    finished: datetime | None
    restricted: bool = False
    metadata: dict[str, Any] = Field(default_factory=dict)
    # Told to who decides them, and null to all others and in streams.
    shares: list[ShareOut] | None = None
    writable: bool | None = None


class DocumentPatch(Strict):
    """Fields left out, or null, stay as they are. `collection` moves the document there.

    `metadata` replaces all that there are.
    """

    title: Name | None = None
    collection: UUID | None = None
    metadata: dict[str, Any] | None = None
    restricted: bool | None = None
    shares: Shares | None = None

    @property
    def changes_readers(self) -> bool:
        return self.restricted is not None or self.shares is not None


class DocumentFilters(Schema):
    """Of the list; `q` is looked for in the title. `filter` is one by metadata, as JSON."""

    collection: UUID | None = None
    status: Literal["queued", "processing", "ready", "failed"] | None = None
    q: str = Field("", max_length=200)
    media_type: str = Field("", max_length=100)
    added_after: AwareDatetime | None = None
    added_before: AwareDatetime | None = None
    filter: str = Field("", max_length=20_000)


class VersionOut(Schema):
    id: UUID
    number: int
    filename: str
    media_type: str
    size: int
    status: str
    pages: int
    chunks: int
    created: datetime
    is_current: bool


class DocumentPage(Schema):
    items: list[DocumentOut]
    next: str | None


class ChunkOut(Schema):
    id: UUID
    ordinal: int
    page: int | None
    start: int
    end: int
    content: str = Field(alias="text")


class ChunkPage(Schema):
    items: list[ChunkOut]
    next: str | None


class SearchIn(Strict):
    query: str
    k: int = Field(5, ge=1, le=50)
    collections: list[UUID] | None = Field(None, max_length=MAX_FILTERS)
    documents: list[UUID] | None = Field(None, max_length=MAX_FILTERS)
    mode: Literal["hybrid", "dense", "lexical"] = "hybrid"
    added_after: AwareDatetime | None = None
    added_before: AwareDatetime | None = None
    media_types: list[str] = Field(default_factory=list, max_length=20)
    # Documents by their metadata, as `documents.metadata.conditions` reads it.
    filter: FilterIn | None = None


class FoundIn(Schema):
    id: UUID
    title: str
    metadata: dict[str, Any] = Field(default_factory=dict)


class PassageOut(Schema):
    """`similarity` is the cosine with the query, and null for a passage found by its words only.

    `columns` are of the rows that `content` begins with: the line above, further up, that names
    their columns. Empty for all other passages.
    """

    content: str
    columns: str = ""
    similarity: float | None
    score: float
    document: FoundIn
    page: int | None
    start: int
    end: int
    chunk_id: UUID
