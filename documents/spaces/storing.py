"""Write chunks and vectors by binary COPY, a thirtieth of what the same costs row by row.

Also what a chunk is to search: the words that it is found by, the text that is embedded, and
the digest by which the next version of a document recognises it.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from django.db import connection
from pgvector.psycopg import register_vector
from psycopg import Connection

from aiapp.ids import uuid7
from aiapp.text.columns import put_above
from documents.models import Chunk, EmbeddingSpace, Version
from documents.models.vectors import build_half_vector
from documents.text import headings
from documents.text.chunking import Piece
from documents.text.lexemes import RECIPE, vector_sql
from documents.text.words import words

# Weights tell where a word stands, and the search decides what that is worth.
_WORDS = f"""
    setweight({vector_sql("%(title)s::text[]")}, 'A')
    || setweight({vector_sql("{heading}")}, 'B')
    || {vector_sql("{text}")}
"""
# The stems come from PostgreSQL itself, so the pieces pass through a table of the transaction.
_INCOMING = """
    CREATE TEMPORARY TABLE incoming_chunks (
        id uuid, ordinal int4, page int4, start int4, "end" int4, text text, heading text,
        columns text, digest text, text_words text[], heading_words text[]
    ) ON COMMIT DROP
"""
_COPY_CHUNKS = (
    'COPY incoming_chunks (id, ordinal, page, start, "end", text, heading, columns, digest,'
    " text_words, heading_words) FROM STDIN BINARY"
)
_INCOMING_TYPES = ["uuid", *["int4"] * 4, *["text"] * 4, *["text[]"] * 2]
_INSERT_CHUNKS = f"""
    INSERT INTO documents_chunk
           (id, version_id, ordinal, page, start, "end", text, heading, columns, digest, words)
    SELECT id, %(version)s, ordinal, page, start, "end", text, heading, columns, digest,
           {_WORDS.format(heading="heading_words", text="text_words")}
      FROM incoming_chunks
"""  # noqa: S608 - put together from constants
_REDERIVE = f"""
    UPDATE documents_chunk
       SET words = {_WORDS.format(heading="%(heading)s::text[]", text="%(text)s::text[]")}
     WHERE id = %(chunk)s
"""  # noqa: S608 - put together from constants
_COPY_VECTORS = "COPY documents_chunkvector (chunk_id, space_id, embedding) FROM STDIN BINARY"


def compose_embedding_text(title: str, heading: str, text: str) -> str:
    """Return the text to embed for a chunk: its document's title and headings come first.

    A chunk seldom names what it is about, which its title and headings do.
    """
    return "\n".join(part for part in (title, heading, text) if part)


def digest(heading: str, text: str) -> str:
    """Return the digest that a chunk of the next version shares if it takes this one's place."""
    return sha256(f"{heading}\x00{text}".encode()).hexdigest()


def store_chunks(version: Version, title: str, pieces: Iterable[Piece]) -> int:
    """Write chunks and return how many. To be called in a transaction."""
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(_INCOMING)
        with _translate_errors(), cursor.copy(_COPY_CHUNKS) as copy:
            copy.set_types(_INCOMING_TYPES)
            for piece in pieces:
                copy.write_row(_build_row(version, piece))
                count += 1
        cursor.execute(_INSERT_CHUNKS, {"version": version.pk, "title": _title_words(title)})
        cursor.execute("DROP TABLE incoming_chunks")
    Version.objects.filter(pk=version.pk).update(words_recipe=RECIPE)
    return count


def rederive(chunk: Chunk) -> None:
    """Make the words of a chunk anew, after its text was changed."""
    values: dict[str, Any] = {
        "chunk": chunk.pk,
        "title": _title_words(chunk.version.document.title),
        "heading": words(chunk.heading),
        "text": words(put_above(chunk.columns, chunk.text)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_REDERIVE, values)


def store_vectors(
    space: EmbeddingSpace, chunk_ids: Sequence[UUID], vectors: Sequence[Sequence[float]]
) -> None:
    connection.ensure_connection()
    # A cursor knows the types that its connection knew when the cursor was made.
    _know_vectors(connection.connection)
    with connection.cursor() as cursor, _translate_errors(), cursor.copy(_COPY_VECTORS) as copy:
        copy.set_types(["uuid", "int8", "halfvec"])
        for chunk_id, vector in zip(chunk_ids, vectors, strict=True):
            copy.write_row((chunk_id, space.pk, build_half_vector(vector)))


def _translate_errors() -> AbstractContextManager[None]:
    """Return what makes the library's errors Django's, as Django does for all but a COPY."""
    return cast(AbstractContextManager[None], connection.wrap_database_errors)


def _build_row(version: Version, piece: Piece) -> tuple[object, ...]:
    text = put_above(piece.columns, piece.text)
    return (
        uuid7(),
        piece.ordinal,
        piece.page if version.paged else None,
        piece.start,
        piece.end,
        piece.text,
        piece.heading,
        piece.columns,
        digest(piece.heading, text),
        words(text),
        words(piece.heading),
    )


def _title_words(title: str) -> list[str]:
    return words(headings.build_heading(title))


def _know_vectors(raw: Connection) -> None:
    """Tell the connection how vectors are written, which takes a few queries, once."""
    if raw.adapters.types.get("halfvec") is None:
        register_vector(raw)
