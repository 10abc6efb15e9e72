"""Questions that tell whether a part serves, and none waits long; or whether it hangs."""

import http.client
import socket
from pathlib import Path

from aiapp.serving.unix_http import SocketConnection

OK = 200
SECONDS = 2.0
# For the answer of one that may be busy.
PATIENCE_SECONDS = 5.0


def _answers(connection: http.client.HTTPConnection, path: str) -> bool:
    try:
        connection.request("GET", path)
        return connection.getresponse().status == OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def socket_answers(socket_path: Path, path: str = "/health", *, seconds: float = SECONDS) -> bool:
    return _answers(SocketConnection(socket_path, seconds), path)


def port_answers(host: str, port: int, path: str, *, seconds: float = SECONDS) -> bool:
    # A server on all addresses is asked on this machine's own.
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not bound to
    return _answers(http.client.HTTPConnection(here, port, timeout=seconds), path)


def port_is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: connections of an ended server that still linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
