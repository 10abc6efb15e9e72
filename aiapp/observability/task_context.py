"""Context sent along with a Celery task: the request that it comes from, and its trace."""

import uuid
from contextlib import ExitStack
from typing import Any

from celery import signals
from django.conf import settings

from aiapp.observability import log, tracing

REQUEST = "aiapp_request"

_running: dict[str, ExitStack] = {}


def connect() -> None:
    signals.before_task_publish.connect(_publish)
    signals.task_prerun.connect(_begin)
    signals.task_postrun.connect(_end)
    signals.worker_process_shutdown.connect(_last)


def _publish(headers: dict[str, Any], **_: object) -> None:
    headers.update(tracing.headers())
    if request := log.get_facts().get("request"):
        headers[REQUEST] = request


def _begin(task_id: str, task: Any, **_: object) -> None:
    log.unbind()
    log.bind(task=task.name, request=getattr(task.request, REQUEST, None) or uuid.uuid4().hex)
    if task.name in {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()}:
        # Every few seconds, and of no question.
        return
    stack = _running[task_id] = ExitStack()
    parent = getattr(task.request, "traceparent", None) or ""
    stack.enter_context(tracing.span(task.name, kind="consumer", parent=parent))


def _end(task_id: str, **_: object) -> None:
    if stack := _running.pop(task_id, None):
        stack.close()
    log.unbind()


def _last(**_: object) -> None:
    tracing.flush()
