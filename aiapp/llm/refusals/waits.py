"""The time that a server asks to wait, in its headers or in words."""

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from aiapp.text.mail_dates import read_mail_date

MAX_RETRY_AFTER_SECONDS = 3600
# A number beyond it is no length but a moment, in seconds or in milliseconds since 1970.
MIN_MOMENT, MIN_MOMENT_IN_MS = 1_000_000_000, 1_000_000_000_000

_LENGTH = re.compile(
    r"(\d{1,18}(?:\.\d{1,18})?)\s{0,3}"
    r"(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|秒|分钟)?"
    r"(?![a-z])[\s,.]{0,3}",
    re.ASCII | re.IGNORECASE,
)
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "秒": 1.0, "分钟": 60.0}
_SAID = re.compile(
    r"(?:(?:again|retry|retrying|available|resets?) (?:in|after)|wait(?: for)?|请在"
    r"|retry[-_ ]?(?:after|delay)(?:[-_ ](ms|seconds))?[\"']?|seconds_until_reset[\"']?)"
    r"[\s:=]{0,3}(?:(?:about|another) )?[\"']?([0-9][0-9a-z.,秒分钟 ]{0,40})",
    re.IGNORECASE | re.ASCII,
)
# Limits that come back tomorrow, whose servers do not say when that is.
_DAILY = re.compile(r"per[ _-]?day|daily|\((?:tpd|rpd)\)", re.IGNORECASE)
_RESET = re.compile(r"(?:x-|anthropic-)?ratelimit-(?:reset(?:-after)?|reset-(.+)|(.+)-reset)")


def wait(headers: Mapping[str, str], text: str) -> int | None:
    """Return how many seconds to wait, as the headers or the words say; None if neither does."""
    if (seconds := parse_retry_after(headers.get("retry-after", ""))) is not None:
        return seconds
    if milliseconds := headers.get("retry-after-ms", ""):
        return _clamp(_number(milliseconds) / 1000)
    if match := _SAID.search(text):
        unit = "ms" if (match[1] or "").lower() == "ms" else "s"
        return _clamp(_add_lengths(match[2], unit)[0])
    known = list(_list_resets(headers))
    if known:
        return _clamp(max(known))
    return MAX_RETRY_AFTER_SECONDS if _DAILY.search(text) else None


def _list_resets(headers: Mapping[str, str]) -> Iterator[float]:
    """Yield when the limits that are used up come back, by the headers of OpenAI and others."""
    named = {name.lower(): value for name, value in headers.items()}
    for name, value in named.items():
        if found := _RESET.fullmatch(name):
            bucket = found[1] or found[2] or ""
            remaining = name.replace("reset-after", "remaining").replace("reset", "remaining")
            is_used_up = named.get(remaining, "0") == "0"
            seconds = _until(value) if is_used_up or not bucket else math.nan
            if math.isfinite(seconds):
                yield seconds


def parse_retry_after(value: str) -> int | None:
    """Return the seconds of a Retry-After: a number, a length or a date. None if it is neither."""
    return _clamp(_until(value))


def _until(value: str) -> float:
    """Return the seconds of a length, or until a moment; NaN if it is neither."""
    seconds = _length(value)
    if seconds >= MIN_MOMENT:
        seconds = seconds / 1000 if seconds >= MIN_MOMENT_IN_MS else seconds
        return seconds - datetime.now(UTC).timestamp()
    if math.isfinite(seconds) or not value:
        return seconds
    until = read_mail_date(value)
    with suppress(ValueError):
        until = until or datetime.fromisoformat(value.strip())
    if until is None or until.tzinfo is None:
        return math.nan
    return (until - datetime.now(UTC)).total_seconds()


def _length(value: str) -> float:
    """Return the seconds of `6m0s`, `120ms`, `1.5s` or a bare number; NaN if it is none."""
    value = value.strip().rstrip(".")
    seconds, end = _add_lengths(value, "s")
    return seconds if end and end == len(value) else _number(value)


def _add_lengths(value: str, unit: str) -> tuple[float, int]:
    """Return the seconds of the lengths that a text begins with, and where they end."""
    seconds, at = math.nan, 0
    while (part := _LENGTH.match(value, at)) and (part[2] or not at):
        name = (part[2] or unit).lower()
        name = name if name in _SECONDS else "ms" if name.startswith("milli") else name[0]
        seconds = (0.0 if math.isnan(seconds) else seconds) + float(part[1]) * _SECONDS[name]
        at = part.end()
    return seconds, at


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def _clamp(seconds: float) -> int | None:
    return (
        min(max(math.ceil(seconds), 0), MAX_RETRY_AFTER_SECONDS) if math.isfinite(seconds) else None
    )
