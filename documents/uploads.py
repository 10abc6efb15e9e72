"""Take files in, try failed ones again, and delete documents with their files."""

import hashlib
import logging
from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from accounts.models import User
from aiapp.errors import Conflict, InvalidInput, TooLarge
from documents import filenames, media_types, tasks
from documents.access import default_collection, get_document
from documents.attempts import next_round
from documents.errors import PARSING, ParserCrashed, TimedOut
from documents.formats import BY_SUFFIX
from documents.models import Chunk, ChunkVector, Collection, Document, Page, Version

logger = logging.getLogger(__name__)

# For the `accept` attribute of a file field.
ACCEPTED = ",".join(BY_SUFFIX)

_NOT_FAILED = (Version.State.QUEUED, Version.State.PROCESSING, Version.State.READY)
_PARSING_FAILURES = {*PARSING, ParserCrashed.code, TimedOut.code}


def accept(
    user: User, file: "UploadedFile[Any]", collection: Collection | None = None, filename: str = ""
) -> Document:
    """Keep an uploaded file and have it read.

    The same file again in the same collection is the document that is there already, unless
    reading that one failed. Raises InvalidInput, TooLarge or UnsupportedType.
    """
    size = _checked_size(file)
    name = filenames.clean(filename or file.name or "")
    known = media_types.known(name, file)
    version = Version(
        filename=name,
        media_type=known.media_type,
        paged=bool(known.pages),
        page_kind=known.pages or Version.PageKind.PAGE,
        size=size,
        sha256=_sha256(file),
    )
    if collection is None:
        collection = default_collection(user)
    with transaction.atomic():
        # Two uploads of one file at the same time: the second waits, and finds the first.
        _lock(f"upload {collection.pk} {version.sha256}")
        document = _same_file(collection, version.sha256)
        if document is None:
            document = _stored(user, collection, version, file)
    return document


def retry(user: User, document: Document) -> Document:
    """Read a failed document again, from where it failed."""
    document = get_document(user, document.pk)
    with transaction.atomic():
        version = document.versions.select_for_update().order_by("-number").first()
        if version is None or version.state != Version.State.FAILED:
            raise Conflict("Only a document that failed can be tried again.", code="not_failed")
        if version.failure_code in _PARSING_FAILURES:
            # The same pages from the same parser would fail the same way.
            _forget_text([version.pk])
            version.stage = Version.Stage.WAITING
        version.state = Version.State.QUEUED
        version.failure_code = version.failure_message = ""
        version.attempt = next_round(version.attempt)
        version.claimed_until = version.finished = None
        version.save()
        _queue_on_commit(version)
    return document


def delete(user: User, document: Document) -> None:
    """Delete a document with all its versions; their files go once that is certain."""
    document = get_document(user, document.pk)
    with transaction.atomic():
        # A worker holds this lock while it writes, and after us it finds no row to write to.
        versions = list(document.versions.select_for_update())
        _forget_text([version.pk for version in versions])
        document.delete()
        for version in versions:
            transaction.on_commit(partial(default_storage.delete, str(version.file.name)))


def _checked_size(file: "UploadedFile[Any]") -> int:
    if not file.size:
        raise InvalidInput("The file is empty.", code="empty_file")
    if file.size > settings.DOCUMENT_MAX_BYTES:
        megabytes = settings.DOCUMENT_MAX_BYTES // (1024 * 1024)
        raise TooLarge(
            f"The file is larger than {megabytes} MB.", max_bytes=settings.DOCUMENT_MAX_BYTES
        )
    return file.size


def _sha256(file: "UploadedFile[Any]") -> str:
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    return digest.hexdigest()


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _same_file(collection: Collection, sha256: str) -> Document | None:
    found = Document.objects.filter(
        collection=collection, versions__sha256=sha256, versions__state__in=_NOT_FAILED
    )
    return found.order_by("pk").first()


def _stored(
    user: User, collection: Collection, version: Version, file: "UploadedFile[Any]"
) -> Document:
    file.seek(0)
    # Nothing of the name that a stranger chose reaches the file system.
    version.file.name = default_storage.save(f"documents/{uuid4()}", file)
    try:
        with transaction.atomic():
            document = Document.objects.create(
                collection=collection, added_by=user, title=version.filename
            )
            version.document = document
            version.save()
    except BaseException:
        default_storage.delete(version.file.name)
        raise
    _queue_on_commit(version)
    return document


def _forget_text(version_ids: Iterable[UUID]) -> None:
    """Without loading rows, of which a long document has a hundred thousand."""
    ids = list(version_ids)
    ChunkVector.objects.filter(chunk__version__in=ids).delete()
    Chunk.objects.filter(version__in=ids).delete()
    Page.objects.filter(version__in=ids).delete()


def _queue_on_commit(version: Version) -> None:
    transaction.on_commit(partial(_queue, version.pk))


def _queue(version_id: UUID) -> None:
    try:
        tasks.ingest.apply_async((str(version_id),), retry=False)
    except OperationalError:
        # The document is safe in the database, and the sweep queues it once Redis is back.
        logger.warning("ingest_not_queued", extra={"version": str(version_id)})
