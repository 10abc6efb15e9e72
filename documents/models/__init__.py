"""Collections, documents and their versions, pages, chunks and vectors.

    Collection ─< Document ─< Version ─< Page
         │            └current──┘   ├──< Table
         │                          └───< Chunk ─< ChunkVector >─ EmbeddingSpace
         └─< QuestionSet ─< Question ─< ExpectedPassage
                  └──────< Evaluation

    Collection ─< Source ─< SourceItem ── Document
                    └─────< SourceSync

A document shows its *current* version. Ingest fills the next version beside it - pages, then
chunks and vectors batch by batch - and publishes it by moving the pointer: search sees all of a
version or nothing, a killed worker continues where it stopped, and old citations still open
the version that they quote.
"""

from documents.models.library import (
    Collection,
    CollectionShare,
    Document,
    DocumentShare,
    SearchChoice,
)
from documents.models.questions import Evaluation, ExpectedPassage, Question, QuestionSet
from documents.models.sources import Source, SourceItem, SourceSync
from documents.models.tables import Table
from documents.models.transcriptions import Transcription
from documents.models.vectors import ChunkVector, EmbeddingSpace
from documents.models.versions import Chunk, Page, Version

__all__ = [
    "Chunk",
    "ChunkVector",
    "Collection",
    "CollectionShare",
    "Document",
    "DocumentShare",
    "EmbeddingSpace",
    "Evaluation",
    "ExpectedPassage",
    "Page",
    "Question",
    "QuestionSet",
    "SearchChoice",
    "Source",
    "SourceItem",
    "SourceSync",
    "Table",
    "Transcription",
    "Version",
]
