"""Steps with the time they took, and an end with a reason, as an operator sees them."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class Failure(Exception):
    """Something that the operator has to know about, in words."""


@contextmanager
def step(name: str) -> Iterator[None]:
    began = time.monotonic()
    say(f"{name} …")
    yield
    say(f"{name}: {time.monotonic() - began:.1f} s")


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def end(reason: Exception) -> NoReturn:
    say(f"\n{reason}")
    sys.exit(1)
