"""Turns whose runner is gone: noticed by those who miss it, and called out for others to take over.

A runner that has no listener any more (`chat.log.presence`) is gone, and all its turns with it. One
that has is missed when the lease of a turn has lapsed: it hangs, or nobody could tell.
"""

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet

from aiapp.concurrency.commands import ask
from aiapp.db import in_db
from chat.conversations.tree import UNFINISHED
from chat.log import lease, presence
from chat.models import Attempt
from chat.turns.running import takeover, waiting

logger = logging.getLogger(__name__)

# Of all who miss a runner one has its turns run. Should that one die, another may after so long.
CLAIM_SECONDS = 10
MAX_SWEPT = 500


class Watch:
    """A look at one turn's runner now and then, by somebody who hears nothing of the turn."""

    def __init__(self, turn_id: UUID) -> None:
        self._turn_id = turn_id
        self._missed = ""

    @property
    def is_worried(self) -> bool:
        """Return whether the runner was missing, which the next look confirms."""
        return bool(self._missed)

    async def look(self, runner: str, *, has_lease: bool) -> None:
        """Have the turn run by others if its runner is gone, or its lease has lapsed.

        Raises RedisError, OSError, and what the database raises while it is away.
        """
        standing = await presence.look(runner)
        before, self._missed = self._missed, runner if standing.is_gone else ""
        if standing.is_gone and before == runner:
            await replace(runner)
        elif not has_lease:
            is_missed = standing.is_missed_after(settings.TURN_LEASE_SECONDS)
            await in_db(call_for_one, self._turn_id, is_missed=is_missed)


async def replace(runner: str) -> None:
    """Have the turns run of a runner that is gone. Of many who miss it, one does that."""
    claim = f"runner:{runner}:missed"
    [is_ours] = await ask(("SET", claim, 1, "EX", CLAIM_SECONDS, "NX"))
    if not is_ours:
        return
    try:
        await replace_process(runner)
        await presence.forget(runner)
    finally:
        await ask(("DEL", claim))


async def replace_process(name: str) -> None:
    """Have the turns run of all runners whose names begin so, without a wait for their leases."""
    if turn_ids := await in_db(takeover.note_death, name):
        logger.warning("turns_of_the_dead", extra={"runner": name, "count": len(turn_ids)})
        await lease.release_all(turn_ids, name)
        await asyncio.to_thread(waiting.call_for, turn_ids)


def call_for_one(turn_id: UUID, *, is_missed: bool) -> None:
    """Have a turn taken over that was given up, or whose lease has lapsed.

    One that is too young to have a lease is not missed yet.
    """
    turns = takeover.find_unattended() if is_missed else takeover.find_given_up()
    if turns.filter(id=turn_id).exists():
        waiting.call_for([turn_id])


def sweep() -> None:
    """Have all turns taken over that nobody runs. Raises RedisError, OSError."""
    if gone := _find_gone():
        asyncio.run(_replace_if_still_gone(gone))
    unattended = takeover.find_unattended().values_list("id", flat=True)[:MAX_SWEPT]
    if orphans := lease.find_orphans(list(unattended)):
        waiting.call_for(_find_missed(orphans))


def _find_gone() -> list[str]:
    running = _list_attempts().filter(turn__state__in=UNFINISHED, ended=None)
    runners = list(running.values_list("runner", flat=True).distinct()[:MAX_SWEPT])
    standings = presence.look_at_all(runners)
    return [name for name, each in zip(runners, standings, strict=True) if each.is_gone]


async def _replace_if_still_gone(runners: Sequence[str]) -> None:
    await asyncio.sleep(presence.CONFIRM_SECONDS)
    for runner in runners:
        if (await presence.look(runner)).is_gone:
            await replace(runner)


def _find_missed(turn_ids: Sequence[UUID]) -> list[UUID]:
    """Return those of some turns without leases whose leases were not merely lost with Redis."""
    attempts = list(_list_attempts().filter(turn__in=turn_ids))
    standings = presence.look_at_all([each.runner for each in attempts])
    return [
        attempt.turn_id
        for attempt, standing in zip(attempts, standings, strict=True)
        if attempt.outcome in takeover.GIVEN_UP
        or standing.is_missed_after(settings.TURN_LEASE_SECONDS)
    ]


def _list_attempts() -> QuerySet[Attempt]:
    return Attempt.objects.filter(number=F("turn__attempt"))
