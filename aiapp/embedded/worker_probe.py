"""Ask a Celery worker on this machine whether it takes tasks."""

import socket

from django.conf import settings
from kombu import Connection
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from aiapp.celery import app

SECONDS, MAX_SECONDS = 0.3, 5.0


def worker_answers(name: str) -> bool:
    """Ask over a connection of our own: a Redis that hangs would keep Celery's for ever."""
    worker = f"{name}@{socket.gethostname()}"
    bounds = {"socket_timeout": MAX_SECONDS, "socket_connect_timeout": MAX_SECONDS}
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **bounds, "max_retries": 1}
    try:
        with Connection(settings.CELERY_BROKER_URL, transport_options=options) as connection:
            ping = app.control.ping
            return bool(ping([worker], timeout=SECONDS, limit=1, connection=connection))
    except (OperationalError, RedisError, OSError):
        return False
