"""Health checks: the process is alive (liveness), and it can serve (readiness).

Answered before any other middleware: a load balancer probes by the container's address, which
is no name of the site, and over plain HTTP.
"""

import logging
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from redis.exceptions import RedisError

from aiapp.files import probe
from aiapp.http.lifecycle import draining
from aiapp.http.middleware import AsyncHandler, Handler
from aiapp.redis import sync_redis
from aiapp.sql import release

logger = logging.getLogger(__name__)


class Health:
    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Handler | AsyncHandler) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        answer = ANSWERS.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        return _answer_later(answer) if iscoroutinefunction(self.get_response) else answer()


def live() -> JsonResponse:
    return _answer({}, good=True)


def ready() -> JsonResponse:
    """200 only when database, Redis and migrations are good and the process is not ending.

    A bucket has to have been good once, see `aiapp.files.probe`.
    """
    parts = {"database": _database(), "redis": _redis(), "process": not draining()}
    good = all(parts.values())
    if (files := probe.look()) is not None:
        parts["files"] = files.is_good
        good = good and files.was_good
    status = {name: "ok" if fine else "failing" for name, fine in parts.items()}
    return _answer(status, good=good)


async def _answer_later(answer: Callable[[], JsonResponse]) -> JsonResponse:
    """Answer on no thread, or on one that no page waits for: a busy server is well."""
    return live() if answer is live else await sync_to_async(answer, thread_sensitive=False)()


ANSWERS = {"/health/live": live, "/health/ready": ready}

# Migrations are only ever added to a database, so one good look is enough for a process.
_migrated = {"yes": False}


def _answer(parts: dict[str, str], *, good: bool) -> JsonResponse:
    body = {"status": "ok" if good else "unavailable", **parts}
    headers = {"Cache-Control": "no-store"}
    return JsonResponse(body, status=200 if good else 503, headers=headers)


def _database() -> bool:
    """Reachable, migrated, and taking what is written: one that stands by answers all else."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_read_only') = 'off'")
            [takes_writes] = cursor.fetchone()
        if not takes_writes:
            return False
        if not _migrated["yes"]:
            executor = MigrationExecutor(connection)
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
            release.check_age()
            _migrated["yes"] = not plan
    except release.NewerData as error:
        logger.error("newer_data", extra={"reason": str(error)})
        return False
    except DatabaseError:
        return False
    finally:
        if not connection.in_atomic_block:
            connections.close_all()
    return _migrated["yes"]


def _redis() -> bool:
    """Reachable, and taking what is written: one that is full, or a replica, answers all else."""
    try:
        with sync_redis() as client:
            return bool(client.set("health", 1, ex=60))
    except (RedisError, OSError):
        return False
