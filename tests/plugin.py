"""Test set-up that has to happen before Django's settings are read, hence a plugin, no conftest.

The one process that the user started (pytest itself, or the controller of pytest-xdist) runs a
throw-away PostgreSQL and Valkey. Each worker uses a test database, a Redis database and a
DATA_DIR of its own. `DATABASE_URL` and `REDIS_URL`, when set, are used instead.
"""

import asyncio
import gc
import importlib
import inspect
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import certifi
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from redis import Redis

from aiapp.embedded import postgres, valkey
from tests import memory

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
ROOT_VARIABLE = "AIAPP_TEST_ROOT"
# What a developer's shell may hold and no test should see.
STRAY = (
    *("OPENAI_API_KEY", "OPENAI_BASE_URL", "EMBEDDING_BASE_URL", "EMBEDDING_MODEL", "DEBUG"),
    *("CHAT_MODEL", "CHAT_MODELS", "TRANSCRIPTION_MODEL", "FETCH_PAGES"),
    *("FILES_BUCKET", "BACKUP_BUCKET"),
    *("PORT", "SITE_URL", "ALLOWED_HOSTS"),
)
# Tests let more threads ask at once than a site would. It tries to connect for as long as anybody
# waits: who waits when it has given up waits in vain, unless somebody else comes.
POOL = {"min_size": 1, "max_size": 40, "timeout": 20, "reconnect_timeout": 20}

# Between two requests, before the next try, and until more of a text has come: what people never
# see, and each of two thousand turns would wait for. A test whose subject they are sets its own.
PAUSES = {
    "aiapp.embedded.hub.download.PAUSE_SECONDS": 0.01,
    "aiapp.llm.embedding.client.FIRST_PAUSE": 0.01,
    "aiapp.llm.routing.routes.FIRST_PAUSE": 0.02,
    "chat.log.stream.FRAME_SECONDS": 0.004,
    "documents.sources.kinds.website.site.PAUSE": 0.0,
}
# Valkey looks so often a second for what is due by time, such as the end of a wait.
VALKEY_HZ = 100

# No test of one loop takes a tenth of it, on a busy machine either, nor the end of a connection.
STILL_SECONDS = 300.0

# After how many new objects, and how many such looks, garbage is looked for: a tenth of the time of
# most tests goes into that with Python's own numbers, which are made for less memory.
GARBAGE = (50_000, 20, 20)
END_OF_CERTIFICATE = "-----END CERTIFICATE-----"

_servers = ExitStack()


def _prepare_environment() -> Path:
    root = Path(os.environ.get(ROOT_VARIABLE) or tempfile.mkdtemp(prefix="aiapp-test-"))
    if not WORKER:
        for name in STRAY:
            os.environ.pop(name, None)
        # Where each of a hundred processes would compile what it imports.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ[ROOT_VARIABLE] = str(root)
        os.environ.setdefault("DATABASE_URL", f"postgresql://aiapp@/aiapp?host={root}/run")
        os.environ.setdefault("REDIS_URL", f"unix://{root}/run/valkey.sock")
        os.environ["SSL_CERT_FILE"] = str(_write_certificate(root))
    # Asked of the model after each answer; the tests of it switch it on.
    os.environ["SUGGESTIONS"] = "0"
    os.environ["SECRET_KEY"] = "a secret for tests only, long enough for every check of it"
    data = root / (WORKER or "main")
    data.mkdir(mode=0o700, exist_ok=True)
    # Where collected static files would be; without the folder, the middleware warns.
    (data / "static").mkdir(exist_ok=True)
    os.environ["DATA_DIR"] = str(data)
    if WORKER:
        number = int(WORKER.removeprefix("gw")) + 1
        base = os.environ["REDIS_URL"].partition("?")[0]
        os.environ["REDIS_URL"] = f"{base}?db={number % valkey.DATABASES}"
    return root


def _write_certificate(folder: Path) -> Path:
    """Write the first of those that clients trust, which hardly ever ask a server that shows one.

    All of them take a fiftieth of a second to read, which a thousand clients and processes do.
    """
    path = folder / "certificate.pem"
    bundle = Path(certifi.where()).read_text()
    path.write_text(bundle.partition(END_OF_CERTIFICATE)[0] + END_OF_CERTIFICATE + "\n")
    return path


