"""Reuse for a new version from the one before: vectors of chunks that are the same.

A chunk with the same digest has the same headings and text, so the same vectors in every space;
and what a curator did to it - an edit, or out of search - holds for it still.
"""

from django.db import connection

from documents.models import Version

# Texts that occur more than once in a version are paired with any of their likes.
_PAIRS = """
    WITH pairs AS (
        SELECT DISTINCT ON (fresh.id) fresh.id AS fresh, known.id AS known
          FROM documents_chunk fresh
          JOIN documents_chunk known ON known.digest = fresh.digest
         WHERE fresh.version_id = %(fresh)s AND known.version_id = %(known)s
           AND fresh.digest <> ''
         ORDER BY fresh.id, abs(fresh.ordinal - known.ordinal)
    )
"""
_VECTORS = f"""
    {_PAIRS}
    INSERT INTO documents_chunkvector (chunk_id, space_id, embedding)
    SELECT pairs.fresh, vector.space_id, vector.embedding
      FROM pairs JOIN documents_chunkvector vector ON vector.chunk_id = pairs.known
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - put together from constants
_CURATION = f"""
    {_PAIRS}
    UPDATE documents_chunk fresh
       SET disabled = known.disabled, original = known.original, text = known.text,
           words = known.words, unembedded = known.unembedded
      FROM pairs JOIN documents_chunk known ON known.id = pairs.known
     WHERE fresh.id = pairs.fresh AND (known.disabled OR known.original IS NOT NULL)
"""  # noqa: S608 - put together from constants


def take_over(version: Version) -> int:
    """Copy what the current version's chunks have to the new ones; return how many vectors.

    To be called in the transaction that wrote the chunks.
    """
    values = {"fresh": version.pk, "known": version.document.current_id}
    if values["known"] is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_VECTORS, values)
        copied: int = cursor.rowcount
        cursor.execute(_CURATION, values)
    return copied
