"""The place of this process among the web processes of its server, and how it reaches the others.

What stands in the memory of one process is a part of what the server is and does.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from pathlib import Path

# What a process shows to another of the same server.
HEADER = "X-Sibling"


@dataclass(slots=True)
class _Place:
    number: int = 0
    # The sockets on which the processes hear each other, in the order of their places.
    paths: Sequence[Path] = (Path(),)
    # Made before processes are forked, so that all know it and nobody else does.
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    # Tells this server from others in the names of its processes.
    token: str = field(default_factory=lambda: secrets.token_hex(4))
    # Those that have died here before.
    dead: Sequence[int] = ()


_place = _Place()


def take_place(number: int, paths: Sequence[Path], dead: Sequence[int] = ()) -> None:
    """Note that this process is one of several, after those in its place whose parent saw them die.

    Whoever is told nothing is alone.
    """
    _place.number, _place.paths, _place.dead = number, paths, dead


def list_dead() -> list[int]:
    """Return the numbers of the processes that have died in this place."""
    return list(_place.dead)


def get_token() -> str:
    """Return what the names of this server's processes have in common."""
    return _place.token


def get_number() -> int:
    return _place.number


def count() -> int:
    return len(_place.paths)


def list_others() -> dict[int, Path]:
    """Return the sockets of the other processes by their numbers."""
    return {n: path for n, path in enumerate(_place.paths) if n != _place.number}


def get_secret() -> str:
    return _place.secret


def is_sibling(shown: str) -> bool:
    return compare_digest(shown.encode(), _place.secret.encode())


def divide(limit: int) -> int:
    """Return this process's share of what the server may do at once, at least one; 0 is no bound.

    What is left over goes to the first ones.
    """
    if not limit:
        return 0
    share, rest = divmod(limit, count())
    return max(1, share + (_place.number < rest))
