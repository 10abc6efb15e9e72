"""A reader's view of a turn: the log from a cursor on, to the end, whatever happens meanwhile.

Every face of a turn - SSE, WebSocket, page, plain API answer - iterates `read`. While the log
speaks, entries are passed on. In silence the reader looks whether anybody still runs the turn:
a finished one is told from PostgreSQL (the log may be lost or have expired), one whose runner is
gone, or has let its lease lapse, is called out for others. What Redis does not tell is not known: a
look that fails says neither that the turn is abandoned nor that its log has ended.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.db.models.functions import Now
from redis.exceptions import RedisError

from aiapp.concurrency.commands import ask
from aiapp.concurrency.per_loop import PerLoop
from aiapp.db import LOST, in_db
from aiapp.errors import NotFound
from aiapp.http.lifecycle import is_leaving
from aiapp.observability.figures import open_one
from aiapp.redis import async_redis
from chat.conversations.withholding import withhold_entries
from chat.log import lease, stream
from chat.log.events import BEGINNING, Entry, Kind, Position
from chat.log.hub import Hub, Subscription
from chat.models import Call, Turn
from chat.tools import confirming
from chat.turns.results import describe_start, load_result
from chat.turns.running import losses, takeover
from chat.turns.running.runner import runner

logger = logging.getLogger(__name__)

# A reader of what another process makes looks first after so long, and again so soon where the
# runner seems to be gone.
SILENCE_SECONDS = 0.5
# How long it is between looks otherwise.
LOOK_SECONDS = 1.0
# As long as a runner tries to write a turn's end to its log.
LAST_WORD_SECONDS = 5.0
# Past the last position that any attempt can reach, so that what is told from PostgreSQL sorts
# after all that came from the log.
AFTER_LOG = 1_000_000_000

_hubs = PerLoop(Hub)


def hub() -> Hub:
    """The hub of the running event loop."""
    return _hubs.get()


async def read(turn: Turn, after: Position = BEGINNING) -> AsyncGenerator[list[Entry], None]:
    """Yield entries after a position in their order, as they come; the last one is `done`.

    An empty list says that nothing happened for about a second, so that the caller can send a
    sign of life or look whether its client is still allowed to read. Ends early, without
    `done`, when the reader is too slow or this process is about to end; it may resume.
    """
    if turn.is_final and not await _has_log(turn.id):
        end, _ = await in_db(_load_end, turn.id, after)
        yield end
        return
    subscription = Subscription(stream.key(turn.id), after)
    while not (subscription.is_lagging or is_leaving()):
        with open_one("turn"), _open_source(subscription, turn.id) as source:
            async with aclosing(_follow(subscription, turn.id, source)) as batches:
                async for batch in batches:
                    while (shown := await _filter_allowed(turn.owner_id, batch)) is None:
                        yield []
                        await asyncio.sleep(SILENCE_SECONDS)
                    yield shown
                    if batch and batch[-1].is_last:
                        return


class _Source(NamedTuple):
    """The place where a reader follows a log."""

    # Says whether anything can still come from there.
    is_open: Callable[[], bool]
    # How long a silence is before the reader looks after the turn.
    patience: float


async def _follow(
    subscription: Subscription, turn_id: UUID, source: _Source
) -> AsyncGenerator[list[Entry], None]:
    """Yield everything that arrives from one source, until it closes."""
    loop = asyncio.get_running_loop()
    silence = _Silence(turn_id, loop.time() + source.patience)
    while not subscription.is_lagging:
        if entries := await subscription.take():
            silence = _Silence(turn_id, loop.time() + source.patience)
            yield entries
        elif is_leaving() or not source.is_open():
            return
        elif silence.is_due(loop.time()):
            yield await silence.look(subscription.last)


@contextmanager
def _open_source(subscription: Subscription, turn_id: UUID) -> Iterator[_Source]:
    """Follow the log where it is written: in this process, or in another's stream."""
    local = runner().log_of(turn_id)
    if local is not None and not local.is_closed:
        local.follow(subscription)
        try:
            # Who runs it is here.
            yield _Source(lambda: not local.is_closed, LOOK_SECONDS)
        finally:
            local.unfollow(subscription)
    else:
        hub().add(subscription)
        try:
            yield _Source(lambda: True, SILENCE_SECONDS)
        finally:
            hub().remove(subscription)


async def _has_log(turn_id: UUID) -> bool:
    try:
        return bool(await async_redis().exists(stream.key(turn_id)))
    except (RedisError, OSError):
        return False


class Sign(StrEnum):
    """The state of a turn that a reader hears nothing of, as Redis tells it."""

    RUNS = "runs"
    # There are entries that this reader only has not received yet.
    BEHIND = "behind"
    # This reader has all of the log, and its end may still be written.
    UNFINISHED = "unfinished"
    # There is no log (any more), or it has ended before where this reader says that it stands.
    SILENT = "silent"
    UNKNOWN = "unknown"


