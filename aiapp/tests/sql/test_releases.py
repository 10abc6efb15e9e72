"""Data of a later release is not opened by one that cannot bear it."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

import aiapp
from aiapp.observability import health
from aiapp.sql import release

pytestmark = pytest.mark.django_db


def record(version: str, bears_from: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(release.RECORD, [version, bears_from])


def test_a_migrated_database_names_its_release() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT version, bears_from FROM aiapp_release")
        assert cursor.fetchall() == [(aiapp.__version__, aiapp.DATA_BEARS_FROM)]


def test_data_that_this_release_cannot_bear_is_refused_with_both_versions() -> None:
    record("9.1.0", "9.0.0")
    with pytest.raises(CommandError, match=rf"{aiapp.__version__}.*9\.1\.0"):
        call_command("migrate", verbosity=0)


def test_a_server_on_such_data_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(health._migrated, "yes", False)
    record("9.1.0", "9.0.0")
    assert Client().get("/health/ready").status_code == 503


def test_data_of_a_later_release_that_it_bears_is_used() -> None:
    record("9.1.0", aiapp.__version__)
    release.check_age()


def test_a_tenth_release_comes_after_the_ninth() -> None:
    record("0.10.0", "0.10.0")
    with pytest.raises(release.NewerData, match=r"0\.10\.0"):
        release.check_age()


def test_data_of_before_releases_were_recorded_is_used() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE aiapp_release")
    release.check_age()
