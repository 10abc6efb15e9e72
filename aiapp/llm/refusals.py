"""What an HTTP status of a model's endpoint means, whichever vendor's it is."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from aiapp.llm.errors import (
    BadRequest,
    ContextTooLong,
    ModelBusy,
    ModelError,
    ModelRefused,
    ModelUnavailable,
)

RETRY_AFTER_MOST = 3600
TOO_LARGE = 413
OWN_FAULT = 500
# Anthropic's own status for "overloaded".
BUSY = {429, 529}
REFUSED = {401, 402, 403, 404}
# The words with which vendors say that nobody has paid.
UNPAID = ("insufficient_quota", "billing", "credit balance")
# ... and that a prompt is longer than the model can read.
TOO_LONG = ("context_length", "context_size", "context length", "prompt is too long")


def meaning(status: int, headers: Mapping[str, str], told: str) -> ModelError:
    """The error for an answer with this status. `told` is its body, of which nothing is shown."""
    told = told.lower()
    later = retry_after(headers.get("retry-after", ""))
    if status in REFUSED or (status < OWN_FAULT and any(words in told for words in UNPAID)):
        return ModelRefused()
    if status in BUSY:
        return ModelBusy(retry_after=later)
    if status >= OWN_FAULT or status in {408, 409}:
        return ModelUnavailable(retry_after=later)
    if status == TOO_LARGE or any(words in told for words in TOO_LONG):
        return ContextTooLong()
    return BadRequest()


def retry_after(value: str) -> int | None:
    """Seconds from a Retry-After, which is a number or a date; None if it is neither."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(math.ceil(seconds), 0), RETRY_AFTER_MOST) if math.isfinite(seconds) else None
