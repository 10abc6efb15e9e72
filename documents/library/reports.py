"""Figures over many documents, for whoever looks after them: duplicates, failures, storage.

Each is a query or two that read what ingest counted, so they cost the same for a document of
three chunks and for one of a hundred thousand.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Any
from uuid import UUID

from django.db import connection

MAX_ROWS = 200

_NEWEST = (
    "SELECT DISTINCT ON (document_id) * FROM documents_version ORDER BY document_id, number DESC"
)
_DUPLICATES = """
    WITH twice AS (
        SELECT v.sha256, min(v.size) AS size
          FROM documents_document d JOIN documents_version v ON v.id = d.current_id
         GROUP BY v.sha256 HAVING count(*) > 1
         ORDER BY count(*) DESC, min(v.size) DESC LIMIT %(most)s
    )
    SELECT t.sha256, t.size, d.id, d.title, c.name, u.username, d.created
      FROM twice t
      JOIN documents_version v ON v.sha256 = t.sha256
      JOIN documents_document d ON d.current_id = v.id
      JOIN documents_collection c ON c.id = d.collection_id
      JOIN accounts_user u ON u.id = c.owner_id
     ORDER BY t.size DESC, t.sha256, d.created
"""
_FAILURES = f"""
    SELECT v.failure_code, count(*), min(v.failure_message), max(v.finished),
           (array_agg(d.title ORDER BY v.finished DESC NULLS LAST))[1:3]
      FROM ({_NEWEST}) v JOIN documents_document d ON d.id = v.document_id
     WHERE v.state = 'failed'
     GROUP BY v.failure_code ORDER BY count(*) DESC
"""  # noqa: S608 - put together from constants
# By what storage is listed: the column that names a row, and the one that leads to its documents.
STORED_BY = {
    "collection": ("concat(c.name, ' (', u.username, ')')", "c.id::text"),
    "owner": ("u.username", "u.id::text"),
    "type": ("v.media_type", "v.media_type"),
}
_STORAGE = """
    SELECT {name}, {key}, count(DISTINCT d.id), count(*), sum(v.size), sum(v.pages),
           sum(v.chunk_count), sum(v.tokens), coalesce(sum(vectors.count), 0)
      FROM documents_version v
      JOIN documents_document d ON d.id = v.document_id
      JOIN documents_collection c ON c.id = d.collection_id
      JOIN accounts_user u ON u.id = c.owner_id
      LEFT JOIN (
        SELECT k.version_id, count(*) FROM documents_chunkvector x
          JOIN documents_chunk k ON k.id = x.chunk_id GROUP BY k.version_id
      ) vectors ON vectors.version_id = v.id
     GROUP BY 1, 2 ORDER BY 5 DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Copy:
    id: UUID
    title: str
    collection: str
    owner: str
    created: Any


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A file that several documents show; `wasted_bytes` could be saved."""

    sha256: str
    size: int
    copies: list[Copy]

    @property
    def wasted_bytes(self) -> int:
        return self.size * (len(self.copies) - 1)


@dataclass(frozen=True, slots=True)
class Failure:
    code: str
    count: int
    message: str
    last: Any
    examples: list[str]


@dataclass(frozen=True, slots=True)
class Storage:
    """The storage that a collection, an owner or a type takes, with all versions."""

    name: str
    key: str
    documents: int
    versions: int
    bytes: int
    pages: int
    chunks: int
    tokens: int
    vectors: int


def duplicates() -> list[Duplicate]:
    """Files that are the current version of more than one document, the largest first."""
    found: dict[str, Duplicate] = {}
    for sha256, size, *copy in _fetch_rows(_DUPLICATES):
        found.setdefault(sha256, Duplicate(sha256, size, [])).copies.append(Copy(*copy))
    return list(found.values())


def failures() -> list[Failure]:
    """The reasons why newest versions failed, the most frequent first."""
    return [Failure(*row) for row in _fetch_rows(_FAILURES)]


def storage(by: str) -> list[Storage]:
    """By `collection`, `owner` or `type`, the largest first."""
    name, key = STORED_BY[by]
    return [
        Storage(str(label), str(found), *(int(number or 0) for number in numbers))
        for label, found, *numbers in _fetch_rows(_STORAGE.format(name=name, key=key))
    ]


def total(rows: Iterable[Storage]) -> Storage:
    """All rows together."""
    sums = [sum(column) for column in zip(*(_numbers(each) for each in rows), strict=True)]
    return Storage("All", "", *(sums or [0] * 7))


def _numbers(row: Storage) -> tuple[int, ...]:
    return astuple(row)[2:]


def _fetch_rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"most": MAX_ROWS})
        return list(cursor.fetchall())
