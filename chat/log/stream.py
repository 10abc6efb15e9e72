"""The log of a turn: a Redis stream with an entry for each event.

Readers in other processes follow the stream (`chat.log.hub`); those in this one are handed the
same entries, under the same positions, as soon as Redis has them.

Appending only puts an event into memory; one task per process writes what all its turns have
gathered, in one round trip, and then waits for the length of a frame. So a token costs neither
a write of its own nor a wait, a slow Redis slows no model, and text that arrives while frames
wait is joined. The first words of an answer are written at once. Where the site is busy, models'
streams are read once a frame already, and what they have brought is written soon after.

Entry ids are `<attempt>-<seq>`. Redis refuses an id below the newest, so once a later attempt
has written, the earlier one's writes fail: it has been fenced off. A stream that vanished
(Redis was emptied) is written again from memory in one transaction.
"""

import asyncio
import logging
from typing import Any, Protocol
from uuid import UUID

import orjson
from django.conf import settings
from redis.exceptions import RedisError, ResponseError

from aiapp.concurrency.commands import Command, ask_each
from aiapp.redis import ANSWER_SECONDS, stream_redis
from chat.log.events import Entry, Event, Kind, Position
from chat.log.site_load import SiteLoad

logger = logging.getLogger(__name__)

FRAME_SECONDS = 0.03
# Each turn that the site makes lengthens the frame a little: with 50 every process writes every
# 0.08 s, with 200 every 0.23 s.
FRAME_SECONDS_PER_TURN = 0.001
MAX_FRAME_SECONDS = 0.25
# Where frames are longer than two of these, they end together: what is due within one of them is
# read at its end and written in its middle, so that the event loop wakes up once for many turns.
BEAT_SECONDS = 0.06
RETRY_SECONDS = 0.5
# Which events are worth a write of their own; the others ride with what comes next.
HURRIED = {Kind.ERROR, Kind.DONE}


def key(turn_id: UUID) -> str:
    return f"turn:{turn_id}:log"


async def read_text(turn_id: UUID) -> str:
    """Return the text of the newest attempt in a turn's log; "" if the log is gone."""
    rows = await stream_redis().xrevrange(key(turn_id))
    texts: list[str] = []
    attempt = rows[0][0].partition(b"-")[0] if rows else b""
    for row_id, fields in rows:
        if row_id.partition(b"-")[0] == attempt and fields[b"e"] == Kind.DELTA.value.encode():
            texts.append(orjson.loads(fields[b"d"])["text"])
    return "".join(reversed(texts))


class Follower(Protocol):
    """A reader in this process: `put` takes an entry, `wake` tells that there will be no more."""

    last: Position

    def put(self, entry: Entry) -> None: ...

    def wake(self) -> None: ...


class TurnLog:
    """The writing end of one attempt."""

    def __init__(self, turn_id: UUID, attempt: int, writer: "Writer") -> None:
        self.key = key(turn_id)
        self.is_fenced = False
        self._attempt = attempt
        self._writer = writer
        self.is_closed = False
        self._entries: list[Entry] = []
        self._followers: set[Follower] = set()
        self._sent_count = 0
        self._written_count = 0
        self._text: list[str] = []
        self._has_text = False

    def append(self, event: Event) -> None:
        """Take an event. The first text and the last word hurry, the rest waits for its frame."""
        if event.kind == Kind.DELTA:
            self._text.append(event.data["text"])
            self._writer.mark_dirty(self, hurry=not self._has_text)
            self._has_text = True
            return
        self._join_text()
        self._add(event.kind, event.data)
        self._writer.mark_dirty(self, hurry=event.kind in HURRIED)

    def follow(self, follower: Follower) -> None:
        """Hand a reader what it has not seen, and from now on every entry once it is written."""
        self._followers.add(follower)
        self._tell(follower, 0)

    def unfollow(self, follower: Follower) -> None:
        self._followers.discard(follower)

    def close(self) -> None:
        """Close the log: nothing more comes from this attempt, so readers must look elsewhere."""
        self.is_closed = True
        self.tick()

    def tick(self) -> None:
        """Let every reader notice its own silence."""
        for follower in self._followers:
            follower.wake()

    @property
    def is_clean(self) -> bool:
        return not self._text and self._written_count == len(self._entries)

    def list_commands(self) -> list[Command]:
        """Return the commands that write what is not written yet."""
        self._join_text()
        start, self._sent_count = self._written_count, len(self._entries)
        unwritten = self._entries[start : self._sent_count]
        commands = [self._xadd(entry, create=start == 0) for entry in unwritten]
        if start == 0:
            commands.append(("EXPIRE", self.key, settings.TURN_LOG_SECONDS))
        return commands

    def note_results(self, results: list[Any]) -> bool:
        """Take note of Redis' answers; False if the stream is gone and must be restored."""
        for result in results:
            if isinstance(result, ResponseError):
                self.is_fenced = True
                logger.warning("turn_fenced", extra={"log": self.key, "attempt": self._attempt})
                return True
            if isinstance(result, RedisError):
                raise result
            if result is None:
                return False
        self._advance(self._sent_count)
        return True

    async def restore(self) -> None:
        """Write the whole stream again, at once, so that no reader sees a part of it."""
        count = len(self._entries)
        async with stream_redis().pipeline(transaction=True) as pipe:
            pipe.delete(self.key)
            for entry in self._entries[:count]:
                pipe.execute_command(*self._xadd(entry, create=True))
            pipe.expire(self.key, settings.TURN_LOG_SECONDS)
            await pipe.execute()
        self._advance(count)

    async def flush(self) -> None:
        """Wait until everything appended is in Redis, or can no longer be."""
        while not (self.is_clean or self.is_fenced):
            await self._writer.wait(self)

    def _advance(self, count: int) -> None:
        before, self._written_count = self._written_count, count
        for follower in self._followers:
            self._tell(follower, before)

    def _tell(self, follower: Follower, start: int) -> None:
        for entry in self._entries[start : self._written_count]:
            if entry.position > follower.last:
                follower.put(entry)

    def _join_text(self) -> None:
        if self._text:
            text = "".join(self._text)
            self._text.clear()
            self._add(Kind.DELTA, {"text": text})

    def _add(self, kind: Kind, data: Any) -> None:
        position = Position(self._attempt, len(self._entries) + 1)
        self._entries.append(Entry(position, kind.value, orjson.dumps(data)))

    def _xadd(self, entry: Entry, *, create: bool) -> Command:
        options = () if create else ("NOMKSTREAM",)
        return "XADD", self.key, *options, str(entry.position), "e", entry.kind, "d", entry.json


