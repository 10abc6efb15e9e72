"""PostgreSQL that somebody told to end when all sessions have, which those of a pool never do."""

import signal
import tempfile
import time
from pathlib import Path

import psutil
import psycopg

from aiapp.embedded import postgres


def test_it_is_told_to_end_them_instead_of_letting_nobody_in_for_as_long_as_they_last() -> None:
    # pytest's own folders may be too long for a socket, and closed to the server's account.
    with tempfile.TemporaryDirectory(prefix="aiapp-") as folder:
        Path(folder).chmod(0o755)
        sockets = Path(folder) / "run"
        sockets.mkdir()
        with postgres.run_temporarily(Path(folder) / "data", sockets, fsync=False) as server:
            assert server.answers()
            number = (Path(folder) / "data" / "postmaster.pid").read_text().splitlines()[0]
            process = psutil.Process(int(number))
            with psycopg.connect(server.url):
                process.send_signal(signal.SIGTERM)
                while server.answers():
                    time.sleep(0.01)
                # Nobody has left, and it ends all the same.
                while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                    time.sleep(0.01)
