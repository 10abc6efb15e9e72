"""Identifiers: UUIDs of version 7, which sort by the time they were made."""

import secrets
import time
import uuid


def uuid7() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562, 5.7 and method 3 of 6.2).

    48 bits of milliseconds, 12 bits of the fraction of the millisecond, 62 random bits: rows made
    one after the other by one process sort in that order, and stand side by side in the primary
    key's index, which random UUIDs would scatter. Python has this from 3.14 on.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | fraction << 64
    return uuid.UUID(int=value | 0b10 << 62 | secrets.randbits(62))
