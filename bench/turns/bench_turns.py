"""The cost of a turn beside its tokens: CPU by process, transactions, Redis commands.

    make bench            or: python -m bench.turns.bench_turns [--processes N] [TURNS [ROUNDS]]

A program asks one question after the other; a fake upstream answers each with one word at once.
What is left is what a turn costs whatever its length: the way in, the beginning, the end. Then
several ask at once: how many turns a second all processes of the web server make together.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count

import aiohttp
import httpx2
import psutil
import psycopg
from redis import Redis

from tests.processes.site import Program, Site
from tests.processes.site_of_its_own import run_site

MODEL = "count-1-0"
TURNS, ROUNDS = 200, 3
WARM_UP = 40
AT_ONCE = 16
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs of one turn: milliseconds of CPU, and counts."""

    web: float
    postgres: float
    valkey: float
    transactions: float
    commands: float
    wall: float

    def __str__(self) -> str:
        return (
            f"{self.web:8.2f} {self.postgres:8.2f} {self.valkey:8.2f} "
            f"{self.transactions:8.1f} {self.commands:8.1f} {self.wall:8.1f} "
            f"{1000 / self.wall:8.1f}"
        )


class Meter:
    def __init__(self, site: Site, web: Program, servers: dict[str, psutil.Process]) -> None:
        self._site = site
        self._trees = {"web": psutil.Process(web.process.pid), **servers}

    def read(self) -> dict[str, float]:
        found = {name: _count_cpu(process) for name, process in self._trees.items()}
        with psycopg.connect(self._site.environment["DATABASE_URL"]) as connection:
            row = connection.execute(
                "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
            ).fetchone()
        with Redis.from_url(self._site.environment["REDIS_URL"]) as redis:
            commands = redis.info("stats")["total_commands_processed"]
        return {
            **found,
            "transactions": float(row[0] if row else 0),
            "commands": float(commands),
            "wall": time.perf_counter(),
        }

    def measure(self, turns: int, ask_all: Callable[[int], None]) -> Costs:
        before = self.read()
        ask_all(turns)
        after = self.read()
        used = {name: (after[name] - before[name]) / turns for name in after}
        return Costs(
            web=used["web"] * 1000,
            postgres=used["postgres"] * 1000,
            valkey=used["valkey"] * 1000,
            transactions=used["transactions"],
            commands=used["commands"],
            wall=used["wall"] * 1000,
        )


def _count_cpu(process: psutil.Process) -> float:
    """Return the seconds of a process and of all that it has started, those that ended too."""
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        times = each.cpu_times()
        total += times.user + times.system
    ended = process.cpu_times()
    return total + ended.children_user + ended.children_system


def ask(client: httpx2.Client, **place: str) -> None:
    # Another one each time, since an answer may be kept.
    messages = [{"role": "user", "content": f"go {next(_numbers)}"}]
    body = {"model": MODEL, "messages": messages, "collections": []}
    answer = client.post("/api/chat", json=body | place)
    if answer.json().get("content") != "w0 ":
        raise SystemExit(f"This is no answer: {answer.text}")


def ask_in_turn(client: httpx2.Client, turns: int, **place: str) -> None:
    for _ in range(turns):
        ask(client, **place)


def ask_at_once(client: httpx2.Client, turns: int) -> None:
    """Ask from so many connections that each process gets some."""
    headers = {"Authorization": client.headers["Authorization"]}

    left = iter(range(turns))

    async def ask_some(session: aiohttp.ClientSession) -> None:
        for _ in left:
            messages = [{"role": "user", "content": f"go {next(_numbers)}"}]
            body = {"model": MODEL, "messages": messages, "collections": []}
            async with session.post(f"{client.base_url}/api/chat", json=body) as answer:
                if (await answer.json()).get("content") != "w0 ":
                    raise SystemExit(f"This is no answer: {await answer.text()}")

    async def ask_all() -> None:
        connector = aiohttp.TCPConnector(limit=AT_ONCE)
        async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
            await asyncio.gather(*(ask_some(session) for _ in range(AT_ONCE)))

    asyncio.run(ask_all())


def run(
    site: Site, servers: dict[str, psutil.Process], turns: int, rounds: int, processes: int
) -> None:
    web = site.web(WEB_PROCESSES=str(processes))
    client = site.client(web, "reader")
    meter = Meter(site, web, servers)
    kinds: dict[str, Callable[[int], None]] = {"new": partial(ask_in_turn, client)}
    kinds["at once"] = partial(ask_at_once, client)
    for ask_all in kinds.values():
        ask_all(WARM_UP)
    print("what           web  postgres  valkey  transact commands  wall ms  turns/s")
    print("                 (ms of CPU a turn)           (a turn)")
    found: dict[str, list[Costs]] = {}
    for _ in range(rounds):
        chat = client.post("/api/conversations", json={"title": "A chat"}).json()["id"]
        kinds["follow-up"] = partial(ask_in_turn, client, conversation_id=chat)
        kinds["follow-up"](1)
        for kind, ask_all in kinds.items():
            found.setdefault(kind, []).append(costs := meter.measure(turns, ask_all))
            print(f"{kind:10} {costs}")
    for kind, each in found.items():
        print(f"{kind}, web, median: {statistics.median(costs.web for costs in each):.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--processes", type=int, default=1, help="of the web server")
    parser.add_argument("turns", type=int, nargs="?", default=TURNS)
    parser.add_argument("rounds", type=int, nargs="?", default=ROUNDS)
    options = parser.parse_args()
    with run_site(MODEL, ASK_RATE="") as own:
        stores = {"postgres": own.postgres, "valkey": own.valkey}
        run(own.site, stores, options.turns, options.rounds, options.processes)


if __name__ == "__main__":
    main()
