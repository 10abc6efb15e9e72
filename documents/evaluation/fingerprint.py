"""A digest of all that search could find for a question set, so that any change shows."""

import hashlib

from django.db import connection

from documents.models import QuestionSet
from documents.spaces.spaces import get_searched_space

# What search reads of the collection, and what the answers should be. Chunks are written once
# with their version, so only those count that a curator changed.
_STATE = """
    SELECT 'document', d.id::text, concat_ws('|', d.current_id, d.title, v.words_recipe)
      FROM documents_document d JOIN documents_version v ON v.id = d.current_id
     WHERE d.collection_id = %(collection)s
    UNION ALL
    SELECT 'chunk', c.id::text, concat_ws('|', md5(c.text), c.disabled, c.unembedded)
      FROM documents_document d JOIN documents_chunk c ON c.version_id = d.current_id
     WHERE d.collection_id = %(collection)s
       AND (c.original IS NOT NULL OR c.disabled OR c.unembedded)
    UNION ALL
    SELECT 'question', q.id::text, md5(q.text)
      FROM documents_question q WHERE q.question_set_id = %(set)s
    UNION ALL
    SELECT 'expected', e.id::text,
           concat_ws('|', e.question_id, e.document_id, coalesce(e.page, 0), md5(e.quote))
      FROM documents_expectedpassage e JOIN documents_question q ON q.id = e.question_id
     WHERE q.question_set_id = %(set)s
     ORDER BY 1, 2
"""


def fingerprint(question_set: QuestionSet) -> str:
    space = get_searched_space()
    digest = hashlib.sha256(f"space {space.pk if space else 0}".encode())
    with connection.cursor() as cursor:
        cursor.execute(_STATE, {"collection": question_set.collection_id, "set": question_set.pk})
        for row in cursor:
            digest.update("\x00".join(row).encode())
            digest.update(b"\n")
    return digest.hexdigest()
