"""The sockets that web processes listen on.

On Linux each process has one of its own for an address (SO_REUSEPORT), among which the kernel
divides new connections by a hash. From one that all share, the process that slept last would take
nearly all of them. A Unix socket, or one that was opened by somebody else, is shared all the same.
"""

import socket
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BACKLOG = 2048
Address = tuple[socket.AddressFamily, Any]


@dataclass
class Listeners:
    """The sockets to listen on: of an address, of a path, or an open one by its number."""

    host: str
    port: int
    path: str | None = None
    number: int | None = None
    _shared: list[socket.socket] = field(default_factory=list)
    _addresses: list[Address] = field(default_factory=list)

    def prepare(self) -> None:
        """Find out where to listen. Raises OSError where somebody else does.

        The sockets of a process would join those of another site without a word.
        """
        if self.number is not None:
            self._shared = [socket.socket(fileno=self.number)]
        elif self.path is not None:
            self._shared = [open_unix(Path(self.path))]
        else:
            self._prepare_addresses()

    def open(self) -> list[socket.socket]:
        """Return the sockets of one more process, which do not listen yet."""
        if self._shared:
            return [shared.dup() for shared in self._shared]
        return [_bind(address, is_one_of_many=True) for address in self._addresses]

    def close(self) -> None:
        for shared in self._shared:
            shared.close()

    def _prepare_addresses(self) -> None:
        found = socket.getaddrinfo(
            self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        probes = []
        for family, address in dict.fromkeys((each[0], each[4]) for each in found):
            probes.append(probe := _bind((family, address), is_one_of_many=False))
            self._addresses.append((family, probe.getsockname()))
        if sys.platform == "linux":
            for probe in probes:
                probe.close()
        else:
            # Elsewhere the kernel does not divide connections among sockets of one address.
            self._shared = probes


def _bind(address: Address, *, is_one_of_many: bool) -> socket.socket:
    family, place = address
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_one_of_many:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            # As asyncio has it: the same port of IPv4 is another address.
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(place)
    except OSError:
        made.close()
        raise
    return made


def open_unix(path: Path, rights: int = 0o666) -> socket.socket:
    """Bind a Unix socket; one that an earlier process left gives way, and its rights stay."""
    with suppress(FileNotFoundError):
        left = path.stat()
        rights = stat.S_IMODE(left.st_mode)
        if stat.S_ISSOCK(left.st_mode):
            path.unlink()
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.bind(str(path))
    path.chmod(rights)
    return made
