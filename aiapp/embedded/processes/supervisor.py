"""Start the parts of an installation, restart those that die, and end them in order.

Everything happens on the main thread (see `Process`), in a loop that sleeps until a signal comes
or a deadline passes. The death of a child is such a signal.
"""

import os
import selectors
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from django.conf import settings

from aiapp.embedded.processes.process import Part, Process, Roster, always, last_lines

POLL_SECONDS = 0.05
IDLE_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 30.0
# A part that served this long was well: its next death counts as the first.
HEALTHY_SECONDS = 30.0
# A part that serves is asked every `PART_CHECK_SECONDS` whether it still does, and hangs when it is
# silent so many times in a row. A machine that is merely busy answers late, and now and then.
MAX_SILENCES = 3
# How many are asked at once: one that hangs keeps nobody from being asked, started or ended.
MAX_QUESTIONS = 8
# So many deaths in a row end a start; a site that serves already keeps trying.
DEATHS_AT_START = 3
# While a part keeps dying, its log is shown at its second death and then at every so many.
DEATHS_PER_TAIL = 10
# How soon a part starts that is wanted from now on.
WANTED_SECONDS = 0.5
LOG_BYTES = 20 * 1024 * 1024

Say = Callable[[str, str], None]


class CannotStart(Exception):
    """A part that the site needs does not come up; the message says what it wrote last."""


class StopRequested(Exception):
    """The user asked to end."""


@dataclass
class PartState:
    """A part and what has become of it."""

    part: Part
    log_file: Path
    process: Process | None = None
    served: bool = False
    started: float = 0
    deaths: int = 0
    again_at: float = field(default=0)
    check_at: float = 0
    silences: int = 0
    # Whether it still serves: asked, and not answered yet.
    question: Future[bool] | None = None
    asked_at: float = 0

    def start(self) -> None:
        self.started = time.monotonic()
        self.served = False
        self.silences = 0
        self.check_at = 0
        self.question = None
        self.process = Process(self.part, self.log_file)


