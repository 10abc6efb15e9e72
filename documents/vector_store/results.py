"""Passages as a vector store gives them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from documents.access import readable_documents
from documents.models import Document
from documents.search import Passage


@dataclass(frozen=True, slots=True)
class Found:
    """A text or passage. One that a program added has the id and metadata that it was given.

    A passage of an uploaded file has its chunk's id, and its metadata also tell where it stands.
    """

    id: str
    text: str
    metadata: dict[str, Any]


def convert_passages(user: User, passages: Sequence[Passage]) -> list[tuple[Passage, Found]]:
    ids = {passage.document_id for passage in passages}
    documents = readable_documents(user).filter(pk__in=ids).select_related("current").in_bulk()
    return [
        (passage, _convert(passage, documents[passage.document_id]))
        for passage in passages
        if passage.document_id in documents
    ]


def _convert(passage: Passage, document: Document) -> Found:
    if document.external_id and document.current and document.current.chunk_count == 1:
        return Found(document.external_id, passage.text, document.metadata)
    # What is said of a document comes before the names of columns.
    columns = {"columns": passage.columns} if passage.columns else {}
    place = {
        "document": str(passage.document_id),
        "title": passage.title,
        "heading": passage.heading,
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
    }
    metadata = columns | document.metadata | place
    return Found(str(passage.chunk_id), passage.text, metadata)
