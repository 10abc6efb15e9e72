from datetime import timedelta

import pytest
from django.db.models.functions import Now

from aiapp.celery import app
from documents import tasks
from documents.ingest import claim as claims
from documents.ingest.claim import find_unattended
from documents.ingest.pipeline import ingest
from documents.models import Version

pytestmark = pytest.mark.django_db(transaction=True)


def find_ids():
    return list(find_unattended().values_list("pk", flat=True))


def change(version, **values):
    Version.objects.filter(pk=version.pk).update(**values)


def test_it_finds_a_version_whose_worker_is_gone(upload):
    version = upload(b"Text.", "a.txt")
    claims.claim(version.pk)
    assert find_ids() == []
    change(version, claimed_until=Now() - timedelta(seconds=1))
    assert find_ids() == [version.pk]


def test_it_finds_a_version_that_was_never_queued(upload, settings):
    version = upload(b"Text.", "a.txt")
    assert find_ids() == []
    change(version, created=Now() - timedelta(seconds=settings.INGEST_LEASE_SECONDS + 1))
    assert find_ids() == [version.pk]


def test_it_finds_a_version_whose_pause_is_over(upload):
    version = upload(b"Text.", "a.txt")
    change(version, created=Now() - timedelta(hours=1), claimed_until=Now() + timedelta(hours=1))
    assert find_ids() == []
    change(version, claimed_until=Now() - timedelta(seconds=1))
    assert find_ids() == [version.pk]


def test_it_leaves_finished_versions_alone(upload, fake):
    version = upload(b"Text.", "a.txt")
    ingest(version.pk)
    change(version, created=Now() - timedelta(hours=1))
    assert find_ids() == []


def test_the_tasks_have_the_names_that_the_schedule_and_the_routes_use(settings):
    assert {tasks.ingest.name, tasks.sweep.name} == {"documents.ingest", "documents.sweep"}
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.sweep.name in scheduled
    route = app.amqp.router.route({}, tasks.ingest.name)
    assert route["queue"].name == "ingest"


def test_the_sweep_queues_what_it_finds(upload, monkeypatch):
    version = upload(b"Text.", "a.txt")
    change(version, claimed_until=Now() - timedelta(seconds=1))
    sent = []
    monkeypatch.setattr(tasks.ingest, "apply_async", lambda args, **_: sent.append(args))
    tasks.sweep()
    assert sent == [(str(version.pk),)]
