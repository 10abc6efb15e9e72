"""The documents in the admin: what was uploaded, how far it is, and what search sees of it."""

from documents.admin.chunks import ChunkAdmin
from documents.admin.collections import CollectionAdmin
from documents.admin.documents import DocumentAdmin, VersionAdmin
from documents.admin.evaluations import EvaluationAdmin
from documents.admin.questions import QuestionAdmin, QuestionSetAdmin
from documents.admin.sources import SourceAdmin
from documents.admin.spaces import EmbeddingSpaceAdmin

__all__ = [
    "ChunkAdmin",
    "CollectionAdmin",
    "DocumentAdmin",
    "EmbeddingSpaceAdmin",
    "EvaluationAdmin",
    "QuestionAdmin",
    "QuestionSetAdmin",
    "SourceAdmin",
    "VersionAdmin",
]
