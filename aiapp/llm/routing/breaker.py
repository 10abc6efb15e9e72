"""Leaving a model alone that does not work, so that nobody waits for it in vain."""

import time
from collections import deque
from collections.abc import Callable

from django.conf import settings

from aiapp.llm.errors import ModelUnavailable


class Breaker:
    """Closed while a model works. Open, it refuses at once; after a while one request may probe.

    It opens after MODEL_BREAKER_FAULTS faults in a row within MODEL_BREAKER_SECONDS, and stays so
    for as long. 0 faults switch it off. Some servers answer with a 500, or hang up, whatever is
    odd about one person's question: faults of one asker keep the model from that one alone.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # When, and whose request it was.
        self._faults: deque[tuple[float, str]] = deque(maxlen=max(settings.MODEL_BREAKER_FAULTS, 1))
        self._open_until: float | None = None
        # Of those whose faults are nobody else's.
        self._alone_until: dict[str, float] = {}
        self._probing = False
        # Whose probe failed last, and until when others go first.
        self._failed_prober, self._others_first_until = "", 0.0

    @property
    def is_open(self) -> bool:
        return self._open_until is not None

    def enter(self, asker: str = "") -> None:
        """Begin a request. Raises ModelUnavailable while it is open."""
        now = self._clock()
        if (alone := self._alone_until.get(asker, 0.0) - now) > 0:
            raise _leave_alone(alone)
        if self._open_until is None:
            return
        wait = self._open_until - now
        if asker and asker == self._failed_prober:
            wait = max(wait, self._others_first_until - now)
        if wait > 0 or self._probing:
            raise _leave_alone(wait)
        self._probing = True

    def record_success(self) -> None:
        self._faults.clear()
        self._open_until, self._probing = None, False
        self._failed_prober = ""

    def record_fault(self, asker: str = "") -> None:
        """Count a fault. An asker without a name is the site itself."""
        now = self._clock()
        self._faults.append((now, asker))
        if not settings.MODEL_BREAKER_FAULTS:
            return
        full = len(self._faults) == self._faults.maxlen
        in_time = now - self._faults[0][0] <= settings.MODEL_BREAKER_SECONDS
        until = now + settings.MODEL_BREAKER_SECONDS
        if self._probing:
            self._open_until = until
            self._failed_prober = asker
            self._others_first_until = until + settings.MODEL_BREAKER_SECONDS
        elif full and in_time and self._is_one_askers():
            self._keep_from(asker, until)
        elif full and in_time:
            self._open_until = until
        self._probing = False

    def release_probe(self) -> None:
        """End a probe whose request told nothing: its reader has gone."""
        self._probing = False

    def _is_one_askers(self) -> bool:
        askers = {asker for _, asker in self._faults}
        return len(askers) == 1 and "" not in askers

    def _keep_from(self, asker: str, until: float) -> None:
        now = self._clock()
        alone = {who: end for who, end in self._alone_until.items() if end > now}
        self._alone_until = alone | {asker: until}


def _leave_alone(seconds: float) -> ModelUnavailable:
    return ModelUnavailable(code="model_away", retry_after=max(int(seconds) + 1, 1))
