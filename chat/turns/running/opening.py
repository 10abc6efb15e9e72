"""The opening of a later attempt, which readers are told once it has something to show.

Until then they keep on their screens what the attempt before has said, rather than nothing.
"""

from chat.log.events import Event, Kind
from chat.log.stream import TurnLog

# What is worth to be shown in the place of the words before.
SHOWN = {Kind.DELTA, Kind.TOOL_CALL, Kind.CONFIRM, Kind.ERROR}


class Opening:
    """Appends an attempt's events to its log, from the first that is worth it."""

    def __init__(self, log: TurnLog, attempt: int, *, is_heard: bool) -> None:
        self._log = log
        self._held: list[Event] = []
        self._is_open = attempt == 1
        if attempt > 1:
            self.append(Event(Kind.RESTARTED, {"attempt": attempt}))
        if not is_heard:
            self.end()

    def append(self, event: Event) -> None:
        if self._is_open:
            self._log.append(event)
            return
        self._held.append(event)
        if event.kind in SHOWN:
            self.end()

    def end(self) -> None:
        """Hold nothing back any more."""
        self._is_open = True
        for event in self._held:
            self._log.append(event)
        self._held.clear()
