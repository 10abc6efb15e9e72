"""The audit log: what it holds, and that it can only be read."""

import pytest
from django.test import Client

from accounts.credentials import keys
from accounts.models import AuditEntry, User
from accounts.tests.conftest import PASSWORD, post, sign_in, tokens


def list_entries() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", "username"))


def test_signing_in_and_out_is_noted_with_the_address(alice: User) -> None:
    browser = sign_in("alice")
    browser.post("/accounts/logout/")
    assert list_entries() == [("sign_in", "alice"), ("sign_out", "alice")]
    assert set(AuditEntry.objects.values_list("address", flat=True)) == {"127.0.0.1"}


def test_a_wrong_password_is_noted_and_not_kept(alice: User) -> None:
    for name in ("alice", "my secret password"):
        Client().post("/accounts/login/", {"username": name, "password": "a wrong guess"})
    post("/api/auth/token", username="alice", password="a wrong guess")
    refused = ("sign_in_refused", "alice")
    assert list_entries() == [refused, ("sign_in_refused", ""), refused]
    assert "secret" not in str(list(AuditEntry.objects.values()))


def test_tokens_and_keys_are_noted(alice: User) -> None:
    tokens()
    key, secret = keys.create(alice, "script", ["chat"])
    keys.delete(alice, key.pk)
    actions = ["token_issued", "key_made", "key_deleted"]
    assert list_entries() == [(action, "alice") for action in actions]
    made = AuditEntry.objects.get(action="key_made")
    assert (made.kind, made.object_id) == ("accounts.apikey", str(key.pk))
    assert secret not in str(list(AuditEntry.objects.values()))


def test_a_change_of_password_is_noted(signed_in: Client) -> None:
    new = "another long password"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert signed_in.post("/accounts/password/change/", form).status_code == 302
    assert list_entries()[-1] == ("password_changed", "alice")


@pytest.fixture
def administrator(signed_in: Client) -> Client:
    User.objects.update(is_staff=True, is_superuser=True)
    return signed_in


def test_what_is_done_in_the_administration_is_noted(administrator: Client, alice: User) -> None:
    key, _ = keys.create(alice, "script", ["chat"])
    administrator.post(f"/admin/accounts/apikey/{key.pk}/delete/", {"post": "yes"})
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.kind, entry.object_id, entry.username) == (
        *("administered", "accounts.apikey"),
        *(str(key.pk), "alice"),
    )


def test_nobody_changes_or_deletes_an_entry(administrator: Client) -> None:
    entry = AuditEntry.objects.get(action="sign_in")
    place = f"/admin/accounts/auditentry/{entry.pk}"
    assert administrator.get("/admin/accounts/auditentry/").status_code == 200
    assert administrator.get(f"{place}/change/").status_code == 200
    assert administrator.post(f"{place}/change/", {"username": "bob"}).status_code == 403
    assert administrator.post(f"{place}/delete/", {"post": "yes"}).status_code == 403
    assert AuditEntry.objects.get(action="sign_in") == entry


def test_entries_outlive_the_account(alice: User) -> None:
    tokens()
    alice.delete()
    assert list_entries() == [("token_issued", "alice")]


def test_a_refusal_is_noted_with_the_pattern_of_the_address(alice: User) -> None:
    _, secret = keys.create(alice, "script", ["chat"])
    AuditEntry.objects.all().delete()
    bearer = {"Authorization": f"Bearer {secret}"}
    for path in ("/api/documents", "/api/keys"):
        assert Client().get(path, headers=bearer).status_code == 403
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    AuditEntry.objects.filter(action="sign_in").delete()
    assert browser.post("/chat/ask/", {"content": "hello"}).status_code == 403
    assert list_entries() == [("refused", "alice")] * 3
    places = AuditEntry.objects.order_by("pk").values_list("object_id", flat=True)
    assert list(places) == ["api/documents", "api/keys", "chat/ask/"]


def test_a_stranger_who_is_refused_leaves_nothing(db: None) -> None:
    assert Client(enforce_csrf_checks=True).post("/accounts/login/", {}).status_code == 403
    assert list_entries() == []
