"""The door to stored files: to save, open, lend, list and delete them, wherever they lie.

A file has a random name in one of a few folders and is never changed. Nobody outside asks the
store itself, so whoever hands a file out has looked whether the person may read it.
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol, cast
from uuid import uuid4

from celery import current_app
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection
from kombu.exceptions import OperationalError

from aiapp.files import holding
from aiapp.files.errors import FilesUnavailable

DELETION = "accounts.delete_file"
# Before a deletion that was put off is tried.
RETRY_SECONDS = 60

logger = logging.getLogger(__name__)


class Store(Protocol):
    """The common part of `Folder` and `Bucket`; any function of it may raise FilesUnavailable."""

    def open(self, name: str, mode: str = "rb") -> "File[Any]": ...

    def open_at(self, name: str, first: int) -> "File[Any]": ...

    def lend_path(self, name: str) -> AbstractContextManager[str]: ...

    def save(self, name: str, content: "File[Any]") -> str: ...

    def exists(self, name: str) -> bool: ...

    def delete(self, name: str) -> None: ...

    def walk(self) -> Iterator[tuple[str, int]]: ...

    def check(self) -> None: ...


def store() -> Store:
    return cast(Store, default_storage)


def save(folder: str, content: "File[Any]", suffix: str = "") -> str:
    """Store a file under a random name and return that; either all of it is there or nothing.

    Nothing of a name that a stranger chose reaches the store.
    """
    content.seek(0)
    if settings.FILES_BUCKET and not connection.in_atomic_block:
        # A bucket may take its time, for which nobody else should lack a connection.
        connection.close()
    return store().save(f"{folder}/{uuid4()}{suffix}", content)


def open_file(name: str) -> "File[Any]":
    """Open a file to read it. Raises FileNotFoundError."""
    return store().open(name)


def lend_path(name: str) -> AbstractContextManager[str]:
    """Lend a path at which the file lies for the length of the block. Raises FileNotFoundError."""
    return store().lend_path(name)


def delete(name: str) -> None:
    """Delete a file, at once or, while the store is away or a backup copies it, later.

    To be called once no row names it any more: from then on it must go, whatever happens.
    """
    if not name:
        return
    try:
        delete_now(name)
    except FilesUnavailable:
        try:
            signature = current_app.signature(DELETION, (name,), countdown=RETRY_SECONDS)
            signature.apply_async(retry=False)
        except OperationalError:
            logger.exception("file_not_deleted", extra={"file": name})


def delete_now(name: str) -> None:
    """Delete a file. Raises FilesUnavailable, also while a backup wants it."""
    if settings.FILES_BUCKET and holding.is_held():
        raise FilesUnavailable("A backup is being written.")
    store().delete(name)
