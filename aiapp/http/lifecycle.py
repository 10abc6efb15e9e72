"""The beginning and the end of a web process.

At the end readiness goes first, then streams end and turns are handed over.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

logger = logging.getLogger(__name__)

_hooks: list[Callable[[], Awaitable[None]]] = []
_last_hooks: list[Callable[[], Awaitable[None]]] = []
_starts: list[Callable[[], object]] = []
_state = {"draining": False}
_tasks: set[asyncio.Task[None]] = set()


def on_startup(hook: Callable[[], object]) -> None:
    """Have a function called in the event loop before the first request."""
    _starts.append(hook)


def on_shutdown(hook: Callable[[], Awaitable[None]]) -> None:
    """Have a coroutine function called once when the process has been told to end."""
    _hooks.append(hook)


def on_end(hook: Callable[[], Awaitable[None]]) -> None:
    """Have a coroutine function called once when all connections of the process are closed."""
    _last_hooks.append(hook)


def draining() -> bool:
    """Check whether the process has been told to end."""
    return _state["draining"]


def begin_shutdown() -> None:
    """Called by the server in its event loop at the first signal, before it waits for requests."""
    if _state["draining"]:
        return
    _state["draining"] = True
    logger.info("shutdown_begun")
    for hook in _hooks:
        task = asyncio.ensure_future(hook())
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """ASGI's lifespan protocol; most work is done at the signal, before connections close."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            for hook in _starts:
                hook()
        if message["type"] == "lifespan.shutdown":
            for hook in _last_hooks:
                await hook()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
