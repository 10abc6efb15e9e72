"""The page where members make and delete their API keys."""

import re
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts.credentials import keys
from accounts.models import ApiKey, User
from accounts.tests.conftest import PASSWORD, me, sign_in


def make(browser: Client, **data: object) -> str:
    answer = browser.post("/accounts/keys/", {"name": "script", "scopes": ["chat"], **data})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_new_key_is_shown_once(signed_in: Client) -> None:
    secret = re.search(r'value="(aiapp_[\w-]{43})"', make(signed_in, days="30"))[1]
    assert me(secret).status_code == 200
    again = signed_in.get("/accounts/keys/").content.decode()
    assert secret not in again
    assert secret[:12] in again
    assert ApiKey.objects.get().expires - timezone.now() > timedelta(days=29)


def test_a_key_without_scopes_is_not_made(signed_in: Client) -> None:
    assert "aiapp_" not in make(signed_in, scopes=[])
    assert not ApiKey.objects.exists()


def test_a_key_is_deleted(signed_in: Client, alice: User) -> None:
    key, secret = keys.create(alice, "script", ["chat"])
    answer = signed_in.post(f"/accounts/keys/{key.pk}/delete/", follow=True)
    assert "The key has been deleted" in answer.content.decode()
    assert me(secret).status_code == 401


def test_another_members_key_stays(signed_in: Client, alice: User) -> None:
    User.objects.create_user("bob", "bob@example.org", PASSWORD)
    key, _ = keys.create(alice, "script", ["chat"])
    bob = sign_in("bob")
    assert key.prefix not in bob.get("/accounts/keys/").content.decode()
    bob.post(f"/accounts/keys/{key.pk}/delete/")
    assert ApiKey.objects.filter(pk=key.pk).exists()


def test_strangers_are_asked_to_sign_in(alice: User) -> None:
    assert Client().get("/accounts/keys/").status_code == 302
    key, _ = keys.create(alice, "script", ["chat"])
    assert Client().post(f"/accounts/keys/{key.pk}/delete/").status_code == 302
    assert ApiKey.objects.exists()


def test_administrators_see_keys_and_cannot_read_them(signed_in: Client, alice: User) -> None:
    key, secret = keys.create(alice, "script", ["chat"])
    User.objects.update(is_staff=True, is_superuser=True)
    listed = signed_in.get("/admin/accounts/apikey/").content.decode()
    shown = signed_in.get(f"/admin/accounts/apikey/{key.pk}/change/").content.decode()
    assert key.prefix in listed
    assert secret not in shown
    assert ApiKey.objects.get().hash not in shown
    assert signed_in.get("/admin/accounts/apikey/add/").status_code == 403


def test_what_is_for_staff_is_offered_to_staff(signed_in: Client, alice: User) -> None:
    assert "sources:read" not in signed_in.get("/accounts/keys/").content.decode()
    asked = {"name": "syncs", "scopes": ["sources:read"]}
    assert signed_in.post("/accounts/keys/", asked).context["form"].errors["scopes"]
    alice.is_staff = True
    alice.save()
    assert "sources:read" in signed_in.get("/accounts/keys/").content.decode()
    assert signed_in.post("/accounts/keys/", asked).context["secret"]
