"""Rows that are deleted with all that refers to them, while others may be adding to that.

Django collects what refers to a row, deletes that, and then the row. What somebody adds in between
it does not know, and PostgreSQL, which compares at the commit, refuses the whole. Here it compares
while the deletion can still be tried again, which then finds what was added.
"""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Model, QuerySet

# Each try loses only to somebody who has just finished adding something.
MAX_TRIES = 20
_REFERENCE_VIOLATED = "23503"
_DEADLOCK = "40P01"


def delete_rows(rows: Model | QuerySet[Any]) -> None:
    """Delete a row, or the rows of a query, with what refers to them.

    In a transaction of the caller's it is a part of that.
    """
    found = rows if isinstance(rows, QuerySet) else type(rows)._base_manager.filter(pk=rows.pk)
    delete_together(lambda: _delete(found))


def delete_together(delete: Callable[[], object]) -> None:
    """Call a function that deletes rows, and again while somebody adds to what it deletes."""
    for tries_left in reversed(range(MAX_TRIES)):
        try:
            with transaction.atomic():
                delete()
                connection.check_constraints()
            return
        except (IntegrityError, OperationalError) as error:
            # Who has locked what we wait for may wait for what we have locked.
            if not tries_left or not (is_reference_violated(error) or _is_deadlock(error)):
                raise


def is_reference_violated(error: BaseException) -> bool:
    """Tell if something refers to what does not exist any more."""
    return isinstance(error, IntegrityError) and _read_state(error) == _REFERENCE_VIOLATED


def _delete(rows: QuerySet[Any]) -> None:
    ids = list(rows.order_by().values_list("pk", flat=True))
    everything = rows.model._base_manager
    # While they are locked, nobody can add what refers to them directly: who tries waits, and is
    # refused when they are gone.
    list(everything.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk"))
    # Looked for again: what was to be deleted may have changed until it was locked.
    everything.filter(pk__in=rows.filter(pk__in=ids).order_by().values("pk")).delete()


def _is_deadlock(error: BaseException) -> bool:
    return _read_state(error) == _DEADLOCK


def _read_state(error: BaseException) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
