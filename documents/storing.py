"""Write chunks and vectors by binary COPY, a thirtieth of what the same costs row by row."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from psycopg import Connection

from aiapp.ids import uuid7
from documents.chunking import Piece
from documents.models import EmbeddingSpace, Version

# The words come from PostgreSQL itself, so the pieces pass through a table of the transaction.
_INCOMING = """
    CREATE TEMPORARY TABLE incoming_chunks (
        id uuid, ordinal int4, page int4, start int4, "end" int4, text text
    ) ON COMMIT DROP
"""
_COPY_CHUNKS = 'COPY incoming_chunks (id, ordinal, page, start, "end", text) FROM STDIN BINARY'
# The title's words are told apart by their weight, whose worth the search decides.
_INSERT_CHUNKS = """
    INSERT INTO documents_chunk (id, version_id, ordinal, page, start, "end", text, words)
    SELECT id, %s, ordinal, page, start, "end", text,
           setweight(to_tsvector('english', %s), 'A') || to_tsvector('english', text)
      FROM incoming_chunks
"""
_COPY_VECTORS = "COPY documents_chunkvector (chunk_id, space_id, embedding) FROM STDIN BINARY"


def store_chunks(version: Version, heading: str, pieces: Iterable[Piece]) -> int:
    """How many chunks were written. To be called in a transaction."""
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(_INCOMING)
        with cursor.copy(_COPY_CHUNKS) as copy:
            copy.set_types(["uuid", "int4", "int4", "int4", "int4", "text"])
            for piece in pieces:
                page = piece.page if version.paged else None
                copy.write_row((uuid7(), piece.ordinal, page, piece.start, piece.end, piece.text))
                count += 1
        cursor.execute(_INSERT_CHUNKS, [version.pk, heading])
        cursor.execute("DROP TABLE incoming_chunks")
    return count


def store_vectors(
    space: EmbeddingSpace, chunk_ids: Sequence[UUID], vectors: Sequence[Sequence[float]]
) -> None:
    connection.ensure_connection()
    # A cursor knows the types that its connection knew when the cursor was made.
    _know_vectors(connection.connection)
    with connection.cursor() as cursor, cursor.copy(_COPY_VECTORS) as copy:
        copy.set_types(["uuid", "int8", "halfvec"])
        for chunk_id, vector in zip(chunk_ids, vectors, strict=True):
            copy.write_row((chunk_id, space.pk, HalfVector(list(vector))))


def _know_vectors(raw: Connection) -> None:
    """Tell the connection how vectors are written, which takes a few queries, once."""
    if raw.adapters.types.get("halfvec") is None:
        register_vector(raw)