class _Silence:
    """A silence of a reader, in which it looks now and then whether the turn has ended.

    The end is saved before the log tells it. So where the log is there it may still come, and
    only after LAST_WORD_SECONDS is it told from PostgreSQL, with the whole text once more. These
    count from the end, since a reader that connects again would wait for them each time.
    """

    def __init__(self, turn_id: UUID, due: float) -> None:
        self._turn_id = turn_id
        self._due = due
        self._watch = losses.Watch(turn_id)

    def is_due(self, now: float) -> bool:
        return now >= self._due

    async def look(self, cursor: Position) -> list[Entry]:
        """Return the turn's end as PostgreSQL has it, if it has ended and the log will not tell."""
        try:
            return await self._look(cursor)
        except (RedisError, OSError, *LOST) as error:
            # Whoever reads goes on waiting, as the turn does.
            facts = {"turn": str(self._turn_id), "reason": type(error).__name__}
            logger.warning("turn_unread", extra=facts)
            return []
        finally:
            pause = SILENCE_SECONDS if self._watch.is_worried else LOOK_SECONDS
            self._due = asyncio.get_running_loop().time() + pause

    async def _look(self, cursor: Position) -> list[Entry]:
        sign, holder = await self._read_log(cursor)
        if holder:
            await self._watch.look(holder, has_lease=True)
        if sign in {Sign.RUNS, Sign.BEHIND}:
            return []
        last_word = timedelta(seconds=0 if sign is Sign.SILENT else LAST_WORD_SECONDS)
        end, runner = await in_db(_load_end, self._turn_id, cursor, last_word=last_word)
        if runner and sign is not Sign.UNKNOWN:
            await self._watch.look(runner, has_lease=False)
        return end

    async def _read_log(self, cursor: Position) -> tuple[Sign, str]:
        """Return what Redis tells of the turn, and who has its lease."""
        turn_id = self._turn_id
        try:
            holder, newest = await ask(
                ("GET", lease.key(turn_id)),
                ("XREVRANGE", stream.key(turn_id), "+", "-", "COUNT", 1),
            )
        except (RedisError, OSError) as error:
            reason = type(error).__name__
            logger.warning("lease_unread", extra={"turn": str(turn_id), "reason": reason})
            return Sign.UNKNOWN, ""
        if holder:
            return Sign.RUNS, holder.decode()
        return _read_newest(newest, cursor), ""


def _read_newest(rows: list[Any], cursor: Position) -> Sign:
    """Return what the newest entry of a log, if there is one, tells a reader."""
    for row_id, (_, kind, *_rest) in rows:
        if Position.parse(row_id.decode()) > cursor:
            return Sign.BEHIND
        if kind != Kind.DONE.value.encode():
            return Sign.UNFINISHED
    return Sign.SILENT


async def _filter_allowed(owner_id: UUID | None, batch: list[Entry]) -> list[Entry] | None:
    """Return the entries as the owner may read them now, None while nobody can tell."""
    try:
        return await withhold_entries(owner_id, batch)
    except LOST as error:
        logger.warning("access_unread", extra={"reason": type(error).__name__})
        return None


def _load_end(
    turn_id: UUID, cursor: Position, *, last_word: timedelta = timedelta()
) -> tuple[list[Entry], str]:
    """Return the end of a turn, or nothing while it goes on or its log may still tell it.

    Of one that goes on, return also who runs it. `last_word` says how long ago it must have ended,
    by the database's clock.
    """
    turns = Turn.objects.select_related("message", "owner").alias(age=Now() - F("finished"))
    has_no_word = Q(error_code=takeover.INTERRUPTED)
    may_be_told = ExpressionWrapper(
        Q(age__gte=last_word) | has_no_word, output_field=BooleanField()
    )
    turn = turns.annotate(may_be_told=may_be_told).filter(id=turn_id).first()
    if turn is None:
        gone = NotFound("The conversation was deleted.").as_event()
        events = [(Kind.ERROR, gone), (Kind.DONE, {"state": "failed"})]
        return _build_entries(cursor.attempt + 1, events), ""
    if not turn.is_final:
        attempt = turn.attempts.filter(number=turn.attempt).first()
        return [], attempt.runner if attempt else ""
    return (_describe_end(turn, cursor) if turn.may_be_told else []), ""


def _describe_end(turn: Turn, cursor: Position) -> list[Entry]:
    result = load_result(turn)
    events: list[tuple[Kind, dict[str, Any]]] = [(Kind.STARTED, describe_start(turn))]
    if cursor != BEGINNING:
        # What the reader has may be of a lost attempt: it starts over with the whole text.
        events = [(Kind.RESTARTED, {"attempt": turn.attempt})]
    if result.content:
        events.append((Kind.DELTA, {"text": result.content}))
    events += [(Kind.TOOL_CALL, dict(call)) for call in result.tool_calls]
    events += [event for call in result.calls for event in _describe_call(turn, call)]
    events += [(Kind.CITATION, citation) for citation in result.citations]
    if turn.state == Turn.State.FAILED:
        events.append((Kind.ERROR, result.error))
    events.append((Kind.DONE, result.as_done()))
    return _build_entries(turn.attempt, events)


def _describe_call(turn: Turn, call: Call) -> list[tuple[Kind, dict[str, Any]]]:
    """A call as it was told: asked for, and answered or waiting for its user's word."""
    if call.state == Call.State.WAITING:
        outcome = (Kind.CONFIRM, confirming.as_event(turn.owner, call))
    else:
        outcome = (Kind.TOOL_RESULT, call.describe_result())
    return [(Kind.TOOL_CALL, call.describe()), outcome]


def _build_entries(attempt: int, events: list[tuple[Kind, dict[str, Any]]]) -> list[Entry]:
    return [
        Entry(Position(attempt, AFTER_LOG + index), kind.value, orjson.dumps(data))
        for index, (kind, data) in enumerate(events)
    ]
