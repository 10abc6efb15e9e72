"""The Celery application. Tasks live in each app's `tasks.py` and carry identifiers only."""

import os

from celery import Celery, signals

from aiapp import checks
from aiapp.concurrency import expiry
from aiapp.observability import heartbeat, task_context

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiapp.settings")
# A worker would import all pages for Django's checks, and tell nobody what they find.
os.environ.setdefault("CELERY_SKIP_CHECKS", "yes")

app = Celery("aiapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
task_context.connect()
expiry.connect()
app.steps["worker"].add(heartbeat.Heartbeat)


def refuse_unsafe_settings(**_: object) -> None:
    """Celery would start whatever Django's checks find."""
    if checks.is_public():
        checks.end_if_unsafe()


def keep_our_logging(**_: object) -> None:
    """Celery sets up logging of its own where nobody listens to this signal."""


signals.setup_logging.connect(keep_our_logging)
signals.celeryd_init.connect(refuse_unsafe_settings)
signals.beat_init.connect(refuse_unsafe_settings)
