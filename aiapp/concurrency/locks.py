"""Locks by name in the database, for what is counted, or looked for, before it is written."""

from django.db import connection


def lock_until_commit(name: str) -> None:
    """Wait for every other transaction that took this name; to be called in a transaction.

    Whoever counts rows and then adds one takes it before they count: of requests that come at
    once each then sees the rows of those before it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
