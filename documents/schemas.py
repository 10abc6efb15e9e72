"""The bodies of the documents API."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints

from aiapp.schemas import Strict

# One line, without characters that PostgreSQL cannot store or nobody can see.
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"
    ),
]
MOST_FILTERS = 200


class CollectionIn(Strict):
    name: Name


class CollectionOut(Schema):
    id: UUID
    name: str
    created: datetime
    documents: int


class CollectionPage(Schema):
    items: list[CollectionOut]
    next: str | None


class FailureOut(Schema):
    code: str
    message: str


class DocumentOut(Schema):
    """`stage`, `progress` and `failure` are those of the newest version's ingest."""

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
    version: int
    created: datetime
    finished: datetime | None


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
    collections: list[UUID] | None = Field(None, max_length=MOST_FILTERS)
    documents: list[UUID] | None = Field(None, max_length=MOST_FILTERS)
    mode: Literal["hybrid", "dense", "lexical"] = "hybrid"


class FoundIn(Schema):
    id: UUID
    title: str


class PassageOut(Schema):
    """`similarity` is the cosine with the query, and null for a passage found by its words only."""

    content: str
    similarity: float | None
    score: float
    document: FoundIn
    page: int | None
    start: int
    end: int
    chunk_id: UUID
