"""A log is written the less often the more turns the whole site makes, not one process of it."""

from uuid import uuid4

import pytest

from aiapp.concurrency.commands import ask
from chat.log import site_load, stream
from chat.log.events import Event, Kind
from chat.log.stream import TurnLog, Writer

BEAT = stream.BEAT_SECONDS

BEAT = stream.BEAT_SECONDS


async def write(writer: Writer) -> bool:
    """Write a log, and return whether it was written."""
    log = TurnLog(uuid4(), 1, writer)
    log.append(Event(Kind.DELTA, {"text": "a word"}))
    await log.flush()
    return log.is_clean


def frame_of(turns: int) -> object:
    return pytest.approx(stream.FRAME_SECONDS + stream.FRAME_SECONDS_PER_TURN * turns)


async def test_processes_add_up_their_turns() -> None:
    await ask(("DEL", site_load.KEY))
    busy, other, third = Writer(), Writer(), Writer()
    busy.open_logs, other.open_logs, third.open_logs = 40, 2, 0
    for writer in (busy, other, third):
        assert await write(writer)
    assert other.frame == frame_of(42)
    assert third.frame == frame_of(42)
    # It reported before the others did, and will hear of them with its next report.
    assert busy.frame == frame_of(40)


async def test_who_hears_nothing_goes_by_its_own_turns() -> None:
    await ask(("SET", site_load.KEY, "what somebody else wrote"))
    writer = Writer()
    writer.open_logs = 10
    assert await write(writer)
    assert writer.frame == frame_of(10)
    await ask(("DEL", site_load.KEY))


@pytest.mark.parametrize("now", [0.0, 17.0, 17.013, 17.03, 17.059, 123_456.789])
@pytest.mark.parametrize("frame", [0.13, 0.2, 0.25])
def test_long_frames_end_together_and_are_written_soon_after(now: float, frame: float) -> None:
    rest = stream.find_rest(frame, now)
    assert rest == pytest.approx(frame, abs=BEAT / 2 + 1e-6)
    beats = (now + rest) / BEAT
    assert beats == pytest.approx(round(beats), abs=1e-3)
    assert stream.find_pause(now + rest) == pytest.approx(BEAT / 2, abs=1e-4)


async def test_few_turns_have_frames_of_their_own() -> None:
    writer = Writer()
    writer.open_logs = 1
    assert writer.until_read() == writer.frame
