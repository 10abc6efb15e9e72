"""The signals of the campaign: which, to whom, when. They follow from a seed."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from bench.kills.site import Site

Find = Callable[[], list[psutil.Process]]

KILL, TERM, STOP = signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP
SIGNS = (KILL, TERM, STOP)
# Of all that are sent, so many go to two parts at the same moment.
PAIRS = 0.3
# Most stops are those of a busy machine; some are longer than a lease.
MIN_STOP_SECONDS, STOP_SECONDS, MAX_STOP_SECONDS = 0.2, 2.0, 10.0
LONG_STOPS = 0.15
# A part that a supervisor starts is left alone for a while after it was ended. What dies again and
# again is started more and more seldom, and the campaign would be about that pause.
PART_REST_SECONDS = 180.0
CHILD_REST_SECONDS = 10.0
STOP_REST_SECONDS = 6.0
# Each ends all answers under way, for a reason that is not the site's.
MODEL_REST_SECONDS = 120.0


@dataclass
class Target:
    """A part, or the processes that a part has forked."""

    name: str
    find: Find
    rest_seconds: float
    rested_at: dict[signal.Signals, float] = field(default_factory=dict)

    def is_rested(self, sign: signal.Signals) -> bool:
        now = time.monotonic()
        if sign == STOP:
            return now >= self.rested_at.get(STOP, 0)
        return now >= max(self.rested_at.get(KILL, 0), self.rested_at.get(STOP, 0))

    def note(self, sign: signal.Signals, seconds: float) -> None:
        if sign == STOP:
            self.rested_at[STOP] = time.monotonic() + seconds + STOP_REST_SECONDS
        else:
            self.rested_at[KILL] = time.monotonic() + self.rest_seconds


def list_targets(site: Site) -> list[Target]:
    """Return every part of a site, and the model's server beside it."""

    def part(name: str) -> Target:
        return Target(name, lambda: site.find_part(name), PART_REST_SECONDS)

    def children(of: str, name: str) -> Target:
        return Target(name, lambda: site.find_children(of), CHILD_REST_SECONDS)

    forked = (("web", "web process"), ("turns", "turns process"), ("ingest", "ingest process"))
    return [
        *(part(name) for name in site.parts),
        *(children(of, name) for of, name in forked),
        Target("model", site.upstream.find, MODEL_REST_SECONDS),
    ]


@dataclass
class Campaign:
    """Sends signals until there were enough or the time is over."""

    targets: list[Target]
    seed: int
    pause_seconds: float
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    # When what was sent, by the clock of this machine.
    log: list[tuple[float, str, str]] = field(default_factory=list)
    _going_on: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, count: int, seconds: float) -> None:
        choose = random.Random(self.seed)
        for target in self.targets:
            # Or all of them would be ended at once.
            target.rested_at[KILL] = time.monotonic() + choose.uniform(0, target.rest_seconds)
        ends = time.monotonic() + seconds
        while self.sent.total() < count and time.monotonic() < ends:
            for _ in range(2 if choose.random() < PAIRS else 1):
                await self._send(choose)
            await asyncio.sleep(choose.expovariate(1 / self.pause_seconds))
        if self._going_on:
            await asyncio.wait(self._going_on)

    async def _send(self, choose: random.Random) -> None:
        sign = choose.choice(SIGNS)
        rested = [each for each in self.targets if each.is_rested(sign)]
        if not rested:
            sign = STOP
            rested = [each for each in self.targets if each.is_rested(sign)]
        is_long = choose.random() < LONG_STOPS
        bounds = (STOP_SECONDS, MAX_STOP_SECONDS) if is_long else (MIN_STOP_SECONDS, STOP_SECONDS)
        seconds = choose.uniform(*bounds)
        choose.shuffle(rested)
        for target in rested:
            # In a thread: to find a container takes longer than those who read may wait.
            found = await asyncio.to_thread(target.find)
            if not found:
                continue
            process = choose.choice(found)
            with suppress(psutil.NoSuchProcess):
                process.send_signal(sign)
                self._note(target, sign, seconds)
                if sign == STOP:
                    task = asyncio.create_task(_go_on(process, seconds))
                    self._going_on.add(task)
                    task.add_done_callback(self._going_on.discard)
                return

    def _note(self, target: Target, sign: signal.Signals, seconds: float) -> None:
        target.note(sign, seconds)
        name = sign.name.removeprefix("SIG")
        self.sent[target.name, name] += 1
        told = f"{name} {seconds:.0f} s" if sign == STOP else name
        self.log.append((time.time(), target.name, told))


async def _go_on(process: psutil.Process, seconds: float) -> None:
    await asyncio.sleep(seconds)
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGCONT)
