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
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from threading import Lock
from typing import Any
from uuid import uuid4

import orjson
from redis.exceptions import RedisError

from aiapp.concurrency.commands import ask
from aiapp.concurrency.per_loop import PerLoop
from aiapp.redis import sync_redis

logger = logging.getLogger(__name__)

KEY = "figures"
# A figure is not worth waiting for.
WRITE_SECONDS = 0.5
RETRY_SECONDS = 2.0
# A batch whose answer was lost is sent again, and is added once all the same.
SECONDS_OF_A_BATCH = 3600
WRITE = """
if redis.call('SET', KEYS[2], 1, 'NX', 'EX', ARGV[1]) then
  for i = 2, #ARGV, 2 do redis.call('HINCRBYFLOAT', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
"""

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
    """A histogram of durations in seconds, by the upper bounds of its buckets."""

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


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that are written together, once, however often that is tried."""

    id: str
    changes: tuple[Change, ...]

    @property
    def command(self) -> tuple[Any, ...]:
        """The arguments of EVAL that write it."""
        arguments = [part for change in self.changes for part in change]
        return WRITE, 2, KEY, f"{KEY}:{self.id}", SECONDS_OF_A_BATCH, *arguments


class PendingCounts:
    """The counts of this process that are not in Redis yet.

    One batch is being written at a time. What is counted meanwhile is added up for the next, so
    however long Redis is away there is no more of it than there are figures.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._batch: Batch | None = None
        self._next: dict[bytes, float] = {}

    def add(self, changes: Iterable[Change]) -> None:
        with self._lock:
            for field, amount in changes:
                self._next[field] = self._next.get(field, 0) + amount

    def batch(self) -> Batch | None:
        """Return what is to be written now; the same until it is written."""
        with self._lock:
            if self._batch is None and self._next:
                self._batch = Batch(uuid4().hex, tuple(self._next.items()))
                self._next = {}
            return self._batch

    def remove(self, batch: Batch) -> None:
        with self._lock:
            if self._batch is batch:
                self._batch = None


class Writer:
    """The task of an event loop that writes figures, as long as there are any."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Return the running task, a new one if the last has ended."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(_write_all(), name="figures")
        return self._task


_unwritten = PendingCounts()
_writers = PerLoop(Writer)


async def record(*changes: Change) -> None:
    """Add to the figures, all at once.

    Waits a moment for Redis; without it they are written when it is back.
    """
    _unwritten.add(changes)
    await asyncio.wait({_writers.get().start()}, timeout=WRITE_SECONDS)


async def flush() -> None:
    """Write what is not written yet, if that is possible; for loops and processes that end."""
    if _unwritten.batch() is not None:
        await record()


def record_now(*changes: Change) -> None:
    """As `record`, for synchronous code."""
    _unwritten.add(changes)
    try:
        with sync_redis() as client:
            while batch := _unwritten.batch():
                client.eval(*batch.command)
                _unwritten.remove(batch)
    except (RedisError, OSError) as error:
        logger.warning("figures_late", extra={"reason": type(error).__name__})


async def _write_all() -> None:
    """Ends when everything is written."""
    while batch := _unwritten.batch():
        try:
            await ask(("EVAL", *batch.command))
            _unwritten.remove(batch)
        except (RedisError, OSError) as error:
            logger.warning("figures_late", extra={"reason": type(error).__name__})
            await asyncio.sleep(RETRY_SECONDS)


def read() -> dict[tuple[str, ...], float]:
    """All figures by name and labels. Raises RedisError."""
    with sync_redis() as client:
        found = client.hgetall(KEY)
    return {tuple(orjson.loads(field)): float(amount) for field, amount in found.items()}


def _field(*parts: str) -> bytes:
    return orjson.dumps(parts)
