"""Rate limits in one table: by client address, by name tried, or by user.

The counts are in Redis, so all web servers share them. Tries are kept by django-ratelimit; actions,
of which a busy site has many a second, in the same way, but from an event loop as well. Both count
in windows of time. Rates are settings like `10/m`; an empty one is no bound.
"""

import hashlib
import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from accounts.models import User
from aiapp.concurrency.commands import Command, ask
from aiapp.errors import TooManyRequests, Unavailable
from aiapp.http.requests import find_address, find_network

logger = logging.getLogger(__name__)

# What anybody may try: counted for the client's address, and for the name that is tried.
TRIES = {
    "sign-in": "LOGIN_RATE",
    "confirm": "LOGIN_RATE",
    "sign-up": "LOGIN_RATE",
    "password-reset": "LOGIN_RATE",
    "password-reset-link": "LOGIN_RATE",
    "share": "LOGIN_RATE",
    "refresh": "REFRESH_RATE",
    "shared": "SHARED_RATE",
}
# What a signed-in user may do, and the operations of the API that count as it.
ACTIONS = {
    "ask": (
        "ASK_RATE",
        (
            "POST api/chat",
            "POST api/chat/stream",
            "POST api/conversations/*/messages",
            "POST api/messages/*/regenerate",
            "POST api/messages/*/fork",
            "PATCH api/messages/*",
            "POST api/ai-sdk/chat",
            "POST api/images/analyze",
            "POST api/batches",
            "POST api/documents/*/summary",
            # The answer goes on with what the user has said of a call.
            "POST api/calls/*",
            "POST v1/chat/completions",
        ),
    ),
    # A name that a member shares something with, and that nobody has.
    "name": ("LOGIN_RATE", ()),
    "search": (
        "SEARCH_RATE",
        (
            "POST api/documents/search",
            "POST api/collections/*/texts/search",
            "POST v1/embeddings",
        ),
    ),
    "upload": (
        "UPLOAD_RATE",
        (
            "POST api/documents",
            "POST api/documents/from-url",
            "POST api/collections/*/texts",
            "POST api/documents/*/versions",
            "POST api/documents/*/reingest",
            "POST api/documents/*/restore",
            "POST api/documents/*/retry",
            "POST api/attachments",
            "POST api/attachments/*/text",
        ),
    ),
    "transcribe": (
        "TRANSCRIPTION_RATE",
        (
            "POST api/audio/transcriptions",
            "POST v1/audio/transcriptions",
            "GET api/messages/*/speech",
        ),
    ),
}
_ACTION_OF = {
    operation: action for action, (_, operations) in ACTIONS.items() for operation in operations
}
_PARAMETER = re.compile(r"<[^<>]+>")
# As django-ratelimit reads them.
_RATE = re.compile(r"(\d+)/(\d*)([smhd]?)")
_PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Usage:
    """The used part of a rate; `seconds` until it is whole again.

    `is_over` says that it was once too often.
    """

    limit: int
    remaining: int
    seconds: int
    is_over: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers had them when clients learned them."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.seconds),
        }


def limit(request: HttpRequest, group: str, name: str = "") -> None:
    """Count a try of those in TRIES. Raises TooManyRequests.

    `name` is what `accounts.names.count_key` gives for what was typed.

    Without Redis nobody gets in: an outage must not be the moment to guess passwords.
    """
    _count_tries(group, [find_network(find_address(request)), *([name] if name else [])])


def limit_session(request: HttpRequest, user: User) -> None:
    """Count a password that is given once more within a session. Raises TooManyRequests.

    For the session alone: whoever guesses at the account's password elsewhere, perhaps behind
    the same address, must not keep its holder from ending their sessions.
    """
    _count_tries("confirm", [f"{user.pk} {request.session.session_key}"])


def _count_tries(group: str, keys: Sequence[str]) -> None:
    rate = getattr(settings, TRIES[group])
    for key in keys:
        try:
            usage = _count_usage(group, key, rate)
        except RedisError as error:
            raise Unavailable(retry_after=5) from error
        if usage and usage.is_over:
            raise TooManyRequests(retry_after=usage.seconds)


