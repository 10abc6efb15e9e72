"""The words of messages, as search compares them (`documents.text.words`).

Writers of messages call this. What an older release writes is found once `index_some` has come by;
what it had written before, by the words that it gave it.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from documents.text.lexemes import RECIPE, vector_sql
from documents.text.words import words

MAX_CHARS = 100_000
# A `tsvector` holds 2^20 bytes at most: of each word its letters and at least its place.
MAX_BYTES = 1_000_000
_BYTES_OF_A_PLACE = 12
AT_ONCE = 200

_INDEX = f"""
    UPDATE chat_messagewords m
       SET recipe = {RECIPE},
           words = {vector_sql("%(words)s::text[]")} || array_to_tsvector(ARRAY(
               SELECT 'owner:' || owner_id FROM chat_conversation WHERE id = m.conversation_id
           ))
     WHERE message_id = %(message)s
"""  # noqa: S608 - put together from constants
# For statements that write a message together with its words, instead of `index_words`: the row,
# from parameters, and what keeps the trigger from writing over it in the same transaction.
WORDS_ROW = f"""
    INSERT INTO chat_messagewords (message_id, conversation_id, recipe, words)
    SELECT %(words_message)s::uuid, %(words_conversation)s::uuid, {RECIPE},
           {vector_sql("%(words)s::text[]")}
           || array_to_tsvector(ARRAY['owner:' || %(words_owner)s::text])
"""
WRITTEN = "set_config('aiapp.words', 'written', true)"
_OUTDATED = """
    SELECT m.id, m.content FROM chat_messagewords w JOIN chat_message m ON m.id = w.message_id
     WHERE w.recipe < %s ORDER BY w.recipe LIMIT %s FOR UPDATE OF w SKIP LOCKED
"""


def index_words(messages: Iterable[tuple[UUID, str]]) -> None:
    """Give messages, as (id, content), the words that they are found by.

    To be called after they were written. Those that are not searched, as system messages, stay so.
    """
    _write((message, content) for message, content in messages if content)


def list_words(message: UUID, conversation: UUID, owner: UUID, content: str) -> dict[str, Any]:
    """Return the parameters of `WORDS_ROW`. Takes a while for a long text."""
    return {
        "words_message": message,
        "words_conversation": conversation,
        "words_owner": str(owner),
        "words": _cut_to_fit(words(content[:MAX_CHARS])),
    }


def index_some() -> bool:
    """Work on messages with words of an older recipe; return whether there may be more."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_OUTDATED, [RECIPE, AT_ONCE])
            found = cursor.fetchall()
        _write(found)
    return len(found) == AT_ONCE


def _write(messages: Iterable[tuple[UUID, str]]) -> None:
    rows: list[dict[str, Any]] = [
        {"message": message, "words": _cut_to_fit(words(content[:MAX_CHARS]))}
        for message, content in messages
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_INDEX, rows)


def _cut_to_fit(cut: list[str]) -> list[str]:
    """The words from the beginning on that one `tsvector` holds."""
    size = 0
    for n, word in enumerate(cut):
        size += len(word.encode()) + _BYTES_OF_A_PLACE
        if size > MAX_BYTES:
            return cut[:n]
    return cut
