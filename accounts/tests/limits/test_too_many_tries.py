"""Limits on guessing, by address and by name, shared through Redis."""

import pytest
from django.test import Client, RequestFactory

from accounts.models import User
from accounts.tests.conftest import PASSWORD, post
from aiapp.http.requests import find_address

LIMIT = 10
WRONG = "wrong"


@pytest.fixture(autouse=True)
def _an_hours_rate(settings) -> None:
    """Longer than any of these tests takes; a window that ends in between allows more tries."""
    settings.LOGIN_RATE = f"{LIMIT}/h"


def page(address: str, forwarded: str = "", name: str = "alice", password: str = WRONG):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    account = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/accounts/login/", account, headers=headers)


def test_the_next_try_of_an_address_is_refused(alice: User) -> None:
    for number in range(LIMIT):
        assert page("192.0.2.1", name=f"user{number}").status_code == 200
    answer = page("192.0.2.1", password=PASSWORD)
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 3600
    assert "Too many attempts" in answer.content.decode()
    assert page("192.0.2.2", password=PASSWORD).status_code == 302


def test_a_name_is_guarded_against_many_addresses(alice: User) -> None:
    for number in range(LIMIT):
        assert page(f"192.0.2.{number}").status_code == 200
    assert page("198.51.100.1", password=PASSWORD).status_code == 429


def test_pages_and_api_count_together(alice: User) -> None:
    for number in range(LIMIT):
        assert page("192.0.2.1", name=f"user{number}").status_code == 200
    browser = Client(REMOTE_ADDR="192.0.2.1")
    answer = post("/api/auth/token", browser, username="alice", password=PASSWORD)
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "too_many_requests"
    assert int(answer["Retry-After"]) >= 1


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_a_client_cannot_make_up_its_address(alice: User, settings, proxies: int) -> None:
    settings.TRUSTED_PROXIES = proxies
    trusted = {0: "", 1: ", 192.0.2.9", 2: ", 192.0.2.9, 10.0.0.2"}[proxies]
    for number in range(LIMIT):
        forwarded = f"203.0.113.{number}{trusted}"
        assert page("10.0.0.1", forwarded, name=f"user{number}").status_code == 200
    assert page("10.0.0.1", f"203.0.113.99{trusted}", name="x").status_code == 429


def test_behind_a_proxy_clients_are_told_apart(alice: User, settings) -> None:
    settings.TRUSTED_PROXIES = 1
    for number in range(LIMIT + 1):
        last = page("10.0.0.1", "192.0.2.1", name=f"user{number}")
    assert last.status_code == 429
    assert page("10.0.0.1", "192.0.2.2", password=PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.1", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "6.6.6.6, 203.0.113.1", "203.0.113.1"),
        (2, "6.6.6.6, 203.0.113.1, 10.0.0.2", "203.0.113.1"),
        (2, "203.0.113.1", "10.0.0.1"),
        (1, " , ", "10.0.0.1"),
        # Some proxies write the port of the connection, too, which is another one each time.
        (1, "6.6.6.6, 203.0.113.1:40001", "203.0.113.1"),
        (1, "[2001:db8::1]:40001", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_which_address_counts(settings, proxies: int, forwarded: str, address: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory(REMOTE_ADDR="10.0.0.1").get(
        "/", headers={"X-Forwarded-For": forwarded}
    )
    assert find_address(request) == address


def test_the_addresses_of_one_ipv6_network_count_as_one(alice: User) -> None:
    for number in range(LIMIT):
        assert page(f"2001:db8::{number:x}", name=f"user{number}").status_code == 200
    assert page("2001:db8::ffff", name="x").status_code == 429
    assert page("2001:db8:0:1::1", name="x").status_code == 200


def test_signing_up_and_resets_are_limited(alice: User) -> None:
    for path, form in (
        ("/accounts/signup/", {"username": "b"}),
        ("/accounts/password/reset/", {"email": "b@example.org"}),
    ):
        statuses = [Client().post(path, form).status_code for _ in range(LIMIT + 1)]
        assert statuses[-1] == 429, path
        assert 429 not in statuses[:-1], path


def test_so_is_guessing_at_links_and_old_passwords(alice: User, signed_in: Client) -> None:
    guesses = [Client().get("/accounts/password/reset/AAAA/x-y/") for _ in range(LIMIT + 1)]
    assert [guess.status_code for guess in guesses][-2:] == [200, 429]
    assert guesses[-1]["Retry-After"]
    form = {"old_password": "wrong", "new_password1": "y", "new_password2": "y"}
    tries = [signed_in.post("/accounts/password/change/", form) for _ in range(LIMIT + 1)]
    assert tries[-1].status_code == 429


def test_without_redis_nobody_may_try(alice: User, settings) -> None:
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    }
    answer = post("/api/auth/token", username="alice", password=PASSWORD)
    assert answer.status_code == 503
    assert answer["Retry-After"]
