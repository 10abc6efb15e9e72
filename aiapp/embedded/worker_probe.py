"""Ask a Celery worker on this machine whether it takes tasks."""

import socket

from django.conf import settings
from kombu import Connection
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from aiapp.celery import app

SECONDS, PATIENCE_SECONDS = 0.3, 5.0
_AWAY = (OperationalError, RedisError, OSError)


def worker_answers(name: str) -> bool:
    """Tell that a worker which starts takes tasks."""
    try:
        return _ping(name, SECONDS)
    except _AWAY:
        return False


def worker_is_alive(name: str) -> bool:
    """Tell that a worker does not hang, as far as can be known: it is asked by way of Redis."""
    try:
        return _ping(name, PATIENCE_SECONDS)
    except _AWAY:
        return True


def _ping(name: str, seconds: float) -> bool:
    """Ask over a connection of our own: a Redis that hangs would keep Celery's for ever."""
    worker = f"{name}@{socket.gethostname()}"
    bounds = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **bounds, "max_retries": 1}
    with Connection(settings.CELERY_BROKER_URL, transport_options=options) as connection:
        return bool(app.control.ping([worker], timeout=seconds, limit=1, connection=connection))
