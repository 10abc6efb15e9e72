"""What is noted of every HTTP request: how often each address is asked, with which result.

First among the middleware, so that what the others refuse is seen as well. An address is the
pattern that matched, never what somebody wrote into it.
"""

import time
from collections.abc import Awaitable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Summary

from aiapp.middleware import AsyncHandler, Handler

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
NOWHERE = "none"

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


class Observed:
    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Handler | AsyncHandler) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        begun = time.perf_counter()
        response = self.get_response(request)
        if isinstance(response, HttpResponseBase):
            return _noted(request, response, begun)
        return self._later(request, response, begun)

    async def _later(
        self, request: HttpRequest, response: Awaitable[HttpResponseBase], begun: float
    ) -> HttpResponseBase:
        return _noted(request, await response, begun)


def route_of(request: HttpRequest) -> str:
    """The pattern of the address, such as `chat/<uuid:conversation_id>/`."""
    match = request.resolver_match
    return match.route or "/" if match else NOWHERE


def _noted(request: HttpRequest, response: HttpResponseBase, begun: float) -> HttpResponseBase:
    route = route_of(request)
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(method, route, str(response.status_code)).inc()
    SECONDS.labels(route).observe(time.perf_counter() - begun)
    return response
