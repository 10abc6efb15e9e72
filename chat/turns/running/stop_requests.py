"""Requests to stop a turn, left in Redis for whichever process runs it."""

from collections.abc import Sequence
from uuid import UUID

from aiapp.concurrency.commands import ask

KEPT_SECONDS = 3600


async def leave(turn_id: UUID) -> None:
    """Leave a request. Harmless when the turn has ended."""
    await ask(("SET", _build_key(turn_id), 1, "EX", KEPT_SECONDS))


async def find(turn_ids: Sequence[UUID]) -> list[UUID]:
    """Return those of some turns that somebody asked to stop."""
    if not turn_ids:
        return []
    [requests] = await ask(("MGET", *map(_build_key, turn_ids)))
    return [each for each, request in zip(turn_ids, requests, strict=True) if request]


def _build_key(turn_id: UUID) -> str:
    return f"turn:{turn_id}:stop"
