"""Fields of a head, read in one pass where Python's own readers take the square of their length.

Anybody may send sixty kilobytes of them, to a web server and in an answer to one that asks; no
other thread of the process runs in the meantime.
"""

import re
from email import message
from http import cookies
from typing import Any

MIN_QUOTED = 2
_ESCAPED = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))")


def install() -> None:
    """Have Python read fields so. Neither reader is a part of its library's interface."""
    if not hasattr(cookies, "_unquote_sub"):
        # Before 3.11.10 and 3.12.6 (CVE-2024-7592) each escape was looked for on to the end. Django
        # reads every cookie with it, and so does the handshake of a socket.
        cookies._unquote = unquote  # type: ignore[assignment]
    if hasattr(message, "_parseparam"):
        # Before 3.11.15 and 3.12.13 (gh-136063) quotes were counted anew from the beginning for
        # each semicolon. Django, aiohttp, HTTPX and the library of MCP read types with it.
        message._parseparam = split_parameters


def unquote(value: str) -> str:
    """Return what a cookie's value means: quotes around it and escapes within are taken away."""
    if value is None or len(value) < MIN_QUOTED or not value[0] == value[-1] == '"':
        return value
    return _ESCAPED.sub(_read_escape, value[1:-1])


def _read_escape(found: re.Match[str]) -> str:
    return chr(int(found[1], 8)) if found[1] else found[2]


def split_parameters(field: Any) -> list[str]:
    """Return the parts of `text/plain; charset="a;b"`, without blanks around what is in them.

    Semicolons between quotes part nothing.
    """
    parts: list[str] = []
    held: list[str] = []
    is_quoted = False
    for piece in str(field).split(";"):
        held.append(piece)
        is_quoted ^= (piece.count('"') - piece.count('\\"')) % 2 == 1
        if not is_quoted:
            parts.append(";".join(held))
            held = []
    if held:
        parts.append(";".join(held))
    return [_tidy(part) for part in parts]


def _tidy(part: str) -> str:
    name, equals, value = part.partition("=")
    return f"{name.strip().lower()}={value.strip()}".strip() if equals else part.strip()
