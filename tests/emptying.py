"""The end of a test that commits: rows go from the tables that have any.

Django truncates every table and writes all permissions anew, which takes 0.4 s a test with our
schema. A look at each table and a DELETE from the few that were written takes a hundredth of it.
"""

from functools import cache
from typing import Any

from django.apps import apps
from django.db import ProgrammingError, connections, transaction
from django.db.backends.postgresql.creation import DatabaseCreation
from django.test import TransactionTestCase
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from tests.processes import site

# As a migration leaves them; nothing in a test changes them.
STEADY = {"django_migrations", "django_content_type", "auth_permission"}


@cache
def _tables() -> list[str]:
    """Return the tables of all models, those between two models too."""
    found = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    return sorted(found - STEADY)


@cache
def _build_looks() -> sql.Composed:
    look = sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})")
    return sql.SQL(" UNION ALL ").join(
        look.format(table, sql.Identifier(table)) for table in _tables()
    )


def empty(database: str) -> None:
    """Delete all rows at once: constraints are looked at when the transaction ends."""
    connection = connections[database]
    with transaction.atomic(using=database), connection.cursor() as cursor:
        # The server plans this once a connection, which takes longer than all looks.
        written = connection.connection.execute(_build_looks(), prepare=True).fetchall()
        delete = sql.SQL("DELETE FROM {}")
        if written:
            cursor.execute(
                sql.SQL(";").join(delete.format(sql.Identifier(table)) for (table,) in written)
            )


def drop(creation: Any, name: str, verbosity: int) -> None:
    """Drop a test database with what is still connected to it.

    An application that a test keeps running to the end of the process has connections of its own.
    """
    site.until(lambda: _drop(creation, name), "an end of the worker's database")


def _drop(creation: Any, name: str) -> bool:
    try:
        with creation._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    except ProgrammingError as error:
        # PostgreSQL is cleaning up in it, and only its own account may interrupt that.
        if not isinstance(error.__cause__, InsufficientPrivilege):
            raise
        return False
    return True


def install() -> None:
    def teardown(test: Any) -> None:
        for database in test._databases_names(include_mirrors=False):
            empty(database)

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[method-assign]
    DatabaseCreation._destroy_test_db = drop  # type: ignore[method-assign]
