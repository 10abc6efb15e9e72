"""The release that last migrated the database, so that an earlier one does not open its data.

A later release says from which one on its data can be used; that is how a rolling upgrade and
the way back from it are possible.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import connection

import aiapp

CREATE = """
CREATE TABLE IF NOT EXISTS aiapp_release (
    version text PRIMARY KEY, bears_from text NOT NULL, migrated_at timestamptz DEFAULT now()
)
"""
RECORD = """
INSERT INTO aiapp_release (version, bears_from) VALUES (%s, %s)
ON CONFLICT (version) DO UPDATE SET bears_from = excluded.bears_from
"""


class NewerData(ImproperlyConfigured):
    """The data was changed by a later release, in a way that this one cannot bear."""


def parse(version: str) -> tuple[int, ...]:
    """Return a version such as 1.2.0 in a form that can be compared."""
    return tuple(int(part) for part in version.split("."))


def check_age() -> None:
    """Raise NewerData where this release must not open the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('aiapp_release')")
        if cursor.fetchone() == (None,):
            return
        cursor.execute("SELECT version, bears_from FROM aiapp_release")
        rows = cursor.fetchall()
    version, bears_from = max(rows, key=lambda row: parse(row[0]), default=("0", "0"))
    if parse(aiapp.__version__) < min(parse(version), parse(bears_from)):
        raise NewerData(
            f"This is aiapp {aiapp.__version__}, and the data was written by {version}, which only"
            f" releases from {bears_from} on can read. Install {version}, or restore a backup that"
            f" {aiapp.__version__} made."
        )


def refuse_newer(**_: Any) -> None:
    """Before `manage.py migrate`."""
    try:
        check_age()
    except NewerData as error:
        raise CommandError(str(error)) from error


def record(**_: Any) -> None:
    """After `manage.py migrate`."""
    with connection.cursor() as cursor:
        cursor.execute(CREATE)
        cursor.execute(RECORD, [aiapp.__version__, aiapp.DATA_BEARS_FROM])
