"""Before each model: its places and its breaker, and the figures of what goes through.

A process has its own for each model at each endpoint, see docs/adr/0012. They belong to an event
loop, as the connections do.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from prometheus_client import Counter, Gauge

from aiapp.concurrency.per_loop import PerLoop
from aiapp.llm import vendors
from aiapp.llm.base import Piece, Prompt, Waiting
from aiapp.llm.catalogue import facts
from aiapp.llm.errors import BrokenAnswer, ModelError, ModelUnavailable
from aiapp.llm.routing.breaker import Breaker
from aiapp.llm.routing.places import Places
from aiapp.observability.requests import REGISTRY
from aiapp.serving import siblings

REQUESTS = Counter(
    "aiapp_model_requests",
    "Requests to models, by what came of them.",
    ("model", "outcome"),
    registry=REGISTRY,
)
ANSWERING = Gauge(
    "aiapp_model_answering", "Answers that are being made.", ("model",), registry=REGISTRY
)
WAITING = Gauge(
    "aiapp_model_waiting", "Questions that wait for a place.", ("model",), registry=REGISTRY
)
AWAY = Gauge("aiapp_model_away", "1 while a model is left alone.", ("model",), registry=REGISTRY)
# What tells that an endpoint does not work; a busy one does.
FAULTS = (ModelUnavailable, BrokenAnswer)

_gates: PerLoop[dict[tuple[str, ...], "Gate"]] = PerLoop(dict)


def gate(model: str) -> "Gate":
    """The running loop's gate of a model."""
    place = vendors.find_place(model)
    key = place.vendor, place.base_url, place.model, model
    mine = _gates.get()
    if key not in mine:
        mine[key] = Gate(model, place)
    # Its key may be another one by now.
    mine[key].place = place
    return mine[key]


class Gate:
    def __init__(self, model: str, place: vendors.Place) -> None:
        self._model, self.place = model, place
        self._breaker = Breaker()
        self._places = Places()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """One request to the model, when it has a place. Raises a ModelError."""
        # The bound is one of the whole server, or else more processors would overrun the model.
        if not self._places.try_take(siblings.divide(facts.concurrency(self._model))):
            yield Waiting()
            with WAITING.labels(self._model).track_inprogress():
                await self._places.take(prompt.owner)
        try:
            async with aclosing(self._ask_vendor(prompt)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            self._places.free()

    async def _ask_vendor(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        self._breaker.enter(prompt.owner)
        outcome = "left"
        try:
            place = self.place
            client = await vendors.client_at(place)
            if place.model != prompt.model:
                prompt = replace(prompt, model=place.model)
            with ANSWERING.labels(self._model).track_inprogress():
                async with aclosing(client.stream(prompt)) as pieces:
                    async for piece in pieces:
                        yield piece
            outcome = "answered"
        except ModelError as error:
            outcome = error.reason
            # Who asks for one word, or to stop before it, gets nothing from a model that works.
            is_fault = isinstance(error, FAULTS) and error.reason != "empty_answer"
            self._note(prompt.owner, working=not is_fault)
            raise
        else:
            self._note(prompt.owner, working=True)
        finally:
            if outcome == "left":
                self._breaker.release_probe()
            REQUESTS.labels(self._model, outcome).inc()

    def _note(self, asker: str, *, working: bool) -> None:
        if working:
            self._breaker.record_success()
        else:
            self._breaker.record_fault(asker)
        AWAY.labels(self._model).set(self._breaker.is_open)
