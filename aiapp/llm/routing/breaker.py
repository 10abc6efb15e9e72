"""Leaving a model alone that does not work, so that nobody waits for it in vain."""

import time
from collections import deque
from collections.abc import Callable

from django.conf import settings

from aiapp.llm.errors import ModelUnavailable


class Breaker:
    """Closed while a model works. Open, it refuses at once; after a while one request may probe.

    It opens after MODEL_BREAKER_FAULTS faults in a row within MODEL_BREAKER_SECONDS, and stays so
    for as long. 0 faults switch it off.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._faults: deque[float] = deque(maxlen=max(settings.MODEL_BREAKER_FAULTS, 1))
        self._open_until: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        return self._open_until is not None

    def enter(self) -> None:
        """Begin a request. Raises ModelUnavailable while it is open."""
        if self._open_until is None:
            return
        wait = self._open_until - self._clock()
        if wait > 0 or self._probing:
            raise ModelUnavailable(code="model_away", retry_after=max(int(wait) + 1, 1))
        self._probing = True

    def record_success(self) -> None:
        self._faults.clear()
        self._open_until, self._probing = None, False

    def record_fault(self) -> None:
        now = self._clock()
        self._faults.append(now)
        if not settings.MODEL_BREAKER_FAULTS:
            return
        full = len(self._faults) == self._faults.maxlen
        in_time = now - self._faults[0] <= settings.MODEL_BREAKER_SECONDS
        if self._probing or (full and in_time):
            self._open_until = now + settings.MODEL_BREAKER_SECONDS
        self._probing = False

    def release_probe(self) -> None:
        """End a probe whose request told nothing: its reader has gone."""
        self._probing = False
