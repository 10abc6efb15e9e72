"""However a name is written, tries are counted on the account that it means; and nobody else's
tries keep the account's holder from what a live session may do.
"""

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.conftest import PASSWORD, is_signed_in, post, sign_in

LIMIT = 10
WRONG = "wrong"
WRITTEN = [
    "alice",
    "ALICE",
    "Alice",
    " alice",
    "alice  ",
    "ａｌｉｃｅ",
    "alice@example.org",
    "Alice@Example.ORG",
    " ALICE@example.org ",
    "al\u0131ce@example.org",
    "AL\u0130CE@example.org",
    "al\u0131ce",
    "ali\u200bce",
    "alice\ufeff@example.org",
]


@pytest.fixture(autouse=True)
def _an_hours_rate(settings) -> None:
    """Longer than any of these tests takes, on any machine."""
    settings.LOGIN_RATE = f"{LIMIT}/h"


def address(number: int) -> str:
    return f"198.51.{number // 250}.{number % 250 + 1}"


def by_page(number: int, name: str, password: str = WRONG):
    browser = Client(REMOTE_ADDR=address(number))
    return browser.post("/accounts/login/", {"username": name, "password": password})


def by_api(number: int, name: str, password: str = WRONG):
    browser = Client(REMOTE_ADDR=address(number))
    return post("/api/auth/token", browser, username=name, password=password)


WAYS = {"page": by_page, "api": by_api}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", WRITTEN)
def test_a_name_counts_as_its_account_however_it_is_written(alice: User, way, name) -> None:
    for number in range(LIMIT):
        assert WAYS[way](number, name).status_code in {200, 401}
    for other in WAYS.values():
        assert other(100, "alice", PASSWORD).status_code == 429


def test_all_ways_of_writing_count_together(alice: User) -> None:
    ways = list(WAYS.values())
    for number in range(LIMIT):
        answer = ways[number % 2](number, WRITTEN[number % len(WRITTEN)])
        assert answer.status_code in {200, 401}
    for name in WRITTEN:
        assert by_page(100, name, PASSWORD).status_code == 429, name
        assert by_api(101, name, PASSWORD).status_code == 429, name


def test_names_of_nobody_count_however_they_are_written(alice: User) -> None:
    for number in range(LIMIT):
        by_page(number, ["nobody", "NOBODY ", "no\u200bbody"][number % 3])
    assert by_page(100, "nobody").status_code == 429
    assert by_page(101, "nobody2").status_code == 200


@pytest.mark.parametrize("name", ["alice", "ALICE", "alice@example.org", "Alice@EXAMPLE.org"])
def test_case_and_address_sign_in(alice: User, name: str) -> None:
    assert by_page(1, name, PASSWORD).status_code == 302
    assert by_api(2, f" {name} ", PASSWORD).status_code == 200


@pytest.mark.parametrize("name", ["al\u0131ce@example.org", "al\u0131ce", "ali\u200bce", "al ice"])
def test_what_only_looks_like_a_name_signs_nobody_in(alice: User, name: str) -> None:
    assert by_page(1, name, PASSWORD).status_code == 200
    assert by_api(2, name, PASSWORD).status_code == 401


CONTROLS = ["alice\x00", "\x00alice", "al\x00ice@example.org", "alice\x1f", "alice\x85", "a\x7fb"]


@pytest.mark.parametrize("name", CONTROLS)
def test_control_characters_are_refused_and_open_no_other_account(alice: User, name: str) -> None:
    page = by_page(1, name, PASSWORD)
    assert page.status_code == 200
    assert page.context["form"].errors["username"]
    answer = by_api(2, name, PASSWORD)
    assert answer.status_code == 422
    assert answer.json()["error"]["data"]["fields"][0]["field"] == "username"


@pytest.mark.parametrize("way", WAYS)
def test_what_is_refused_counts_as_well(alice: User, way: str) -> None:
    for number in range(LIMIT):
        assert WAYS[way](number, CONTROLS[number % 5]).status_code in {200, 422}
    assert by_page(100, "alice", PASSWORD).status_code == 429


def test_two_accounts_of_old_that_differ_in_case_both_sign_in(alice: User) -> None:
    User.objects.bulk_create([User(username="ALICE", email="other@example.org")])
    other = User.objects.get(username="ALICE")
    other.set_password("another long password")
    other.save()
    assert by_page(1, "alice", PASSWORD).status_code == 302
    assert by_page(2, "ALICE", "another long password").status_code == 302
    assert by_page(3, "ALICE", PASSWORD).status_code == 200


CONFIRMED = {
    "/accounts/signout/": {"password": "wrong"},
    "/accounts/password/change/": {"old_password": "wrong"},
    "/accounts/delete/": {"confirmation": "wrong"},
    "/accounts/settings/": {"email": "new@example.org", "current_password": "wrong"},
}


def test_a_session_counts_its_confirmations_together(signed_in: Client) -> None:
    places = list(CONFIRMED.items())
    for number in range(LIMIT):
        path, form = places[number % len(places)]
        assert signed_in.post(path, form).status_code == 200, path
    for path, form in places:
        answer = signed_in.post(path, form)
        assert answer.status_code == 429, path
        assert int(answer["Retry-After"]) >= 1


def test_guesses_by_others_do_not_keep_the_holder_from_anything(alice: User) -> None:
    browser = sign_in("alice")
    thief = sign_in("alice")
    for number in range(LIMIT + 5):
        by_page(number, "alice")
        # From the holder's own address, too, which may be that of a whole company.
        Client().post("/accounts/login/", {"username": "alice", "password": "wrong"})
        thief.post("/accounts/signout/", {"password": "wrong"})
    assert thief.post("/accounts/signout/", {"password": PASSWORD}).status_code == 429
    assert browser.post("/accounts/signout/", {"password": PASSWORD}).status_code == 302
    assert is_signed_in(browser)
    assert not is_signed_in(thief)


def test_resets_count_by_account(alice: User) -> None:
    def reset(number: int, email: str):
        browser = Client(REMOTE_ADDR=address(number))
        return browser.post("/accounts/password/reset/", {"email": email})

    for number in range(LIMIT):
        name = ["alice@example.org", "ALICE@example.org", "al\u0131ce@example.org"][number % 3]
        assert reset(number, name).status_code in {200, 302}
    assert reset(100, "alice@example.org").status_code == 429
    assert reset(101, "bob@example.org").status_code == 302
