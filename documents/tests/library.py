"""Documents that are ready to be searched, made without a worker."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import AsyncClient

from accounts.credentials import tokens
from accounts.models import User
from aiapp.llm.embedding.client import embed_batch
from documents.access import default_collection
from documents.ingest import table_finding
from documents.models import Chunk, ChunkVector, Collection, Document, Page, Version
from documents.parsing.tabular import reading
from documents.spaces.spaces import active_space

# Each line is a page.
HANDBOOK = (
    "Employees accrue two days of vacation per month and may carry over ten days.",
    "Laptops are replaced every three years; report a broken screen to the help desk.",
    "The cafeteria opens at eight and serves soup, bread and coffee until the afternoon.",
)
PHYSICS = (
    "Light travels through a vacuum at about three hundred thousand kilometres per second.",
    "Water boils at a lower temperature on a high mountain because the air is thinner.",
)


class TokenClient(AsyncClient):
    """Sends an access token with every request."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._sent = {"Authorization": f"Bearer {token}"}

    def generic(self, *args: Any, headers: Any = None, **kwargs: Any) -> Any:
        return super().generic(*args, headers=self._sent | (headers or {}), **kwargs)


@dataclass(frozen=True)
class Reader:
    """Somebody with an account and a client that is signed in by token."""

    user: User
    client: AsyncClient


def reader(name: str) -> Reader:
    user = User.objects.create_user(name, f"{name}@example.org", "a long password 1")
    return Reader(user, TokenClient(tokens.issue(user).access))


def ready_document(
    user: User,
    pages: Sequence[str] = HANDBOOK,
    *,
    title: str = "handbook.pdf",
    collection: Collection | None = None,
    embedded: bool = False,
) -> Document:
    """A document of one chunk a page, whose vectors come from the real model if `embedded`."""
    document = Document.objects.create(
        collection=collection or default_collection(user), added_by=user, title=title
    )
    version = add_version(document, pages, embedded=embedded)
    document.current = version
    document.save()
    return document


def table_document(user: User, name: str, data: bytes) -> Document:
    """A document of a CSV whose table has been found, in this process instead of one of its own."""
    document = ready_document(user, [data.decode()], title=name)
    version = document.current
    assert version is not None
    version.media_type, version.paged = "text/csv", False
    version.save()
    with NamedTemporaryFile("w", suffix=".json") as task:
        json.dump({"file": version.file.path, "kind": "csv"}, task)
        task.flush()
        _, *pages = reading.list_tables(task.name, 1)
    table_finding.store_tables(version, [each for page in pages for each in json.loads(page)])
    return document


def add_version(document: Document, pages: Sequence[str], *, embedded: bool = False) -> Version:
    body = "\n".join(pages).encode()
    version = Version.objects.create(
        document=document,
        number=document.versions.count() + 1,
        file=default_storage.save(f"documents/{uuid4()}", ContentFile(body)),
        filename=document.title,
        media_type="application/pdf",
        size=len(body),
        sha256=uuid4().hex * 2,
        state=Version.State.READY,
        stage=Version.Stage.DONE,
        pages=len(pages),
        chunk_count=len(pages),
        paged=True,
    )
    start = 0
    for number, text in enumerate(pages, 1):
        Page.objects.create(version=version, number=number, start=start, text=text)
        chunk = Chunk(version=version, ordinal=number - 1, page=number, text=text)
        chunk.start, chunk.end, chunk.words = start, start + len(text), ""
        chunk.save()
        start += len(text) + 1
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE documents_chunk SET words = to_tsvector('english', text) WHERE version_id = %s",
            [version.pk],
        )
    if embedded:
        space = active_space()
        chunks = list(version.chunks.all())
        for chunk, vector in zip(chunks, embed_batch([c.text for c in chunks]), strict=True):
            ChunkVector.objects.create(chunk=chunk, space=space, embedding=vector)
    return version
