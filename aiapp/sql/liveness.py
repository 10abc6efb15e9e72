"""A look at a kept connection before it is used: a restarted database costs nobody an error.

A statement that comes back empty is the sure way, and a wait for PostgreSQL each time that a
request needs a connection. A server that ends, or ends a connection, says so on it first; so one
that answered a moment ago and has said nothing since is there still.
"""

import select
import time
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection
from psycopg_pool import ConnectionPool

# What has been cut off on the way says nothing; who trusts for longer waits for that more often.
TRUST_SECONDS = 1.0

_ask = ConnectionPool.check_connection
_answered: WeakKeyDictionary[Connection[Any], float] = WeakKeyDictionary()


def check_connection(connection: Connection[Any]) -> None:
    """Check a connection of a pool as the pool lends it. Raises OperationalError if it is gone."""
    now = time.monotonic()
    if now - _answered.get(connection, -TRUST_SECONDS) < TRUST_SECONDS and _is_silent(connection):
        return
    _ask(connection)
    _answered[connection] = now


def _is_silent(connection: Connection[Any]) -> bool:
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    return not poll.poll(0)
