"""A short list of models to begin with, by the memory that they need."""

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

GIGABYTE = 10**9


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A model of the list. `memory` is what a machine should have to spare, in GB."""

    memory: int
    repository: str
    file: str
    licence: str
    gigabytes: float
    expect: str


@cache
def list_suggestions() -> tuple[Suggestion, ...]:
    """Return the list, the smallest first."""
    text = Path(__file__).with_name("shortlist.toml").read_text(encoding="utf-8")
    return tuple(Suggestion(**row) for row in tomllib.loads(text)["model"])


def suggest(memory: int | None = None) -> Suggestion | None:
    """Return the largest model for a machine of so many bytes, by default for this one.

    Half of the memory is left to the rest of the site. None where even the smallest is too large.
    """
    total = memory or os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    fitting = [each for each in list_suggestions() if each.memory * GIGABYTE <= total / 2]
    return fitting[-1] if fitting else None