def find_action(method: str, route: str) -> str:
    """Return the action that an operation of the API counts as, by its route, or ""."""
    return _ACTION_OF.get(f"{method} {_PARAMETER.sub('*', route)}", "")


def count(user: User, action: str) -> Usage | None:
    """Count an action of those in ACTIONS.

    None without Redis, or without a rate, and then all is allowed: who is signed in is known and
    can be held to account.
    """
    window = _find_window(user, action)
    if window is None:
        return None
    try:
        with get_redis_connection().pipeline(transaction=False) as pipe:
            for command in _count_commands(window):
                pipe.execute_command(*command)
            return window.describe(pipe.execute()[0])
    except RedisError as error:
        _log_uncounted(error)
        return None


async def acount(user: User, action: str) -> Usage | None:
    """Count as `count` does, in an event loop."""
    window = _find_window(user, action)
    if window is None:
        return None
    try:
        count, _ = await ask(*_count_commands(window))
        return window.describe(count)
    except (RedisError, OSError) as error:
        _log_uncounted(error)
        return None


def enforce(user: User, action: str) -> None:
    """Count an action. Raises TooManyRequests."""
    _refuse_over(count(user, action))


async def aenforce(user: User, action: str) -> None:
    """Count an action, in an event loop. Raises TooManyRequests."""
    _refuse_over(await acount(user, action))


def check_room(user: User, action: str) -> None:
    """Raises TooManyRequests when a rate is used up. Counts nothing."""
    usage = _look(user, action)
    if usage and not usage.remaining:
        raise TooManyRequests(retry_after=usage.seconds)


def count_in_background(user: User, action: str) -> int:
    """Count what the site does for a user in the background; in how many seconds it may be done.

    0 says at once, and that it was counted. A quarter of the rate is left to what the user does
    meanwhile.
    """
    used = _look(user, action)
    if used and used.remaining <= used.limit // 4:
        return used.seconds
    used = count(user, action)
    return used.seconds if used and used.is_over else 0


@dataclass(frozen=True, slots=True)
class _Window:
    """The present one of the windows of time in which a user's actions are counted."""

    key: str
    limit: int
    seconds: int

    def describe(self, count: int) -> Usage:
        left = max(self.limit - count, 0)
        return Usage(self.limit, left, self.seconds, is_over=count > self.limit)


def _find_window(user: User, action: str) -> _Window | None:
    """Return the window of an action; None without a rate. Users' windows begin apart."""
    rate: str = getattr(settings, ACTIONS[action][0])
    if not rate or not settings.RATELIMIT_ENABLE:
        return None
    limit, period = _parse_rate(rate)
    number, gone = divmod(int(time.time()) - user.pk.int % period, period)
    return _Window(f"rate:{action}:{user.pk.hex}:{limit}:{period}:{number}", limit, period - gone)


@cache
def _parse_rate(rate: str) -> tuple[int, int]:
    """Return how often in how many seconds."""
    match = _RATE.fullmatch(rate)
    if match is None:
        raise ImproperlyConfigured(f"{rate!r} is no rate, such as 10/m.")
    return int(match[1]), int(match[2] or 1) * _PERIODS[match[3] or "s"]


def _count_commands(window: _Window) -> tuple[Command, Command]:
    return ("INCR", window.key), ("EXPIRE", window.key, window.seconds)


def _look(user: User, action: str) -> Usage | None:
    """Return the usage without counting anything."""
    window = _find_window(user, action)
    if window is None:
        return None
    try:
        return window.describe(int(get_redis_connection().get(window.key) or 0))
    except RedisError as error:
        _log_uncounted(error)
        return None


def _refuse_over(usage: Usage | None) -> None:
    if usage and usage.is_over:
        raise TooManyRequests(retry_after=usage.seconds)


def _log_uncounted(error: Exception) -> None:
    logger.warning("rate_not_counted", extra={"reason": type(error).__name__})


def _count_usage(group: str, key: str, rate: str) -> Usage | None:
    hashed = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    found = rate and get_usage(None, group=group, key=lambda *_: hashed, rate=rate, increment=True)
    if not found:
        return None
    return Usage(
        limit=found["limit"],
        remaining=max(found["limit"] - found["count"], 0),
        seconds=max(found["time_left"], 1),
        is_over=found["should_limit"],
    )
