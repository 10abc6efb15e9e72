"""The uploads that a member has open at once, and how much they may hold on the disk meanwhile.

They are counted in Redis, for all web servers together, as leases: what a process that was killed
had open runs out. Without Redis all are let in, as with other rates: who uploads is known.
"""

import asyncio
import logging
from uuid import UUID, uuid4

from django.conf import settings
from redis.exceptions import RedisError

from aiapp.concurrency.commands import ask
from aiapp.errors import TooManyRequests

logger = logging.getLogger(__name__)

# As long as a store may take to keep what has arrived.
LEASE_SECONDS = 300
RENEW_SECONDS = 60.0
RETRY_SECONDS = 10
# Members of the set are `<bytes>:<id>`, by when their leases run out. An upload alone is let in,
# however large. By Redis's clock: servers' may differ.
BEGIN = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local open = redis.call('ZRANGE', KEYS[1], 0, -1)
local held = 0
for _, each in ipairs(open) do
  held = held + tonumber(string.match(each, '^%d+'))
end
if #open >= tonumber(ARGV[3]) or (#open > 0 and held + tonumber(ARGV[2]) > tonumber(ARGV[4])) then
  return 0
end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[5]), ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1
"""
RENEW = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
"""


class TooManyUploads(TooManyRequests):
    message = (
        "Too many of your uploads are under way. Send this one again when some of them are done."
    )


class OpenUpload:
    """A place among a member's uploads, from `begin` to `end`."""

    def __init__(self, member: UUID, size: int) -> None:
        self._key, self._size = f"uploads:{member.hex}", size
        self._name = f"{size}:{uuid4().hex}"
        self._is_held = False
        self._renewed = 0.0

    async def begin(self) -> None:
        """Raises TooManyUploads."""
        bounds = settings.UPLOADS_PER_USER, settings.UPLOADS_BYTES_PER_USER
        told = self._name, self._size, *bounds, LEASE_SECONDS
        try:
            (is_let_in,) = await ask(("EVAL", BEGIN, 1, self._key, *told))
        except (RedisError, OSError) as error:
            _log_uncounted(error)
            return
        if not is_let_in:
            raise TooManyUploads(
                code="too_many_uploads",
                retry_after=RETRY_SECONDS,
                uploads=bounds[0],
                bytes=bounds[1],
            )
        self._is_held, self._renewed = True, asyncio.get_running_loop().time()

    async def renew(self) -> None:
        """Keep the place, if it has been a while: called whenever more has arrived."""
        now = asyncio.get_running_loop().time()
        if not self._is_held or now - self._renewed < RENEW_SECONDS:
            return
        self._renewed = now
        try:
            await ask(("EVAL", RENEW, 1, self._key, self._name, LEASE_SECONDS))
        except (RedisError, OSError) as error:
            _log_uncounted(error)

    async def end(self) -> None:
        if not self._is_held:
            return
        self._is_held = False
        try:
            await ask(("ZREM", self._key, self._name))
        except (RedisError, OSError) as error:
            _log_uncounted(error)


def _log_uncounted(error: Exception) -> None:
    logger.warning("upload_not_counted", extra={"reason": type(error).__name__})
