import json

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from redis import Redis

from aiapp.http import lifecycle
from aiapp.observability import health


@pytest.mark.django_db
def test_a_good_server_is_ready() -> None:
    answer = Client().get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "redis": "ok", "process": "ok"}
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_load_balancer_needs_no_name_and_no_https(settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    for path in ("/health/live", "/health/ready"):
        assert Client().get(path, headers={"Host": "10.0.0.7:8000"}).status_code == 200


@pytest.mark.django_db
def test_without_redis_it_lives_but_is_not_ready(settings) -> None:
    settings.REDIS_URL = "redis://:hunter2@127.0.0.1:1/0"
    answer = Client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["redis"] == "failing"
    assert "hunter2" not in json.dumps(answer.json())
    assert Client().get("/health/live").status_code == 200


@pytest.mark.django_db
def test_a_redis_that_refuses_to_write_is_not_ready(settings) -> None:
    """As one does whose memory is full; here it is an account that may only ask."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.acl_setuser("reader", enabled=True, nopass=True, commands=["+@all", "-@write"])
        try:
            settings.REDIS_URL = settings.REDIS_URL.replace("unix://", "unix://reader:any@")
            assert Client().get("/health/ready").json()["redis"] == "failing"
        finally:
            redis.acl_deluser("reader")


@pytest.mark.django_db
def test_an_outstanding_migration_makes_it_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(health._migrated, "yes", False)
    MigrationRecorder(connection).migration_qs.filter(app="accounts").delete()
    answer = Client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["database"] == "failing"


@pytest.mark.django_db
def test_one_that_is_ending_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(lifecycle._state, "draining", True)
    answer = Client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["process"] == "failing"
