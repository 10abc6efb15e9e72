"""GET /metrics: what Prometheus reads.

Three kinds of numbers: of this process (requests, streams, database pool, memory), of the site
as counted in Redis (`aiapp.observability.figures`), and of the site as it is now, read from
PostgreSQL and the queues. Those of the site are the same at every web server.

Answered before any other middleware, as health is: a scraper calls by the container's address.
Not for everybody: with METRICS_TOKEN to whoever has it, without it to this machine alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.crypto import constant_time_compare
from prometheus_client import GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from aiapp.checks import is_loopback
from aiapp.http.middleware import AsyncHandler, Handler
from aiapp.observability import figures
from aiapp.observability.requests import REGISTRY
from aiapp.redis import sync_redis
from chat.conversations.tree import UNFINISHED
from chat.models import Turn
from documents.models import Version

# Values by labels.
Samples = dict[tuple[str, ...], Any]

PATH = "/metrics"
QUEUES = ("default", "turns", "ingest")
# Whoever sends one of these is a proxy and speaks for somebody else.
FORWARDING = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
# What the pool of psycopg tells of itself.
POOL = {
    "pool_size": "Connections of this process.",
    "pool_available": "Connections of this process that nobody uses.",
    "requests_waiting": "Who waits for a connection of this process.",
}


class Metrics:
    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Handler | AsyncHandler) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if request.path_info != PATH or not may_read(request):
            return self.get_response(request)
        return _answer_later() if iscoroutinefunction(self.get_response) else answer()


def may_read(request: HttpRequest) -> bool:
    """Whoever may not is answered as at any address that does not exist."""
    if settings.METRICS_TOKEN:
        sent = request.headers.get("Authorization", "")
        return constant_time_compare(sent, f"Bearer {settings.METRICS_TOKEN}")
    host = request.META.get("HTTP_HOST", "").rpartition(":")[0] or request.META.get("HTTP_HOST", "")
    return (
        is_loopback(request.META.get("REMOTE_ADDR") or "nobody")
        # A page elsewhere may have a name that leads to this machine.
        and is_loopback(host)
        and not settings.TRUSTED_PROXIES
        and not any(name in request.headers for name in FORWARDING)
    )


async def _answer_later() -> HttpResponse:
    figures.OPEN["task"] = len(asyncio.all_tasks())
    # On a thread that no page waits for.
    return await sync_to_async(answer, thread_sensitive=False)()


def answer() -> HttpResponse:
    text = generate_latest(REGISTRY)
    return HttpResponse(
        text, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"}
    )


class Site(Collector):
    """The numbers that are looked up at the moment they are asked for."""

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("aiapp_part_up", "Whether a part answers.", labels=("part",))
        for part, look, faults in PARTS:
            try:
                found = list(look())
            except faults:
                found = []
                up.add_metric((part,), 0)
            else:
                up.add_metric((part,), 1)
            yield from found
        yield up
        yield _gauge("aiapp_open_streams", "What this process serves.", ("kind",), _open())
        tasks: Samples = {(): figures.OPEN["task"]}
        yield _gauge("aiapp_event_loop_tasks", "Tasks of this process's event loop.", (), tasks)


def _open() -> Samples:
    return {(kind,): figures.OPEN[kind] for kind in ("turn", "document", "socket")}


def _collect_figures() -> Iterator[Metric]:
    found = figures.read()
    for figure in figures.ALL:
        mine = {key[1:]: value for key, value in found.items() if key[0] == figure.name}
        if isinstance(figure, figures.Count):
            counter = CounterMetricFamily(figure.name, figure.meaning, labels=figure.labels)
            for labels, value in sorted(mine.items()):
                counter.add_metric(labels, value)
            yield counter
        else:
            yield _histogram(figure, mine)


def _histogram(
    figure: figures.Durations, samples: dict[tuple[str, ...], float]
) -> HistogramMetricFamily:
    family = HistogramMetricFamily(figure.name, figure.meaning, labels=figure.labels)
    for labels in sorted({key[2:] for key in samples}):
        buckets, count = [], 0.0
        for bound in (*(str(float(bound)) for bound in figure.bounds), "inf"):
            count += samples.get(("le", bound, *labels), 0)
            buckets.append(("+Inf" if bound == "inf" else bound, count))
        family.add_metric(labels, buckets, samples.get(("sum", "", *labels), 0))
    return family


def _queues() -> Iterator[Metric]:
    with sync_redis() as client, client.pipeline(transaction=False) as pipe:
        for queue in QUEUES:
            pipe.llen(queue)
        depths = pipe.execute()
    found: Samples = {(queue,): depth for queue, depth in zip(QUEUES, depths, strict=True)}
    yield _gauge("aiapp_queue_tasks", "Tasks that wait for a worker.", ("queue",), found)


def _collect_unfinished() -> Iterator[Metric]:
    try:
        turns = Turn.objects.filter(state__in=UNFINISHED)
        states = (Version.State.QUEUED, Version.State.PROCESSING)
        documents = Version.objects.filter(state__in=states)
        for name, rows, wanted in (
            ("turns", turns, UNFINISHED),
            ("documents", documents, states),
        ):
            counted = rows.order_by().values_list("state").annotate(Count("pk"))
            found: Samples = {(str(state),): 0 for state in wanted} | {(s,): n for s, n in counted}
            yield _gauge(f"aiapp_unfinished_{name}", f"Unfinished {name} now.", ("state",), found)
    finally:
        if not connection.in_atomic_block:
            connections.close_all()


def _pool() -> Iterator[Metric]:
    pool: Any = getattr(connection, "pool", None)
    stats = pool.get_stats() if pool else {}
    for name, meaning in POOL.items():
        found: Samples = {(): stats.get(name, 0)}
        yield _gauge(f"aiapp_database_{name}", meaning, (), found)


def _gauge(name: str, meaning: str, labels: tuple[str, ...], samples: Samples) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for values, number in samples.items():
        family.add_metric(values, number)
    return family


Faults = tuple[type[Exception], ...]
PARTS: tuple[tuple[str, Callable[[], Iterator[Metric]], Faults], ...] = (
    ("redis", _collect_figures, (RedisError, OSError)),
    ("queues", _queues, (RedisError, OSError)),
    ("database", _collect_unfinished, (DatabaseError,)),
    ("pool", _pool, (DatabaseError,)),
)

REGISTRY.register(Site())
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)
