"""The cost that kept answers, figures and traces that are off add to a turn.

    make bench            or: python -m bench.turns.bench_overheads [TIMES]

In an embedded PostgreSQL and Valkey, with a fake model that answers two words at once, on one
event loop. The CPU is that of this process. The prompt that is looked up has twenty messages
and 26,000 characters.
"""

import asyncio
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiapp.embedded import postgres, valkey
from tests.processes import model_servers

TIMES = int(sys.argv[1]) if len(sys.argv) > 1 else 300


async def measure_one(name: str, step: Callable[[int], Awaitable[Any]], times: int = TIMES) -> None:
    took, cpu = [], time.process_time()
    for n in range(times):
        began = time.perf_counter()
        await step(n)
        took.append((time.perf_counter() - began) * 1000)
    cpu = (time.process_time() - cpu) * 1000 / times
    print(f"{name:44} {statistics.median(took):8.2f} {cpu:8.2f}", flush=True)


def measure_repeated(name: str, step: Callable[[], Any], times: int = 200_000) -> None:
    cpu = time.process_time()
    for _ in range(times):
        step()
    print(f"{name:44} {(time.process_time() - cpu) / times * 1e9:8.0f}", flush=True)


async def run(user: Any) -> None:  # noqa: PLR0915 - a list of what is measured
    from aiapp.llm.base import Prompt
    from aiapp.observability import tracing
    from chat import asking
    from chat.log.events import Event, Kind
    from chat.turns.accepting.places import NewConversation
    from chat.turns.accepting.request import Choices, Question
    from chat.turns.response_cache import Place
    from chat.turns.results import Result
    from chat.turns.running.measuring import Measure

    async def ask(question: str) -> Any:
        choices = Choices("echo", collections=[])
        accepted = await asking.ask(user, Question(question), choices, follows=NewConversation())
        await asking.outcome(accepted.turn)
        return accepted

    accepted = await ask("hello there")
    asked, measure = accepted.question, Measure(accepted.turn)
    answer = Result(content="word " * 300, finish_reason="stop")

    def prompt(n: int) -> Prompt:
        said = [{"role": "user", "content": "y" * 500} for _ in range(19)]
        return Prompt("echo", [*said, {"role": "user", "content": f"{n} " + "z" * 16_500}])

    async def look(n: int) -> None:
        async with Place(asked, prompt(n), [], "nonce"):
            pass

    async def keep(n: int) -> None:
        async with Place(asked, prompt(n), [], "nonce") as place:
            await place.keep(answer)

    print(f"{'milliseconds, median':44} {'wall':>8} {'CPU':>8}")
    await measure_one("lookup without an answer", look)
    await measure_one("lookup without an answer, and keeping one", keep)
    await measure_one("lookup with an answer", look)
    await measure_one("figures of a turn", lambda _: measure.record(answer))
    await measure_one("whole turn, kept answer", lambda _: ask("hello there"), TIMES // 3)
    await measure_one("whole turn, made", lambda n: ask(f"hello {n}"), TIMES // 3)

    def span() -> None:
        with tracing.span("step"):
            pass

    event = Event(Kind.DELTA, {"text": "word"})
    print(f"\n{'nanoseconds':44} {'CPU':>8}")
    measure_repeated("figures, for each event", lambda: measure.hear(event))
    measure_repeated("a span while nobody traces", span)


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from accounts.models import User

    call_command("migrate", "--no-input", verbosity=0)
    asyncio.run(run(User.objects.create_user("bench", "bench@example.org", "a password 123")))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="aiapp-") as folder:
        sockets = Path(folder, "run")
        sockets.mkdir(mode=0o700)
        with (
            postgres.run_temporarily(Path(folder, "postgres"), sockets),
            valkey.run_temporarily(Path(folder, "valkey"), sockets),
        ):
            os.environ |= {
                "AIAPP_TEST_ROOT": folder,
                "DJANGO_SETTINGS_MODULE": "aiapp.settings",
                "DATABASE_POOL_SIZE": "10",
                "DATA_DIR": folder,
                "SECRET_KEY": secrets.token_urlsafe(48),
                "LOG_LEVEL": "WARNING",
                "CHAT_MODEL": "echo",
                "OPENAI_API_KEY": "k",
            }
            for name in ("DATABASE_URL", "REDIS_URL", "OTEL_EXPORTER_OTLP_ENDPOINT"):
                os.environ.pop(name, None)
            with model_servers.fake_chat() as upstream:
                os.environ["OPENAI_BASE_URL"] = upstream
                main()
