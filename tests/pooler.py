"""PgBouncer before the run's PostgreSQL, in transaction mode, as an operator would set it up.

`make test` installs it (scripts/pgbouncer.sh); `PGBOUNCER` names another one.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONFIGURATION = """
[databases]
* = host={socket} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
server_idle_timeout = 1
"""


def find_program() -> str:
    found = shutil.which(os.environ.get("PGBOUNCER", "")) or shutil.which("pgbouncer")
    return found or "/usr/sbin/pgbouncer"


@contextmanager
def running(folder: Path, run_dir: Path, *, user: str = "aiapp", size: int = 3) -> Iterator[int]:
    """A pooler with few connections, so that transactions of a client get different ones."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "pgbouncer.ini"
    values = {"socket": run_dir, "user": user, "port": port, "size": size}
    file.write_text(CONFIGURATION.format(**values), encoding="ascii")
    # It refuses to run as root; the sockets of the run are root's.
    as_user = ["--user", "nobody"] if os.getuid() == 0 else []
    command = [find_program(), *as_user, str(file)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait(port, process)
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("PgBouncer did not start.")
