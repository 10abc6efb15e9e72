"""Access and refresh tokens: rotation, reuse and forgery."""

import base64
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import httpx
import jwt
import pytest
from django.conf import settings
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from rest_framework_simplejwt.tokens import AccessToken

from accounts.credentials import tokens as own
from accounts.models import RefreshSession, User
from accounts.tests.conftest import me, post, tokens


def refresh(token: str):
    return post("/api/auth/token/refresh", refresh=token)


def claims(token: str) -> dict[str, object]:
    return jwt.decode(token, options={"verify_signature": False, "verify_aud": False})


def sign(body: dict[str, object], **options: object) -> str:
    key = options.pop("key", settings.SIMPLE_JWT["SIGNING_KEY"])
    return jwt.encode(body, key, **{"algorithm": "HS256", **options})


def test_an_access_token_opens_the_api(alice: User) -> None:
    answer = me(tokens()["access"])
    assert {name: answer.json()[name] for name in ("id", "username", "email")} == {
        "id": str(alice.id),
        "username": "alice",
        "email": "alice@example.org",
    }


def test_a_refresh_gives_a_new_pair_and_ends_the_old_one(alice: User) -> None:
    first = tokens()
    second = refresh(first["refresh"]).json()
    assert me(second["access"]).status_code == 200
    assert second["refresh"] != first["refresh"]
    third = refresh(second["refresh"])
    assert third.status_code == 200


def later(seconds: float) -> None:
    """All uses of refresh tokens were so long ago."""
    for session in RefreshSession.objects.exclude(used=None):
        RefreshSession.objects.filter(pk=session.pk).update(
            used=session.used - timedelta(seconds=seconds)
        )


def by(client: str, token: str):
    browser = Client(headers={"User-Agent": client})
    return post("/api/auth/token/refresh", browser, refresh=token)


def test_a_late_second_use_revokes_the_family_and_no_other(alice: User, settings) -> None:
    first, other = tokens(), tokens()
    second = refresh(first["refresh"]).json()
    later(settings.REFRESH_GRACE_SECONDS)
    reused = refresh(first["refresh"])
    assert reused.status_code == 401
    assert reused.json()["error"]["code"] == "token_reused"
    assert refresh(second["refresh"]).status_code == 401
    assert refresh(other["refresh"]).status_code == 200


def at_once(server: LiveServer, token: str, clients: list[str]) -> list[Any]:
    """The answers to as many refreshes of one token over HTTP, sent at the same moment."""
    start = Barrier(len(clients))

    def use(client: str) -> Any:
        start.wait()
        return httpx.post(
            f"{server.url}/api/auth/token/refresh",
            json={"refresh": token},
            headers={"User-Agent": client},
            timeout=60,
        )

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(use, clients))


def test_tabs_that_refresh_at_once_all_stay_signed_in(alice: User, live_server) -> None:
    token = tokens()["refresh"]
    for _ in range(3):
        answers = at_once(live_server, token, ["a browser"] * 8)
        assert [answer.status_code for answer in answers] == [200] * 8
        # All have the same successor, so that they stay together.
        (token,) = {answer.json()["refresh"] for answer in answers}
        assert {me(answer.json()["access"]).status_code for answer in answers} == {200}
    assert RefreshSession.objects.count() == 4
    assert not RefreshSession.objects.exclude(revoked=None).exists()


def test_two_parties_that_refresh_at_once_are_both_signed_out(alice: User, live_server) -> None:
    pair = tokens()
    answers = at_once(live_server, pair["refresh"], ["a browser", "a thief"] * 2)
    codes = Counter(answer.status_code for answer in answers)
    assert codes[200] <= 2
    for answer in answers:
        if answer.status_code == 200:
            assert refresh(answer.json()["refresh"]).status_code == 401
    assert not RefreshSession.objects.filter(revoked=None).exists()


def test_a_client_whose_answer_got_lost_asks_again(alice: User) -> None:
    first = tokens()["refresh"]
    second = by("app/1.0", first).json()
    again = by("app/1.0", first)
    assert again.status_code == 200
    assert again.json()["refresh"] == second["refresh"]
    assert by("app/1.0", second["refresh"]).status_code == 200


@pytest.mark.parametrize("thief", ["another/2.0", "", "APP/1.0"])
def test_another_client_gets_nothing_and_ends_the_family(alice: User, thief: str) -> None:
    first = tokens()["refresh"]
    second = by("app/1.0", first).json()["refresh"]
    assert by(thief, first).json()["error"]["code"] == "token_reused"
    assert by("app/1.0", second).status_code == 401


def test_only_the_last_token_but_one_comes_back(alice: User) -> None:
    first = tokens()["refresh"]
    second = by("app/1.0", first).json()["refresh"]
    third = by("app/1.0", second).json()["refresh"]
    assert by("app/1.0", first).json()["error"]["code"] == "token_reused"
    assert by("app/1.0", third).status_code == 401


@pytest.mark.parametrize("ended", ["revoked", "switched off", "a new password"])
def test_the_grace_ends_with_the_credential(alice: User, ended: str) -> None:
    first = tokens()["refresh"]
    second = by("app/1.0", first).json()["refresh"]
    if ended == "revoked":
        post("/api/auth/token/revoke", refresh=second)
    elif ended == "switched off":
        User.objects.update(is_active=False)
    else:
        alice.set_password("another long password")
        alice.save()
    assert by("app/1.0", first).status_code == 401
    assert by("app/1.0", second).status_code == 401


