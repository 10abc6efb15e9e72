"""The syncs of a source that have ended, the last of them kept: when, how, and why not."""

from documents.models import Source, SourceSync

# A source that has been away for months has one every six hours.
MAX_KEPT = 200


def record_sync(source: Source, outcome: SourceSync.Outcome, code: str, reason: str) -> None:
    """Note a sync in the transaction that ends it, and forget the oldest."""
    SourceSync.objects.create(
        source=source,
        number=source.generation,
        outcome=outcome,
        is_full=source.is_full,
        counts=source.counts,
        code=code[:40],
        reason=reason[:500],
        started=source.started,
    )
    older = source.syncs.order_by("-pk").values_list("pk", flat=True)[MAX_KEPT : MAX_KEPT + 1]
    if last := list(older):
        source.syncs.filter(pk__lte=last[0]).delete()
