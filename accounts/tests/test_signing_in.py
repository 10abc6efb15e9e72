import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.conftest import PASSWORD, is_signed_in, me, post, sign_in, tokens


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
    outside = Client().post("/accounts/login/", account | {"next": "https://evil.example/"})
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
