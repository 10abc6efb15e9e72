"""The Celery application. Tasks live in each app's `tasks.py` and carry identifiers only."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiapp.settings")

app = Celery("aiapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
