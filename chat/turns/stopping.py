"""Stopping a running answer from outside, without ending the task that makes it."""

import asyncio
from types import TracebackType
from typing import Self


class Stop:
    """A block that `request` leaves early, as a time-out leaves `asyncio.timeout`.

    Inside, the running task is cancelled; on the way out that cancellation - and only that one -
    is taken back. A cancellation from elsewhere (shutdown, a lost lease) goes on as it should.
    """

    def __init__(self) -> None:
        self.requested = False
        self.stopped = False
        self._task: asyncio.Task[object] | None = None

    def request(self) -> None:
        """Ask for the stop; may be called before, during or after the block."""
        self.requested = True
        if self._task is not None and not self.stopped:
            self.stopped = True
            self._task.cancel(msg="stop")

    async def __aenter__(self) -> Self:
        self._task = asyncio.current_task()
        if self.requested and self._task is not None:
            self.stopped = True
            self._task.cancel(msg="stop")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        task, self._task = self._task, None
        if not self.stopped or task is None:
            return False
        # Other cancellations that arrived meanwhile remain and are raised again by the loop.
        return task.uncancel() == 0 and kind is asyncio.CancelledError
