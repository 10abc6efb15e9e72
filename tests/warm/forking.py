"""The process that programs are forked from: `python -m tests.warm.forking SOCKET STARTER`."""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

# What reads no settings when it is imported.
LIBRARIES = (
    *("celery", "celery.bin.celery", "celery.app.base", "celery.worker", "celery.beat"),
    *("kombu.transport.redis", "redis.asyncio", "openai", "openai.resources.chat", "aiohttp"),
    *("uvicorn", "uvloop", "websockets", "httpx2", "psycopg", "psycopg_pool", "pydantic"),
    *("orjson", "nh3", "tiktoken", "tokenizers", "markdown_it", "yaml", "django.db.models"),
    # What these import takes a sixth of what our own code would take to import otherwise.
    *("django.test", "django.db.backends.postgresql.base", "channels.generic.websocket"),
    *("celery.concurrency.prefork", "cryptography.fernet", "defusedxml.ElementTree", "jinja2"),
    *("lxml.html", "pgvector.django", "PIL.Image", "precis_i18n.factory", "urllib3"),
    # What a first answer and a first document wait for.
    *("celery.apps.worker", "celery.worker.consumer", "celery.app.amqp", "celery.app.log"),
    *("celery.app.control", "celery.app.events", "billiard.synchronize", "httpcore2", "h11"),
    *("langchain_text_splitters", "langchain_core.utils.function_calling", "langsmith"),
    "unittest.mock",
)
# The modules that read the settings, by the module that a program runs.
KINDS = {
    "aiapp.server": ("aiapp.asgi", "aiapp.urls"),
    "celery": ("aiapp.celery", "accounts.tasks", "chat.tasks", "documents.tasks", "openai"),
    "manage": (
        *("aiapp.urls", "aiapp.embedded.installation", "aiapp.management.inventory"),
        *("django.core.management.commands.migrate", "documents.search", "django.test"),
    ),
}
# What has been read of the settings while those were imported, and is seen to below.
RENEWED = {"CHAT_MODEL", "DATABASES", "FILE_UPLOAD_TEMP_DIR", "LOGGING", "MEDIA_ROOT"}
# As in the tests' own process (`tests.plugin`).
QUICK_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"
# How often whoever has nothing to do looks if the tests still run.
LOOK_SECONDS = 1
# Input, output, errors, and one that is open for as long as a command runs.
MAX_FILES = 4
Job = Callable[[], None]


def receive(connection: socket.socket) -> tuple[Any, list[int]]:
    """Return what the other side says, and the files that it lends."""
    first, files, _, _ = socket.recv_fds(connection, 65536, MAX_FILES)
    rest = b"".join(iter(lambda: connection.recv(65536), b""))
    return json.loads(first + rest), files


class _Server:
    """Answers requests one by one; what `serve` returns is to be run by the child that it is in."""

    def __init__(self, path: str, starter: int) -> None:
        self.path = path
        # Whoever runs the tests; there is nothing to do after that.
        self.starter = starter
        self.codes: dict[int, int] = {}
        self.children: set[int] = set()
        self.programs: set[int] = set()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{path}.new")
        self.listener.listen(64)
        # Who finds the socket can be answered.
        Path(f"{path}.new").rename(path)

    def serve(self) -> Job | None:
        while True:
            if not select.select([self.listener], [], [], LOOK_SECONDS)[0]:
                if not _is_alive(self.starter):
                    # It has not ended what was started for it.
                    self._end_programs()
                    return None
                continue
            connection, _ = self.listener.accept()
            with connection:
                request, files = receive(connection)
                lent = {"files": files} if files else {}
                answer = getattr(self, f"_{request.pop('do')}")(**request, **lent)
                if callable(answer):
                    self.listener.close()
                    return answer
                connection.sendall(json.dumps(answer).encode())
                for file in files:
                    os.close(file)

    def _end_programs(self) -> None:
        for pid in self.programs:
            if self._poll(pid)["code"] is None:
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)

    def _poll(self, pid: int) -> dict[str, int | None]:
        if pid in self.children and pid not in self.codes:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                self.codes[pid] = os.waitstatus_to_exitcode(status)
        return {"code": self.codes.get(pid)}

    def _fork(self) -> int:
        assert threading.active_count() == 1, threading.enumerate()
        pid = os.fork()
        self.children.add(pid)
        return pid

    def _prepare(
        self, module: str, environment: dict[str, str], path: str, output: str
    ) -> dict[str, int] | Job:
        if pid := self._fork():
            while not Path(path).exists() and self._poll(pid)["code"] is None:
                time.sleep(0.005)
            return {"pid": pid}
        _set_environment(environment)
        _become(output)
        return lambda: _serve_kind(module, path, self.starter)


