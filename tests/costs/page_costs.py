"""The cost of a page to a browser: bytes and requests, and the time of its main thread.

Times are CPU time of the renderer's main thread, from Chromium's own trace, so that other work
on the machine changes them little.
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from playwright.sync_api import Browser, BrowserContext, Page, Request

from aiapp.ids import uuid7

# What a trace tells of: how long a task took, and what took it.
TASKS = ("toplevel",)
PARTS = (*TASKS, "devtools.timeline", "v8")
SCRIPTS = {"FunctionCall", "EvaluateScript", "v8.compile", "v8.compileModule", "v8.evaluateModule"}


@dataclass(slots=True)
class Transfer:
    """The traffic over the network, compressed and with headers, in bytes by kind."""

    requests: int = 0
    kinds: dict[str, int] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        return sum(self.kinds.values())


@dataclass(slots=True)
class MainThread:
    """Milliseconds of CPU time."""

    total: float = 0.0
    scripting: float = 0.0
    longest: float = 0.0
    over_50: int = 0


def first_load(context: BrowserContext, path: str) -> Transfer:
    """Load a page with an empty cache; return its transfer a second after it is complete."""
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.clearBrowserCache")
    transfer, kinds = Transfer(), dict[str, str]()

    def note_kind(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]

    def add_bytes(event: dict[str, Any]) -> None:
        kind = kinds.get(event["requestId"], "Other")
        transfer.kinds[kind] = transfer.kinds.get(kind, 0) + int(event["encodedDataLength"])
        transfer.requests += 1

    network.on("Network.responseReceived", note_kind)
    network.on("Network.loadingFinished", add_bytes)
    page.goto(path, wait_until="load")
    page.wait_for_timeout(1000)
    page.close()
    return transfer


def count_work(context: BrowserContext, path: str) -> float:
    """Open a page; return the work of it in milliseconds of its main thread.

    These are counted, not traced, which costs less than the page itself.
    """
    page = context.new_page()
    debugger = context.new_cdp_session(page)
    debugger.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(path, wait_until="load")
    metrics = debugger.send("Performance.getMetrics")["metrics"]
    page.close()
    return 1000 * next(each["value"] for each in metrics if each["name"] == "TaskDuration")


@contextmanager
def trace_main_thread(
    browser: Browser, page: Page, categories: Sequence[str] = PARTS
) -> Iterator[MainThread]:
    """The main thread's work for a page in the block, filled in at its end."""
    cost = MainThread()
    browser.start_tracing(page=page, categories=categories)
    try:
        yield cost
    finally:
        events = json.loads(browser.stop_tracing())["traceEvents"]
        _fill(cost, events)


def _fill(cost: MainThread, events: list[dict[str, Any]]) -> None:
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    work: dict[tuple[int, int], MainThread] = {thread: MainThread() for thread in threads}
    for event in events:
        thread = work.get((event["pid"], event["tid"]))
        if thread is None or event["ph"] != "X" or "tdur" not in event:
            continue
        took = event["tdur"] / 1000
        if event["name"] == "ThreadControllerImpl::RunTask":
            thread.total += took
            thread.longest = max(thread.longest, took)
            thread.over_50 += took > 50
        elif event["name"] in SCRIPTS:
            thread.scripting += took
    # Other renderers idle: the page's own is the one that worked.
    busiest = max(work.values(), key=lambda thread: thread.total)
    for name in MainThread.__slots__:
        setattr(cost, name, getattr(busiest, name))


@contextmanager
def until_stream_ends(page: Page, seconds: float = 120) -> Iterator[None]:
    """Wait at the block's end for an answer's stream, without looking into the page for it.

    Looking would be work of its main thread as well.
    """
    ended: list[str] = []

    def note(request: Request) -> None:
        if "/stream/" in request.url:
            ended.append(request.url)

    # A stream that the page itself closes at the last event counts as failed.
    page.on("requestfinished", note)
    page.on("requestfailed", note)
    yield
    deadline = time.monotonic() + seconds
    while not ended:
        assert time.monotonic() < deadline, "the stream did not end"
        page.wait_for_timeout(100)


def long_conversation(connection: "psycopg.Connection[Any]", username: str, messages: int) -> UUID:
    """A conversation with so many messages, each answered one after a question."""
    conversation, before = uuid7(), None
    rows: list[tuple[object, ...]] = []
    turns: list[tuple[object, ...]] = []
    for n in range(messages):
        message = uuid7()
        role = "assistant" if n % 2 else "user"
        rows.append((message, conversation, before, role, f"What was said at place {n}."))
        if n % 2:
            turns.append((uuid7(), message, username, f"long-{conversation}-{n}"))
        before = message
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO chat_conversation (id, owner_id, title, temporary, created, updated)"
            " SELECT %s, id, 'Long', false, now(), now() FROM accounts_user WHERE username = %s",
            (conversation, username),
        )
        cursor.executemany(
            "INSERT INTO chat_message (id, conversation_id, parent_id, role, content, created)"
            " VALUES (%s, %s, %s, %s, %s, now())",
            rows,
        )
        cursor.executemany(
            "INSERT INTO chat_turn (id, message_id, owner_id, request_id, model, temperature,"
            " state, attempt, finish_reason, prompt_tokens, completion_tokens, error_code,"
            " error_message, error_retryable, created, finished)"
            " SELECT %s, %s, id, %s, 'echo', 1, 'done', 1, 'stop', 9, 9, '', '', false, now(),"
            " now() FROM accounts_user WHERE username = %s",
            [(turn, message, name, user) for turn, message, user, name in turns],
        )
    return conversation
