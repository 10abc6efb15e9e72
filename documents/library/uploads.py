"""Take files in: look at them, recognise those that are there, keep them and have them read.

A file is recognised only among the documents that its uploader may change: what is hidden from
them is neither named, nor replaced, nor told from what is not there.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from aiapp.concurrency.locks import lock_until_commit
from aiapp.errors import InvalidInput, TooLarge
from aiapp.files import store
from documents.access import (
    check_still_writable,
    default_collection,
    get_writable_collection,
    writable_documents,
)
from documents.files import deletion, filenames, media_types
from documents.ingest import queue
from documents.library import quota
from documents.metadata import check
from documents.models import Collection, Document, Version
from documents.parsing.formats import BY_SUFFIX

# For the `accept` attribute of a file field.
ACCEPTED = ",".join(BY_SUFFIX)


def accept(
    user: User,
    file: "UploadedFile[Any]",
    collection: Collection | None = None,
    filename: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> Document:
    """Keep an uploaded file in one's own documents, or in a collection, and have it read.

    Metadata that are given replace those of a document that is there already.

    Raises InvalidInput, TooLarge, UnsupportedType, or NotAllowed where the user may only read.
    """
    if collection is None:
        collection = default_collection(user)
    else:
        collection = get_writable_collection(user, collection.pk)
    among, check = writable_documents(user), partial(check_still_writable, user, collection.pk)
    return keep(user, file, collection, filename, metadata, among=among, check_again=check)


def keep(  # noqa: PLR0913 - as `accept`
    user: User,
    file: "UploadedFile[Any]",
    collection: Collection,
    filename: str = "",
    metadata: Mapping[str, Any] | None = None,
    *,
    among: QuerySet[Document],
    check_again: Callable[[], object] = lambda: None,
) -> Document:
    """Keep a file in a collection that the caller has checked, as the admin does.

    It is checked again once the file is stored, which may take long.

    The same file again is the document that is there already, unless reading that one failed;
    another file of the same name is that document's next version. Both hold for the documents
    `among` those that the user may change, and for no other.
    """
    values = None if metadata is None else check(metadata)
    version = build_version(file, filename)
    if document := _find_same_file(_find_newest_versions(among, collection), version.sha256):
        return _describe(document, values)
    with stored_file(version, file), transaction.atomic():
        # Two uploads of one name at the same time: the second waits, and finds the first.
        lock_until_commit(f"upload {collection.pk} {version.filename}")
        lock_until_commit(f"upload {collection.pk} {version.sha256}")
        check_again()
        known = _find_newest_versions(among, collection)
        document = _find_same_file(known, version.sha256)
        if document is None:
            document = _find_namesake(known, version.filename)
            document = attach(document or _build_document(user, collection, version), version)
        return _describe(document, values)


def build_version(file: "UploadedFile[Any]", filename: str = "") -> Version:
    """A version of an uploaded file, not yet kept. Raises InvalidInput or UnsupportedType."""
    size = _check_size(file)
    name = filenames.clean(filename or file.name or "")
    known = media_types.detect_format(name, file)
    return Version(
        filename=name,
        media_type=known.media_type,
        paged=bool(known.pages),
        page_kind=known.pages or Version.PageKind.PAGE,
        size=size,
        sha256=_compute_sha256(file),
    )


@contextmanager
def stored_file(version: Version, file: "UploadedFile[Any]") -> Iterator[None]:
    """Have a version's file in the store; what the block has not saved does not stay there.

    No transaction is open meanwhile: the store may be another machine's, and slow.
    """
    version.file.name = name = store.save("documents", file)
    try:
        yield
    except BaseException:
        # What failed may have come after the row was there for good.
        deletion.delete_unnamed_file(name)
        raise
    if version._state.adding:
        store.delete(name)


def attach(document: Document, version: Version) -> Document:
    """Save a version whose file is stored, as the newest of its document, and have it read.

    To be called in a transaction.
    """
    quota.check(document.collection.owner, version.size)
    if document._state.adding:
        document.save()
    else:
        # Versions are numbered one after the other, however they come.
        list(Document.objects.select_for_update(no_key=True).filter(pk=document.pk).values("pk"))
    version.document = document
    version.number = next_number(document)
    version.save()
    queue.enqueue_on_commit(version.pk)
    return document


def next_number(document: Document) -> int:
    newest = document.versions.order_by("-number").values_list("number", flat=True).first()
    return (newest or 0) + 1


def _build_document(user: User, collection: Collection, version: Version) -> Document:
    return Document(collection=collection, added_by=user, title=version.filename)


def _describe(document: Document, metadata: dict[str, Any] | None) -> Document:
    if metadata is not None and metadata != document.metadata:
        document.metadata = metadata
        document.save(update_fields=["metadata"])
    return document


def _check_size(file: "UploadedFile[Any]") -> int:
    if not file.size:
        raise InvalidInput("The file is empty.", code="empty_file")
    if file.size > settings.DOCUMENT_MAX_BYTES:
        megabytes = settings.DOCUMENT_MAX_BYTES // (1024 * 1024)
        raise TooLarge(
            f"The file is larger than {megabytes} MB.", max_bytes=settings.DOCUMENT_MAX_BYTES
        )
    return file.size


def _compute_sha256(file: "UploadedFile[Any]") -> str:
    digest = hashlib.sha256()
    file.seek(0)
    for piece in file.chunks():
        digest.update(piece)
    return digest.hexdigest()


def _find_newest_versions(among: QuerySet[Document], collection: Collection) -> QuerySet[Version]:
    """The newest version of each of the documents that are in a collection.

    Without those that a source looks after: an upload is never a version of one of them, nor the
    same as one that may be gone tomorrow.
    """
    documents = among.filter(collection=collection, source_item=None)
    versions = Version.objects.filter(document__in=documents.order_by().values("pk"))
    newest = versions.order_by("document_id", "-number").distinct("document_id")
    return Version.objects.filter(pk__in=newest.values("pk"))


def _find_same_file(versions: QuerySet[Version], sha256: str) -> Document | None:
    same = versions.filter(sha256=sha256).exclude(state=Version.State.FAILED)
    version = same.select_related("document").order_by("document_id").first()
    return version.document if version else None


def _find_namesake(versions: QuerySet[Version], filename: str) -> Document | None:
    found = versions.filter(filename=filename).select_related("document__collection__owner")
    version = found.order_by("document_id").first()
    return version.document if version else None
