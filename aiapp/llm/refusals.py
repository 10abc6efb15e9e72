"""The meaning of an error of a model's endpoint, whichever vendor's it is.

Statuses mean less than they should: servers send 400 for a wrong key, 413 for a rate limit, 500
for a role that a template does not know, and 200 with an error in the stream. So the words count
as well. They are the vendors' own, as public reports quote them; nothing of them is shown to the
person who asked.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from aiapp.llm.errors import (
    BadRequest,
    BrokenAnswer,
    ContextTooLong,
    ModelBusy,
    ModelError,
    ModelRefused,
    ModelUnavailable,
)

MAX_RETRY_AFTER_SECONDS = 3600
MAX_WORDS = 4_000
TOO_LARGE = 413
OWN_FAULT = 500
STATUSES = range(400, 600)
# 529 is Anthropic's own status for "overloaded".
# ... and 498 Groq's for a full tier.
BUSY = {425, 429, 498, 529}
REFUSED = {401, 402, 403, 404, 405}
# 424 is that of Hugging Face's servers for what went wrong while they wrote.
AWAY = {408, 409, 424, 499}


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words))


# Nobody has paid, or what was paid is used up: waiting does not help.
_UNPAID = _any(
    "insufficient_quota",
    "insufficient[ _](?:account )?(?:credit|balance|funds)",
    "credit balance",
    "billing_(?:not_active|hard_limit)",
    "billing hard limit",
    "not active, please check your billing",
    "payment required",
    "requires more credits",
    "exceeded[ _](?:your[ _])?(?:current[ _])?quota",
    "arrearage",
)
# ... but these tell when it does, as Gemini's free limits do in the same sentence.
_PASSES = _any("retrydelay", "per[ _]?minute", "retry in [0-9]", "try again in [0-9]")
_TOO_MANY = _any(
    "rate[ _-]?limit",
    "per[ _]minute",
    "per[ _]second",
    r"\b[tr]pm\b",
    "too many (?:concurrent )?requests",
    "please wait before trying again",
    "throttl",
    "resource_exhausted",
    "concurrency limit",
)
_OVERLOADED = _any("overloaded", "at capacity", "server is busy", "queue is full")
_KEY = _any(
    "invalid[ _]api[ _]key",
    "incorrect api key",
    "api key (?:not valid|expired|is missing)",
    "api_key_invalid",
    "authentication[ _](?:error|failed)",
    "unauthorized",
    "permission[ _]denied",
)
_NO_MODEL = _any(
    "model_not_found",
    "model not found",
    "no such model",
    "unknown model",
    "invalid model",
    r"model[^.]{0,120}(?:does not exist|not found|is not available|is not a valid model)",
    "no models? loaded",
    "model[ _]not[ _]exist",
    "not a valid model",
    "decommissioned",
    "unable to access model",
    "model_not_supported",
    "deploymentnotfound",
)
_TOO_LONG = _any(
    "context[ _]?(?:length|size|window|limit)",
    "maximum context",
    "exceed_context",
    "context the overflows",
    "context overflow",
    "(?:prompt|prompt tokens|input|inputs)(?: is| are)? too long",
    r"(?:prompt|input)(?: length)?(?: of)?(?: \d+)?(?: tokens)? exceeds",
    "input length should be",
    "max(?:imum)? (?:input|model|sequence|message|prompt) (?:length|tokens|characters)",
    "number of input tokens",
    "expected maxlength",
    "range of input length",
    "too large for model with",
    "input token count",
    "input tokens exceed",
    "model token limit",
    "maximum number of tokens",
    "too many (?:input )?tokens",
    "max_new_tokens. must be <=",
    "inputs. must have less than",
    "string_above_max_length",
    "reduce the length of",
    "request too large",
    "longer than the (?:maximum )?model",
)
_FILTERED = _any(
    "content[ _]?filter",
    "content management policy",
    "content[ _]?policy",
    "content exists risk",
    "responsibleaipolicyviolation",
    "prohibited_content",
    "data_inspection_failed",
    "inappropriate content",
    "sensitive ?content",
    "new_sensitive",
    "usage (?:guidelines|polic)",
    "safety system",
    "requires moderation",
    "input was flagged",
)


def interpret(status: int, headers: Mapping[str, str], text: str) -> ModelError:
    """Return the error for an answer with this status. `text` is its body."""
    text = text[:MAX_WORDS]
    error = _interpret(status, text.lower())
    if error.retryable:
        error.retry_after = wait(headers, text)
    error.upstream_text, error.upstream_status = text, status
    return error


def interpret_error(error: Any) -> ModelError:
    """Return the error for an error object in a stream, whose code may be a number or a word."""
    text = error if isinstance(error, str) else json.dumps(error, default=str)
    status = _find_status(error)
    found = interpret(status, {}, text)
    if type(found) is BadRequest and found.reason == BadRequest.code and not status:
        # Nothing that it says tells whose fault it was.
        found = BrokenAnswer(code="upstream_error")
        found.upstream_text = text[:MAX_WORDS]
    return found


def _find_status(error: Any) -> int:
    """Return the HTTP status that an error object names; 0 without one."""
    for name in ("code", "status", "status_code", "http_code") if isinstance(error, dict) else ():
        code = str(error.get(name))
        if code.isdecimal() and int(code[:4]) in STATUSES:
            return int(code)
    return 0


def _interpret(status: int, words: str) -> ModelError:  # noqa: C901, PLR0911 - a case a meaning
    if status == 402 or (_UNPAID.search(words) and not _PASSES.search(words)):  # noqa: PLR2004
        return ModelRefused()
    if _FILTERED.search(words) and (status in {403, TOO_LARGE} or not _is_of_the_server(status)):
        return BadRequest("The model's own filter refused the question.", code="content_filtered")
    if status in REFUSED:
        return ModelRefused()
    if status in BUSY:
        return ModelBusy()
    if _TOO_MANY.search(words):
        return ModelBusy()
    if _TOO_LONG.search(words):
        return ContextTooLong()
    if status >= OWN_FAULT or status in AWAY:
        return ModelUnavailable()
    if _KEY.search(words) or _NO_MODEL.search(words):
        return ModelRefused()
    if _OVERLOADED.search(words):
        return ModelBusy()
    return ContextTooLong() if status == TOO_LARGE else BadRequest()


def _is_of_the_server(status: int) -> bool:
    return status >= OWN_FAULT or status in REFUSED | BUSY | AWAY


# -- How long to wait -------------------------------------------------------------------------

_LENGTH = re.compile(r"(\d{1,18}(?:\.\d{1,18})?)\s{0,3}(ms|[hms])", re.ASCII)
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_SAID = re.compile(
    r"(?:try again in|retry in|retry after|\"retrydelay\": ?\")\s*([0-9.hms ]{1,20})",
    re.IGNORECASE | re.ASCII,
)
_BUCKETS = ("requests", "tokens")


def wait(headers: Mapping[str, str], text: str) -> int | None:
    """Return how many seconds to wait, as the headers or the words say; None if neither does."""
    if (seconds := parse_retry_after(headers.get("retry-after", ""))) is not None:
        return seconds
    if milliseconds := headers.get("retry-after-ms", ""):
        return _clamp(_number(milliseconds) / 1000)
    if match := _SAID.search(text):
        return _clamp(_length(match[1]))
    resets = [
        _length(headers.get(f"x-ratelimit-reset-{bucket}", ""))
        for bucket in _BUCKETS
        if headers.get(f"x-ratelimit-remaining-{bucket}", "0") == "0"
    ]
    known = [reset for reset in resets if math.isfinite(reset)]
    return _clamp(max(known)) if known else None


def parse_retry_after(value: str) -> int | None:
    """Return the seconds of a Retry-After: a number, a length or a date. None if it is neither."""
    seconds = _length(value)
    if not math.isfinite(seconds):
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, IndexError):
            return None
    return _clamp(seconds)


def _length(value: str) -> float:
    """Return the seconds of `6m0s`, `120ms`, `1.5s` or a bare number; NaN if it is none."""
    value = value.strip().rstrip(".")
    parts = _LENGTH.findall(value)
    if parts and not _LENGTH.sub("", value).strip():
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return _number(value)


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def _clamp(seconds: float) -> int | None:
    return (
        min(max(math.ceil(seconds), 0), MAX_RETRY_AFTER_SECONDS) if math.isfinite(seconds) else None
    )
