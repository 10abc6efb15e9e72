"""A pause in which no file of a bucket is deleted, while a backup copies those of a moment.

In a folder each file gets a second name for that time; a bucket has nothing of the kind that costs
nothing. What would have been deleted is deleted afterwards.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from redis.exceptions import RedisError

from aiapp.files.errors import FilesUnavailable
from aiapp.redis import sync_redis

HELD = "files:held"
# A backup that was killed lets go by itself.
SECONDS = 60


def is_held() -> bool:
    """Tell that a backup is under way. Raises FilesUnavailable where nobody can tell."""
    try:
        with sync_redis() as client:
            return bool(client.exists(HELD))
    except RedisError as error:
        raise FilesUnavailable from error


@contextmanager
def hold_deletions() -> Iterator[Callable[[], str]]:
    """Have deletions wait as long as the block lasts, and give what names the folder: none."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(SECONDS / 4):
            _write()

    _write()
    thread = threading.Thread(target=renew, name="hold", daemon=True)
    thread.start()
    try:
        yield lambda: ""
    finally:
        over.set()
        thread.join()
        with suppress(RedisError), sync_redis() as client:
            client.delete(HELD)


def _write() -> None:
    # While Redis is away nothing is deleted either.
    with suppress(RedisError), sync_redis() as client:
        client.set(HELD, 1, ex=SECONDS)
