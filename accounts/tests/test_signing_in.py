from collections.abc import Callable
from typing import ClassVar

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.test import Client

from accounts.models import User
from accounts.tests.conftest import PASSWORD, is_signed_in, me, post, sign_in, tokens
from tests.statements import noted_statements


@pytest.mark.parametrize("name", ["alice", "alice@example.org", "Alice@Example.Org"])
def test_by_user_name_or_address(alice: User, name: str) -> None:
    assert is_signed_in(sign_in(name))
    assert me(tokens(name)["access"]).json()["username"] == "alice"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("alice", "wrong"),
        ("nobody", PASSWORD),
        ("nobody@example.org", PASSWORD),
        ("asleep", PASSWORD),
    ],
)
def test_a_failure_does_not_tell_what_was_wrong(alice: User, name: str, password: str) -> None:
    User.objects.create_user("asleep", "asleep@example.org", PASSWORD, is_active=False)
    browser = Client()
    page = browser.post("/accounts/login/", {"username": name, "password": password})
    assert page.status_code == 200
    (message,) = page.context["form"].non_field_errors()
    assert message.startswith("Please enter a correct")
    assert not is_signed_in(browser)

    answer = post("/api/auth/token", username=name, password=password)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "wrong_credentials"


class CountingHasher(MD5PasswordHasher):
    """Counts what takes time: the hashes of passwords."""

    algorithm = "counting"
    hashes: ClassVar[list[str]] = []

    def encode(self, password: str, salt: str) -> str:
        self.hashes.append(password)
        return super().encode(password, salt)


def sign_in_by_page(name: str) -> None:
    sent = {"username": name, "password": "wrong"}
    assert Client().post("/accounts/login/", sent).status_code == 200


def sign_in_by_api(name: str) -> None:
    assert post("/api/auth/token", username=name, password="wrong").status_code == 401


@pytest.mark.parametrize("way", [sign_in_by_page, sign_in_by_api])
def test_a_failure_takes_the_same_work_whoever_is_tried(
    settings, transactional_db: None, way: Callable[[str], None]
) -> None:
    """As many hashes and queries for who is not there, who is asleep and who has no password."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    for name in ("alice", "asleep", "bare"):
        User.objects.create_user(name, f"{name}@example.org", PASSWORD)
    User.objects.filter(username="asleep").update(is_active=False)
    User.objects.filter(username="bare").update(password=make_password(None))
    work = {}
    for name in ("alice", "alice@example.org", "nobody", "nobody@example.org", "asleep", "bare"):
        CountingHasher.hashes.clear()
        with noted_statements() as statements:
            way(name)
        work[name] = (len(CountingHasher.hashes), len(statements))
    assert len(set(work.values())) == 1, work
    assert all(work["alice"])


@pytest.mark.parametrize("value", ["be\x00fore", "x" * 3000, "be\x00fore@example.org", ""])
@pytest.mark.parametrize("field", ["username", "password"])
def test_impossible_values_are_no_fault_of_the_server(alice: User, field: str, value: str) -> None:
    account = {"username": "alice", "password": PASSWORD} | {field: value}
    assert Client().post("/accounts/login/", account).status_code == 200
    assert post("/api/auth/token", **account).status_code in {401, 422}


def test_signing_out_takes_a_post(signed_in: Client) -> None:
    assert signed_in.get("/accounts/logout/").status_code == 405
    assert is_signed_in(signed_in)
    assert signed_in.post("/accounts/logout/").status_code == 302
    assert not is_signed_in(signed_in)


def test_one_comes_back_to_the_page_that_asked_for_it(alice: User) -> None:
    account = {"username": "alice", "password": PASSWORD}
    inside = Client().post("/accounts/login/", account | {"next": "/documents/"})
    assert inside["Location"] == "/documents/"
    for name in ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Server", "Forwarded"):
        lying = Client(headers={name: "evil.example", "X-Forwarded-Proto": "https"})
        outside = lying.post("/accounts/login/", account | {"next": "https://evil.example/"})
        assert outside["Location"] == "/chat/"


def test_a_write_with_a_cookie_needs_the_csrf_token(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    page = browser.post("/accounts/logout/")
    assert page.status_code == 403
    assert "open for too long" in page.content.decode()
    assert is_signed_in(browser)
    answer = browser.post("/api/conversations", {}, content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "csrf_failed"


@pytest.mark.parametrize("key", ["be\\000fore12345", "x" * 5000, "'; DROP TABLE users"])
def test_a_hostile_cookie_is_no_session(alice: User, key: str) -> None:
    browser = Client()
    browser.cookies["session"] = key
    assert browser.get("/accounts/login/").status_code in {200, 422}
    browser.cookies["session"] = key
    assert browser.get("/api/me").status_code in {401, 422}


@pytest.mark.parametrize("is_active", [True, False])
def test_a_deactivated_user_is_refused_with_every_credential(
    alice: User, signed_in: Client, is_active: bool
) -> None:
    pair = tokens()
    User.objects.filter(id=alice.id).update(is_active=is_active)
    assert is_signed_in(signed_in) is is_active
    assert (signed_in.get("/api/me").status_code == 200) is is_active
    assert (me(pair["access"]).status_code == 200) is is_active
    refreshed = post("/api/auth/token/refresh", refresh=pair["refresh"])
    assert (refreshed.status_code == 200) is is_active


def test_the_administration_uses_the_same_sign_in(alice: User, signed_in: Client) -> None:
    stranger = Client().get("/admin/", follow=True)
    assert stranger.redirect_chain[-1][0] == "/accounts/login/?next=/admin/"
    assert signed_in.get("/admin/", follow=True).status_code == 403
    User.objects.filter(id=alice.id).update(is_staff=True)
    assert signed_in.get("/admin/").status_code == 200
