"""Dates as services write them."""

from datetime import datetime
from typing import Any


def read_date(text: Any) -> datetime | None:
    """Return a date in the form of ISO 8601; None for what is none, or has no time zone."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None
