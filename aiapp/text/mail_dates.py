"""Dates as mail and HTTP write them, by anybody: `Mon, 04 May 2026 10:00:00 +0200`."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_CHARS = 100


def read_mail_date(text: str) -> datetime | None:
    """Return a date in UTC; None for what is none, or cannot be in a calendar.

    Without a time zone it is taken for one in UTC. Of a number that is too large, Python's reader
    raises an OverflowError, and so does who compares what a far zone puts outside of all years.
    """
    if len(text) > MAX_CHARS:
        return None
    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
