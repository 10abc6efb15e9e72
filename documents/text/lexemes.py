"""Words (`documents.text.words`) as PostgreSQL keeps and compares them: stems, without stop words.

Only the dictionary of English is asked, for one word at a time. It knows no locale, and the words
come to it in small letters, so the lexemes of a text are the same in every database.
"""

from collections.abc import Iterable

from django.db import connection

from aiapp.sql.pool import Query
from documents.text.words import words

# Raised when words are cut or stemmed otherwise. What was indexed by another recipe is found by
# its old words until it has its new ones (`documents.ingest.reindexing`, `chat.models.indexing`).
RECIPE = 5

_DICTIONARY = "english_stem"


# The lexemes of one word, an array; what holds a digit has no endings.
_STEMS_OF_WORD = (
    "CASE WHEN translate(word, '0123456789', '') <> word THEN ARRAY[word]"
    f" ELSE ts_lexize('{_DICTIONARY}', word) END"
)
_STEMS = f"SELECT word, {_STEMS_OF_WORD} FROM unnest(%s::text[]) word"  # noqa: S608 - constants
# The same for `aiapp.sql.pool`.
STEMS = Query(_STEMS.replace("%s", "%(words)s"))
_VECTOR = f"""(
    SELECT coalesce(string_agg(quote_literal(stem) || ':' || at, ' '), '')::tsvector
      FROM unnest(:words) WITH ORDINALITY AS cut (word, at), unnest({_STEMS_OF_WORD}) AS stem
)"""  # noqa: S608 - put together from constants


def vector_sql(array: str) -> str:
    """SQL of the `tsvector` of an array of words, each at its place. `array` is SQL as well."""
    return _VECTOR.replace(":words", array)


_LEXEMES = f"SELECT tsvector_to_array({vector_sql('%s::text[]')})"


def lexemes(text: str) -> list[str]:
    """The words of a text as they are indexed, without those that say nothing alone."""
    with connection.cursor() as cursor:
        cursor.execute(_LEXEMES, [words(text)])
        found: list[str] = cursor.fetchone()[0]
    return found


def stems(cut: Iterable[str]) -> dict[str, list[str]]:
    """The lexemes of each word, one or none."""
    with connection.cursor() as cursor:
        cursor.execute(_STEMS, [list(cut)])
        return {word: list(found or ()) for word, found in cursor.fetchall()}
