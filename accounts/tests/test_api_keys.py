"""API keys: made, shown once, good for some things, ended in every way that a credential ends."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.credentials import keys
from accounts.models import ApiKey, User
from accounts.tests.conftest import PASSWORD, me, post, tokens


@pytest.fixture
def access(alice: User) -> str:
    return tokens()["access"]


def create_key(access: str, **body: object):
    asked = {"name": "script", "scopes": ["chat"], **body}
    return Client().post(
        "/api/keys", asked, content_type="application/json", headers=bearer(access)
    )


def secret(access: str, *scopes: str) -> str:
    answer = create_key(access, scopes=list(scopes) or ["chat"])
    assert answer.status_code == 201, answer.content
    return answer.json()["key"]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def get(path: str, token: str):
    return Client().get(path, headers=bearer(token))


def test_a_key_is_shown_once_and_kept_as_a_hash(access):
    body = create_key(access).json()
    assert body["key"].startswith("aiapp_")
    assert len(body["key"]) == len("aiapp_") + 43
    assert body["key"].startswith(body["prefix"])
    assert body["key"] not in str(ApiKey.objects.values())
    (listed,) = get("/api/keys", access).json()
    assert listed == {name: value for name, value in body.items() if name != "key"}


def test_a_key_opens_the_api_as_its_user(access):
    assert me(secret(access)).json()["username"] == "alice"


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        (["chat"], {"conversations"}),
        (["documents:read"], {"documents", "search"}),
        (["documents:write"], {"upload"}),
        (
            ["chat", "documents:read", "documents:write"],
            {"conversations", "documents", "search", "upload"},
        ),
    ],
)
def test_a_key_is_good_for_its_scopes_and_nothing_else(access, scopes, allowed):
    key = bearer(secret(access, *scopes))
    browser = Client()
    answers = {
        "conversations": browser.get("/api/conversations", headers=key),
        "documents": browser.get("/api/documents", headers=key),
        "search": browser.post(
            "/api/documents/search", {"query": ""}, content_type="application/json", headers=key
        ),
        "upload": browser.post(
            "/api/collections", {"name": "Notes"}, content_type="application/json", headers=key
        ),
    }
    assert {name for name, answer in answers.items() if answer.status_code < 400} == allowed
    refused = [answer for name, answer in answers.items() if name not in allowed]
    assert {answer.status_code for answer in refused} <= {403}
    assert {answer.json()["error"]["code"] for answer in refused} <= {"insufficient_scope"}


def test_a_key_cannot_make_list_or_delete_keys(access):
    key = secret(access, "chat", "documents:read", "documents:write")
    one = ApiKey.objects.get()
    answers = [
        create_key(key),
        get("/api/keys", key),
        Client().delete(f"/api/keys/{one.pk}", headers=bearer(key)),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_a_deleted_key_opens_nothing(access):
    key = secret(access)
    one = ApiKey.objects.get()
    answer = Client().delete(f"/api/keys/{one.pk}", headers=bearer(access))
    assert answer.status_code == 204
    assert me(key).status_code == 401


def test_another_users_key_is_not_there(access):
    secret(access)
    User.objects.create_user("bob", "bob@example.org", PASSWORD)
    other = bearer(tokens("bob")["access"])
    one = ApiKey.objects.get()
    assert Client().delete(f"/api/keys/{one.pk}", headers=other).status_code == 404
    assert Client().get("/api/keys", headers=other).json() == []
    assert ApiKey.objects.exists()


def test_a_key_ends_at_its_time(access, alice):
    soon = timezone.now() + timedelta(hours=1)
    key = create_key(access, expires=soon.isoformat()).json()["key"]
    assert me(key).status_code == 200
    made = ApiKey.objects.get()
    made.expires = timezone.now()
    made.save()
    assert me(key).status_code == 401
    assert me(key).json()["error"]["code"] == "key_expired"


def test_a_key_ends_with_its_user_and_with_the_password(access, alice):
    key = secret(access)
    User.objects.update(is_active=False)
    assert me(key).status_code == 401
    User.objects.update(is_active=True)
    assert me(key).status_code == 200
    alice.set_password("another long password")
    alice.save()
    assert me(key).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"scopes": []},
        {"scopes": ["admin"]},
        {"name": ""},
        {"name": "a\nb"},
        {"expires": "2020-01-01T00:00:00Z"},
        {"expires": "2999-01-01T00:00:00"},
        {"user": "bob"},
    ],
)
def test_a_key_that_makes_no_sense_is_refused(access, body):
    assert create_key(access, **body).status_code == 422
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("wrong", ["aiapp_", "aiapp_" + "A" * 43, "aiapp_é", "Aiapp_x"])
def test_what_is_no_key_is_refused(alice, wrong):
    assert Client().get("/api/me", headers={"Authorization": f"Bearer {wrong}"}).status_code == 401


def test_a_use_is_noted_at_most_once_a_minute(alice):
    key, raw = keys.create(alice, "script", ["chat"])
    assert key.last_used is None
    keys.find_key(raw)
    first = ApiKey.objects.get().last_used
    keys.find_key(raw)
    assert ApiKey.objects.get().last_used == first
    ApiKey.objects.update(last_used=first - timedelta(minutes=2))
    keys.find_key(raw)
    assert ApiKey.objects.get().last_used >= first


def test_nobody_has_keys_without_end(alice, monkeypatch, access):
    monkeypatch.setattr(keys, "MAX_KEYS", 1)
    secret(access)
    assert create_key(access).status_code == 409


def test_refreshing_has_a_limit(alice, settings):
    settings.REFRESH_RATE = "2/m"
    codes = [post("/api/auth/token/refresh", refresh="x").status_code for _ in range(3)]
    assert codes == [401, 401, 429]
