"""The time for which a version may keep a worker while others wait for one."""

import time

from django.conf import settings
from django.db.models.functions import Now

from documents.models import Version


class SliceOver(Exception):
    """The version has had its share of the worker, and others wait."""


def make_room(since: float) -> None:
    """Raises SliceOver when the work has gone on for long and a version waits for a worker."""
    if time.monotonic() - since < settings.INGEST_SLICE_SECONDS:
        return
    waiting = Version.objects.filter(state=Version.State.QUEUED, failure_code="")
    if waiting.exclude(claimed_until__gt=Now()).exists():
        raise SliceOver
