"""Take files in: look at them, recognise those that are there, keep them and have them read."""

import hashlib
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.models import User
from aiapp.errors import InvalidInput, TooLarge
from documents import filenames, media_types, queue, quota
from documents.access import default_collection, get_writable_collection
from documents.formats import BY_SUFFIX
from documents.models import Collection, Document, Version

# For the `accept` attribute of a file field.
ACCEPTED = ",".join(BY_SUFFIX)


def accept(
    user: User, file: "UploadedFile[Any]", collection: Collection | None = None, filename: str = ""
) -> Document:
    """Keep an uploaded file in one's own documents, or in a collection, and have it read.

    Raises InvalidInput, TooLarge, UnsupportedType, or NotAllowed where the user may only read.
    """
    if collection is None:
        collection = default_collection(user)
    else:
        collection = get_writable_collection(user, collection.pk)
    return keep(user, file, collection, filename)


def keep(
    user: User, file: "UploadedFile[Any]", collection: Collection, filename: str = ""
) -> Document:
    """The same for whoever may write everywhere, as the admin.

    In a collection, the same file again is the document that is there already, unless reading
    that one failed; another file of the same name is that document's next version.
    """
    version = received(file, filename)
    with transaction.atomic():
        # Two uploads of one name at the same time: the second waits, and finds the first.
        _lock(f"upload {collection.pk} {version.filename}")
        _lock(f"upload {collection.pk} {version.sha256}")
        document = _same_file(collection, version.sha256)
        if document is None:
            document = _namesake(collection, version.filename)
            document = store(document or _new(user, collection, version), version, file)
    return document


def received(file: "UploadedFile[Any]", filename: str = "") -> Version:
    """A version of an uploaded file, not yet kept. Raises InvalidInput or UnsupportedType."""
    size = _checked_size(file)
    name = filenames.clean(filename or file.name or "")
    known = media_types.known(name, file)
    return Version(
        filename=name,
        media_type=known.media_type,
        paged=bool(known.pages),
        page_kind=known.pages or Version.PageKind.PAGE,
        size=size,
        sha256=_sha256(file),
    )


def store(document: Document, version: Version, file: "UploadedFile[Any]") -> Document:
    """Keep a version's file, as the newest of its document. To be called in a transaction."""
    quota.check(document.collection.owner, version.size)
    file.seek(0)
    # Nothing of the name that a stranger chose reaches the file system.
    version.file.name = default_storage.save(f"documents/{uuid4()}", file)
    try:
        with transaction.atomic():
            if document._state.adding:
                document.save()
            version.document = document
            version.number = next_number(document)
            version.save()
    except BaseException:
        default_storage.delete(version.file.name)
        raise
    queue.on_commit(version.pk)
    return document


def next_number(document: Document) -> int:
    newest = document.versions.order_by("-number").values_list("number", flat=True).first()
    return (newest or 0) + 1


def _new(user: User, collection: Collection, version: Version) -> Document:
    return Document(collection=collection, added_by=user, title=version.filename)


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
    file.seek(0)
    for piece in file.chunks():
        digest.update(piece)
    return digest.hexdigest()


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _newest(collection: Collection) -> QuerySet[Version]:
    """The newest version of each document."""
    versions = Version.objects.filter(document__collection=collection)
    return versions.order_by("document_id", "-number").distinct("document_id")


def _same_file(collection: Collection, sha256: str) -> Document | None:
    found = Version.objects.filter(pk__in=_newest(collection).values("pk"), sha256=sha256)
    same = found.exclude(state=Version.State.FAILED).select_related("document")
    version = same.order_by("document_id").first()
    return version.document if version else None


def _namesake(collection: Collection, filename: str) -> Document | None:
    found = Version.objects.filter(pk__in=_newest(collection).values("pk"), filename=filename)
    version = found.select_related("document__collection__owner").order_by("document_id").first()
    return version.document if version else None
