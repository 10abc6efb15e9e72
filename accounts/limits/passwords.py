"""Bounds how many passwords a web process checks or sets at once.

On purpose Argon2 takes a good tenth of a second of every processor and 100 MB for each. Forty
people who sign in at the same moment had all threads of requests for that long, so that no page
came for anybody.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from aiapp.concurrency.places import AllTaken, Places
from aiapp.errors import Unavailable

P = ParamSpec("P")
R = TypeVar("R")

# One alone uses all processors.
AT_ONCE = 1
# As long as a person waits for a page, and a hundred before them need.
WAIT_SECONDS = 30.0
RETRY_SECONDS = 5

_places = Places(lambda: AT_ONCE)


async def hash_in_turn(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that checks or sets a password on the request's thread, in its turn.

    Raises Unavailable where that does not come for long.
    """
    work = partial(function, *args, **kwargs)
    try:
        return await _places.run(work, _run_on_the_requests_thread, WAIT_SECONDS)
    except AllTaken as error:
        message = _("Very many people are signing in. Try again in a moment.")
        raise Unavailable(message, retry_after=RETRY_SECONDS) from error


async def _run_on_the_requests_thread(work: Callable[[], R]) -> R:
    return await sync_to_async(work)()


def take_turns(view: Callable[..., HttpResponseBase]) -> Callable[..., Any]:
    """Have a view whose form holds a password take its turn with what it is sent."""

    @wraps(view)
    async def wait(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST":
            return await hash_in_turn(view, request, *args, **kwargs)
        return await sync_to_async(view)(request, *args, **kwargs)

    return wait
