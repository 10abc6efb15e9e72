"""PgBouncer before the run's PostgreSQL, in transaction mode, as an operator would set it up."""

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from aiapp.embedded import postgres
from aiapp.embedded.processes.process import Part, Process
from tests.processes.site import find_free_port

CONFIGURATION = """
[databases]
* = host={socket} user=aiapp
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
server_idle_timeout = 1
ignore_startup_parameters = extra_float_digits
"""


def find_program() -> str:
    """Return what `make test` has found or installed (scripts/pgbouncer.sh)."""
    named = os.environ.get("PGBOUNCER", "pgbouncer")
    return shutil.which(named) or "/usr/sbin/pgbouncer"


@contextmanager
def running(folder: Path, run_dir: Path, *, size: int) -> Iterator[int]:
    """A pooler with so few connections that a client's transactions get different ones."""
    port = find_free_port()
    file = folder / "pgbouncer.ini"
    text = CONFIGURATION.format(socket=run_dir, port=port, size=size)
    file.write_text(text, encoding="ascii")
    part = Part(
        name="pgbouncer",
        command=[find_program(), str(file)],
        ready=partial(_listens, port),
        stop_signal=signal.SIGINT,
        # Like PostgreSQL it refuses to be root.
        account=postgres.ACCOUNT if os.geteuid() == 0 else "",
    )
    process = Process(part, folder / "pgbouncer.log")
    try:
        process.wait_until_ready()
        yield port
    finally:
        process.stop()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
