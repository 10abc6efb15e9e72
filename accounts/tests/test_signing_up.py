from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.conftest import PASSWORD, is_signed_in, post

FORM = {
    "username": "bob",
    "email": "Bob@Example.org",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


@pytest.mark.django_db
def test_a_new_member_is_signed_in_at_once() -> None:
    browser = Client()
    answer = browser.post("/accounts/signup/", FORM)
    assert answer.status_code == 302
    assert answer["Location"] == "/chat/"
    assert is_signed_in(browser)
    assert User.objects.get(username="bob").email == "bob@example.org"


@pytest.mark.django_db
def test_the_same_rules_hold_for_the_api() -> None:
    answer = post("/api/auth/register", username="bob", email="Bob@Example.org", password=PASSWORD)
    assert answer.status_code == 201
    assert answer.json() == {
        "id": str(User.objects.get(username="bob").id),
        "username": "bob",
        "email": "bob@example.org",
    }


@pytest.mark.parametrize(
    "taken",
    [
        {"username": "alice"},
        {"username": "ALICE"},
        {"email": "alice@example.org"},
        {"email": "ALICE@EXAMPLE.ORG"},
        # Somebody else's address as a name would catch her sign-in by address.
        {"username": "alice@example.org"},
    ],
)
def test_which_of_name_and_address_is_taken_is_not_told(alice: User, taken: dict[str, str]) -> None:
    page = Client().post("/accounts/signup/", FORM | taken)
    assert page.status_code == 200
    assert page.context["form"].errors == {"__all__": ["This name or address is taken."]}

    account = {"username": FORM["username"], "email": FORM["email"]} | taken
    answer = post("/api/auth/register", password=PASSWORD, **account)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "account_exists"
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["short", "password", "1234567890", "bobbob"])
def test_weak_passwords_are_refused(password: str) -> None:
    page = Client().post("/accounts/signup/", FORM | {"password1": password, "password2": password})
    assert page.status_code == 200
    assert page.context["form"].errors

    answer = post("/api/auth/register", username="bob", email="b@example.org", password=password)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "weak_password"
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["username", "email", "password1"])
@pytest.mark.parametrize("value", ["be\x00fore", "x" * 3000, "\ud800", "", "<script>"])
def test_impossible_values_are_errors_of_the_form(field: str, value: str) -> None:
    form = urlencode(FORM | {field: value}, errors="surrogatepass")
    kind = "application/x-www-form-urlencoded"
    page = Client().post("/accounts/signup/", form, content_type=kind)
    assert page.status_code == 200
    assert page.context["form"].errors
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["username", "email"])
@pytest.mark.parametrize("value", ["be\x00fore", "x" * 3000, "", "a b"])
def test_impossible_values_name_the_field_in_the_api(field: str, value: str) -> None:
    account = {"username": "bob", "email": "bob@example.org", "password": PASSWORD}
    answer = post("/api/auth/register", **account | {field: value})
    assert answer.status_code == 422
    assert answer.json()["error"]["data"]["fields"][0]["field"] == field


@pytest.mark.django_db
def test_it_can_be_switched_off(settings) -> None:
    settings.REGISTRATION_OPEN = False
    assert Client().get("/accounts/signup/").status_code == 403
    assert Client().post("/accounts/signup/", FORM).status_code == 403
    answer = post("/api/auth/register", username="bob", email="b@example.org", password=PASSWORD)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "registration_closed"
    assert "signup" not in Client().get("/accounts/login/").content.decode()
