"""Observation of every HTTP request: its name, its time, its result, and its trace.

First among the middleware, so that what the others refuse is seen as well. An address is the
pattern that matched, never what somebody wrote into it.
"""

import re
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Summary

from aiapp.concurrency import activity
from aiapp.http.middleware import AsyncHandler, Handler
from aiapp.observability import log, tracing

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
NOWHERE = "none"
NAME = re.compile(r"[A-Za-z0-9._-]{8,64}")

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "aiapp_http_requests",
    "HTTP requests that this process answered.",
    ("method", "route", "status"),
    registry=REGISTRY,
)
SECONDS = Summary(
    "aiapp_http_request_seconds",
    "Until the answer, or the beginning of a stream.",
    ("route",),
    registry=REGISTRY,
)

Note = Callable[[HttpResponseBase], HttpResponseBase]


class ObservationMiddleware:
    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Handler | AsyncHandler) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if iscoroutinefunction(self.get_response):
            return self._later(request)
        with _observe(request) as note:
            response = self.get_response(request)
            return note(response) if isinstance(response, HttpResponseBase) else response

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        with _observe(request) as note:
            response = self.get_response(request)
            return note(response if isinstance(response, HttpResponseBase) else await response)


@contextmanager
def _observe(request: HttpRequest) -> Iterator[Note]:
    start = time.perf_counter()
    name = _name(request)
    # Left bound, since a stream is written, and its turn run, after this has ended.
    log.bind(request=name)
    parent = request.headers.get("traceparent", "")
    with tracing.span("HTTP", kind="server", parent=parent) as span:

        def note(response: HttpResponseBase) -> HttpResponseBase:
            method = request.method if request.method in METHODS else "other"
            route, status = _route(request), response.status_code
            if route != NOWHERE:
                # Probes and scrapers, which come all the time, are answered before that.
                _note_activity()
            REQUESTS.labels(method, route, str(status)).inc()
            SECONDS.labels(route).observe(time.perf_counter() - start)
            span.rename(f"{method} {route}")
            span.note({"http.request.method": str(method), "http.route": route, "request": name})
            span.note({"http.response.status_code": status})
            response["X-Request-ID"] = name
            return response

        yield note


def _note_activity() -> None:
    try:
        activity.note_soon()
    except RuntimeError:
        # There is no event loop: a test's client, or a server without one.
        activity.note()


def _name(request: HttpRequest) -> str:
    """The name that a proxy of ours gave the request, or a new one."""
    given = request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXIES else ""
    return given if NAME.fullmatch(given) else uuid4().hex


def _route(request: HttpRequest) -> str:
    """The pattern of the address, such as `chat/<uuid:conversation_id>/`."""
    match = request.resolver_match
    return match.route or "/" if match else NOWHERE
