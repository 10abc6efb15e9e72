"""Saving of sources that were checked: what was there is gone on with as far as it still holds."""

from collections.abc import Collection
from functools import partial
from typing import Any

from django.db import transaction

from accounts.models import User
from documents.models import Source
from documents.sources import controls
from documents.sources.registry import get_kind
from documents.sources.syncing.claim import SYNC

# What a person sets. A worker may be writing the others.
SETTINGS = (
    *("name", "address", "username", "options", "sealed_credential"),
    *("every_minutes", "include", "exclude", "max_megabytes", "check_days"),
)
# Changes that an old listing or its tags say nothing about.
_OTHER_PLACE = {"address", "username"}
_OTHER_CHOICE = {"include", "exclude", "max_megabytes"}


def add(source: Source, owner: User) -> None:
    """Save a new source, which is synced at once. Its documents are added in the owner's name."""
    source.owner = owner
    source.save()
    transaction.on_commit(partial(SYNC.enqueue, source.pk))


def change(source: Source, changed: Collection[str]) -> None:
    """Save the settings of a source; `changed` names those that are others, options by theirs."""
    source.save(update_fields=SETTINGS)
    _begin_again(source, set(changed))
    transaction.on_commit(partial(SYNC.enqueue, source.pk))


def _begin_again(source: Source, changed: set[str]) -> None:
    """Have the next sync begin at the beginning where what was listed so far says little."""
    known = get_kind(source.kind).options
    options = {option.name for option in known}
    changes: dict[str, Any] = {}
    if changed & (_OTHER_PLACE | _OTHER_CHOICE | options):
        changes |= {"phase": Source.Phase.NONE, "position": None, "cursor": None}
    if changed & {"address", *(option.name for option in known if option.is_place)}:
        changes |= {"is_inside": None}
    if changed:
        controls.reschedule(source, **changes)
