"""A site that others can reach does not start with settings that are not safe for them."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from aiapp import checks

ROOT = Path(__file__).resolve().parents[3]
GOOD = {
    "SECRET_KEY": "Vq1zX8-kP3mR7tYw0aB5cD9eF2gH4jL6nQsTuVxZyA1",
    "SITE_URL": "https://chat.example.org",
    "ALLOWED_HOSTS": "chat.example.org",
    "DATABASE_URL": "postgresql://aiapp:d41d8cd98f00b204@database.example.org/aiapp",
    "REDIS_URL": "redis://:e9800998ecf8427e@redis.example.org:6379/0",
    "TRUSTED_PROXIES": "1",
    "DEBUG": "",
}
BAD = [
    ("SECRET_KEY", "", "SECRET_KEY"),
    ("SECRET_KEY", "short", "SECRET_KEY"),
    ("SECRET_KEY", "django-insecure-" + "abcdefghijklmnopqrstuvwxyz", "SECRET_KEY"),
    ("SECRET_KEY", "a" * 80, "SECRET_KEY"),
    ("SECRET_KEY", "change-me-change-me-change-me-please-0123", "SECRET_KEY"),
    ("DATABASE_URL", "postgresql://user:pass@database.example.org/aiapp", "DATABASE_URL"),
    ("DATABASE_URL", "postgresql://aiapp@database.example.org/aiapp", "DATABASE_URL"),
    ("DATABASE_URL", "postgresql://postgres:postgres@database.example.org/x", "DATABASE_URL"),
    ("REDIS_URL", "redis://redis.example.org:6379/0", "REDIS_URL"),
    ("REDIS_URL", "redis://:password@redis.example.org:6379/0", "REDIS_URL"),
    ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS"),
    ("DEBUG", "true", "DEBUG"),
]


def run(tmp_path: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATA_DIR": str(tmp_path), **variables}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("name", "value", "told"), BAD)
def test_each_of_them_is_told_without_its_value(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    told: str,
) -> None:
    for variable, given in {**GOOD, "DATA_DIR": str(tmp_path), name: value}.items():
        monkeypatch.setenv(variable, given)
    read = runpy.run_path(str(ROOT / "aiapp/settings.py"))
    monkeypatch.setattr(checks, "settings", SimpleNamespace(**read))
    assert checks.is_public()
    with pytest.raises(SystemExit, match="Not starting"):
        checks.end_if_unsafe()
    [line] = capsys.readouterr().err.splitlines()
    assert told in line
    if len(value) > 8:
        assert value not in line


@pytest.mark.process
def test_the_server_says_why_and_ends(tmp_path: Path) -> None:
    command = ("-m", "aiapp.server", "--host", "127.0.0.1", "--port", "0")
    # The last of each name.
    ended = run(tmp_path, *command, **{**GOOD, **{name: value for name, value, _ in BAD}})
    assert ended.returncode == 1
    for _, _, told in BAD:
        assert told in ended.stderr
    assert "Not starting" in ended.stderr


@pytest.mark.process
def test_listening_for_other_machines_takes_safe_settings(tmp_path: Path) -> None:
    local = {"SECRET_KEY": "", "SITE_URL": "http://127.0.0.1:8000"}
    command = ("-m", "aiapp.server", "--host", "0.0.0.0", "--port", "0")  # noqa: S104
    ended = run(tmp_path, *command, **local)
    assert ended.returncode == 1
    assert "SECRET_KEY" in ended.stderr


@pytest.mark.process
def test_good_settings_pass_the_deployment_check_without_a_warning(tmp_path: Path) -> None:
    secret = GOOD["SECRET_KEY"] + "-and-more-of-it"
    command = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    ended = run(tmp_path, *command, **{**GOOD, "SECRET_KEY": secret})
    assert ended.returncode == 0, ended.stderr
    assert "no issues" in ended.stdout + ended.stderr


@pytest.mark.process
def test_commands_and_workers_refuse_them_too(tmp_path: Path) -> None:
    bad = {**GOOD, "SECRET_KEY": ""}
    for command in (
        ["manage.py", "first_admin"],
        ["-m", "celery", "-A", "aiapp", "worker", "-P", "solo"],
        ["-m", "celery", "-A", "aiapp", "beat", "--schedule", str(tmp_path / "beat")],
    ):
        ended = run(tmp_path, *command, **bad)
        assert ended.returncode != 0
        assert "SECRET_KEY" in ended.stderr + ended.stdout


def test_https_without_a_known_proxy_is_a_warning(settings) -> None:
    settings.SITE_URL = "https://chat.example.org"
    settings.SITE_IS_HTTPS, settings.TRUSTED_PROXIES = True, 0
    assert [message.id for message in checks.unfit_for_production(None)] == ["aiapp.W002"]


def test_plain_http_for_others_is_a_warning(settings) -> None:
    settings.SITE_URL, settings.SITE_IS_HTTPS = "http://chat.example.org", False
    assert [message.id for message in checks.unfit_for_production(None)] == ["aiapp.W001"]


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("app.localhost", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("192.168.1.5", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
    ],
)
def test_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert checks.is_loopback(host) is loopback
