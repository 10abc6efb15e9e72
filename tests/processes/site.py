"""A whole site in real processes: web servers, workers, a database and a Redis of its own.

PostgreSQL and Valkey are those of the test run (`tests.plugin`); the site gets a database and a
Redis number that nobody else uses. Schema and static files are made once a run, and copied.
"""

import fcntl
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
from redis import Redis

from aiapp.embedded.probes import port_answers
from tests.warm import starting

ROOT = Path(__file__).resolve().parents[2]
# Far from the numbers that the test workers use themselves.
REDIS_NUMBER = 32 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# Of a site that lasts as long as the worker (`tests.conftest`).
SHARED_REDIS_NUMBER = REDIS_NUMBER + 16
PASSWORD = "a password for the tests"
# As the embedded mode does, which then knows that they are there.
COLLECT = "from aiapp.embedded import first_start; first_start.collect_static_files()"
# For servers without TLS: to load the world's certificates takes each client 20 ms of CPU.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# A web server of two processes. Each has as many connections to the database as one that is alone,
# since all are forked from a process that has read how many.
TWO = {"WEB_PROCESSES": "2", "DATABASE_POOL_SIZE": "20", "DATABASE_POOL_BURST": "40"}
# A token opens the API for some minutes, and to give one out takes a hash of the password.
TOKEN_SECONDS = 60


def get_shared_folder() -> Path:
    """Return the folder of the whole run: `tests.plugin`, or a benchmark, names it."""
    return Path(os.environ["AIAPP_TEST_ROOT"])


def address_redis(number: int) -> str:
    """Return the address of one of the databases of the run's Redis."""
    return f"{os.environ['REDIS_URL'].partition('?')[0]}?db={number}"


def name_template() -> str:
    """Return the name of the database that sites are copied from, whichever worker makes it."""
    return f"site_{get_shared_folder().name.replace('-', '_').lower()}"


@dataclass
class Program:
    """A process with its children, in a group of its own."""

    process: "subprocess.Popen[bytes] | starting.Forked"
    url: str = ""

    def kill(self, sign: signal.Signals = signal.SIGKILL) -> None:
        os.killpg(self.process.pid, sign)
        self.process.wait(20)


@dataclass
class Site:
    data_dir: Path
    environment: dict[str, str]
    database: str
    programs: list[Program] = field(default_factory=list)
    clients: list[httpx2.Client] = field(default_factory=list)
    # By name, what opens the API for a person, and when that was given out.
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)

    def manage(self, *arguments: str) -> None:
        """Run a command, from the process that workers are forked from."""
        log, command = self.data_dir / "site.log", ["manage", *arguments]
        process = starting.start("celery", command, self.environment, log)
        assert process.wait(120) == 0, log.read_text(encoding="utf-8")

    def collect_static(self) -> None:
        """Have static files as the web server wants them, by names that hold their hashes."""
        self.environment["STATIC_ROOT"] = str(collect_static())

    def web(self, **variables: str) -> Program:
        """Start a web server, which may have settings of its own."""
        port = find_free_port()
        return self._await(self._fork("aiapp.server", "--port", str(port), **variables), port)

    def run_counting_web(self, file: Path, **variables: str) -> Program:
        """Start a web server that counts what it does, see `tests.costs.counting.server`."""
        port = find_free_port()
        command = ["-m", "tests.costs.counting.server", str(file), "--port", str(port)]
        return self._await(self._start(command, **variables), port)

    def web_with_clock(self, seconds: int) -> Program:
        """Start a web server whose clock is so much ahead, see `tests.processes.other_clock`."""
        port = find_free_port()
        return self._await(
            self._fork("aiapp.server", "--port", str(port), around=other_clock(seconds)), port
        )

    def worker_with_clock(self, seconds: int, queues: str) -> Program:
        worker = ("-A", "aiapp", "worker", "-Q", queues, "-c", "1")
        return self._fork("celery", *worker, around=other_clock(seconds))

    def beat(self) -> Program:
        schedule = str(self.data_dir / "schedule")
        return self._fork("celery", "-A", "aiapp", "beat", "-s", schedule, "--pidfile=")

    def development_server(self) -> Program:
        """Start `runserver`, which is daphne's where DEBUG is on."""
        port = find_free_port()
        return self._await(self._start(["manage.py", "runserver", "--noreload", str(port)]), port)

    def _await(self, program: Program, port: int) -> Program:
        program.url = f"http://127.0.0.1:{port}"
        until(lambda: port_answers("127.0.0.1", port, "/health/live"), "the web server")
        return program

    def worker(self, queues: str, *, beat: bool = False, **variables: str) -> Program:
        name = f"{uuid4().hex[:8]}@test"
        command = ["celery", "-A", "aiapp", "worker", "-Q", queues, "-c", "1", "-n", name]
        if beat:
            command += ["-B", "--schedule", str(self.data_dir / name)]
        return self._fork(*command, "--without-gossip", "--without-mingle", **variables)

    def client(self, web: Program, username: str) -> httpx2.Client:
        """A signed-in API client; the account is made at the first call."""
        client = httpx2.Client(base_url=web.url, timeout=30, verify=PLAIN)
        self.clients.append(client)
        token, begun = self.tokens.get(username, ("", 0.0))
        if time.monotonic() - begun > TOKEN_SECONDS or not token:
            account = {"username": username, "password": PASSWORD}
            if not token:
                mail = {"email": f"{username}@example.org"}
                client.post("/api/auth/register", json=account | mail)
            begun = time.monotonic()
            token = client.post("/api/auth/token", json=account).json()["access"]
            self.tokens[username] = token, begun
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    def make_administrator(self, web: Program, username: str) -> None:
        self.client(web, username)
        with self.connection() as connection:
            rights = "UPDATE accounts_user SET is_staff = true, is_superuser = true"
            connection.execute(f"{rights} WHERE username = %s", [username])

    def connection(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.environment["DATABASE_URL"])

    def _fork(
        self, module: str, *arguments: str, around: Sequence[str] = (), **variables: str
    ) -> Program:
        """Start a module as a program of its own, see `tests.warm`, by another one if so wished."""
        log, environment = self.data_dir / "site.log", self.environment | variables
        command = [*around, module, *arguments]
        program = Program(starting.start(module, command, environment, log))
        self.programs.append(program)
        return program

    def _start(self, arguments: list[str], **variables: str) -> Program:
        log = (self.data_dir / "site.log").open("ab")
        with log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.environment | variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        program = Program(process)
        self.programs.append(program)
        return program


