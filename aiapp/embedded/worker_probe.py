"""Ask a Celery worker on this machine whether it takes tasks."""

import socket

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from aiapp.celery import app


def worker_answers(name: str) -> bool:
    try:
        replies = app.control.ping([f"{name}@{socket.gethostname()}"], timeout=0.3, limit=1)
    except (OperationalError, RedisError, OSError):
        return False
    return bool(replies)
