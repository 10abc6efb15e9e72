"""Streams beside a direct call to the upstream and beside a relay that keeps nothing, interleaved.

    python -m bench.streams.bench_relay [--relay PYTHON] [--processes N] [--rounds N] [READERS ...]

PYTHON is one with FastAPI and openai (`bench/streams/relay/relay.py`); without one its row is left
out. Readers begin within two seconds (five for 500) and get 200 words at 20 a second; in the last
row ten readers take 2,000 words as fast as they come. In each round the three take turns; the
table has the medians. Every stream is checked: complete, in order, each word once. The CPU
time is that of all processes of the site, and of the relay's, and for the direct call our own.
"""

import argparse
import asyncio
import importlib.util
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil

from tests.processes.site import find_free_port, until
from tests.processes.site_of_its_own import BenchSite, run_site

FOLDER = Path(__file__).resolve().parent
READERS = (50, 200, 500)
SECONDS_TO_BEGIN, OF_MANY, MANY = 2.0, 5.0, 500
STREAM_WORDS, GAP = 200, 50
FLAT_OUT_READERS, FLAT_OUT_WORDS = 10, 2_000
# As `bench/streams/upstream.py` writes an event.
SAID = (
    b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"count",'
    b'"choices":[{"index":0,"delta":{"content":"'
)
STREAMED: dict[str, object] = {"stream": True}
_WORD = re.compile(rb"w(\d+) ")


@dataclass(frozen=True)
class Target:
    """Something to read a stream from, and the processes that make it."""

    name: str
    url: str
    pids: list[int]
    # The beginning of an event's line that has words, `w7 w8 `, as far as to them.
    mark: bytes
    headers: dict[str, str] = field(default_factory=dict)
    extra: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    readers: int
    words: int
    gap: int

    @property
    def model(self) -> str:
        return f"count-{self.words}-{self.gap}"

    @property
    def seconds(self) -> float:
        if not self.gap:
            return 0.0
        return OF_MANY if self.readers >= MANY else SECONDS_TO_BEGIN


@dataclass
class Round:
    firsts: list[float] = field(default_factory=list)
    whole: int = 0
    errors: int = 0
    wall: float = 0.0
    cpu: float = 0.0


async def read(session: aiohttp.ClientSession, target: Target, load: Load, result: Round) -> None:
    """Read one stream, and note what came of it."""
    question = {"role": "user", "content": "go"}
    body = {"model": load.model, "messages": [question], **target.extra}
    began, first, expected, in_order = time.perf_counter(), 0.0, 0, True
    rest = text = b""
    async with session.post(target.url, json=body, headers=target.headers) as response:
        response.raise_for_status()
        async for chunk in response.content.iter_any():
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if not line.startswith(target.mark):
                    continue
                # A word may come in two parts.
                text += line[len(target.mark) :].partition(b'"')[0]
                for number in _WORD.findall(text):
                    first = first or time.perf_counter() - began
                    in_order = in_order and int(number) == expected
                    expected += 1
                text = text[text.rfind(b" ") + 1 :]
    result.firsts.append(first)
    result.whole += in_order and expected == load.words


async def run_load(target: Target, load: Load) -> Round:
    result = Round()
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=300)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:

        async def one(index: int) -> None:
            await asyncio.sleep(load.seconds * index / load.readers)
            try:
                await read(session, target, load, result)
            except (aiohttp.ClientError, TimeoutError):
                result.errors += 1

        await asyncio.gather(*(one(index) for index in range(load.readers)))
    return result


def measure(target: Target, load: Load) -> Round:
    processes = [psutil.Process(pid) for pid in target.pids]
    before, began = _count_cpu(processes), time.perf_counter()
    result = asyncio.run(run_load(target, load))
    result.wall = time.perf_counter() - began
    result.cpu = _count_cpu(processes) - before
    return result


