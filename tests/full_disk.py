"""A database that has no room for more rows of a table."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_FULL = """
CREATE FUNCTION refuse_for_want_of_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE SQLSTATE '53100'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON {}
EXECUTE FUNCTION refuse_for_want_of_room();
"""


@contextmanager
def full_disk(table: str) -> Iterator[None]:
    """Have PostgreSQL refuse what is inserted, with the error that a full disk has."""
    with connection.cursor() as cursor:
        cursor.execute(_FULL.format(table))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION refuse_for_want_of_room CASCADE")
