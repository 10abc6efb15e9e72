"""Passages as LangChain's documents."""

from collections.abc import Sequence

from langchain_core.documents import Document as LangChainDocument

from accounts.models import User
from documents.access import readable_documents
from documents.models import Document
from documents.search import Passage


def convert_passages(
    user: User, passages: Sequence[Passage]
) -> list[tuple[Passage, LangChainDocument]]:
    """A text that a program added has the id and metadata that it was given.

    A passage of an uploaded file has its chunk's id, and tells where it stands.
    """
    ids = {passage.document_id for passage in passages}
    documents = readable_documents(user).filter(pk__in=ids).select_related("current").in_bulk()
    return [
        (passage, _convert(passage, documents[passage.document_id]))
        for passage in passages
        if passage.document_id in documents
    ]


def _convert(passage: Passage, document: Document) -> LangChainDocument:
    if document.external_id and document.current and document.current.chunk_count == 1:
        return LangChainDocument(
            id=document.external_id, page_content=passage.text, metadata=document.metadata
        )
    metadata = document.metadata | {
        "document": str(passage.document_id),
        "title": passage.title,
        "heading": passage.heading,
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
    }
    return LangChainDocument(id=str(passage.chunk_id), page_content=passage.text, metadata=metadata)
