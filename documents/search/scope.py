"""The scope of a search: the current versions of documents that the user may read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet, Sum

from accounts.models import User
from aiapp.errors import NotFound
from documents.access import readable_collections, readable_documents, searched_documents
from documents.models import Document


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of documents by the time when they were added and by type."""

    added_after: datetime | None = None
    added_before: datetime | None = None
    media_types: Sequence[str] = ()

    def apply(self, documents: QuerySet[Document]) -> QuerySet[Document]:
        if self.added_after:
            documents = documents.filter(created__gte=self.added_after)
        if self.added_before:
            documents = documents.filter(created__lt=self.added_before)
        if self.media_types:
            documents = documents.filter(current__media_type__in=self.media_types)
        return documents


@dataclass(frozen=True)
class Scope:
    """Both rankings use it as a part of their SQL, so a foreign passage never takes a place."""

    user: User
    collections: Sequence[UUID] | None = None
    documents: Sequence[UUID] | None = None
    filters: Filters = field(default_factory=Filters)

    @property
    def is_empty(self) -> bool:
        return self.collections == [] or self.documents == [] or not self.user.is_active

    def check(self) -> None:
        """Raises NotFound for an id that the user may not read."""
        filters = (
            (readable_collections(self.user), self.collections),
            (readable_documents(self.user), self.documents),
        )
        for readable, wanted in filters:
            if wanted and readable.filter(pk__in=wanted).count() < len(set(wanted)):
                raise NotFound

    def readable(self) -> QuerySet[Document]:
        return self._readable.all()

    @cached_property
    def _readable(self) -> QuerySet[Document]:
        # Put together once: a search states it in five of its statements.
        named = self.collections is not None or self.documents is not None
        known = readable_documents(self.user) if named else searched_documents(self.user)
        found = known.filter(current__isnull=False)
        if self.collections is not None:
            found = found.filter(collection__in=self.collections)
        if self.documents is not None:
            found = found.filter(pk__in=self.documents)
        return self.filters.apply(found)

    @property
    def chunk_count(self) -> int:
        """From what ingest counted, so it costs a look at each document and none at chunks."""
        return self._totals[0]

    @property
    def tuned_collections(self) -> list[UUID]:
        """The collections of its documents that have settings of their own."""
        return self._totals[1]

    @cached_property
    def _totals(self) -> tuple[int, list[UUID]]:
        tuned = ArrayAgg("collection", distinct=True, filter=~Q(collection__tuning={}), default=[])
        totals = self.readable().order_by().aggregate(Sum("current__chunk_count"), tuned=tuned)
        return totals["current__chunk_count__sum"] or 0, totals["tuned"]

    def versions(self) -> QuerySet[Document, UUID | None]:
        return self.readable().order_by().values_list("current", flat=True)