@contextmanager
def running(data_dir: Path, **variables: str) -> Iterator[Site]:
    """A migrated site without programs; whatever is started in the block ends with it."""
    database = f"site_{uuid4().hex[:12]}"
    base, shared = os.environ["DATABASE_URL"], get_shared_folder()
    static = "collected" if (shared / "collected.done").exists() else "nothing"
    environment = {
        **os.environ,
        "DATA_DIR": str(data_dir),
        # Nothing, until some site has them collected; it is read at the import.
        "STATIC_ROOT": str(shared / static),
        "DATABASE_URL": base.replace("/aiapp?", f"/{database}?"),
        "REDIS_URL": address_redis(REDIS_NUMBER),
        # What a file is about is seldom how many processes a web server has.
        "WEB_PROCESSES": "1",
        # All people of a file sign in from one address.
        "LOGIN_RATE": "1000/m",
        **variables,
    }
    # What the site before left in its queues is about another database.
    with Redis.from_url(environment["REDIS_URL"]) as redis:
        redis.flushdb()
    template = make_template()
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database} TEMPLATE {template}")
    site = Site(data_dir, environment, database)
    try:
        yield site
    finally:
        for client in site.clients:
            client.close()
        for program in site.programs:
            if program.process.poll() is None:
                program.kill()
        until(lambda: _drop_database(base, database), "an end of the site's database")


@contextmanager
def make_once(name: str) -> Iterator[bool]:
    """Let one worker at a time in, and tell whether one before has gone through the block."""
    with (get_shared_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = get_shared_folder() / f"{name}.done"
        yield done.exists()
        done.touch()


def collect_static() -> Path:
    """Collect the static files, unless a worker has; return the folder of the whole run."""
    folder = get_shared_folder() / "collected"
    with make_once("collected") as is_made:
        if not is_made:
            environment = {**os.environ, "STATIC_ROOT": str(folder)}
            command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", COLLECT]
            subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return folder


def make_template() -> str:
    """Migrate the database that others are copied from, unless a worker has; return its name."""
    base = os.environ["DATABASE_URL"]
    with make_once("template") as is_made:
        if is_made:
            return name_template()
        with psycopg.connect(base, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name_template()} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name_template()}")
        address = base.replace("/aiapp?", f"/{name_template()}?")
        environment = {**os.environ, "DATABASE_URL": address}
        command = [sys.executable, "manage.py", "migrate", "--no-input", "--skip-checks", "-v0"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return name_template()


def drop_template() -> None:
    """Leave nothing behind where the run uses somebody's own PostgreSQL."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name_template()} WITH (FORCE)")


def until(condition: Callable[[], Any], what: str, seconds: float = 120) -> Any:
    """Wait until a condition holds, and return what it gave."""
    begun = time.monotonic()
    while True:
        if found := condition():
            return found
        waited = time.monotonic() - begun
        if waited > seconds:
            raise AssertionError(f"{what} did not come within {seconds} s")
        # What takes long is asked for less often, since each question takes time as well.
        time.sleep(min(0.02 + waited / 20, 0.25))


def _drop_database(base: str, database: str) -> bool:
    with psycopg.connect(base, autocommit=True) as connection:
        try:
            connection.execute(f"DROP DATABASE {database} WITH (FORCE)")
        except psycopg.errors.InsufficientPrivilege:
            # PostgreSQL is cleaning up in it, and only its own account may interrupt that.
            return False
    return True


def other_clock(seconds: int) -> list[str]:
    return ["tests.processes.other_clock", str(seconds)]


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
