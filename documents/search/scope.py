"""What a search may see: the current versions of documents that the user may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from documents.access import get_collection, get_document, readable_documents
from documents.models import Document


@dataclass(frozen=True, slots=True)
class Scope:
    """Both rankings use it as a part of their SQL, so a foreign passage never takes a place."""

    user: User
    collections: Sequence[UUID] | None = None
    documents: Sequence[UUID] | None = None

    @property
    def is_empty(self) -> bool:
        return self.collections == [] or self.documents == []

    def check(self) -> None:
        """Raises NotFound for an id that the user may not read."""
        for collection in self.collections or ():
            get_collection(self.user, collection)
        for document in self.documents or ():
            get_document(self.user, document)

    def readable(self) -> QuerySet[Document]:
        found = readable_documents(self.user).filter(current__isnull=False)
        if self.collections is not None:
            found = found.filter(collection__in=self.collections)
        if self.documents is not None:
            found = found.filter(pk__in=self.documents)
        return found

    def versions(self) -> QuerySet[Document, UUID | None]:
        return self.readable().values_list("current", flat=True)
