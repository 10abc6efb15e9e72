"""A bound on the answers that a model makes at once, and the queue for the next place."""

import asyncio
from collections import deque


class Places:
    """So many places, given in turn to those who wait.

    Each owner has a queue of its own, and the queues take turns: whoever asks a hundred questions
    waits behind nobody's one. Belongs to one event loop.
    """

    def __init__(self) -> None:
        self._in_use = 0
        # The first is next; a queue goes to the end when one of it was served.
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    def try_take(self, limit: int) -> bool:
        """Take a place if there is one and nobody waits. A limit of 0 bounds nothing."""
        if limit and (self._in_use >= limit or self._queues):
            return False
        self._in_use += 1
        return True

    async def take(self, owner: str) -> None:
        """Wait for a place."""
        place = asyncio.get_running_loop().create_future()
        self._queues.setdefault(owner, deque()).append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                # It was given a place at the moment of leaving.
                self.free()
            else:
                self._forget(owner, place)
            raise

    def free(self) -> None:
        """Give a place back: to the next who waits, if anybody does."""
        while self._queues:
            owner = next(iter(self._queues))
            queue = self._queues.pop(owner)
            place = queue.popleft()
            if queue:
                self._queues[owner] = queue
            # Whoever is leaving at this moment may still stand in line.
            if not place.done():
                place.set_result(None)
                return
        self._in_use -= 1

    def _forget(self, owner: str, place: asyncio.Future[None]) -> None:
        queue = self._queues.get(owner)
        if queue is not None and place in queue:
            queue.remove(place)
            if not queue:
                del self._queues[owner]
