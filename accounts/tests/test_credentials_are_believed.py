"""A token or key that was checked a moment ago is let in without another look, and not for long."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.credentials import keys, memory, tokens
from accounts.credentials.validity import load_credential
from accounts.models import ApiKey, User
from aiapp.db import in_db


@pytest.fixture(autouse=True)
def _nothing_is_known() -> None:
    memory.forget_all()


@pytest.fixture
def user(transactional_db: None) -> User:
    return User.objects.create_user("mary", "mary@example.org", "mary's password")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock on by which trust ends, by so many seconds."""
    gone = 0.0

    def move(seconds: float) -> None:
        nonlocal gone
        gone += seconds

    monkeypatch.setattr(memory.time, "monotonic", lambda: gone)
    return move


async def call(secret: str) -> int:
    response = await AsyncClient().get("/api/me", headers={"Authorization": f"Bearer {secret}"})
    return int(response.status_code)


async def test_a_program_that_calls_again_is_not_looked_up(user: User) -> None:
    token = (await in_db(tokens.issue, user)).access
    assert await call(token) == 200
    await in_db(lambda: User.objects.update(is_active=False))
    assert await call(token) == 200


async def test_after_three_seconds_it_is_looked_up_again(
    user: User, clock: Callable[[float], None]
) -> None:
    token = (await in_db(tokens.issue, user)).access
    assert await call(token) == 200
    await in_db(lambda: User.objects.update(is_active=False))
    clock(memory.TRUST_SECONDS + 0.01)
    assert await call(token) == 401


@pytest.mark.parametrize(
    "change",
    [
        lambda user: (user.set_password("another password"), user.save()),
        lambda user: (setattr(user, "is_active", False), user.save()),
        lambda user: ApiKey.objects.get(user=user).delete(),
        lambda user: user.delete(),
    ],
    ids=["password", "deactivated", "key", "account"],
)
async def test_what_ends_here_ends_at_once(user: User, change: Callable[[User], object]) -> None:
    _, secret = await in_db(keys.create, user, "a key", ["chat"])
    assert await call(secret) == 200
    await in_db(change, user)
    assert await call(secret) == 401


async def test_nothing_is_believed_beyond_its_own_end(user: User) -> None:
    ended = timezone.now() - timedelta(milliseconds=1)
    memory.remember("a secret", load_credential(user), ended)
    assert memory.recall("a secret") is None


def test_each_request_has_a_user_of_its_own(user: User) -> None:
    memory.remember("a secret", load_credential(user), None)
    first, second = memory.recall("a secret"), memory.recall("a secret")
    assert first is not None
    assert second is not None
    first.user.username = "somebody else"
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert second.user.username == "mary"
        assert second.user == user
    assert len(queries) == 0


def test_the_oldest_make_room(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_CREDENTIALS", 2)
    for secret in ("one", "two", "three"):
        memory.remember(secret, load_credential(user), None)
    found = [secret for secret in ("one", "two", "three") if memory.recall(secret)]
    assert found == ["two", "three"]
