"""Options that servers have refused for a model, so that the next request leaves them out.

A process knows its own lessons and, a little later, those of the others, which stand in Redis
under one key. They lapse after a week, since servers are updated, and an administrator may forget
them earlier. Without Redis each process learns by itself; no question waits for it long.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import httpx2
import orjson
from redis.exceptions import RedisError

from aiapp.llm.transport import http_base
from aiapp.redis import async_redis, sync_redis

logger = logging.getLogger(__name__)

KEY = "model_lessons"
LIFETIME_SECONDS = 7 * 24 * 3600
# How old what a process knows of the others' lessons may be.
REFRESH_SECONDS = 30.0
# What a lesson is worth waiting for.
READ_SECONDS = 0.25
MAX_WORDS = 400
MAX_LESSONS = 2_000


@dataclass(frozen=True, slots=True)
class Lesson:
    """One thing that one endpoint refuses for one model, in its own words."""

    endpoint: str
    model: str
    # A parameter's name, or one of `aiapp.llm.providers.openai.request`.
    what: str
    words: str = ""
    host: str = ""
    # Seconds since the epoch.
    learned: float = 0.0

    @property
    def field(self) -> bytes:
        return orjson.dumps([self.endpoint, self.model, self.what])

    @property
    def holds(self) -> bool:
        return self.learned + LIFETIME_SECONDS > time.time()


_known: dict[bytes, Lesson] = {}
_refreshed = -REFRESH_SECONDS


def endpoint_id(base_url: str) -> str:
    """Return a name for an endpoint that tells nothing of a key in its address."""
    return sha256(base_url.encode()).hexdigest()[:12]


def find_refused(base_url: str, model: str) -> frozenset[str]:
    """Return what to leave out of requests for a model, as far as this process knows."""
    endpoint = endpoint_id(base_url) if _known else ""
    return frozenset(
        lesson.what
        for lesson in list(_known.values())
        if (lesson.model, lesson.endpoint) == (model, endpoint) and lesson.holds
    )


async def refresh() -> None:
    """Take over what other processes have learned, now and then."""
    global _refreshed  # noqa: PLW0603 - what a process knows
    if time.monotonic() - _refreshed < REFRESH_SECONDS:
        return
    _refreshed = time.monotonic()
    try:
        async with asyncio.timeout(READ_SECONDS):
            rows = await async_redis().hgetall(KEY)
    except (RedisError, OSError):
        return
    _replace(rows)


async def learn(base_url: str, model: str, refused: Mapping[str, str]) -> None:
    """Keep what a server refused and its words, by what was left out in the end."""
    host = httpx2.URL(http_base(base_url)[0]).host
    for what, words in refused.items():
        lesson = Lesson(endpoint_id(base_url), model, what, words[:MAX_WORDS], host, time.time())
        if len(_known) < MAX_LESSONS:
            _known[lesson.field] = lesson
        logger.warning("model_refuses", extra={"model": model, "what": what})
        value = {"words": lesson.words, "host": host, "learned": lesson.learned}
        try:
            async with asyncio.timeout(READ_SECONDS), async_redis().pipeline() as pipe:
                pipe.hset(KEY, lesson.field, orjson.dumps(value))
                pipe.expire(KEY, LIFETIME_SECONDS)
                await pipe.execute()
        except (RedisError, OSError) as error:
            logger.warning("lesson_not_shared", extra={"reason": type(error).__name__})


async def unlearn(base_url: str, model: str, what: str) -> None:
    """Forget a lesson that turned out to be wrong."""
    lesson = Lesson(endpoint_id(base_url), model, what)
    if _known.pop(lesson.field, None):
        try:
            async with asyncio.timeout(READ_SECONDS):
                await async_redis().hdel(KEY, lesson.field)
        except (RedisError, OSError) as error:
            logger.warning("lesson_not_shared", extra={"reason": type(error).__name__})


def all_lessons() -> list[Lesson]:
    """Return what all processes have learned, by model; for the administration."""
    with sync_redis() as redis:
        _replace(redis.hgetall(KEY))
    return sorted(_known.values(), key=lambda lesson: (lesson.model, lesson.host, lesson.what))


def forget(model: str) -> None:
    """Forget what was learned of a model, here and for all processes."""
    gone = [lesson for lesson in all_lessons() if lesson.model == model]
    with sync_redis() as redis:
        for lesson in gone:
            redis.hdel(KEY, lesson.field)
            _known.pop(lesson.field, None)


def _replace(rows: Mapping[bytes, bytes]) -> None:
    found = {}
    for field, value in rows.items():
        try:
            lesson = Lesson(*orjson.loads(field), **orjson.loads(value))
        except (TypeError, ValueError):
            continue
        if lesson.holds:
            found[field] = lesson
    _known.clear()
    _known.update(found)
