"""A short list of models to begin with, by the memory that they need.

Each is its maker's own GGUF file. The hub has the last word on size and licence; these figures are
shown before it is asked.
"""

import os
from dataclasses import dataclass

from django.utils.translation import gettext_noop

GIGABYTE = 10**9


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A model of the list. `memory` is what a machine should have to spare for it, in GB."""

    memory: int
    repository: str
    file: str
    licence: str
    gigabytes: float
    expect: str


# The smallest first.
SUGGESTIONS = (
    Suggestion(
        memory=1,
        repository="Qwen/Qwen3-0.6B-GGUF",
        file="Qwen3-0.6B-Q8_0.gguf",
        licence="apache-2.0",
        gigabytes=0.6,
        expect=gettext_noop(
            "Short answers from a passage or two. Mistakes are common: open the sources."
        ),
    ),
    Suggestion(
        memory=4,
        repository="Qwen/Qwen3-4B-GGUF",
        file="Qwen3-4B-Q4_K_M.gguf",
        licence="apache-2.0",
        gigabytes=2.5,
        expect=gettext_noop(
            "Sound answers from documents, simple tools, many languages. A few words a second"
            " without a graphics card."
        ),
    ),
    Suggestion(
        memory=8,
        repository="Qwen/Qwen3-8B-GGUF",
        file="Qwen3-8B-Q4_K_M.gguf",
        licence="apache-2.0",
        gigabytes=5.0,
        expect=gettext_noop("Good answers and tools, at half the speed of the 4B model."),
    ),
    Suggestion(
        memory=16,
        repository="Qwen/Qwen3-14B-GGUF",
        file="Qwen3-14B-Q4_K_M.gguf",
        licence="apache-2.0",
        gigabytes=9.0,
        expect=gettext_noop("The best answers of these. Wants a fast machine or a graphics card."),
    ),
)


def suggest(memory: int | None = None) -> Suggestion | None:
    """Return the largest model for a machine of so many bytes, by default for this one.

    Half of the memory is left to the rest of the site. None where even the smallest is too large.
    """
    total = memory or os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    fitting = [each for each in SUGGESTIONS if each.memory * GIGABYTE <= total / 2]
    return fitting[-1] if fitting else None