class Supervisor:
    def __init__(self, logs: Path, roster: Roster, say: Say) -> None:
        self.logs = logs
        self.roster = roster
        self.say = say
        # In the order of their start; they end in the opposite order.
        self.stages: list[list[PartState]] = []
        self.asked_to_end = 0
        self.serving = False
        self._wake_read, self._wake_write = os.pipe()
        self._selector = selectors.DefaultSelector()
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._questions = ThreadPoolExecutor(MAX_QUESTIONS, "questions")

    # -- signals ------------------------------------------------------------------------------

    def listen_to_signals(self) -> None:
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end)
        # A handler must exist for the wake-up to happen.
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.asked_to_end += 1

    def _wake(self) -> None:
        # A pipe that is full wakes as well.
        with suppress(BlockingIOError):
            os.write(self._wake_write, b"\0")

    def sleep(self, seconds: float) -> None:
        if self._selector.select(max(0.0, seconds)):
            os.read(self._wake_read, 4096)

    # -- starting -----------------------------------------------------------------------------

    def start(self, parts: Iterable[Part]) -> list[PartState]:
        stage: list[PartState] = []
        self.stages.append(stage)
        for part in parts:
            log_file = self.logs / f"{part.name}.log"
            if log_file.exists():
                log_file.replace(log_file.with_suffix(".log.1"))
            watched = PartState(part, log_file)
            stage.append(watched)
            if part.wanted():
                self._try_to_start(watched)
        self._write_roster()
        return stage

    def wait_for(self, some: Sequence[PartState]) -> None:
        """Until all of them serve; other parts are looked after meanwhile.

        An optional part that has failed once does not hold up the start, nor one that rests.
        """
        while not all(map(_holds_nobody_up, some)):
            self.step()
            if self.asked_to_end:
                raise StopRequested
            self.sleep(POLL_SECONDS)

    def _try_to_start(self, watched: PartState) -> None:
        try:
            watched.start()
        except (OSError, RuntimeError) as error:
            if not self.serving and not watched.part.optional:
                raise CannotStart(f"{watched.part.name}: {error}") from error
            self._plan_restart(watched, str(error))

    # -- looking after ------------------------------------------------------------------------

    def step(self) -> float:
        """Look at every part once, and return after how many seconds to look again."""
        now = time.monotonic()
        return min((self._look_at(w, now) for w in self.list_watched()), default=IDLE_SECONDS)

    def list_watched(self) -> list[PartState]:
        return [watched for stage in self.stages for watched in stage]

    def _look_at(self, watched: PartState, now: float) -> float:
        process = watched.process
        if process is None:
            if not watched.part.wanted():
                return WANTED_SECONDS
            if now >= watched.again_at:
                self._try_to_start(watched)
                self._write_roster()
                return 0
            return watched.again_at - now
        if not process.running():
            # Its own children may be left, and may hold what the next one needs.
            process.kill()
            self._plan_restart(watched, process.describe_end())
            return FIRST_PAUSE_SECONDS
        if watched.served:
            return self._look_whether_it_hangs(watched, now)
        return self._look_whether_it_serves(watched, now)

    def _look_whether_it_hangs(self, watched: PartState, now: float) -> float:
        if watched.part.alive is always:
            return IDLE_SECONDS
        if watched.question is None and now < watched.check_at:
            return watched.check_at - now
        answer = self._ask(watched, watched.part.alive)
        if answer is None:
            return IDLE_SECONDS
        watched.silences = 0 if answer else watched.silences + 1
        watched.check_at = time.monotonic() + settings.PART_CHECK_SECONDS
        if watched.silences >= MAX_SILENCES and watched.process:
            # It would not hear a request to end.
            watched.process.kill()
            self._plan_restart(watched, "did not answer any more and was ended")
            return FIRST_PAUSE_SECONDS
        return settings.PART_CHECK_SECONDS

    def _look_whether_it_serves(self, watched: PartState, now: float) -> float:
        # Each answer wakes us, and a port that nobody listens to answers at once.
        if watched.question is None and now < watched.check_at:
            return watched.check_at - now
        answer = self._ask(watched, watched.part.ready)
        # On a slow machine it may have been ready for long when it is asked for the first time.
        since = watched.asked_at if answer is None else watched.started
        if answer is not None:
            pause = settings.PART_CHECK_SECONDS if answer else POLL_SECONDS
            watched.check_at = time.monotonic() + pause
        if answer:
            watched.served = True
            seconds = time.monotonic() - watched.started
            self.say(watched.part.name, f"ready after {seconds:.1f} s")
        elif now - since > watched.part.start_seconds and watched.process:
            watched.process.stop()
            self._plan_restart(watched, "did not become ready in time")
        return POLL_SECONDS

    def _ask(self, watched: PartState, question: Callable[[], bool]) -> bool | None:
        """Return a part's answer, or nothing before there is one, which then wakes us."""
        if watched.question is None:
            watched.asked_at = time.monotonic()
            watched.question = self._questions.submit(question)
            watched.question.add_done_callback(lambda _: self._wake())
        if not watched.question.done():
            return None
        asked, watched.question = watched.question, None
        return asked.result()

    def _plan_restart(self, watched: PartState, why: str) -> None:
        now = time.monotonic()
        was_well = watched.served and now - watched.started > HEALTHY_SECONDS
        watched.deaths = 1 if was_well else watched.deaths + 1
        watched.process = None
        watched.served = False
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (watched.deaths - 1), MAX_PAUSE_SECONDS)
        watched.again_at = now + pause
        tail = last_lines(watched.log_file, 5)
        given_up = not self.serving and not watched.part.optional
        if given_up and watched.deaths >= DEATHS_AT_START:
            raise CannotStart(
                f"{watched.part.name} {why}, again and again. The end of {watched.log_file}:\n"
                f"{last_lines(watched.log_file)}"
            )
        told_in_full = watched.deaths % DEATHS_PER_TAIL == 2  # noqa: PLR2004 - the second
        if watched.deaths < DEATHS_PER_TAIL or told_in_full:
            self.say(watched.part.name, f"{why}; starting it again in {pause:.1f} s")
        if tail and told_in_full:
            self.say(watched.part.name, f"the end of {watched.log_file}:\n{tail}")

    def _write_roster(self) -> None:
        """Note what runs. A disk that is full, or a folder that is gone, ends nothing here."""
        try:
            self.roster.write([w.process for w in self.list_watched() if w.process])
        except OSError as error:
            self.say("processes", f"cannot be noted: {error.strerror}")

    def run(self) -> None:
        """Look after the parts until the user asks to end."""
        self.serving = True
        while not self.asked_to_end:
            pause = self.step()
            self._bound_logs()
            self.sleep(pause)

    def _bound_logs(self) -> None:
        """Empty a log that has grown too large; its part writes on, since it appends."""
        for watched in self.list_watched():
            try:
                if watched.log_file.stat().st_size > LOG_BYTES:
                    # Where the disk is full, room is worth more than what a log said.
                    with suppress(OSError):
                        kept = watched.log_file.read_bytes()
                        watched.log_file.with_suffix(".log.1").write_bytes(kept)
                    os.truncate(watched.log_file, 0)
            except OSError:
                continue

    # -- ending -------------------------------------------------------------------------------

    def stop(self) -> None:
        """End the parts, last started first. A second request to end kills what is left."""
        already = self.asked_to_end
        for stage in reversed(self.stages):
            processes = [w.process for w in stage if w.process]
            for process in processes:
                process.ask_to_end()
            deadline = time.monotonic() + max((p.part.stop_seconds for p in processes), default=0)
            while any(p.running() for p in processes) and time.monotonic() < deadline:
                if self.asked_to_end > max(already, 1):
                    break
                self.sleep(POLL_SECONDS)
            for process in processes:
                process.kill()
        self.roster.path.unlink(missing_ok=True)


def _holds_nobody_up(watched: PartState) -> bool:
    has_failed = watched.part.optional and watched.deaths > 0
    return watched.served or has_failed or not watched.part.wanted()
