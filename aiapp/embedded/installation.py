"""The embedded mode as a whole: `manage.py up`.

Each part gives way to a real server as soon as its variable is set: DATABASE_URL, REDIS_URL,
OPENAI_BASE_URL or OPENAI_API_KEY, EMBEDDING_BASE_URL.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection

from aiapp import env
from aiapp.embedded import first_start, parts, probes
from aiapp.embedded.parts import Place
from aiapp.embedded.processes.process import Part, Roster
from aiapp.embedded.processes.supervisor import CannotStart, StopRequested, Supervisor

Write = Callable[[str], None]


def say_with(write: Write) -> Callable[[str, str], None]:
    def say(name: str, message: str) -> None:
        for line in message.splitlines():
            write(f"  {name:<16} {line}")

    return say


def place() -> Place:
    """The directories of this installation, made private, and its secrets."""
    data = env.private_dir(settings.DATA_DIR)
    run = env.private_dir(env.run_dir(data))
    where = Place(data=data, run=run, models=data / "models")
    env.private_dir(where.logs)
    env.load_or_make_secret(data / "secret_key")
    env.load_or_make_secret(where.model_key)
    # Processes started from here must find the same place, wherever they run.
    os.environ["DATA_DIR"] = str(data)
    return where


@contextmanager
def directory_lock(data: Path) -> Iterator[None]:
    """One supervisor per data directory. The kernel frees the lock of a process that ends."""
    with (data / "lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise CannotStart(
                f"This data directory is in use by process {lock.read().strip() or '?'}: {data}\n"
                "End that one first, or choose another with DATA_DIR=… PORT=…"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def servers(where: Place) -> tuple[list[Part], list[Part]]:
    """The servers that are ours to run: stores, and models."""
    stores = [] if env.text("DATABASE_URL") else [parts.postgres(where)]
    stores += [] if env.text("REDIS_URL") else [parts.valkey(where)]
    models = [parts.chat(where)] if settings.LOCAL_CHAT else []
    if not env.text("LOCAL_CHAT_GGUF"):
        where.chat_asleep.touch()
    models += [parts.embedding(where)] if settings.LOCAL_EMBEDDING_SERVER else []
    return stores, models


def up(write: Write) -> None:
    """Run until the user asks to end. Raises CannotStart with a message for people."""
    host, port = env.text("HOST", "127.0.0.1"), settings.PORT
    first_start.check_admin_variables()
    where = place()
    with directory_lock(where.data):
        roster = Roster(where.data / "processes.json")
        left = roster.end_leftovers()
        if left:
            write(f"Ended what an earlier run left: {', '.join(left)}")
        if not probes.port_is_free(host, port):
            raise CannotStart(
                f"Port {port} on {host} is taken. Choose another, for example: PORT={port + 1}"
            )
        supervisor = Supervisor(where.logs, roster, say_with(write))
        supervisor.listen_to_signals()
        write(f"Starting. Data is in {where.data}")
        try:
            admin = _start(supervisor, where, host, port)
            _greet(write, where, host, admin)
            supervisor.run()
        except StopRequested:
            pass
        finally:
            write("Ending. What is under way is finished first; to ask again ends it at once.")
            supervisor.stop()
            if where.run.parent != where.data:
                # Nobody would look for what is left of it outside of DATA_DIR.
                shutil.rmtree(where.run, ignore_errors=True)
            write("Ended")


def _start(
    supervisor: Supervisor, where: Place, host: str, port: int
) -> first_start.NewAdmin | None:
    stores, models = servers(where)
    watched_stores = supervisor.start(stores)
    watched_models = supervisor.start(models)
    # Static files need no server, so they are collected while the stores start.
    if first_start.collect_static_files():
        supervisor.say("static files", "collected")
    supervisor.wait_for(watched_stores)
    try:
        if first_start.migrate():
            supervisor.say("database", "migrated")
        admin = first_start.make_admin()
    except OperationalError as error:
        raise CannotStart(f"The database cannot be used: {error}") from error
    finally:
        connection.close()
    workers = supervisor.start([parts.turns_worker(where), parts.ingest_worker(where)])
    supervisor.start([parts.beat(where)])
    web = supervisor.start([parts.web(where, host, port)])
    supervisor.wait_for([*web, *workers, *watched_models])
    return admin


def _greet(write: Write, where: Place, host: str, admin: first_start.NewAdmin | None) -> None:
    write("")
    write(f"Open {settings.SITE_URL}")
    if admin and admin.password:
        write(f"Sign in as {admin.username} with the password {admin.password}")
        write("It is shown only now. Change it in the settings, or with: manage.py changepassword")
    elif admin:
        write(f"Sign in as {admin.username} with the password from DJANGO_SUPERUSER_PASSWORD")
    else:
        write("Sign in as before. A lost password: manage.py changepassword USERNAME")
    if settings.LOCAL_CHAT:
        write("Answers are quotes from your documents until a language model is connected:")
        write(f"{settings.SITE_URL}/admin/chat/endpoint/choose/")
    write(f"Logs are in {where.logs}. Ctrl-C ends everything.")
