"""The progress of a document, as the API and the pages tell it."""

from collections.abc import Sequence
from typing import Any

from documents.ingest.notes import describe_one
from documents.models import Document, Version

# Where each stage begins and how much of the whole it takes; embedding is nearly all of the time.
_STAGES: dict[str, tuple[float, float]] = {
    Version.Stage.WAITING: (0.0, 0.0),
    Version.Stage.PARSING: (0.0, 0.2),
    Version.Stage.CHUNKING: (0.2, 0.05),
    Version.Stage.EMBEDDING: (0.25, 0.7),
    Version.Stage.INDEXING: (0.95, 0.05),
    Version.Stage.DONE: (1.0, 0.0),
}


def status(document: Document) -> dict[str, Any]:
    (only,) = statuses([document])
    return only


def statuses(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """The status of each document that has a version, in one query."""
    newest = {
        version.document_id: version
        for version in Version.objects.filter(document__in=documents)
        .order_by("document_id", "-number")
        .distinct("document_id")
    }
    return [_build_status(item, newest[item.pk]) for item in documents if item.pk in newest]


def fraction(version: Version) -> float:
    """Return the share of the whole work that is done, from 0 to 1."""
    begin, share = _STAGES[version.stage]
    within = min(version.done / version.total, 1.0) if version.total else 0.0
    return round(begin + share * within, 3)


def _build_status(document: Document, version: Version) -> dict[str, Any]:
    failed = version.state == Version.State.FAILED
    return {
        "id": document.pk,
        "title": document.title,
        "restricted": document.restricted,
        "collection": document.collection_id,
        "filename": version.filename,
        "media_type": version.media_type,
        "size": version.size,
        "status": version.state,
        "stage": version.stage,
        "progress": fraction(version),
        "done": version.done,
        "total": version.total,
        "pages": version.pages,
        "chunks": version.chunk_count,
        "failure": {"code": version.failure_code, "message": version.failure_message}
        if failed
        else None,
        "notes": [{**each, "message": describe_one(each)} for each in version.notes or ()],
        "version": version.number,
        "created": document.created,
        "finished": version.finished,
    }
