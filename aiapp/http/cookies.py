"""Cookies in quotes, read in one pass.

Python's own reader looks for the next escape from each one on to the end, before 3.11.10 and
3.12.6 (CVE-2024-7592): sixty kilobytes of them, from anybody, held a web process for 25 seconds.
Django reads every cookie with it, and so does the handshake of a socket.
"""

import re
from http import cookies

MIN_QUOTED = 2
_ESCAPED = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))")


def install() -> None:
    """Have Python read cookies so, unless it does already."""
    if not hasattr(cookies, "_unquote_sub"):
        # It is no part of the library's interface.
        cookies._unquote = unquote  # type: ignore[assignment]


def unquote(value: str) -> str:
    """Return what a cookie's value means: quotes around it and escapes within are taken away."""
    if value is None or len(value) < MIN_QUOTED or not value[0] == value[-1] == '"':
        return value
    return _ESCAPED.sub(_read_escape, value[1:-1])


def _read_escape(found: re.Match[str]) -> str:
    return chr(int(found[1], 8)) if found[1] else found[2]
