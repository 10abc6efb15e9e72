"""A place to render long texts: away from the event loop, and few of them at a time.

Rendering is Python, so a thread that renders lets others run every few milliseconds, and the
event loop goes on. But each thread more that wants to run makes everybody wait longer, so no more
than `MAX_AT_ONCE` long texts are rendered in a process at a time, however many pages are opened.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from threading import BoundedSemaphore
from typing import TypeVar

R = TypeVar("R")

MAX_AT_ONCE = 2
# What takes some tens of milliseconds at most, whatever it is, and one or two as a rule.
SHORT = 1_000

_places = BoundedSemaphore(MAX_AT_ONCE)
_threads = ThreadPoolExecutor(max_workers=MAX_AT_ONCE, thread_name_prefix="markdown")


@contextmanager
def place(characters: int) -> Iterator[None]:
    """Hold a place while so many characters are rendered; short texts need none."""
    if characters <= SHORT:
        yield
        return
    with _places:
        yield


async def render_aside(characters: int, work: Callable[[], R]) -> R:
    """Return what the work on so many characters gives, without holding up the event loop."""
    if characters <= SHORT:
        return work()
    call = partial(copy_context().run, _hold_place, work)
    return await asyncio.get_running_loop().run_in_executor(_threads, call)


def _hold_place(work: Callable[[], R]) -> R:
    with _places:
        return work()
