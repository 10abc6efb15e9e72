"""The number of turns that the whole site makes at the moment, as far as this process knows.

Each process that makes turns reports its own number about once a second, with what its logs write
anyway, and hears in return how many the others make. Without Redis it knows of its own only.
"""

import asyncio
from typing import Any
from uuid import uuid4

from aiapp.concurrency.commands import Command

KEY = "turns:live"
REPORT_SECONDS = 1.0
# Whoever has reported nothing for so long has ended, or makes nothing.
BELIEVED_SECONDS = 3
# The clock is that of Redis, since those of machines may differ.
REPORT = """
local now = tonumber(redis.call('TIME')[1])
redis.call('HSET', KEYS[1], ARGV[1], now .. ':' .. ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
local others = 0
local rows = redis.call('HGETALL', KEYS[1])
for i = 1, #rows, 2 do
  local at, turns = string.match(rows[i + 1], '(%d+):(%d+)')
  if now - tonumber(at) > tonumber(ARGV[3]) then
    redis.call('HDEL', KEYS[1], rows[i])
  elseif rows[i] ~= ARGV[1] then
    others = others + tonumber(turns)
  end
end
return others
"""


class SiteLoad:
    """The turns of the other processes."""

    def __init__(self) -> None:
        self._name = uuid4().hex
        self._others = 0
        self._due = 0.0
        self._believed_until = 0.0

    @property
    def others(self) -> int:
        return self._others if _now() < self._believed_until else 0

    def report(self, turns: int) -> list[Command]:
        """Return the command that reports this process's turns, where that is due."""
        if _now() < self._due:
            return []
        self._due = _now() + REPORT_SECONDS
        return [("EVAL", REPORT, 1, KEY, self._name, turns, BELIEVED_SECONDS)]

    def note(self, answers: list[Any]) -> None:
        """Take note of what Redis answered to the report, if there was one."""
        for answer in answers:
            if isinstance(answer, int):
                self._others = answer
                self._believed_until = _now() + BELIEVED_SECONDS


def _now() -> float:
    return asyncio.get_running_loop().time()
