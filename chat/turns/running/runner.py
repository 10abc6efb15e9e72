"""Runs turns: each as a task of its own, so that no reader's connection holds it.

A runner belongs to one event loop: a web process has one for its life, a worker makes one for
the turn that it takes over. It renews the leases of all its turns, looks for requests to stop
them, and hands them over when the process is told to end. A turn younger than a lease is nobody
else's to take, so its own lease may wait for the next renewal of all, and a short turn needs none.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from redis.exceptions import RedisError

from aiapp.concurrency import activity
from aiapp.concurrency.per_loop import PerLoop
from aiapp.db import LOST, in_db, retry_in_db
from aiapp.llm.tokens import estimate
from aiapp.observability import log as log_lines
from aiapp.observability.tracing import Span
from chat.log import lease, news, presence
from chat.log.events import Event, Kind
from chat.log.stream import TurnLog, Writer, read_text
from chat.models import Turn
from chat.turns import remembering, turn
from chat.turns.question import TurnQuestion
from chat.turns.results import Result
from chat.turns.running import following, stop_requests, takeover
from chat.turns.running.measuring import Measure
from chat.turns.running.opening import Opening
from chat.turns.running.saving import save
from chat.turns.running.tracing import turn_span
from chat.turns.stopping import Stop
from chat.turns.suggesting import suggest_soon

logger = logging.getLogger(__name__)

RENEW_SECONDS = settings.TURN_LEASE_SECONDS / 3
STOP_LOOK_SECONDS = 0.25
TICK_SECONDS = 1.0
FLUSH_SECONDS = 5.0
OUTAGE_SECONDS = 30.0


def runner() -> "Runner":
    """The runner of the running event loop."""
    return _runners.get()


def start(question: TurnQuestion) -> None:
    """Run an accepted turn in this process. Returns at once."""
    runner().start(question)


async def stop(stopped: Turn) -> None:
    """Ask whoever runs the turn to stop it. Harmless when it has ended."""
    if runner().stop(stopped.id):
        return
    await stop_requests.leave(stopped.id)


@dataclass(slots=True)
class Run:
    """A turn that this process runs. Its lease is taken with the first renewal."""

    task: asyncio.Task[None]
    stop: Stop = field(default_factory=Stop)
    log: TurnLog | None = None
    leased: bool = False
    is_late: bool = False
    # Whether readers have words of the attempt before.
    is_heard: bool = False
    # The turn of the question that waited for this one's end.
    follower: "Run | None" = None


class Runner:
    def __init__(self) -> None:
        self.holder = lease.new_holder()
        self._runs: dict[UUID, Run] = {}
        self._writer = Writer()
        self._keeper: asyncio.Task[None] | None = None
        self._presence = presence.Presence(self.holder)

    def appear(self) -> None:
        """Let others know that this runner is there, so that they notice when it is gone."""
        self._presence.start()

    def start(self, question: TurnQuestion) -> None:
        """Run a turn's first attempt as a task of its own."""
        log = TurnLog(question.turn.id, question.turn.attempt, self._writer)
        self._launch(question.turn.id, self._run(question, log), log)
        age = (timezone.now() - question.turn.created).total_seconds()
        self._runs[question.turn.id].is_late = age >= RENEW_SECONDS

    async def take_over(self, turn_id: UUID) -> None:
        """Run the next attempt of a turn that nobody runs, to its end, and what waited for that."""
        if turn_id in self._runs:
            # Its lease may be missed, for example by a Redis that was emptied; it is renewed soon.
            return
        self._launch(turn_id, self._next(turn_id))
        run: Run | None = self._runs[turn_id]
        while run is not None:
            await asyncio.wait({run.task})
            run = run.follower

    def stop(self, turn_id: UUID) -> bool:
        """Stop a turn if it is run here."""
        run = self._runs.get(turn_id)
        if run is not None:
            run.stop.request()
        return run is not None

    def log_of(self, turn_id: UUID) -> TurnLog | None:
        """The log that this process is writing for a turn, if it is the one that does."""
        run = self._runs.get(turn_id)
        return run.log if run else None

    @property
    def is_busy(self) -> bool:
        return bool(self._runs)

    async def give_up(self) -> list[UUID]:
        """End all attempts without an end of their turns, which are returned."""
        runs = dict(self._runs)
        for run in runs.values():
            run.task.cancel(msg="shutdown")
        if runs:
            await asyncio.wait({run.task for run in runs.values()}, timeout=FLUSH_SECONDS)
        return list(runs)

    def _launch(
        self, turn_id: UUID, work: Coroutine[Any, Any, None], log: TurnLog | None = None
    ) -> None:
        task = asyncio.create_task(work, name=f"turn {turn_id}")
        self._runs[turn_id] = Run(task, log=log)
        task.add_done_callback(lambda _: self._runs.pop(turn_id, None))
        self.appear()
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep(), name="turn keeper")

    async def _next(self, turn_id: UUID) -> None:
        if not await lease.take(turn_id, self.holder):
            return
        self._runs[turn_id].leased = True
        question = None
        try:
            question = await self._begin_again(turn_id)
        except (RedisError, OSError, *LOST) as error:
            # A sweep, or a reader who misses its runner, finds it again.
            reason = {"turn": str(turn_id), "reason": type(error).__name__}
            logger.warning("takeover_left", extra=reason)
        finally:
            if question is None:
                await self._drop_lease(turn_id)
        if question is not None:
            log = self._runs[turn_id].log = TurnLog(turn_id, question.turn.attempt, self._writer)
            await self._run(question, log)

    async def _begin_again(self, turn_id: UUID) -> TurnQuestion | None:
        # What the dead attempt said was paid for, though nobody will see it.
        lost = estimate(text) if (text := await read_text(turn_id)) else 0
        self._runs[turn_id].is_heard = bool(text)
        # Whoever ran it may have died with the database, which comes back.
        take = partial(takeover.take_over, turn_id, self.holder, lost)
        return await retry_in_db(OUTAGE_SECONDS, take)

    async def _run(self, question: TurnQuestion, log: TurnLog) -> None:
        self._writer.open_logs += 1
        try:
            await self._drive(question, log)
        finally:
            self._writer.open_logs -= 1
            log.close()
            if self._runs[question.turn.id].leased:
                await self._drop_lease(question.turn.id)

    async def _drive(self, question: TurnQuestion, log: TurnLog) -> None:
        """Write the turn's events to its log, save the outcome, say the last word."""
        log_lines.bind(turn=str(question.turn.id))
        async with turn_span(question.turn) as span:
            await self._answer(question, log, span)

    async def _answer(self, question: TurnQuestion, log: TurnLog, span: Span) -> None:
        running, result = question.turn, Result(model=question.turn.model)
        measure = Measure(running)
        opening = Opening(log, running.attempt, is_heard=self._runs[running.id].is_heard)
        try:
            stop = self._runs[running.id].stop
            gather = self._writer.until_read
            async with aclosing(turn.run(question, stop, result, gather=gather)) as events:
                async for event in events:
                    opening.append(event)
                    measure.hear(event)
        except Exception:
            # The boundary of the task: whatever went wrong, the reader gets an end.
            logger.exception("turn_broke", extra={"turn": str(running.id)})
            result.state = Turn.State.FAILED
            result.error = {
                "code": "internal_error",
                "message": "Something went wrong here. Try again.",
                "retryable": True,
            }
            opening.append(Event(Kind.ERROR, result.error))
        opening.end()
        span.note({"state": result.state.value, "cached": result.cached})
        if await save(running, result):
            log.append(Event(Kind.DONE, result.as_done()))
            await self._flush(log)
            news.tell_soon(running.owner_id)
            await measure.record(result)
            if not remembering.is_nothing(question, result):
                await asyncio.to_thread(remembering.queue, question, result)
            if result.is_awaited:
                await self._go_on(running)
            suggest_soon(question, result)

    async def _go_on(self, ended: Turn) -> None:
        """Ask what waited for the end of a turn. A sweep does where that is not possible now."""
        try:
            chat = ended.message.conversation_id
            accepted = await in_db(following.begin_next, chat, self.holder)
        except LOST as error:
            reason = {"turn": str(ended.id), "reason": type(error).__name__}
            logger.warning("next_question_left", extra=reason)
            return
        if accepted and accepted.question:
            self.start(accepted.question)
            self._runs[ended.id].follower = self._runs[accepted.turn.id]
            news.tell_soon(ended.owner_id)

    async def _flush(self, log: TurnLog) -> None:
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await log.flush()
        except TimeoutError:
            # Readers are told from PostgreSQL.
            logger.warning("turn_log_left", extra={"log": log.key})

    async def _drop_lease(self, turn_id: UUID) -> None:
        try:
            await lease.release(turn_id, self.holder)
        except (RedisError, OSError) as error:
            logger.warning("lease_not_dropped", extra={"reason": type(error).__name__})

    async def _keep(self) -> None:
        """Renew leases and look for stops while there are turns; ends with the last of them."""
        loop = asyncio.get_running_loop()
        renewed = ticked = loop.time()
        while self._runs:
            await asyncio.sleep(STOP_LOOK_SECONDS)
            if loop.time() - ticked >= TICK_SECONDS:
                ticked = loop.time()
                self._tick()
            try:
                # A renewal that failed is due again at once, or the leases would lapse.
                if (now := loop.time()) - renewed >= RENEW_SECONDS or self._has_late_start():
                    await self._renew()
                    renewed = now
                await self._look_for_stops()
                activity.note_soon()
            except (RedisError, OSError) as error:
                logger.warning("keeper_without_redis", extra={"reason": type(error).__name__})

    def _has_late_start(self) -> bool:
        """Return whether a turn was so long on its way here that others may soon miss its lease."""
        return any(run.is_late and not run.leased for run in self._runs.values())

    def _tick(self) -> None:
        for run in self._runs.values():
            if run.log is not None:
                run.log.tick()

    async def _look_for_stops(self) -> None:
        for turn_id in await stop_requests.find(list(self._runs)):
            self.stop(turn_id)

    async def _renew(self) -> None:
        turn_ids = list(self._runs)
        ours, _ = await asyncio.gather(lease.renew(turn_ids, self.holder), self._presence.check())
        for turn_id, is_ours in zip(turn_ids, ours, strict=True):
            run = self._runs.get(turn_id)
            if run is None:
                continue
            run.leased = is_ours
            if not is_ours:
                logger.warning("lease_lost", extra={"turn": str(turn_id)})
                run.task.cancel(msg="lease lost")


_runners = PerLoop(Runner)
