"""The growth of the cost of reading a text with its length, in CPU time of the thread.

Wall-clock time would be that of the machine's other work. A text is doubled and doubled again
until it costs enough to be told from noise, or has reached its longest; what grows much faster than
its text is given up early, so that a pattern without end costs a test a second and not an hour.
"""

import gc
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

# Small enough that even what doubles with each character comes to an end.
STEPS = (16, 24, 32, 48, 64, 96, 128, 192, 256, 1_024, 4_096, 16_384, 65_536)
MAX_LENGTH = STEPS[-1]
# Four times the text takes 4 times the time where it is linear, 16 where it is quadratic.
MAX_GROWTH = 8.0
# Below this, growth is told by chance.
MEASURABLE = 0.008
# Where a step costs less, the longest text costs too little to matter even if it is quadratic.
NEGLIGIBLE = {1_024: 0.00002, 4_096: 0.00012, 16_384: 0.0015}
# What grows no faster than this from one step to the next, and is told from noise, is linear, but
# for a square which is less than a tenth of it: with that, the longest text costs at most so many
# times what this one does.
SETTLED_GROWTH, SETTLED = 5.0, 0.00002
MAX_REST_TIMES = {4_096: 80, 16_384: 8}
# Of these lengths a hundredth of a second is far too much in any case.
SHORT = 256
# After a cheap one of those the length is doubled at once: what doubles with each few characters is
# squared by that, which is a few hundredths of a second at most.
CHEAP = 0.00002
BETWEEN = frozenset((24, 48, 96, 192))
GIVEN_UP = 1.0
TRIES = 3
# A piece of work like those that are measured, and its seconds on the machine of the bounds.
_WORK = re.compile(r"(?<!\w)(?:january|february|march|april|may|june|july) \d\d?", re.IGNORECASE)
_WORK_TEXT, _WORK_SECONDS = "\"' " * 20_000, 0.0056
# No machine is slower than this by what others do on it; beyond, the text is to blame.
MAX_SLOWNESS = 4.0


@dataclass(slots=True)
class Cost:
    """Seconds of CPU by length, and why it is too much; `fault` is empty where it is not."""

    seconds: dict[int, float] = field(default_factory=dict)
    fault: str = ""

    @property
    def worst(self) -> float:
        return max(self.seconds.values(), default=0.0)


def cpu(call: Callable[[str], object], text: str) -> float:
    """Return the seconds of CPU of a call, without those of collecting everybody's garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        began = time.thread_time()
        call(text)
        return time.thread_time() - began
    finally:
        if was_on:
            gc.enable()


def measure(
    call: Callable[[str], object], make: Callable[[int], str], most: float, *, whole: bool = False
) -> Cost:
    """The cost of a text's steps. `most` is the most seconds that the longest may take.

    Without `whole`, the longest are left out where shorter ones show what they cost.
    """
    cost = Cost()
    before, text_before = 0.0, ""
    # What is loaded with the first text is no cost of the text.
    call(make(0))
    for length in _list_steps(cost.seconds):
        text = make(length)
        took = cpu(call, text)
        if length <= SHORT and took < MEASURABLE:
            # Too short to settle anything, and too cheap for a fault: most of all texts.
            cost.seconds[length] = took
            before, text_before = took, text
            continue
        fault = _fault(length, took, before, most)
        if fault and length > SHORT and took < GIVEN_UP:
            # The least of several is the one that was disturbed least.
            took = min(took, _least(call, text))
            fault = _fault(length, took, before, most)
            if fault and before:
                # What the shorter text took may have been measured in a good moment.
                before = max(before, _least(call, text_before))
            if fault:
                took = min(took, _least(call, text))
                fault = _fault(length, took, before, most * slowness())
        cost.seconds[length] = took
        if fault:
            cost.fault = fault
            break
        measure_shorter = partial(cpu, call, text_before)
        if not whole and _is_settled(length, took, before, most, measure_shorter):
            break
        before, text_before = took, text
    return cost


def _list_steps(seconds: Mapping[int, float]) -> Iterator[int]:
    """Yield one length after another, given what the shorter ones took until then."""
    before = CHEAP
    for length in STEPS:
        if length not in BETWEEN or before >= CHEAP:
            yield length
            before = seconds[length]


def _least(call: Callable[[str], object], text: str) -> float:
    return min(cpu(call, text) for _ in range(TRIES - 1))


def slowness() -> float:
    """Return how much slower this machine is just now than that of the bounds; at least 1.

    CPU time grows as well where two threads share a core and its caches.
    """
    took = min(cpu(_WORK.findall, _WORK_TEXT) for _ in range(TRIES))
    return min(max(took / _WORK_SECONDS, 1.0), MAX_SLOWNESS)


def _is_settled(
    length: int, took: float, before: float, most: float, measure_shorter: Callable[[], float]
) -> bool:
    """Tell if longer texts have nothing more to show."""
    if took < NEGLIGIBLE.get(length, 0.0):
        return True
    if length not in MAX_REST_TIMES or took * MAX_REST_TIMES[length] > most:
        return False
    # What the shorter text took may have been measured in a bad moment.
    return _is_linear(took, before) and _is_linear(took, min(before, measure_shorter()))


def _is_linear(took: float, before: float) -> bool:
    return before > SETTLED and took < before * SETTLED_GROWTH


def _fault(length: int, took: float, before: float, most: float) -> str:
    allowed = max(most * length / MAX_LENGTH, MEASURABLE * 4)
    if took > allowed * (4 if length < MAX_LENGTH else 1):
        return (
            f"{length:,} characters cost {took * 1000:,.0f} ms; allowed are {allowed * 1000:,.0f}"
        )
    if took > MEASURABLE * 2 and before > MEASURABLE / 8 and took > before * MAX_GROWTH:
        return f"{length:,} characters cost {took / before:.0f} times what a quarter of them did"
    return ""