class _Kind(_Server):
    """Forks programs that run one module."""

    def __init__(self, path: str, starter: int, module: str, read: Mapping[str, Any]) -> None:
        super().__init__(path, starter)
        self.module = module
        # The settings that have been read for good, with their values.
        self.read = read

    def _start(
        self,
        command: list[str],
        environment: dict[str, str],
        output: str = os.devnull,
        files: Sequence[int] = (),
        folder: str = "",
    ) -> dict[str, int] | Job:
        _set_environment(environment)
        _renew_settings(self.module)
        if self.read != _list_read_settings(self.read):
            return {"pid": 0}
        if pid := self._fork():
            self.programs.add(pid)
            return {"pid": pid}
        _become(output, stdin=os.open(os.devnull, os.O_RDONLY))
        if files:
            _use(files)
            os.chdir(folder)
        return lambda: _run(command)


def _list_read_settings(names: Iterable[str] = ()) -> dict[str, Any]:
    """Return settings with their values: those of some names, or those that have been read."""
    settings = importlib.import_module("django.conf").settings
    names = names or {name for name in vars(settings) if name.isupper()} - RENEWED
    return {name: getattr(settings, name) for name in names}


def _renew_settings(module: str) -> None:
    """Read the settings again, and have what has read them before do so too."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiapp.settings")
    if module == "aiapp.server":
        importlib.import_module("aiapp.env").set_web_defaults()
    settings = importlib.import_module("django.conf").settings
    del sys.modules["aiapp.settings"]
    settings._setup()
    settings.PASSWORD_HASHERS = [QUICK_HASHER, *settings.PASSWORD_HASHERS]
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    # That of static files has asked for the other's place.
    storages = importlib.import_module("django.core.files.storage").storages
    assert "default" not in storages._storages, "stored files have a place already"
    connections = importlib.import_module("django.db").connections
    vars(connections).pop("settings", None)
    type(connections).__init__(connections)
    log = importlib.import_module("django.utils.log")
    log.configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)


def _set_environment(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)


def _become(output: str, stdin: int | None = None) -> None:
    os.setsid()
    out = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.close(out)
    if stdin is not None:
        os.dup2(stdin, 0)
        os.close(stdin)


def _use(files: Sequence[int]) -> None:
    """Read and write what was lent; the last one ends with this process, not with its children."""
    *standard, last = files
    for number, file in enumerate(standard):
        os.dup2(file, number)
        os.close(file)
    os.set_inheritable(last, False)
    # Those of before know what kind of files they had.
    for number, (name, mode) in enumerate({"stdin": "r", "stdout": "w", "stderr": "w"}.items()):
        setattr(sys, name, os.fdopen(number, mode, 1, closefd=False))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _serve_kind(module: str, path: str, starter: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiapp.settings")
    if module != "aiapp.server":
        # The web server has something to say to the settings first.
        importlib.import_module("django").setup()
    for name in KINDS[module]:
        importlib.import_module(name)
    if module == "aiapp.server":
        importlib.import_module("aiapp.asgi").load_addresses()
    read = _list_read_settings()
    # What follows only loads modules, tables and certificates, whatever settings say which.
    importlib.import_module("aiapp.llm.transport").load_certificates()
    if module == "aiapp.server":
        importlib.import_module("aiapp.asgi").preload()
    if module == "manage":
        # All migrations are read with it.
        importlib.import_module("django.db.migrations.loader").MigrationLoader(None)
    _serve(_Kind(path, starter, module, read))


def _run(command: list[str]) -> None:
    module, *arguments = command
    sys.argv = [module, *arguments]
    gc.enable()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _serve(server: _Server) -> None:
    # Or else each program would copy what a collection of garbage only looks at.
    gc.disable()
    gc.freeze()
    if job := server.serve():
        job()


def main() -> None:
    # A terminal's Ctrl-C is for the tests, which end us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # While everything is imported, hardly anything is garbage.
    gc.disable()
    for name in LIBRARIES:
        importlib.import_module(name)
    settings = importlib.import_module("django.conf").settings
    assert not settings.configured, "a library has read the settings"
    _serve(_Server(sys.argv[1], int(sys.argv[2])))


if __name__ == "__main__":
    main()
