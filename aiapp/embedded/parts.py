"""The processes of an installation: what each one runs and how it shows that it serves."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from django.conf import settings

from aiapp.embedded import probes
from aiapp.embedded.hub.shelf import FOLDER, Shelf
from aiapp.embedded.postgres import Postgres
from aiapp.embedded.probes import PATIENCE_SECONDS
from aiapp.embedded.processes.process import Part
from aiapp.embedded.valkey import Valkey
from aiapp.embedded.worker_probe import worker_answers
from aiapp.env import ASLEEP
from aiapp.observability import heartbeat

WEB_TRIES = 4
# What a web server needs after DRAIN_SECONDS, on a busy machine: a handover, and its own end.
WEB_END_SECONDS = 20
BASE_DIR = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Place:
    """The folders of an installation's state and of its sockets."""

    data: Path
    run: Path
    models: Path

    @property
    def model_key(self) -> Path:
        return self.data / "model_key"

    @property
    def chat_socket(self) -> Path:
        return self.run / "chat.sock"

    @property
    def chat_asleep(self) -> Path:
        """A file that says that the chat server is not needed yet; who asks it takes it away."""
        return self.chat_socket.with_suffix(ASLEEP)

    @property
    def embedding_socket(self) -> Path:
        return self.run / "embed.sock"

    @property
    def logs(self) -> Path:
        return self.data / "log"


def postgres(place: Place) -> Part:
    return Postgres(place.data / "postgres", place.run).part()


def valkey(place: Place) -> Part:
    return Valkey(place.data / "valkey", place.run).part()


def _model_server(name: str, module: str, socket: Path, place: Place) -> Part:
    command = [sys.executable, "-m", module, "--socket", str(socket)]
    command += ["--models", str(place.models), "--key-file", str(place.model_key)]
    return Part(
        name=name,
        command=command,
        ready=partial(probes.socket_answers, socket),
        alive=partial(probes.socket_answers, socket, seconds=PATIENCE_SECONDS),
        environment={"PYTHONPATH": str(BASE_DIR)},
        # The first start builds the embedding model.
        start_seconds=180,
        stop_seconds=2,
        optional=True,
    )


def chat(place: Place) -> Part:
    """The chat server, which takes some 350 MB, from the first question to it on."""
    module = "aiapp.embedded.model_servers.chat_server"
    part = _model_server("chat-model", module, place.chat_socket, place)
    shelf = Shelf(place.models / FOLDER)
    return replace(part, wanted=lambda: not place.chat_asleep.exists() or bool(shelf.choice))


def embedding(place: Place) -> Part:
    module = "aiapp.embedded.model_servers.embedding_server"
    return _model_server("embedding-model", module, place.embedding_socket, place)


def _web_answers(host: str, port: int) -> bool:
    """Tell whether a process of the web server answers; its parent replaces one that hangs.

    Which of them is asked nobody knows before, so after a silence several are asked at once.
    """
    if probes.port_answers(host, port, "/health/live", seconds=PATIENCE_SECONDS):
        return True
    ask = partial(probes.port_answers, host, port)
    with ThreadPoolExecutor(WEB_TRIES) as threads:
        return any(threads.map(ask, ["/health/live"] * WEB_TRIES))


def web(place: Place, host: str, port: int) -> Part:
    command = [sys.executable, "-m", "aiapp.server", "--host", host, "--port", str(port)]
    return Part(
        name="web",
        command=command,
        ready=partial(probes.port_answers, host, port, "/health/ready"),
        alive=partial(_web_answers, host, port),
        environment={"DATA_DIR": str(place.data), "PYTHONPATH": str(BASE_DIR)},
        # It finishes its answers first.
        stop_seconds=settings.DRAIN_SECONDS + WEB_END_SECONDS,
    )


def _celery(place: Place, part: Part) -> Part:
    """A part that shows by a file that it lives, see `aiapp.observability.heartbeat`."""
    sign = place.run / f"{part.name}.alive"
    environment = {
        "DATA_DIR": str(place.data),
        "PYTHONPATH": str(BASE_DIR),
        "HEARTBEAT_FILE": str(sign),
        **part.environment,
    }
    return replace(
        part,
        command=[sys.executable, "-m", "celery", "-A", "aiapp", *part.command, "-l", "INFO"],
        alive=partial(heartbeat.is_fresh, sign),
        prepare=partial(sign.unlink, missing_ok=True),
        environment=environment,
    )


def _worker(place: Place, name: str, *options: str) -> Part:
    # Nobody listens to events of heartbeats, and each wakes the worker and Valkey.
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    lifetime = ["--include", "aiapp.embedded.worker_lifetime"]
    part = Part(
        name=name,
        command=["worker", "-n", f"{name}@%h", *quiet, *lifetime, *options],
        ready=partial(worker_answers, name),
        # At SIGTERM, finish what takes seconds and give up the rest: tasks are taken up again.
        environment={"REMAP_SIGTERM": "SIGQUIT"},
        stop_seconds=4,
    )
    return _celery(place, part)


def turns_worker(place: Place) -> Part:
    return _worker(place, "turns", "-Q", "turns,default", "-c", "2")


def beat(place: Place) -> Part:
    """The scheduler, a part of its own: as a worker's child its end was nobody's business."""
    schedule = str(place.data / "celerybeat-schedule")
    command = ["beat", "--pidfile=", "--schedule", schedule]
    part = _celery(place, Part(name="beat", command=command, stop_seconds=2))
    # Until then it is starting: a slow machine takes longer than one that serves may be silent.
    return replace(part, ready=part.alive)


def ingest_worker(place: Place) -> Part:
    # One more than `INGEST_PER_USER`, so that nobody's file makes everybody wait.
    return _worker(place, "ingest", "-Q", "ingest", "-c", "2")
