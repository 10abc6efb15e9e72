"""Take documents away with all that belongs to them: chunks, vectors, pages, and the files."""

from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts.models import User
from aiapp.files import store
from aiapp.sql.deletion import delete_rows, delete_together
from documents.access import get_writable_document
from documents.models import Document, SourceItem, Version

_FORGET_CHUNKS = (
    "DELETE FROM documents_chunkvector WHERE chunk_id IN"
    " (SELECT id FROM documents_chunk WHERE version_id = ANY(%s))",
    "DELETE FROM documents_chunk WHERE version_id = ANY(%s)",
)
_FORGET_PAGES = "DELETE FROM documents_page WHERE version_id = ANY(%s)"


def delete(user: User, document: Document) -> None:
    """Raises NotFound, or NotAllowed for somebody who may only read it."""
    remove(get_writable_document(user, document.pk))


def remove(document: Document) -> None:
    """Delete a document with all its versions, whoever asks; for the admin and for owners."""

    def delete_all() -> None:
        # A worker holds this lock while it writes, and after us it finds no row to write to.
        versions = list(document.versions.select_for_update())
        # Its source is not to bring it again.
        SourceItem.objects.filter(document=document).update(state=SourceItem.State.IGNORED)
        forget_text(version.pk for version in versions)
        delete_rows(document)

    delete_together(delete_all)


def forget_text(version_ids: Iterable[UUID]) -> None:
    ids = list(version_ids)
    forget_chunks(ids)
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_PAGES, [ids])


def forget_chunks(version_ids: Iterable[UUID]) -> None:
    """In SQL, since Django would load each of a long document's hundred thousand chunks."""
    ids = list(version_ids)
    with connection.cursor() as cursor:
        for statement in _FORGET_CHUNKS:
            cursor.execute(statement, [ids])


def file_goes_with_its_last_version(
    sender: type[Version], instance: Version, **kwargs: Any
) -> None:
    """However a version is deleted - its document, collection or owner - so is its file.

    Versions that were read anew share a file with the one before.
    """
    transaction.on_commit(partial(delete_unnamed_file, str(instance.file.name)))


def delete_unnamed_file(name: str) -> None:
    """Delete a file unless a version has it, as several may."""
    if name and not Version.objects.filter(file=name).exists():
        store.delete(name)
