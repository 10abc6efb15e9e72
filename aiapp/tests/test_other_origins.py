"""Pages of other sites: none may use the API, unless they are named."""

import pytest
from django.test import Client

APP, STRANGER = "https://app.example.org", "https://evil.example.org"

pytestmark = pytest.mark.django_db


def asked(path: str, origin: str) -> dict[str, str]:
    """The headers by which a browser decides whether the page may go on."""
    preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight["Access-Control-Request-Headers"] = "authorization, content-type, idempotency-key"
    answer = Client().options(path, headers=preflight)
    told = {name.lower(): value for name, value in answer.headers.items()}
    return {name: value for name, value in told.items() if name.startswith("access-control")}


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions", "/accounts/login/"])
def test_by_default_no_other_origin_may(path: str) -> None:
    assert asked(path, APP) == {}


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_an_origin_that_is_named_may_with_a_token_and_never_with_a_cookie(settings, path) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    told = asked(path, APP)
    assert told["access-control-allow-origin"] == APP
    assert "idempotency-key" in told["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in told
    assert asked(path, STRANGER) == {}
    assert asked(path, "null") == {}


def test_pages_stay_closed_even_to_an_origin_that_is_named(settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    assert asked("/accounts/login/", APP) == {}
    assert asked("/admin/", APP) == {}


def test_a_page_reads_when_to_try_again(settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    answer = Client().get("/api/me", headers={"Origin": APP})
    assert answer.status_code == 401
    assert answer["Access-Control-Allow-Origin"] == APP
    assert "Retry-After" in answer["Access-Control-Expose-Headers"]
