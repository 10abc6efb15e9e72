"""A program that is not let in is told why: by RFC 6750's challenge, beside our codes."""

import re
import time

import pytest
from django.test import Client
from django.utils import timezone

from accounts.credentials import keys
from accounts.models import ApiKey, User
from accounts.tests.conftest import PASSWORD, post, tokens
from accounts.tests.test_tokens import claims, sign

PLAIN = 'Bearer realm="aiapp"'


def get(path: str, secret: str | None = None):
    return Client().get(path, headers={"Authorization": f"Bearer {secret}"} if secret else {})


def challenge(answer) -> dict[str, str]:
    """The parameters of the challenge, which must be all of it."""
    scheme, _, told = answer["WWW-Authenticate"].partition(" ")
    assert scheme == "Bearer"
    assert re.fullmatch(r'(\w+="[^"\\]*"(, |$))+', told), told
    return dict(re.findall(r'(\w+)="([^"]*)"', told))


@pytest.fixture
def credentials(alice: User) -> dict[str, str]:
    """Each kind that opens nothing any more, or never did."""
    pair = tokens()
    body = claims(pair["access"])
    _, expired = keys.create(alice, "script", ["chat"])
    ApiKey.objects.update(expires=timezone.now())
    return {
        "expired token": sign({**body, "exp": int(time.time()) - 1}),
        "forged token": sign(body, key="x" * 64),
        "no token": "x.y.z",
        "refresh token": pair["refresh"],
        "expired key": expired,
        "forged key": "aiapp_" + "A" * 43,
    }


CODES = {
    "expired token": ("token_expired", "token_expired"),
    "forged token": ("invalid_token", "invalid_api_key"),
    "no token": ("invalid_token", "invalid_api_key"),
    "refresh token": ("invalid_token", "invalid_api_key"),
    "expired key": ("key_expired", "invalid_api_key"),
    "forged key": ("invalid_key", "invalid_api_key"),
}


@pytest.mark.parametrize("kind", CODES)
def test_expired_and_forged_are_told_apart(credentials: dict[str, str], kind: str) -> None:
    ours, openai = CODES[kind]
    for path, code in (("/api/me", ours), ("/v1/models", openai)):
        answer = get(path, credentials[kind])
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == code
        told = challenge(answer)
        assert (told["realm"], told["error"]) == ("aiapp", "invalid_token")
        assert ("expired" in told["error_description"]) == kind.startswith("expired")
    assert get("/v1/models", credentials[kind]).json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("path", ["/api/me", "/api/conversations", "/v1/models", "/api/keys"])
def test_who_shows_nothing_is_told_the_scheme_alone(db: None, path: str) -> None:
    answer = get(path)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == PLAIN


def test_a_wrong_password_or_refresh_token_is_no_fault_of_a_bearer(alice: User) -> None:
    for answer in (
        post("/api/auth/token", username="alice", password="wrong"),
        post("/api/auth/token/refresh", refresh="x.y.z"),
    ):
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == PLAIN


def test_no_browser_is_asked_for_a_password_by_a_page(alice: User) -> None:
    form = {"username": "alice", "password": "wrong"}
    for answer in (
        Client().get("/accounts/settings/"),
        Client().get("/accounts/login/"),
        Client().post("/accounts/login/", form),
        Client().get("/chat/"),
        Client().get("/admin/"),
    ):
        assert answer.status_code in {200, 302}
        assert "WWW-Authenticate" not in answer


def test_what_is_forbidden_for_another_reason_has_no_challenge(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.login(username="alice", password=PASSWORD)
    answer = browser.post("/api/conversations", {}, content_type="application/json")
    assert answer.status_code == 403
    assert "WWW-Authenticate" not in answer
    assert "WWW-Authenticate" not in get("/api/unknown", tokens()["access"])
