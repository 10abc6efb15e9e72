"""Whether the process lives, and whether it can serve."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError

from aiapp.lifecycle import draining
from aiapp.redis import sync_redis


def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 only when database, Redis and migrations are good and the process is not ending."""
    parts = {"database": _database(), "redis": _redis(), "process": not draining()}
    good = all(parts.values())
    status = {name: "ok" if fine else "failing" for name, fine in parts.items()}
    answer = {"status": "ok" if good else "unavailable", **status}
    return JsonResponse(answer, status=200 if good else 503)


def _database() -> bool:
    """Reachable, and migrated."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def _redis() -> bool:
    try:
        return bool(sync_redis().ping())
    except (RedisError, OSError):
        return False
