"""The figures that an attempt at a turn adds to the site's, written once when it is over."""

import time
from dataclasses import dataclass, field

from django.conf import settings
from django.utils import timezone

from aiapp.observability import figures
from chat.log.events import Event, Kind
from chat.models import Turn
from chat.turns.results import Result

SPOKEN = {Kind.DELTA, Kind.REASONING}


@dataclass(slots=True)
class Measure:
    turn: Turn
    # When this process began with it, by a clock that nobody sets.
    start: float = field(default_factory=time.monotonic)
    # From the question to the first words, in seconds.
    first_text: float | None = None

    def hear(self, event: Event) -> None:
        if self.first_text is None and event.kind in SPOKEN:
            self.first_text = self._age()

    async def record(self, result: Result) -> None:
        state, model = result.state.value, result.stand_in or self.turn.model
        changes = [
            *figures.TURNS.add(1, state),
            *figures.TURN_SECONDS.add(self._age(), state),
            *figures.TOKENS.add(result.prompt_tokens, model, "in"),
            *figures.TOKENS.add(result.completion_tokens, model, "out"),
        ]
        if settings.RESPONSE_CACHE_SECONDS and result.state == Turn.State.DONE:
            outcome = "hit" if result.cached else "afresh" if self.turn.fresh else "miss"
            changes += figures.ANSWERS.add(1, outcome)
        if self.first_text is not None and self.turn.attempt == 1:
            changes += figures.FIRST_TEXT.add(self.first_text)
        await figures.record(*changes)

    def _age(self) -> float:
        """Return the seconds since the question was accepted.

        A first attempt begins with that, in this process. What went before a later one is told by
        two machines' clocks, and is a figure only.
        """
        here = time.monotonic() - self.start
        if self.turn.attempt == 1:
            return here
        return max(here, (timezone.now() - self.turn.created).total_seconds())
