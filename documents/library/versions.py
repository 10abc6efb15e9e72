"""A document's versions: another file, the same file read anew, an older one brought back.

The newest version that is ready is the current one, which search sees; while the next is read,
and when it fails, the one before stays. Whoever calls has got the document through
`documents.access.get_writable_document`, or is the admin.
"""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from aiapp.errors import Conflict, NotFound
from documents.access import check_document_still_writable
from documents.errors import PARSING, Cancelled, ParserCrashed, TimedOut
from documents.files import deletion
from documents.ingest import queue
from documents.ingest.attempts import next_round
from documents.library import quota, uploads
from documents.library.origins import refuse_if_kept
from documents.models import Document, Version
from documents.parsing.formats import FORMATS

_PARSING_FAILURES = {*PARSING, ParserCrashed.code, TimedOut.code}
_UNFINISHED = (Version.State.QUEUED, Version.State.PROCESSING)


def add(
    document: Document, file: "UploadedFile[Any]", filename: str = "", *, by: User | None = None
) -> Version:
    """Keep a file as the document's next version and have it read.

    The rights of whom it is `by` are looked at again once the file is stored, which may take long.

    The file that the newest version holds already, unless reading it failed, is that version.
    """
    refuse_if_kept(document)
    version = uploads.build_version(file, filename)
    with uploads.stored_file(version, file), transaction.atomic():
        if by is not None:
            check_document_still_writable(by, document.pk)
        quota.lock(document.collection.owner)
        newest = _lock_newest(document)
        if newest.sha256 == version.sha256 and newest.state != Version.State.FAILED:
            return newest
        uploads.attach(document, version)
    return version


def reingest(document: Document) -> Version:
    """Read the newest file anew, as its collection is tuned and parsers are today."""
    return _read_again(document, document.versions.order_by("-number").first())


def restore(document: Document, number: int) -> Version:
    """Bring the file of an older version back, as the document's next version."""
    refuse_if_kept(document)
    return _read_again(document, document.versions.filter(number=number).first())


def cancel(document: Document) -> Version:
    """Stop reading the newest version. What was read is kept, for another try."""
    with transaction.atomic():
        newest = _lock_newest(document)
        if newest.state not in _UNFINISHED:
            raise Conflict("Only a document that is being read can be stopped.", code="not_running")
        # Its worker's next write finds the version to be no longer in process, and ends.
        newest.state = Version.State.FAILED
        newest.failure_code, newest.failure_message = Cancelled.code, Cancelled.message
        newest.claimed_until = None
        newest.finished = Now()
        newest.save()
    return newest


def retry(document: Document) -> Version:
    """Read a failed version again, from where it failed."""
    with transaction.atomic():
        newest = _lock_newest(document)
        if newest.state != Version.State.FAILED:
            raise Conflict("Only a document that failed can be tried again.", code="not_failed")
        if newest.failure_code in _PARSING_FAILURES:
            # The same pages from the same parser would fail the same way.
            deletion.forget_text([newest.pk])
            newest.stage = Version.Stage.WAITING
            newest.notes = None
        newest.state = Version.State.QUEUED
        newest.failure_code = newest.failure_message = ""
        newest.attempt = next_round(newest.attempt)
        newest.claimed_until = newest.finished = None
        newest.save()
        queue.enqueue_on_commit(newest.pk)
    return newest


def _read_again(document: Document, source: Version | None) -> Version:
    if source is None:
        raise NotFound("The document has no such version.")
    file_format = FORMATS.get(source.media_type)
    with transaction.atomic():
        if _lock_newest(document).state in _UNFINISHED:
            raise Conflict("The document is being read already.", code="being_read")
        version = Version(
            document=document,
            number=uploads.next_number(document),
            file=source.file.name,
            filename=source.filename,
            media_type=source.media_type,
            size=source.size,
            sha256=source.sha256,
            paged=bool(file_format and file_format.pages),
            page_kind=(file_format and file_format.pages) or Version.PageKind.PAGE,
        )
        version.save()
        queue.enqueue_on_commit(version.pk)
    return version


def _lock_newest(document: Document) -> Version:
    """The newest version, which nobody else changes until the transaction ends."""
    Document.objects.select_for_update().get(pk=document.pk)
    newest = document.versions.select_for_update().order_by("-number").first()
    if newest is None:
        raise NotFound
    return newest


def get_version(document: Document, number: int) -> Version:
    """Raises NotFound."""
    version = document.versions.filter(number=number).first()
    if version is None:
        raise NotFound("The document has no such version.")
    return version
