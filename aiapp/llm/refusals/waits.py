"""The time that a server asks to wait, in its headers or in words."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from aiapp.text.mail_dates import read_mail_date

MAX_RETRY_AFTER_SECONDS = 3600

_LENGTH = re.compile(r"(\d{1,18}(?:\.\d{1,18})?)\s{0,3}(ms|[hms])", re.ASCII)
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_SAID = re.compile(
    r"(?:(?:try again|retry|available|resets?) in|retry after|wait(?: for)?|\"retrydelay\": ?\")"
    r"\s*([0-9][0-9.hms ]{0,19})",
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
        if (until := read_mail_date(value)) is None:
            return None
        seconds = (until - datetime.now(UTC)).total_seconds()
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
