"""However many people sign in at once, pages come for all others."""

import asyncio
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import settings as site_settings
from django.contrib.auth.hashers import MD5PasswordHasher
from pytest_django import Settings

from accounts.limits import passwords
from aiapp.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 3 * site_settings.DATABASE_SHARES.requests
LONG = 60
TOKEN = "t" * 32
FORM = f"csrfmiddlewaretoken={TOKEN}&username=nobody&password=wrong"


class SlowHasher(MD5PasswordHasher):
    """Takes until it is let go, and counts how many work at once."""

    algorithm = "slow"
    begun = threading.Semaphore(0)
    goes_on = threading.Event()
    lock = threading.Lock()
    now = most = 0

    def encode(self, password: str, salt: str) -> str:
        with self.lock:
            SlowHasher.now += 1
            SlowHasher.most = max(self.most, self.now)
        self.begun.release()
        assert self.goes_on.wait(LONG)
        with self.lock:
            SlowHasher.now -= 1
        return super().encode(password, salt)


@pytest.fixture
def slow_hashes(settings: Settings) -> Iterator[type[SlowHasher]]:
    settings.PASSWORD_HASHERS = [f"{__name__}.SlowHasher"]
    settings.LOGIN_RATE = ""
    SlowHasher.goes_on.clear()
    SlowHasher.most = 0
    yield SlowHasher
    SlowHasher.goes_on.set()


async def ask(method: str, path: str, body: str = "", kind: str = "application/json") -> int:
    """Ask the site as its web server does, and return the status of its answer."""
    headers = {
        "host": "testserver",
        "content-type": kind,
        "content-length": str(len(body)),
        "cookie": f"csrftoken={TOKEN}",
    }
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
    }
    asker = ApplicationCommunicator(application, scope)
    await asker.send_input({"type": "http.request", "body": body.encode()})
    status: int = (await asker.receive_output(LONG))["status"]
    while (await asker.receive_output(LONG)).get("more_body"):
        pass
    await asker.wait(LONG)
    return status


async def sign_in(number: int) -> int:
    if number % 2:
        return await ask("POST", "/accounts/login/", FORM, "application/x-www-form-urlencoded")
    return await ask("POST", "/api/auth/token", '{"username": "nobody", "password": "wrong"}')


async def test_pages_come_while_many_sign_in(slow_hashes: type[SlowHasher]) -> None:
    tries = [asyncio.create_task(sign_in(number)) for number in range(MANY)]
    for _ in range(passwords.AT_ONCE):
        assert await asyncio.to_thread(slow_hashes.begun.acquire, timeout=LONG)
    assert await ask("GET", "/accounts/login/") == 200
    slow_hashes.goes_on.set()
    assert set(await asyncio.gather(*tries)) == {200, 401}
    assert slow_hashes.most == passwords.AT_ONCE


@pytest.fixture
def goes_on() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def take_all_places(goes_on: threading.Event) -> list[asyncio.Task[bool]]:
    wait = partial(goes_on.wait, LONG)
    return [asyncio.create_task(passwords.hash_in_turn(wait)) for _ in range(passwords.AT_ONCE)]


async def test_who_waits_too_long_is_told_so(
    monkeypatch: pytest.MonkeyPatch, goes_on: threading.Event
) -> None:
    before = take_all_places(goes_on)
    await asyncio.sleep(0)
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    assert await sign_in(0) == await sign_in(1) == 503
    goes_on.set()
    assert all(await asyncio.gather(*before))