def test_without_a_grace_every_second_use_ends_the_family(alice: User, settings) -> None:
    settings.REFRESH_GRACE_SECONDS = 0
    first = tokens()["refresh"]
    second = by("app/1.0", first).json()["refresh"]
    assert by("app/1.0", first).status_code == 401
    assert by("app/1.0", second).status_code == 401


def test_revoking_ends_the_family(alice: User) -> None:
    pair = tokens()
    assert post("/api/auth/token/revoke", refresh=pair["refresh"]).status_code == 204
    assert refresh(pair["refresh"]).status_code == 401
    assert post("/api/auth/token/revoke", refresh="unknown").status_code == 204


def test_only_hashes_are_kept(alice: User) -> None:
    pair = tokens()
    row = RefreshSession.objects.get()
    kept = "".join(str(value) for value in vars(row).values())
    assert pair["refresh"] not in kept
    assert len(row.token_hash) == 64


def test_expired_ones_are_swept_out_at_the_next_sign_in(alice: User) -> None:
    tokens()
    RefreshSession.objects.update(expires="2020-01-01T00:00Z")
    tokens()
    assert RefreshSession.objects.count() == 1


@pytest.mark.parametrize("minutes", [30])
def test_an_access_token_lives_for_the_minutes_of_the_setting(alice: User, minutes: int) -> None:
    body = claims(tokens()["access"])
    assert body["exp"] - body["iat"] == minutes * 60


def forgeries(pair: dict[str, str]) -> dict[str, str]:
    body = claims(pair["access"])
    header, payload, signature = pair["access"].split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    other = base64.urlsafe_b64encode(
        json.dumps({**body, "user_id": "0198c0de-0000-7000-8000-000000000000"}).encode()
    ).decode()
    return {
        "without an algorithm": f"{none}.{payload}.",
        "without a signature": f"{header}.{payload}.",
        "with another body": f"{header}.{other.rstrip('=')}.{signature}",
        "with another key": sign(body, key="x" * 64),
        "with the key of the site": sign(body, key=settings.SECRET_KEY),
        "with another algorithm": sign(body, algorithm="HS512"),
        "of another issuer": sign({**body, "iss": "https://evil.example"}),
        "for another audience": sign({**body, "aud": "https://evil.example"}),
        "without an audience": sign({k: v for k, v in body.items() if k != "aud"}),
        "without an end": sign({k: v for k, v in body.items() if k != "exp"}),
        "expired": sign({**body, "exp": int(time.time()) - 1}),
        "without a password": sign({k: v for k, v in body.items() if k != "pw"}),
        "of an unknown user": sign({**body, "user_id": "0198c0de-0000-7000-8000-000000000000"}),
        "of no user": sign({k: v for k, v in body.items() if k != "user_id"}),
        "of an impossible user": sign({**body, "user_id": "1 OR 1=1"}),
        "with a critical extension": sign(body, headers={"crit": ["ours"], "ours": 1}),
        "a refresh token": pair["refresh"],
        "nothing": "",
        "no token": "x.y.z",
        "not ASCII": "\u00e9",
    }


def test_forged_tokens_are_refused(alice: User) -> None:
    for kind, token in forgeries(tokens()).items():
        answer = me(token)
        assert answer.status_code == 401, kind
        code = "token_expired" if kind == "expired" else "invalid_token"
        assert answer.json()["error"]["code"] in {code, "not_authenticated"}, kind


def test_an_access_token_refreshes_nothing(alice: User) -> None:
    assert refresh(tokens()["access"]).status_code == 401


def test_an_expired_refresh_token_is_refused(alice: User) -> None:
    pair = tokens()
    body = claims(pair["refresh"])
    expired = sign({**body, "exp": int(time.time()) - 1})
    answer = refresh(expired)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "token_expired")


def test_a_token_signed_with_a_public_key_of_ours_would_not_pass_as_ours(alice: User) -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT"}').decode().rstrip("=")
    _, payload, signature = tokens()["access"].split(".")
    assert me(f"{header}.{payload}.{signature}").status_code == 401


def test_the_key_is_long_and_not_the_sites_own() -> None:
    key = settings.SIMPLE_JWT["SIGNING_KEY"]
    assert len(key) >= 32
    assert settings.SECRET_KEY not in key


@pytest.mark.parametrize(
    "header", ["Basic YWxpY2U6eA==", "Token x", "Bearer", "Bearer  ", "bearer a b", "alice"]
)
def test_other_kinds_of_credentials_are_refused(alice: User, header: str) -> None:
    answer = Client().get("/api/me", headers={"Authorization": header})
    assert answer.status_code == 401


@pytest.mark.parametrize("name", ["X-User", "X-Forwarded-User", "Remote-User", "X-Api-Key"])
def test_a_header_that_says_who_one_is_is_not_believed(alice: User, name: str) -> None:
    assert Client().get("/api/me", headers={name: "alice"}).status_code == 401
    assert Client().get(f"/api/me?token={tokens()['access']}").status_code == 401


def test_a_token_of_an_older_password_is_dead(alice: User) -> None:
    pair = own.issue(alice)
    alice.set_password("another long password")
    alice.save()
    assert me(pair.access).status_code == 401
    fresh = AccessToken(own.issue(alice).access)
    assert fresh.lifetime == timedelta(minutes=30)
