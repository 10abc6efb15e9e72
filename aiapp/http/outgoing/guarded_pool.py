"""Blocking connections to servers that somebody named, for work in the background.

The check of `fetch_guard` is made on the very address that a socket is about to be connected to.
Libraries that take a pool of urllib3's get one of these. No proxy of the environment is used,
nothing is redirected and nothing tried again here.
"""

import socket
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from aiapp.http.outgoing.fetch_guard import AddressRefused, is_allowed

Networks = Any
MAX_POOLS = 8
MAX_LIFELINES = 4 * MAX_POOLS


def connect(host: str, port: int, networks: Networks, seconds: float) -> socket.socket:
    """Connect to a host, wherever its name leads that is allowed. Raises OSError."""
    error: OSError = AddressRefused("no address that may be reached")
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        if not is_allowed(str(address[0]), networks):
            continue
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(seconds)
            made.connect(address)
        except OSError as failed:
            made.close()
            error = failed
        else:
            return made
    raise error


class GuardedPool(PoolManager):
    """A pool whose connections go where the guard lets them, and end when they are told to."""

    def __init__(self, networks: Networks, connect_seconds: float, read_seconds: float) -> None:
        timeout = Timeout(connect=connect_seconds, read=read_seconds)
        super().__init__(num_pools=MAX_POOLS, maxsize=1, retries=False, timeout=timeout)
        self._lifelines: deque[socket.socket] = deque()

        def open_socket(host: str, port: int) -> socket.socket:
            made = connect(host, port, networks, connect_seconds)
            # A second handle of the same connection: the first is handed on to TLS.
            self._lifelines.append(made.dup())
            if len(self._lifelines) > MAX_LIFELINES:
                # Of a connection that has long been closed: there are fewer open ones.
                self._lifelines.popleft().close()
            return made

        self.pool_classes_by_scheme = _build_pools(open_socket)

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """End all connections after so long, however slowly something still comes."""
        timer = Timer(seconds, self.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def cut(self) -> None:
        """End all connections; whoever waits for one gets an error."""
        for lifeline in [*self._lifelines]:
            with suppress(OSError):
                lifeline.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close all connections, and what held on to them."""
        self.clear()
        while self._lifelines:
            self._lifelines.pop().close()


def _build_pools(open_socket: Callable[[str, int], socket.socket]) -> dict[str, Any]:
    """Return urllib3's pools with another way to open a socket."""

    class Guarded:
        def _new_conn(self) -> socket.socket:
            connection: Any = self
            try:
                return open_socket(connection._dns_host, connection.port)
            except OSError as error:
                raise NewConnectionError(connection, str(error)) from error

    class Http(Guarded, HTTPConnection):
        pass

    class Https(Guarded, HTTPSConnection):
        pass

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = Http

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = Https

    return {"http": HttpPool, "https": HttpsPool}
