"""Parsers that do what a file might make one do: each yields what came of its tries."""

import ctypes
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import urlopen

_IO_URING_SETUP = 425
_KINDS = ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK")


def _try(name: str, do: Callable[[], Any]) -> str:
    try:
        do()
    except OSError as error:
        return f"{name}: {type(error).__name__}"
    return f"{name}: done"


def all_ways(path: str, first: int) -> Iterator[int | str]:
    """Every kind of socket, a page, and a call without a library."""
    address = open(path).read().strip()  # noqa: SIM115 - ends with the process
    tries = [_try(kind, lambda k=kind: socket.socket(getattr(socket, k))) for kind in _KINDS]
    tries.append(_try("page", lambda: urlopen(address, timeout=5)))  # noqa: S310
    libc = ctypes.CDLL(None, use_errno=True)
    ring = libc.syscall(_IO_URING_SETUP, 8, ctypes.create_string_buffer(120))
    tries.append(f"io_uring: {'refused' if ring < 0 else 'done'}")
    traced = libc.ptrace(16, os.getppid(), None, None)
    tries.append(f"ptrace: {'refused' if traced < 0 else 'done'}")
    yield from (len(tries), *tries)


def by_others(path: str, first: int) -> Iterator[int | str]:
    """By a thread, and by another program."""
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(_try("thread", socket.socket)))
    thread.start()
    thread.join()
    code = "import socket; socket.socket()"
    done = subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL, check=False)
    found.append(f"program: {done.returncode}")
    yield from (len(found), *found)


def undoing(path: str, first: int) -> Iterator[int | str]:
    """By a second filter that would allow everything, which a kernel adds and does not take."""
    # Of the parsers here only this one needs our own code.
    from documents.parsing import confinement  # noqa: PLC0415

    again = confinement.drop_network()
    yield from (2, f"again: {again}", _try("socket", socket.socket))
