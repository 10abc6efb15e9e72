"""The cost of streaming: first token, CPU per token, beside a direct call to the same upstream.

    make bench            or: python -m bench.streams.bench_streams [--processes N] [READERS ...]

A fake upstream says 200 words at 20 a second. The site is real - a web server, PostgreSQL,
Valkey, a user with a token, conversations written and logs kept - and its CPU time is that of
all its processes. Every stream is checked for completeness and order.
"""

import argparse
import asyncio
import json
import os
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import psutil

from tests.processes.site import Site
from tests.processes.site_of_its_own import run_site

WORDS = 200
MODEL = f"count-{WORDS}-50"
WHOLE = "".join(f"w{n} " for n in range(WORDS))
READERS = (1, 50, 200, 500)


@dataclass
class Round:
    firsts: list[float] = field(default_factory=list)
    complete: int = 0
    errors: list[str] = field(default_factory=list)


async def read(
    session: aiohttp.ClientSession, url: str, headers: dict[str, str]
) -> tuple[float, str]:
    """One stream: seconds to the first word, and the text put together."""
    body = {"model": MODEL, "messages": [{"role": "user", "content": "go"}], "stream": True}
    if "/api/" in url:
        body = {"model": MODEL, "messages": body["messages"], "collections": []}
    began, first, text = time.perf_counter(), 0.0, ""
    async with session.post(url, json=body, headers=headers) as response:
        response.raise_for_status()
        async for data in events(response):
            text += data
            first = first or time.perf_counter() - began
    return first, text


async def events(response: aiohttp.ClientResponse) -> AsyncIterator[str]:
    async for line in response.content:
        if not line.startswith(b"data: {"):
            continue
        data = json.loads(line[6:])
        if choices := data.get("choices"):
            if word := choices[0]["delta"].get("content"):
                yield word
        elif set(data) == {"text"} and data["text"].startswith("w"):
            yield data["text"]


async def load(url: str, readers: int, headers: dict[str, str]) -> Round:
    """So many streams, begun over two seconds."""
    result = Round()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one(index: int) -> None:
            await asyncio.sleep(2 * index / readers)
            try:
                first, text = await read(session, url, headers)
            except aiohttp.ClientError as error:
                result.errors.append(type(error).__name__)
                return
            result.firsts.append(first)
            result.complete += text == WHOLE

        await asyncio.gather(*(one(index) for index in range(readers)))
    return result


def list_all(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return the processes with all that they have started."""
    return [each for one in processes for each in (one, *one.children(recursive=True))]


def cpu(processes: list[psutil.Process]) -> float:
    times = [each.cpu_times() for each in list_all(processes)]
    return sum(each.user + each.system for each in times)


def measure(label: str, url: str, readers: int, headers: dict[str, str], pids: list[int]) -> None:
    processes = [psutil.Process(pid) for pid in pids]
    before = cpu(processes)
    result = asyncio.run(load(url, readers, headers))
    used = (cpu(processes) - before) / (readers * WORDS) * 1e6
    firsts = sorted(result.firsts) or [float("nan")]
    memory = sum(process.memory_full_info().pss for process in list_all(processes)) / 1e6
    print(
        f"{label:8} {readers:7} {statistics.median(firsts) * 1000:9.1f} "
        f"{firsts[int(len(firsts) * 0.95) - (len(firsts) > 1)] * 1000:9.1f} {used:9.0f} "
        f"{result.complete:6}/{readers:<5} {len(result.errors):6} {memory:8.0f}"
    )


def run(site: Site, upstream: str, pids: list[int], rounds: list[int], processes: int) -> None:
    web = site.web(WEB_PROCESSES=str(processes))
    client = site.client(web, "reader")
    headers = {"Authorization": client.headers["Authorization"]}
    pids = [web.process.pid, *pids]
    asyncio.run(load(f"{web.url}/api/chat/stream", 5, headers))
    print("what     readers  first p50 first p95  us/token  complete     errors   PSS MB")
    for readers in rounds:
        measure("direct", f"{upstream}/chat/completions", readers, {}, [os.getpid()])
        measure("site", f"{web.url}/api/chat/stream", readers, headers, pids)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--processes", type=int, default=1, help="of the web server")
    parser.add_argument("readers", type=int, nargs="*", default=list(READERS))
    options = parser.parse_args()
    with run_site(MODEL, RESPONSE_CACHE_SECONDS="0") as own:
        stores = [own.postgres.pid, own.valkey.pid]
        run(own.site, own.upstream, stores, options.readers, options.processes)


if __name__ == "__main__":
    main()
