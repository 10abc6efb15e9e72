"""The beginning and the end of a web process.

At the end readiness goes first. What is under way goes on for a while (`aiapp.server`), and readers
of streams stay as long as nobody else serves them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

logger = logging.getLogger(__name__)

_hooks: list[Callable[[], Awaitable[None]]] = []
_last_hooks: list[Callable[[], Awaitable[None]]] = []
_starts: list[Callable[[], object]] = []
_state = {"draining": False, "staying": False, "hurried": False}
_tasks: set[asyncio.Task[None]] = set()
_beside: set[asyncio.Task[None]] = set()


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


def is_leaving() -> bool:
    """Check whether streams are to end, since their readers are served elsewhere or not at all."""
    return _state["draining"] and not _state["staying"]


def leave() -> None:
    """Have streams end; their readers may go on elsewhere."""
    _state["staying"] = False


def hurry() -> None:
    """Have nothing go on any longer."""
    _state["hurried"] = True


def is_hurried() -> bool:
    """Check whether the process has been told to end at once."""
    return _state["hurried"]


def has_ended_work() -> bool:
    """Check whether all that was to be done at the end of the process is done."""
    return not _tasks


def run_soon(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine beside what else the process does."""
    task = asyncio.ensure_future(work)
    _beside.add(task)
    task.add_done_callback(_beside.discard)


def begin_shutdown() -> None:
    """Called by the server in its event loop at the first signal, before it waits for requests."""
    if _state["draining"]:
        return
    _state["draining"] = _state["staying"] = True
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
