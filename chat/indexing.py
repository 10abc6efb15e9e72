"""The words of messages, as search compares them (`documents.words`).

Writers of messages call this; what was written otherwise, or by an older release, is found by the
words that a trigger gave it until `index_some` comes by.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection, transaction

from documents.lexemes import RECIPE, vector_sql
from documents.words import words

# A `tsvector` holds a megabyte at most; so many characters cannot fill it.
MAX_CHARS = 100_000
AT_ONCE = 200

_INDEX = f"""
    UPDATE chat_messagewords m
       SET recipe = {RECIPE},
           words = {vector_sql("%(words)s::text[]")} || array_to_tsvector(ARRAY(
               SELECT 'owner:' || owner_id FROM chat_conversation WHERE id = m.conversation_id
           ))
     WHERE message_id = %(message)s
"""  # noqa: S608 - put together from constants
_OUTDATED = """
    SELECT m.id, m.content FROM chat_messagewords w JOIN chat_message m ON m.id = w.message_id
     WHERE w.recipe < %s ORDER BY w.recipe LIMIT %s FOR UPDATE OF w SKIP LOCKED
"""


def index_words(messages: Iterable[tuple[UUID, str]]) -> None:
    """Give messages, as (id, content), the words that they are found by.

    To be called after they were written. Those that are not searched, as system messages, stay so.
    """
    rows = [
        {"message": message, "words": words(content[:MAX_CHARS])}
        for message, content in messages
        if content
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_INDEX, rows)


def index_some() -> bool:
    """Work on messages with words of an older recipe; return whether there may be more."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_OUTDATED, [RECIPE, AT_ONCE])
            found = cursor.fetchall()
        index_words(found)
    return len(found) == AT_ONCE
