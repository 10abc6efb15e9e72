"""The thoughts of a model as they come: kept with the answer, and timed."""

import time
from dataclasses import replace

from chat.log.events import Event, Kind
from chat.turns.results import Result

# More of them are shown while they come, and not kept.
MAX_KEPT_CHARS = 200_000


class Thinking:
    """Notes in a result what was thought for it, and in each thought how long that took so far."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._began: float | None = None
        self._spoke: float | None = None
        self._seconds = 0.0
        self._kept = 0

    def hear(self, event: Event) -> Event:
        """Return the event, with `seconds` if it is a thought."""
        now = time.monotonic()
        match event.kind:
            case Kind.REASONING:
                return self._think(event, now)
            case Kind.RESTARTED:
                # What was said so far turns out to be thoughts.
                self._began, self._spoke = self._began or self._spoke, None
            case Kind.STATUS | Kind.PASSAGES:
                pass
            case _:
                if self._began is not None:
                    self._seconds += now - self._began
                    self._began = None
                    self._result.thought_seconds = self._seconds
                if event.kind == Kind.DELTA:
                    self._spoke = self._spoke or now
        return event

    def _think(self, event: Event, now: float) -> Event:
        if self._began is None:
            self._began = now
            if self._kept:
                self._keep("\n\n")
        self._keep(event.data["text"])
        seconds = self._result.thought_seconds = self._seconds + now - self._began
        return replace(event, data=event.data | {"seconds": round(seconds, 1)})

    def _keep(self, text: str) -> None:
        text = text[: MAX_KEPT_CHARS - self._kept]
        self._kept += len(text)
        self._result.thoughts_told.append(text)