ROOT = _prepare_environment()
# What the tools of a release bring along for `jsonschema`, which does without as it does where the
# site runs: it compiles forty grammars when it is imported, a second of each worker.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the servers; pytest-xdist starts its workers later, in the session's start."""
    # While every module of the tests is imported, hardly anything is garbage.
    gc.disable()
    # It replaces a fixture of pytest-django's, so it has to be known after that.
    config.pluginmanager.import_plugin("tests.databases")
    if WORKER or not getattr(config.option, "numprocesses", None):
        config.pluginmanager.import_plugin("tests.models")
    if WORKER or config.option.collectonly or config.option.help:
        return
    run_dir = ROOT / "run"
    run_dir.mkdir(mode=0o700)
    if str(run_dir) in os.environ["DATABASE_URL"]:
        folder = _servers.enter_context(memory.make_folder(ROOT)) / "postgres"
        _servers.enter_context(postgres.run_temporarily(folder, run_dir, fsync=False))
        if folder.parent != ROOT:
            (ROOT / "postgres.log").symlink_to(folder.with_name("postgres.log"))
    if str(run_dir) in os.environ["REDIS_URL"]:
        server = _servers.enter_context(valkey.run_temporarily(ROOT / "valkey", run_dir))
        with Redis.from_url(server.url) as redis:
            redis.config_set("hz", VALKEY_HZ)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Import a part of the tests first, another one in each worker.

    What has been compiled by one is there for the others. All of it takes six seconds in a new
    clone, and all workers would go through it at the same pace.
    """
    config = session.config
    if not WORKER or config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    files = sorted(file for path in config.args for file in Path(path).rglob("test_*.py"))
    number = int(WORKER.removeprefix("gw"))
    for file in files[number :: int(os.environ["PYTEST_XDIST_WORKER_COUNT"])]:
        # What cannot be imported is told by the collection, which tries again.
        with suppress(Exception):
            importlib.import_module(".".join(file.with_suffix("").parts))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Collect what the tests make, and look no more through what they were made from."""
    if providers := sys.modules.get("hypothesis.internal.conjecture.providers"):
        # In each worker it would take all of our code apart, for numbers and words to try.
        providers._seen_modules.update(map(id, sys.modules.values()))
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure() -> None:
    # Pytest looks five times for what nobody has closed; what is no garbage now will be none then.
    gc.collect()
    gc.freeze()
    if not WORKER:
        if (ROOT / "template.done").exists():
            # Imported here, since it reads what is set above.
            from tests.processes import site

            site.drop_template()
        _servers.close()
        shutil.rmtree(ROOT, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test on the thread that holds the test's transaction.

    pytest-asyncio's own loop would run the ORM on another thread, whose writes stay.
    """
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments: dict[str, Any] = {name: pyfuncitem.funcargs[name] for name in names}
    async_to_sync(_to_its_end)(pyfuncitem.obj, arguments)
    return True


async def _to_its_end(test: Callable[..., Awaitable[None]], arguments: dict[str, Any]) -> None:
    """Run a test, then end what it left running, before its loop closes its connections.

    One that stands still fails, and tells what each of its tasks was waiting for.
    """
    try:
        async with asyncio.timeout(STILL_SECONDS) as bound:
            await test(**arguments)
    except TimeoutError:
        if bound.expired():
            for task in asyncio.all_tasks():
                task.print_stack()
        raise
    finally:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


@pytest.fixture(autouse=True, scope="session")
def _static_files_by_their_own_names() -> Iterator[None]:
    """Pages can be rendered without collecting static files first."""
    # Imported here, since the settings are read with it.
    from django.test import override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": plain}):
        yield


@pytest.fixture(autouse=True, scope="session")
def _passwords_are_hashed_quickly() -> Iterator[None]:
    """A real hash takes a quarter of a second, which is its purpose and not that of most tests."""
    # Imported here, since the settings are read with it.
    from django.test import override_settings

    quick = "django.contrib.auth.hashers.MD5PasswordHasher"
    with override_settings(PASSWORD_HASHERS=[quick, *settings.PASSWORD_HASHERS]):
        yield


@pytest.fixture(autouse=True, scope="session")
def _pauses_are_short() -> None:
    """Good manners to strangers are not owed to servers of ours, nor a calm page to a test."""
    for name, seconds in PAUSES.items():
        module, _, constant = name.rpartition(".")
        setattr(importlib.import_module(module), constant, seconds)


@pytest.fixture(autouse=True, scope="session")
def _connections_are_pooled() -> None:
    """As in a web server: to open one for each unit of work costs more than most units."""
    # Imported here, since the settings are read with it.
    from django.db import connections

    connections.settings["default"]["OPTIONS"]["pool"] = POOL


@pytest.fixture(autouse=True, scope="session")
def _tables_are_emptied_by_what_was_written() -> None:
    # Imported here, since the settings are read with it.
    from tests import emptying

    emptying.install()


@pytest.fixture(autouse=True, scope="session")
def _broker() -> Iterator[Redis]:
    with Redis.from_url(os.environ["REDIS_URL"]) as redis:
        yield redis


@pytest.fixture(autouse=True)
def _queues_hold_what_this_test_sent(_broker: Redis) -> None:
    """No worker takes what the tests before sent, and a sweep adds nothing to a long queue."""
    _broker.delete(*{route["queue"] for route in settings.CELERY_TASK_ROUTES.values()})


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    """Rows go with their test, and what was read of them goes too; so does a request's language."""
    yield
    # Imported here, since the settings are read with it.
    from django.utils import translation

    from aiapp.llm import endpoints

    endpoints.replace(endpoints.Snapshot())
    translation.deactivate()


@pytest.fixture(autouse=True, scope="module")
def _nobody_is_left_who_takes_turns_over(_broker: Redis) -> Iterator[None]:
    """An application that a file started would run the turns of the files after it."""
    yield
    # Imported here, since the settings are read with it.
    from chat.turns.running import waiting

    channel = waiting.name_channel()
    deadline = time.monotonic() + STILL_SECONDS
    # Redis hears of a connection's end a moment later.
    while dict(_broker.pubsub_numsub(channel))[channel.encode()]:
        assert time.monotonic() < deadline, "An application still listens for turns."
        time.sleep(0.01)
