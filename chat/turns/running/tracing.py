"""The span of a turn. All attempts are one trace, whichever processes make them."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from django.conf import settings
from redis.exceptions import RedisError

from aiapp.observability import tracing
from aiapp.redis import async_redis
from chat.models import Turn

logger = logging.getLogger(__name__)


@asynccontextmanager
async def turn_span(turn: Turn) -> AsyncGenerator[tracing.Span, None]:
    """The span of an attempt. A process that dies tells nobody, so Redis notes the trace."""
    if not tracing.is_on():
        yield tracing.UNTRACED
        return
    facts: dict[str, tracing.Attribute] = {
        "turn": str(turn.id),
        "attempt": turn.attempt,
        "model": turn.model,
    }
    parent = await _read_parent(turn.id) if turn.attempt > 1 else ""
    with tracing.span("turn", facts, parent=parent) as span:
        if turn.attempt == 1:
            await _note_parent(turn.id, tracing.headers().get("traceparent", ""))
        yield span


async def _note_parent(turn_id: UUID, parent: str) -> None:
    try:
        await async_redis().set(_key(turn_id), parent, ex=settings.TURN_LOG_SECONDS)
    except (RedisError, OSError) as error:
        logger.warning("trace_not_noted", extra={"reason": type(error).__name__})


async def _read_parent(turn_id: UUID) -> str:
    try:
        return (await async_redis().get(_key(turn_id)) or b"").decode()
    except (RedisError, OSError):
        return ""


def _key(turn_id: UUID) -> str:
    return f"turn:{turn_id}:trace"
