"""The first administrator's password lies in a file until it has been changed."""

import stat
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "first_password"


def test_it_can_be_read_after_the_log_is_gone(file: Path, capsys) -> None:
    call_command("first_admin")
    username, password = file.read_text().split()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert password not in capsys.readouterr().out
    assert Client().login(username=username, password=password)


def test_the_next_start_keeps_it_while_it_is_good(file: Path) -> None:
    call_command("first_admin")
    kept = file.read_text()
    call_command("first_admin")
    assert file.read_text() == kept


def test_the_next_start_deletes_it_once_it_was_changed(file: Path) -> None:
    call_command("first_admin")
    admin = get_user_model()._default_manager.get(username="admin")
    admin.set_password("another password of mine")
    admin.save()
    call_command("first_admin")
    assert not file.exists()
