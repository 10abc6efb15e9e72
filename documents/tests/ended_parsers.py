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
