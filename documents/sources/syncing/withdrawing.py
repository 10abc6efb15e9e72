"""Withdrawal: what a source no longer has leaves search, and stays for what quotes it."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.db.models.functions import Now

from documents.models import Document, Source, SourceItem
from documents.sources.errors import NothingThere
from documents.sources.syncing.claim import Claim

AT_ONCE = 500
State = SourceItem.State


def withdraw(rows: Sequence[SourceItem]) -> None:
    """Take documents out of search. What never became a document is forgotten."""
    ids = [row.pk for row in rows]
    kept = SourceItem.objects.filter(pk__in=ids, document__isnull=False)
    documents = kept.order_by().values("document")
    Document.objects.filter(pk__in=documents, withdrawn=None).update(withdrawn=Now())
    kept.update(state=State.REMOVED, code="", reason="")
    SourceItem.objects.filter(pk__in=ids, document=None).exclude(state=State.IGNORED).delete()


def find_unseen(source: Source) -> QuerySet[SourceItem]:
    """Return what a listing that came to its end has not seen."""
    settled = [State.REMOVED, State.IGNORED]
    return source.items.filter(seen__lt=source.generation).exclude(state__in=settled)


def withdraw_some(source: Source, claim: Claim) -> int:
    """Withdraw a part of what was not seen; return how many that were, 0 at the end."""
    unseen = list(find_unseen(source).order_by("pk")[:AT_ONCE])
    if unseen:
        with claim.write():
            withdraw(unseen)
    return len(unseen)


def refuse_emptiness(source: Source) -> None:
    """Raises NothingThere if a listing without a single item would take everything away."""
    was_seen = source.items.filter(seen=source.generation).exists()
    if was_seen or source.may_be_empty or source.is_partial:
        return
    if find_unseen(source).filter(document__isnull=False).exists():
        raise NothingThere
