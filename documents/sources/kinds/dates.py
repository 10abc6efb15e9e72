"""Dates as services write them."""

from datetime import UTC, datetime, tzinfo
from typing import Any


def read_date(text: Any, usual: tzinfo | None = None) -> datetime | None:
    """Return a date in the form of ISO 8601, in UTC; None for what is none.

    Without a zone it is one of the usual zone, and none if there is no usual one. What a far zone
    puts outside of all years could be stored and never be read again.
    """
    try:
        found = datetime.fromisoformat(str(text))
        found = found if found.tzinfo else found.replace(tzinfo=usual)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
