"""People, and counts of tries that begin at zero."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from aiapp.celery import app

PASSWORD = "a long password of hers"
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _no_tries_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _tasks_run_at_once() -> Iterator[None]:
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


# Access tokens are looked up on a thread of their own, which sees only what is committed.
@pytest.fixture
def alice(transactional_db: None) -> User:
    return User.objects.create_user("alice", "alice@example.org", PASSWORD)


@pytest.fixture
def signed_in(alice: User) -> Client:
    """A browser in which Alice is signed in."""
    return sign_in("alice")


def sign_in(name: str, password: str = PASSWORD, **headers: str) -> Client:
    browser = Client()
    answer = browser.post("/accounts/login/", {"username": name, "password": password})
    assert answer.status_code == 302, answer.content
    return browser


def is_signed_in(browser: Client) -> bool:
    return browser.get("/accounts/settings/").status_code == 200


def tokens(name: str = "alice", password: str = PASSWORD) -> dict[str, str]:
    answer = post("/api/auth/token", username=name, password=password)
    assert answer.status_code == 200, answer.content
    pair: dict[str, str] = answer.json()
    return pair


def post(path: str, browser: Client | None = None, **body: object):
    return (browser or Client()).post(path, body, content_type="application/json")


def me(access: str):
    return Client().get("/api/me", headers={"Authorization": f"Bearer {access}"})
