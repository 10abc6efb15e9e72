"""Parsers that a signal ends after a page, run in the process of a parser."""

import os
import signal
from collections.abc import Iterator


def _end_by(number: int, first: int) -> Iterator[int | str]:
    yield 3
    yield f"Page {first}."
    os.kill(os.getpid(), number)


def kill(path: str, first: int) -> Iterator[int | str]:
    yield from _end_by(signal.SIGKILL, first)


def terminate(path: str, first: int) -> Iterator[int | str]:
    yield from _end_by(signal.SIGTERM, first)


def crash(path: str, first: int) -> Iterator[int | str]:
    yield from _end_by(signal.SIGSEGV, first)


def leave_out(path: str, first: int) -> Iterator[int | str]:
    """A second parser that crashes, too: on every other page of seven."""
    yield 7
    yield f"Page {first} was left out."
    if first < 7:
        yield f"Page {first + 1}."
    if first < 6:
        os.kill(os.getpid(), signal.SIGSEGV)


def stay(path: str, first: int) -> Iterator[int | str]:
    """A second parser that gets no further."""
    yield 7
    os.kill(os.getpid(), signal.SIGSEGV)