class Writer:
    """The writer of the logs of all turns that this process runs, a frame at a time."""

    def __init__(self) -> None:
        self._dirty: set[TurnLog] = set()
        self._hurry = asyncio.Event()
        self._frame_done = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self._site = SiteLoad()
        self.open_logs = 0

    @property
    def frame(self) -> float:
        """The time for which text is gathered at the moment, in seconds."""
        turns = self.open_logs + self._site.others
        return min(FRAME_SECONDS + FRAME_SECONDS_PER_TURN * turns, MAX_FRAME_SECONDS)

    def until_read(self) -> float:
        """Return how long the tokens of a turn may gather before they are read, in seconds."""
        return find_rest(self.frame, _now()) if self._is_busy else self.frame

    def _until_write(self) -> float:
        # Streams have gathered for a frame already.
        return find_pause(_now()) if self._is_busy else self.frame

    @property
    def _is_busy(self) -> bool:
        return self.frame > 2 * BEAT_SECONDS

    def mark_dirty(self, log: TurnLog, *, hurry: bool) -> None:
        self._dirty.add(log)
        if hurry:
            self._hurry.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="turn log writer")

    async def wait(self, log: TurnLog) -> None:
        self.mark_dirty(log, hurry=True)
        async with self._frame_done:
            await self._frame_done.wait()

    async def _run(self) -> None:
        """Write until nothing is left; the next event starts it again."""
        pause = self._until_write()
        while self._dirty:
            await self._pause(pause)
            self._hurry.clear()
            logs, self._dirty = {log for log in self._dirty if not log.is_fenced}, set()
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._write(logs)
                pause = self._until_write()
            except (RedisError, OSError) as error:
                logger.warning("turn_log_unwritten", extra={"reason": type(error).__name__})
                self._dirty |= {log for log in logs if not log.is_clean}
                self._hurry.clear()
                pause = RETRY_SECONDS
            async with self._frame_done:
                self._frame_done.notify_all()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            return

    async def _write(self, logs: set[TurnLog]) -> None:
        written = [(log, log.list_commands()) for log in logs]
        log_commands = [each for _, commands in written for each in commands]
        results = await ask_each(*log_commands, *self._site.report(self.open_logs))
        self._site.note(results[len(log_commands) :])
        position = 0
        for log, commands in written:
            if not log.note_results(results[position : position + len(commands)]):
                await log.restore()
            position += len(commands)


def find_rest(frame: float, now: float) -> float:
    """Return the time until the beat that is nearest to the end of a frame that begins now."""
    rest = frame + BEAT_SECONDS / 2
    return rest - (now + rest) % BEAT_SECONDS


def find_pause(now: float) -> float:
    """Return the time until the middle between two beats."""
    return BEAT_SECONDS - (now + BEAT_SECONDS / 2) % BEAT_SECONDS


def _now() -> float:
    return asyncio.get_running_loop().time()
