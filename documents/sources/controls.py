"""The wishes of a person about a source: to run now, to pause, to go on."""

from functools import partial

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import User
from aiapp.errors import Conflict
from documents import access
from documents.models import Source
from documents.sources.errors import MovedInside
from documents.sources.syncing.claim import SYNC

State = Source.State


def take_over(source: Source, user: User) -> None:
    """Have who changes or resumes a source answer for it from now on, where nobody does any more.

    Its new documents are added in their name.
    """
    if not access.may_fill(source):
        Source.objects.filter(pk=source.pk).update(owner=user)


def run_now(source: Source, *, is_full: bool = False, may_be_empty: bool = False) -> None:
    """Have a source synced at once. Raises Conflict while it is.

    A full sync compares contents, whatever tags and dates say, and begins at the beginning.
    """
    changes = {"state": State.IDLE, "due": Now(), "failures": 0}
    if is_full or may_be_empty:
        changes |= {"is_full": is_full, "may_be_empty": may_be_empty, "phase": Source.Phase.NONE}
    # Its worker may be dead; then another takes it when the lease has run out.
    free = ~Q(state=State.RUNNING) | Q(due__lt=Now())
    if not Source.objects.filter(free, pk=source.pk).update(**changes):
        raise Conflict("The source is being synced already.", code="being_synced")
    transaction.on_commit(partial(SYNC.enqueue, source.pk))


def pause(source: Source) -> None:
    """Stop a sync, and have none begin until `resume`. What was done stays."""
    Source.objects.filter(pk=source.pk).update(state=State.PAUSED)


def resume(source: Source) -> None:
    """Go on where a source was paused, or stopped by a fault."""
    stopped = Source.objects.filter(pk=source.pk, state__in=[State.PAUSED, State.STOPPED])
    # Who resumes it has read where its server is now.
    stopped.filter(error_code=MovedInside.code).update(is_inside=None)
    if stopped.update(state=State.IDLE, due=Now(), failures=0):
        transaction.on_commit(partial(SYNC.enqueue, source.pk))


def reschedule(source: Source, **changes: object) -> None:
    """Have a source synced soon by its new settings, unless it is paused or being synced."""
    resting = Source.objects.filter(pk=source.pk).exclude(state__in=[State.PAUSED, State.RUNNING])
    changed = resting.update(state=State.IDLE, due=Now(), failures=0, **changes)
    if changed:
        transaction.on_commit(partial(SYNC.enqueue, source.pk))
        return
    # Whoever is at it finds its claim gone, and begins again with what is set now.
    running = Source.objects.filter(pk=source.pk, state=State.RUNNING)
    running.update(state=State.IDLE, due=Now(), attempt=F("attempt") + 1, **changes)
    if changes:
        Source.objects.filter(pk=source.pk, state=State.PAUSED).update(**changes)