def _count_cpu(processes: list[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        for each in [process, *process.children(recursive=True)]:
            times = each.cpu_times()
            total += times.user + times.system
    return total


def describe(target: Target, load: Load, rounds: list[Round]) -> str:
    """Return a row of the table: medians over the rounds."""
    middle = statistics.median
    firsts = [sorted(each.firsts) or [float("nan")] for each in rounds]
    p50 = middle(statistics.median(each) for each in firsts) * 1000
    p95 = middle(each[int((len(each) - 1) * 0.95)] for each in firsts) * 1000
    words = load.readers * load.words
    cpu = middle(each.cpu for each in rounds) / words * 1e6
    rate = words / middle(each.wall for each in rounds)
    whole, errors = sum(each.whole for each in rounds), sum(each.errors for each in rounds)
    return (
        f"{load.readers:7} {target.name:8}{p50:10.1f}{p95:10.1f}{cpu:10.1f}{rate:10,.0f}"
        f"{whole:7}/{load.readers * len(rounds):<6}{errors:6}"
    )


@contextmanager
def _run(python: str, program: str, **environment: str) -> Iterator[tuple[str, int]]:
    """Run a program of this folder at a port; gives its address and its number."""
    port = find_free_port()
    command = [python, str(FOLDER / program), "--port", str(port)]
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: _answers(port), program)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def list_targets(
    stack: ExitStack, own: BenchSite, upstream: str, options: argparse.Namespace
) -> list[Target]:
    web = own.site.web(WEB_PROCESSES=str(options.processes))
    client = own.site.client(web, "reader")
    headers = {"Authorization": client.headers["Authorization"]}
    pids = [web.process.pid, own.postgres.pid, own.valkey.pid]
    url = f"{upstream}/v1/chat/completions"
    targets = [Target("direct", url, [os.getpid()], SAID, {}, STREAMED)]
    if options.relay:
        endpoint = {"OPENAI_BASE_URL": f"{upstream}/v1", "OPENAI_API_KEY": "k"}
        address, pid = stack.enter_context(_run(options.relay, "relay/relay.py", **endpoint))
        url = f"{address}/api/chat/stream"
        targets.append(Target("relay", url, [pid], b"data: ", {}, STREAMED))
    url = f"{web.url}/api/chat/stream"
    extra: dict[str, object] = {"collections": []}
    return [*targets, Target("site", url, pids, b'data: {"text":"', headers, extra)]


def run(targets: list[Target], loads: list[Load], rounds: int) -> None:
    for target in targets:
        asyncio.run(run_load(target, Load(5, STREAM_WORDS, 1)))
    print("readers what     first p50       p95  us/token  tokens/s    whole      errors")
    for load in loads:
        found: dict[str, list[Round]] = {target.name: [] for target in targets}
        for _ in range(rounds):
            for target in targets:
                found[target.name].append(measure(target, load))
        for target in targets:
            print(describe(target, load, found[target.name]), flush=True)
        print(f"        load of the machine {os.getloadavg()[0]:.1f}", flush=True)


def main() -> None:
    here = sys.executable if importlib.util.find_spec("fastapi") else ""
    parser = argparse.ArgumentParser()
    parser.add_argument("--relay", default=here, help="a Python that has FastAPI")
    parser.add_argument("--processes", type=int, default=1, help="of the web server")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("readers", type=int, nargs="*", default=list(READERS))
    options = parser.parse_args()
    loads = [Load(readers, STREAM_WORDS, GAP) for readers in options.readers]
    loads.append(Load(FLAT_OUT_READERS, FLAT_OUT_WORDS, 0))
    models = ",".join(sorted({load.model for load in loads} | {f"count-{STREAM_WORDS}-1"}))
    with (
        ExitStack() as stack,
        _run(sys.executable, "upstream.py") as (upstream, _),
        run_site(
            loads[0].model,
            CHAT_MODELS=models,
            OPENAI_BASE_URL=f"{upstream}/v1",
            ASK_RATE="",
            RESPONSE_CACHE_SECONDS="0",
        ) as own,
    ):
        run(list_targets(stack, own, upstream, options), loads, options.rounds)


if __name__ == "__main__":
    main()
