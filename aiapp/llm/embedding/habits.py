"""The habits of services of embeddings, as this process has found them out."""

import re
from dataclasses import dataclass, field
from typing import Any

import httpx2

from aiapp.llm.embedding.endpoints import Endpoint
from aiapp.llm.openai_library import openai
from aiapp.llm.refusals.meaning import unescape

# Statuses of a request that the server does not take, and what it may have without.
UNNAMED = {400, 422}
SPARED = ("encoding_format", "dimensions")
_OF_THE_BATCH = re.compile(
    r"batch|at most \d+|too many (?:inputs|texts|items)|array too long|too_long|maximum allowed"
    r"|inputs? (?:must|should|size|count|limit)|larger than|payload|tokens per request"
    r"|不得超过|不能超过"
)
# Models that read questions otherwise than texts, and want to be told which they get (NVIDIA).
_WANTS_KIND = re.compile(r"input_type[^.]{0,60}(?:required|must be)")


@dataclass(slots=True)
class Habits:
    """The number of texts that a model's service takes at once, and the options it refuses."""

    batch: int = 2**31
    left_out: set[str] = field(default_factory=set)
    takes_kind: bool = False

    def learn_from(self, error: Exception, body: dict[str, Any]) -> bool:
        """Leave out what a refusal names, if that was in the request, and add what it wants."""
        if not isinstance(error, openai.APIStatusError) or error.status_code not in UNNAMED:
            return False
        named = {key for key in SPARED if key in body and key in error.response.text}
        self.left_out |= named
        if "input_type" not in body and _WANTS_KIND.search(error.response.text.lower()):
            self.takes_kind = True
            return True
        return bool(named)


_habits: dict[tuple[Endpoint, str], Habits] = {}


def find_habits(endpoint: Endpoint, model: str) -> Habits:
    return _habits.setdefault((endpoint, model), Habits())


def is_of_the_batch(error: Exception) -> bool:
    if not isinstance(error, openai.APIStatusError):
        return False
    is_too_large = error.status_code == httpx2.codes.CONTENT_TOO_LARGE
    may_be = error.status_code in UNNAMED and _OF_THE_BATCH.search(
        unescape(error.response.text).lower()
    )
    return is_too_large or bool(may_be)
