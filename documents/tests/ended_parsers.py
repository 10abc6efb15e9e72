"""Parsers that a signal ends after a page, run in the process of a parser."""

import os
import signal
from collections.abc import Iterator


def _ended_by(number: int, first: int) -> Iterator[int | str]:
    yield 3
    yield f"Page {first}."
    os.kill(os.getpid(), number)


def killed(path: str, first: int) -> Iterator[int | str]:
    yield from _ended_by(signal.SIGKILL, first)


def terminated(path: str, first: int) -> Iterator[int | str]:
    yield from _ended_by(signal.SIGTERM, first)


def crashed(path: str, first: int) -> Iterator[int | str]:
    yield from _ended_by(signal.SIGSEGV, first)
