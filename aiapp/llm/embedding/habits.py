"""The habits of services of embeddings, as this process has found them out."""

import logging
import re
from dataclasses import dataclass, field
from typing import Any

import httpx2

from aiapp.llm.embedding.endpoints import Endpoint
from aiapp.llm.openai_library import openai
from aiapp.llm.refusals.meaning import unescape

logger = logging.getLogger(__name__)

# Statuses of a request that the server does not take, and what it may have without.
UNNAMED = {400, 422}
SPARED = ("encoding_format", "dimensions")
_OF_THE_BATCH = re.compile(
    r"batch|at most \d+|too many (?:inputs|texts|items)|(?:array|list)[^.]{0,12} too long|too_long"
    r"|maximum (?:allowed|item)|inputs? (?:must|should|size|count|limit|cannot)|larger than|payload"
    r"|tokens per request|instance\(s\)|number of (?:texts|inputs|strings)|more than \d+"
    r"|single input"
    r"|不得超过|不能超过|最多"
)
# Services that take a text and no list, not even of one.
_WANTS_TEXT = re.compile(r"(?:must|should) be a (?:valid )?string|expected (?:a )?string")
# Models that read questions otherwise than texts, and want to be told which they get (NVIDIA).
_WANTS_KIND = re.compile(r"input_type[^.]{0,60}(?:required|must be)")


@dataclass(slots=True)
class Habits:
    """The number of texts that a model's service takes at once, and the options it refuses."""

    batch: int = 2**31
    left_out: set[str] = field(default_factory=set)
    takes_kind: bool = False
    takes_one_text: bool = False

    def shrink(self, size: int) -> None:
        """Send no more than so many texts at once from now on."""
        self.batch = min(self.batch, size)
        logger.warning("embedding_batch_shrunk", extra={"size": size})

    def learn_from(self, error: Exception, body: dict[str, Any]) -> bool:
        """Leave out what a refusal names, if that was in the request, and add what it wants."""
        if not isinstance(error, openai.APIStatusError) or error.status_code not in UNNAMED:
            return False
        words = error.response.text.lower()
        if not self.takes_one_text and _WANTS_TEXT.search(words):
            self.takes_one_text, self.batch = True, 1
            return len(body["input"]) == 1
        named = {key for key in SPARED if key in body and key in error.response.text}
        self.left_out |= named
        if "input_type" not in body and _WANTS_KIND.search(words):
            self.takes_kind = True
            return True
        return bool(named)


_habits: dict[tuple[Endpoint, str], Habits] = {}


def find_habits(endpoint: Endpoint, model: str) -> Habits:
    return _habits.setdefault((endpoint, model), Habits())


def is_of_the_batch(error: Exception) -> bool:
    if not isinstance(error, openai.APIStatusError):
        return False
    if _WANTS_TEXT.search(error.response.text.lower()) and error.status_code in UNNAMED:
        return True
    is_too_large = error.status_code == httpx2.codes.CONTENT_TOO_LARGE
    may_be = error.status_code in UNNAMED and _OF_THE_BATCH.search(
        unescape(error.response.text).lower()
    )
    return is_too_large or bool(may_be)
