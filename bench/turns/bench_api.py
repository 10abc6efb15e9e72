"""The cost that the HTTP API adds to a turn: the same answers in a process, and over HTTP.

    make bench            or: python -m bench.turns.bench_api [TIMES]

One question after another, with a fake model that answers two words at once. The web process is
a real one beside PostgreSQL and Valkey of its own; the CPU is that of the process that makes the
answer.
"""

import asyncio
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from aiapp.embedded import postgres, valkey
from tests.processes import model_servers
from tests.processes.site import until

ROOT = Path(__file__).resolve().parents[2]
TIMES = int(sys.argv[1]) if len(sys.argv) > 1 else 200
WARM = 20
ACCOUNT = {"username": "bench", "password": "a password 123"}


async def measure(name: str, ask: Callable[[int], Awaitable[Any]], pid: int) -> None:
    for n in range(WARM):
        await ask(-n)
    process, took = psutil.Process(pid), []
    before = sum(process.cpu_times()[:2])
    for n in range(TIMES):
        began = time.perf_counter()
        await ask(n)
        took.append((time.perf_counter() - began) * 1000)
    cpu = (sum(process.cpu_times()[:2]) - before) * 1000 / TIMES
    took.sort()
    print(f"{name:32} {statistics.median(took):8.1f} {took[int(TIMES * 0.95)]:8.1f} {cpu:8.1f}")


async def in_process(user: Any) -> None:
    from chat import asking
    from chat.turns.accepting.places import NewConversation
    from chat.turns.accepting.request import Choices, Question

    async def ask(n: int) -> None:
        choices = Choices("echo", collections=[], fresh=True)
        accepted = await asking.ask(
            user, Question(f"hello {n}"), choices, follows=NewConversation()
        )
        await asking.outcome(accepted.turn)

    await measure("a turn, in a process", ask, os.getpid())


async def over_http(url: str, pid: int) -> None:
    async with aiohttp.ClientSession(base_url=url) as session:
        async with session.post("/api/auth/token", json=ACCOUNT) as response:
            token = (await response.json())["access"]
        session.headers["Authorization"] = f"Bearer {token}"

        async def post(path: str, n: int, **more: Any) -> None:
            said = {"model": "echo", "messages": [{"role": "user", "content": f"hello {n}"}]}
            async with session.post(path, json=said | more) as response:
                response.raise_for_status()
                await response.read()

        ours = {"collections": [], "cache": False}
        await measure("POST /api/chat", lambda n: post("/api/chat", n, **ours), pid)
        await measure("POST /api/chat/stream", lambda n: post("/api/chat/stream", n, **ours), pid)
        completions = "/v1/chat/completions"
        await measure(f"POST {completions}", lambda n: post(completions, n), pid)
        await measure("the same, as a stream", lambda n: post(completions, n, stream=True), pid)


@contextmanager
def web_process() -> Iterator[tuple[str, int]]:
    """The address and the id of a web process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "aiapp.server", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            until(lambda: _listens(port), "the web server")
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from accounts.models import User

    call_command("migrate", "--no-input", verbosity=0)
    user = User.objects.create_user(email="bench@example.org", **ACCOUNT)
    print(f"{'milliseconds':32} {'p50':>8} {'p95':>8} {'CPU':>8}")
    asyncio.run(in_process(user))
    with web_process() as (url, pid):
        asyncio.run(over_http(url, pid))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="aiapp-") as folder:
        sockets = Path(folder, "run")
        sockets.mkdir(mode=0o700)
        with (
            postgres.run_temporarily(Path(folder, "postgres"), sockets),
            valkey.run_temporarily(Path(folder, "valkey"), sockets),
            model_servers.fake_chat() as upstream,
        ):
            for name in ("DATABASE_URL", "REDIS_URL", "OTEL_EXPORTER_OTLP_ENDPOINT"):
                os.environ.pop(name, None)
            os.environ |= {
                "DJANGO_SETTINGS_MODULE": "aiapp.settings",
                "DATABASE_POOL_SIZE": "10",
                "DATA_DIR": folder,
                "SECRET_KEY": secrets.token_urlsafe(48),
                "LOG_LEVEL": "WARNING",
                "CHAT_MODEL": "echo",
                "OPENAI_API_KEY": "k",
                "OPENAI_BASE_URL": upstream,
            }
            main()
