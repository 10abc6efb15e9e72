"""Numbers of what the site does, for `GET /metrics`.

What turns and documents do is counted in Redis by whichever process does it, once when it is
done: so every web server can tell the whole, workers need no port of their own, and a token
costs nothing. Labels are names from closed sets; there are no ids of anybody or anything.

What a process has open at the moment it knows itself (`OPEN`).
"""

import asyncio
import logging
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf

import orjson
from redis.exceptions import RedisError

from aiapp.redis import async_redis, sync_redis

logger = logging.getLogger(__name__)

KEY = "figures"
# A figure is not worth waiting for.
WRITE_SECONDS = 0.5

# A field of the hash in Redis, `[name, label, …]` as JSON, and what to add to it.
Change = tuple[bytes, float]


@dataclass(frozen=True, slots=True)
class Count:
    """Something that only grows. `name` is the metric's, without `_total`."""

    name: str
    meaning: str
    labels: tuple[str, ...]

    def add(self, amount: float, *labels: str) -> Sequence[Change]:
        return [(_field(self.name, *labels), amount)] if amount else []


@dataclass(frozen=True, slots=True)
class Durations:
    """How long something took, in seconds, by the upper bounds of its buckets."""

    name: str
    meaning: str
    labels: tuple[str, ...]
    bounds: tuple[float, ...]

    def add(self, seconds: float, *labels: str) -> Sequence[Change]:
        bound = float((*self.bounds, inf)[bisect_left(self.bounds, seconds)])
        return [
            (_field(self.name, "le", str(bound), *labels), 1),
            (_field(self.name, "sum", "", *labels), seconds),
        ]


TURNS = Count("aiapp_turns", "Turns that ended, by how.", ("state",))
TOKENS = Count(
    "aiapp_tokens",
    "Tokens of finished attempts, read (in) and written (out).",
    ("model", "direction"),
)
ANSWERS = Count(
    "aiapp_response_cache", "Answers by what the cache did: hit, miss or afresh.", ("outcome",)
)
FIRST_TEXT = Durations(
    "aiapp_turn_first_text_seconds",
    "From the accepted question to the first words of the first attempt.",
    (),
    (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
TURN_SECONDS = Durations(
    "aiapp_turn_seconds",
    "From the accepted question to the end of the turn.",
    ("state",),
    (0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
INGESTS = Count("aiapp_ingests", "Documents that a worker was done with, by how.", ("outcome",))
STAGE_SECONDS = Durations(
    "aiapp_ingest_stage_seconds",
    "What a stage of a document took a worker at a time.",
    ("stage",),
    (0.05, 0.25, 1, 5, 15, 60, 300, 1800),
)
ALL: tuple[Count | Durations, ...] = (
    *(TURNS, TOKENS, ANSWERS, FIRST_TEXT, TURN_SECONDS),
    *(INGESTS, STAGE_SECONDS),
)

# How many streams and sockets this process serves, by kind.
OPEN: Counter[str] = Counter()


@contextmanager
def open_one(kind: str) -> Iterator[None]:
    OPEN[kind] += 1
    try:
        yield
    finally:
        OPEN[kind] -= 1


async def record(*changes: Change) -> None:
    """Add to the figures, all at once. Without Redis they miss something; nobody else notices."""
    try:
        async with (
            asyncio.timeout(WRITE_SECONDS),
            async_redis().pipeline() as pipe,
        ):
            for field, amount in changes:
                pipe.hincrbyfloat(KEY, field, amount)
            await pipe.execute()
    except (RedisError, OSError) as error:
        logger.warning("figures_lost", extra={"reason": type(error).__name__})


def record_now(*changes: Change) -> None:
    """As `record`, for synchronous code."""
    try:
        with sync_redis() as client, client.pipeline() as pipe:
            for field, amount in changes:
                pipe.hincrbyfloat(KEY, field, amount)
            pipe.execute()
    except (RedisError, OSError) as error:
        logger.warning("figures_lost", extra={"reason": type(error).__name__})


def read() -> dict[tuple[str, ...], float]:
    """All figures by name and labels. Raises RedisError."""
    with sync_redis() as client:
        found = client.hgetall(KEY)
    return {tuple(orjson.loads(field)): float(amount) for field, amount in found.items()}


def _field(*parts: str) -> bytes:
    return orjson.dumps(parts)
