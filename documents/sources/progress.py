"""The progress of sources, and what became of each file, for pages and programs alike."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from documents import access
from documents.models import Source, SourceItem

# What a sync counts.
COUNTS = ("seen", "added", "changed", "moved", "removed", "returned", "skipped", "failed")
PROBLEMS = (SourceItem.State.FAILED, SourceItem.State.SKIPPED)


def count_files(sources: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Return how many files of each source are in which state."""
    found = SourceItem.objects.filter(source__in=sources).order_by()
    counted: dict[UUID, dict[str, int]] = {source: {} for source in sources}
    for source, state, count in found.values_list("source", "state").annotate(Count("pk")):
        counted[source][state] = count
    return counted


def list_files(source: Source, user: User) -> QuerySet[SourceItem]:
    """Return the files of a source, without those whose document is hidden from the user.

    What never became a document is named to whoever sees the source.
    """
    seen = access.documents_seen_by_staff(user).order_by().values("pk")
    shown = Q(document=None) | Q(document__in=seen)
    return source.items.filter(shown)
