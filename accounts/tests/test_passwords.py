"""Changing and forgetting a password, and what either ends."""

import re

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.tests.conftest import PASSWORD, is_signed_in, me, post, sign_in, tokens

NEW = "quite another password"


def link_in_mail() -> str:
    match = re.search(
        r"http://127\.0\.0\.1:8000(/accounts/password/reset/\S+)", mail.outbox[-1].body
    )
    assert match, mail.outbox[-1].body
    return match[1]


def choose(link: str, browser: Client) -> int:
    """Open a link of a mail and choose a password; the status of the last answer."""
    page = browser.get(link, follow=True)
    if not page.redirect_chain:
        return page.status_code
    form = {"new_password1": NEW, "new_password2": NEW}
    return browser.post(page.redirect_chain[-1][0], form).status_code


def test_a_change_ends_every_other_session_and_token(alice: User, signed_in: Client) -> None:
    elsewhere, pair = sign_in("alice"), tokens()
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert signed_in.post("/accounts/password/change/", form).status_code == 302
    assert is_signed_in(signed_in)
    assert not is_signed_in(elsewhere)
    assert me(pair["access"]).status_code == 401
    assert post("/api/auth/token/refresh", refresh=pair["refresh"]).status_code == 401
    assert is_signed_in(sign_in("alice", NEW))


def test_signing_out_everywhere_keeps_the_password_and_this_session(
    alice: User, signed_in: Client
) -> None:
    elsewhere, pair = sign_in("alice"), tokens()
    refused = signed_in.post("/accounts/signout/", {"password": "wrong"})
    assert refused.status_code == 200
    assert is_signed_in(elsewhere)

    assert signed_in.post("/accounts/signout/", {"password": PASSWORD}).status_code == 302
    assert is_signed_in(signed_in)
    assert not is_signed_in(elsewhere)
    assert me(pair["access"]).status_code == 401
    assert post("/api/auth/token/refresh", refresh=pair["refresh"]).status_code == 401
    assert is_signed_in(sign_in("alice"))


def test_a_reset_ends_every_session_and_works_once(alice: User, signed_in: Client) -> None:
    pair = tokens()
    Client().post("/accounts/password/reset/", {"email": "Alice@example.org"})
    link = link_in_mail()
    assert mail.outbox[-1].to == ["alice@example.org"]
    assert choose(link, Client()) == 302
    assert not is_signed_in(signed_in)
    assert me(pair["access"]).status_code == 401
    assert is_signed_in(sign_in("alice", NEW))

    again = Client().get(link)
    assert again.status_code == 200
    assert "has already been used or has expired" in again.content.decode()


def test_a_link_is_good_for_its_own_account_only(alice: User) -> None:
    bob = User.objects.create_user("bob", "bob@example.org", PASSWORD)
    Client().post("/accounts/password/reset/", {"email": "bob@example.org"})
    bobs = link_in_mail()
    Client().post("/accounts/password/reset/", {"email": "alice@example.org"})
    hers = link_in_mail()
    forged = "/".join([*hers.split("/")[:-2], bobs.split("/")[-2], ""])
    assert "has already been used or has expired" in Client().get(forged).content.decode()
    assert bob.check_password(PASSWORD)


def test_whether_there_is_an_account_is_not_told(alice: User) -> None:
    known = Client().post("/accounts/password/reset/", {"email": "alice@example.org"})
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Forwarded-Server", "Forwarded"])
def test_the_link_leads_to_our_own_address_whatever_the_request_says(
    alice: User, header: str
) -> None:
    answer = Client().post(
        "/accounts/password/reset/",
        {"email": "alice@example.org"},
        headers={header: "evil.example"},
    )
    if header == "Host":
        assert answer.status_code == 400
        assert not mail.outbox
    else:
        assert "evil.example" not in mail.outbox[0].body + mail.outbox[0].subject
        assert link_in_mail()


@pytest.mark.django_db
@pytest.mark.parametrize("link", ["AAAA/x-y", "%00/a-b", "MQ/set-password", "x" * 3000 + "/a-b"])
def test_a_made_up_link_is_an_old_one(link: str) -> None:
    page = Client().get(f"/accounts/password/reset/{link}/")
    assert page.status_code == 200
    assert "has already been used or has expired" in page.content.decode()


def test_a_deactivated_user_gets_no_link(alice: User) -> None:
    User.objects.filter(id=alice.id).update(is_active=False)
    Client().post("/accounts/password/reset/", {"email": "alice@example.org"})
    assert not mail.outbox


def test_another_address_takes_the_password(alice: User, signed_in: Client) -> None:
    profile = {"first_name": "Alice", "last_name": "", "email": "new@example.org"}
    refused = signed_in.post("/accounts/settings/", profile)
    assert refused.context["form"].errors == {"current_password": ["This is not your password."]}
    accepted = signed_in.post("/accounts/settings/", profile | {"current_password": PASSWORD})
    assert accepted.status_code == 302
    alice.refresh_from_db()
    assert (alice.first_name, alice.email) == ("Alice", "new@example.org")


def test_a_name_is_changed_without_it(alice: User, signed_in: Client) -> None:
    profile = {"first_name": "Alice", "last_name": "Liddell", "email": "alice@example.org"}
    assert signed_in.post("/accounts/settings/", profile).status_code == 302
    alice.refresh_from_db()
    assert alice.get_full_name() == "Alice Liddell"
