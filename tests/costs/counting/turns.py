"""Turns of each kind, asked one after the other, and what each made the web process do.

Only counts, no times: they are nearly the same on every machine and at every load, so that a
check can hold them.
"""

import json
import os
import re
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass, fields
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.costs.counting.wire import Commands, Statements, Wire, tap
from tests.processes import site as sites
from tests.processes.site import PASSWORD, Program, Site

MODEL = "count-1-0"
ANSWER = "w0 "
# The first ones fill caches, open connections and prepare statements.
WARM_UP, ROUNDS, MAX_ROUNDS, TURNS = 4, 4, 40, 4
_STREAM = re.compile(r'data-stream="([^"]+)"|"(/chat/turns/[^"]+/stream/[^"]*)"')
_numbers = count(1)
Ask = Callable[[], None]


@dataclass(frozen=True)
class Counts:
    """The counts of a turn: calls of Python's functions, statements and commands, and how often
    the process waited for PostgreSQL and for Redis or gave work to another thread."""

    calls: float
    hops: float
    statements: float
    trips: float
    commands: float
    pipelines: float

    def __str__(self) -> str:
        return "".join(f"{each:11.1f}" for each in astuple(self))

    def exceeds(self, bounds: "Counts") -> list[str]:
        """Return the names of the counts that are above their bounds."""
        return [
            field.name
            for field in fields(self)
            if getattr(self, field.name) > getattr(bounds, field.name)
        ]


HEAD = "".join(f"{field.name:>11}" for field in fields(Counts))


@dataclass
class CountedWeb:
    """A web server that counts, and the wires to its databases."""

    program: Program
    path: Path
    sql: Wire
    redis: Wire

    def read(self) -> Counts:
        self.path.unlink(missing_ok=True)
        os.kill(self.program.process.pid, signal.SIGUSR2)
        sites.until(self.path.exists, "the counts of the web server")
        own = json.loads(self.path.read_text())
        return Counts(
            own["calls"],
            own["hops"],
            self.sql.orders,
            self.sql.trips,
            self.redis.orders,
            self.redis.trips,
        )

    def measure(self, ask: Ask, bounds: Counts | None = None) -> Counts:
        """Return the counts of a turn: the least of several rounds.

        What the process does by itself from time to time falls into some of them only, and commands
        come together less often while the machine is busy. So where the least so far is above its
        bounds there are more rounds; what a turn always takes is in all of them.
        """
        for _ in range(WARM_UP):
            ask()
        rounds = [self._measure_round(ask) for _ in range(ROUNDS)]
        while bounds and _take_least(rounds).exceeds(bounds) and len(rounds) < MAX_ROUNDS:
            rounds.append(self._measure_round(ask))
        return _take_least(rounds)

    def _measure_round(self, ask: Ask) -> list[float]:
        before = astuple(self.read())
        for _ in range(TURNS):
            ask()
        after = astuple(self.read())
        return [(b - a) / TURNS for a, b in zip(before, after, strict=True)]


def _take_least(rounds: Sequence[Sequence[float]]) -> Counts:
    return Counts(*map(min, zip(*rounds, strict=True)))


@contextmanager
def counted_web(site: Site, folder: Path) -> Iterator[CountedWeb]:
    """Run a web server of a site that counts. Both databases are to listen at sockets."""
    database = urlsplit(site.environment["DATABASE_URL"])
    redis = urlsplit(site.environment["REDIS_URL"])
    postgres = Path(parse_qs(database.query)["host"][0]) / ".s.PGSQL.5432"
    environment = {
        "DATABASE_URL": f"postgresql://aiapp@{database.path}?host={folder}",
        "REDIS_URL": f"unix://{folder}/valkey.sock?{redis.query}",
    }
    with ExitStack() as stack:
        sql = stack.enter_context(tap(folder / postgres.name, postgres, Statements))
        words = stack.enter_context(tap(folder / "valkey.sock", Path(redis.path), Commands))
        program = site.run_counting_web(folder / "counts", **environment)
        os.kill(program.process.pid, signal.SIGUSR1)
        yield CountedWeb(program, folder / "counts", sql, words)
        program.kill()


def kinds(site: Site, web: Program) -> Mapping[str, Ask]:
    """Return the ways to ask: over the API and on the page, in new chats and in one there is."""
    api = site.client(web, "reader")
    browser = _sign_in(site, web, "reader")
    first = {kind: api.post("/api/conversations", json={"title": kind}).json()["id"]
             for kind in ("api", "page")}  # fmt: skip
    return {
        "API, new": lambda: _ask_api(api),
        "API, follow-up": lambda: _ask_api(api, conversation_id=first["api"]),
        "page, new": lambda: _ask_page(browser),
        "page, follow-up": lambda: _ask_page(browser, conversation=first["page"]),
    }


def _ask_api(client: httpx2.Client, **place: str) -> None:
    # Another one each time, since an answer may be kept.
    messages = [{"role": "user", "content": f"go {next(_numbers)}"}]
    body = {"model": MODEL, "messages": messages, "collections": []}
    answer = client.post("/api/chat", json=body | place)
    assert answer.json().get("content") == ANSWER, answer.text


def _ask_page(client: httpx2.Client, **place: str) -> None:
    """Ask as the page's script does, and follow the answer to its end."""
    form = {"content": f"go {next(_numbers)}", "request_id": f"page-{next(_numbers)}"} | place
    headers = {"Referer": str(client.base_url), "X-Requested-With": "fetch"}
    token = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
    page = client.post("/chat/ask/", data=form | token, headers=headers)
    found = _STREAM.search(page.text)
    assert found, page.text[:2000]
    events = client.get(found[1] or found[2]).text
    assert ANSWER.strip() in events, events


def _sign_in(site: Site, web: Program, name: str) -> httpx2.Client:
    client = httpx2.Client(base_url=web.url, timeout=30, follow_redirects=True)
    site.clients.append(client)
    client.get("/accounts/login/")
    form = {"username": name, "password": PASSWORD}
    token = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
    headers = {"Referer": web.url}
    client.post("/accounts/login/", data=form | token, headers=headers).raise_for_status()
    return client
