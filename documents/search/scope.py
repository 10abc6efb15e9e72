"""The scope of a search: the current versions of documents that the user may read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import BooleanField, CharField, F, Func, Q, QuerySet, Sum, UUIDField, Value

from accounts.models import User
from aiapp.errors import NotFound
from aiapp.sql.compiled import build_array, is_among
from documents.access import readable_collections, readable_documents, searched_documents
from documents.metadata import Condition
from documents.models import Collection, Document


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of documents by the time when they were added, by type and by metadata."""

    added_after: datetime | None = None
    added_before: datetime | None = None
    media_types: Sequence[str] = ()
    metadata: Condition | None = None

    def apply(self, documents: QuerySet[Document]) -> QuerySet[Document]:
        if self.added_after:
            documents = documents.filter(created__gte=self.added_after)
        if self.added_before:
            documents = documents.filter(created__lt=self.added_before)
        if self.media_types:
            types = build_array(list(self.media_types), CharField())
            documents = documents.filter(is_among("current__media_type", types))
        if self.metadata:
            documents = filter_by_metadata(documents, self.metadata)
        return documents


def filter_by_metadata(documents: QuerySet[Document], condition: Condition) -> QuerySet[Document]:
    """Documents whose metadata a condition holds for.

    By the index first, and then exactly: dates without a time zone are those of UTC.
    """
    indexed = Func(
        F("metadata"),
        Value(condition.indexed),
        template="(%(expressions)s::jsonpath)",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )
    exact = Func(
        F("metadata"),
        Value(condition.path),
        template="jsonb_path_match_tz(%(expressions)s::jsonpath, '{}', true)",
        output_field=BooleanField(),
    )
    return documents.filter(indexed, exact)


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
        for wanted, readable in (
            (self.collections, self.known_collections),
            (self.documents, self.known_documents),
        ):
            if wanted and readable().count() < len(set(wanted)):
                raise NotFound

    def known_collections(self) -> QuerySet[Collection]:
        """Those of the named collections that the user may read."""
        ids = build_array(list(self.collections or ()), UUIDField())
        return readable_collections(self.user).filter(is_among("pk", ids))

    def known_documents(self) -> QuerySet[Document]:
        """Those of the named documents that the user may read."""
        ids = build_array(list(self.documents or ()), UUIDField())
        return readable_documents(self.user).filter(is_among("pk", ids))

    def readable(self) -> QuerySet[Document]:
        return self._readable.all()

    @cached_property
    def _readable(self) -> QuerySet[Document]:
        # Put together once: a search states it in five of its statements.
        named = self.collections is not None or self.documents is not None
        known = readable_documents(self.user) if named else searched_documents(self.user)
        found = known.filter(current__isnull=False, withdrawn=None)
        if self.collections is not None:
            named_collections = build_array(list(self.collections), UUIDField())
            found = found.filter(is_among("collection", named_collections))
        if self.documents is not None:
            found = found.filter(is_among("pk", build_array(list(self.documents), UUIDField())))
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
