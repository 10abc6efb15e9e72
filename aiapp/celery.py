"""The Celery application. Tasks live in each app's `tasks.py` and carry identifiers only."""

import os

from celery import Celery, signals

from aiapp import checks
from aiapp.observability import task_context

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiapp.settings")

app = Celery("aiapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
task_context.connect()


def refuse_unsafe_settings(**_: object) -> None:
    """Celery runs Django's checks, but starts whatever they find."""
    if checks.is_public():
        checks.end_if_unsafe()


signals.celeryd_init.connect(refuse_unsafe_settings)
signals.beat_init.connect(refuse_unsafe_settings)
