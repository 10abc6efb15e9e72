"""Put a data set into a collection, through the app's own ingest."""

import time
from collections.abc import Iterator
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accounts.models import User
from aiapp.files import store
from documents.evaluation.dataset import Dataset, Passage
from documents.files import media_types
from documents.ingest.pipeline import ingest
from documents.library import uploads
from documents.models import Collection, Document, Page, Version

UNFINISHED = (Version.State.QUEUED, Version.State.PROCESSING)
PAUSE_SECONDS = 0.2


def fill(dataset: Dataset, collection: Collection) -> Iterator[str]:
    """Read, cut and embed all documents that are not there yet; yields each one's name."""
    there = set(collection.documents.values_list("title", flat=True).iterator())
    for file in dataset.files:
        if file.name not in there:
            upload = SimpleUploadedFile(file.name, file.read_bytes())
            _ingest(uploads.accept(collection.owner, upload, collection))
            yield file.name
    if dataset.files:
        return
    known = set(
        Version.objects.filter(document__collection=collection).values_list("filename", flat=True)
    )
    for name, passages in dataset.documents.items():
        if name[:300] not in known:
            _ingest(_create_document(collection, name, passages))
            yield name


def names(collection: Collection) -> dict[str, Document]:
    """The documents by their names in the data set."""
    documents = collection.documents.select_related("current")
    return {document.current.filename: document for document in documents if document.current}


def _create_document(collection: Collection, name: str, passages: list[Passage]) -> Document:
    """A document whose text is known, so that ingest begins with cutting it."""
    body = "".join(passage.text for passage in passages).encode()
    with transaction.atomic():
        document = Document.objects.create(
            collection=collection,
            added_by=collection.owner,
            title=(passages[0].title or name)[:300],
        )
        version = Version.objects.create(
            document=document,
            file=store.save("documents", ContentFile(body)),
            filename=name[:300],
            media_type=media_types.TEXT,
            size=len(body),
            sha256=uuid4().hex * 2,
            stage=Version.Stage.CHUNKING,
            pages=len(passages),
            paged=True,
        )
        start = 0
        for passage in sorted(passages, key=lambda each: each.page):
            Page.objects.create(
                version=version, number=passage.page, start=start, text=passage.text
            )
            start += len(passage.text)
    return document


def _ingest(document: Document) -> None:
    """Have a document read to its end, by this process or by a worker that was quicker."""
    version = document.versions.order_by("-number").first()
    while version is not None and version.state in UNFINISHED:
        ingest(version.pk)
        version.refresh_from_db(fields=["state"])
        if version.state in UNFINISHED:
            time.sleep(PAUSE_SECONDS)


def evaluator() -> User:
    """Return the documents' owner: an account that nobody can sign in to."""
    user, made = User.objects.get_or_create(
        username="evaluation", defaults={"email": "evaluation@localhost.invalid"}
    )
    if made:
        user.set_unusable_password()
        user.save()
    return user
