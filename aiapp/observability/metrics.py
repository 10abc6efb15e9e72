"""GET /metrics: what Prometheus reads.

Three kinds of numbers: of this process (requests, streams, database pool, memory), of the site
as counted in Redis (`aiapp.observability.figures`), and of the site as it is now, read from
PostgreSQL and the queues. Those of the site are the same at every web server. Of a server with
several processes, the one that is asked tells the numbers of all (`aiapp.observability.processes`).

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
from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

import aiapp
from aiapp.checks import is_loopback
from aiapp.http.middleware import AsyncHandler, Handler
from aiapp.observability import figures
from aiapp.observability.processes import join_figures
from aiapp.observability.requests import REGISTRY
from aiapp.redis import sync_redis
from aiapp.serving import siblings
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
        if request.path_info != PATH:
            return self.get_response(request)
        if siblings.is_sibling(request.headers.get(siblings.HEADER, "")):
            look = answer_sibling
        elif may_read(request):
            look = answer
        else:
            return self.get_response(request)
        return _answer_later(look) if iscoroutinefunction(self.get_response) else look()


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


async def _answer_later(look: Callable[[], HttpResponse]) -> HttpResponse:
    figures.OPEN["task"] = len(asyncio.all_tasks())
    # On a thread that no page waits for.
    return await sync_to_async(look, thread_sensitive=False)()


def answer() -> HttpResponse:
    """Tell everything: of each web process of this server, and of the site."""
    return _write(join_figures(PATH, generate_latest(REGISTRY)) + generate_latest(SITE_REGISTRY))


def answer_sibling() -> HttpResponse:
    """Tell what this process alone knows."""
    return _write(generate_latest(REGISTRY))


def _write(text: bytes) -> HttpResponse:
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


class Own(Collector):
    """The numbers of this process that are looked up at that moment."""

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield _gauge("aiapp_open_streams", "What this process serves.", ("kind",), _open())
        release: Samples = {(aiapp.__version__,): 1}
        yield _gauge("aiapp_build_info", "The release that is running.", ("version",), release)
        tasks: Samples = {(): figures.OPEN["task"]}
        yield _gauge("aiapp_event_loop_tasks", "Tasks of this process's event loop.", (), tasks)
        yield from _pool()


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
)

SITE_REGISTRY = CollectorRegistry()
SITE_REGISTRY.register(Site())
REGISTRY.register(Own())
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)
