"""Pages of other sites: none may use the API, unless they are named."""

import json
from typing import Any

import pytest
from django.test import Client

from aiapp.body_limit import BodyLimit
from tests import routes

APP, STRANGER = "https://app.example.org", "https://evil.example.org"

pytestmark = pytest.mark.django_db


WANTED = "authorization, content-type, idempotency-key"


def fetch_cors_headers(
    path: str, origin: str, wanted: str = WANTED, method: str = "POST"
) -> dict[str, str]:
    """The headers by which a browser decides whether the page may go on."""
    preflight = {"Origin": origin, "Access-Control-Request-Method": method}
    preflight["Access-Control-Request-Headers"] = wanted
    answer = Client().options(path, headers=preflight)
    told = {name.lower(): value for name, value in answer.headers.items()}
    return {name: value for name, value in told.items() if name.startswith("access-control")}


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions", "/accounts/login/"])
def test_by_default_no_other_origin_may(path: str) -> None:
    assert fetch_cors_headers(path, APP) == {}


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_an_origin_that_is_named_may_with_a_token_and_never_with_a_cookie(settings, path) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    told = fetch_cors_headers(path, APP)
    assert told["access-control-allow-origin"] == APP
    assert "idempotency-key" in told["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in told
    assert fetch_cors_headers(path, STRANGER) == {}
    assert fetch_cors_headers(path, "null") == {}


def test_pages_stay_closed_even_to_an_origin_that_is_named(settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    assert fetch_cors_headers("/accounts/login/", APP) == {}
    assert fetch_cors_headers("/admin/", APP) == {}


def test_a_page_reads_when_to_try_again(settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    answer = Client().get("/api/me", headers={"Origin": APP})
    assert answer.status_code == 401
    assert answer["Access-Control-Allow-Origin"] == APP
    assert "Retry-After" in answer["Access-Control-Expose-Headers"]
    assert "WWW-Authenticate" in answer["Access-Control-Expose-Headers"]


def list_allowed_headers(told: dict[str, str]) -> set[str]:
    return set(told["access-control-allow-headers"].split(", "))


# What clients in browsers send today, and what the next release of one may.
CLIENTS = {
    "OpenAI's": "authorization,content-type,x-stainless-arch,x-stainless-async,x-stainless-lang,"
    "x-stainless-os,x-stainless-package-version,x-stainless-retry-count,x-stainless-runtime,"
    "x-stainless-runtime-version,x-stainless-timeout,x-stainless-helper-method,"
    "openai-organization,openai-project,openai-beta",
    "of tomorrow": "authorization,x-stainless-some-new-thing",
    "Anthropic's": "anthropic-version,anthropic-beta,anthropic-dangerous-direct-browser-access,"
    "x-api-key",
    "traced": "traceparent,tracestate,baggage,sentry-trace,x-request-id",
    "that resumes": "authorization,last-event-id,cache-control",
    "of chat programs": "authorization,http-referer,x-title,user-agent",
}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_in_a_browser_may_send_its_headers(settings, client: str) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    for path in ("/v1/chat/completions", "/api/ai-sdk/chat"):
        told = fetch_cors_headers(path, APP, CLIENTS[client])
        assert set(CLIENTS[client].split(",")) <= list_allowed_headers(told)
        assert fetch_cors_headers(path, STRANGER, CLIENTS[client]) == {}


def test_what_only_proxies_say_and_what_is_no_name_is_not_allowed(settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    wanted = "x-forwarded-for, Forwarded, x-real-ip, cookie, a b, x\u00e9, , *;q=1, X-Fine"
    told = list_allowed_headers(
        fetch_cors_headers("/v1/models", APP, wanted.encode().decode("latin-1"))
    )
    assert "x-fine" in told
    assert not told & {"x-forwarded-for", "forwarded", "x-real-ip", "cookie", "a b", ""}
    assert (
        len(
            list_allowed_headers(
                fetch_cors_headers("/v1/models", APP, ",".join(f"x-{n}" for n in range(9999)))
            )
        )
        < 100
    )


def test_every_operation_answers_a_preflight(settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    for route in routes.operations():
        path = route.path.replace("{", "").replace("}", "")
        told = fetch_cors_headers(path, APP, method=route.method.upper())
        assert told["access-control-allow-origin"] == APP, route
        assert route.method.upper() in told["access-control-allow-methods"], route


@pytest.mark.parametrize(("origin", "allows"), [(APP, True), (STRANGER, False), ("", False)])
async def test_a_refusal_before_django_can_be_read_too(settings, origin: str, allows: bool) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    async def fail(*_: Any) -> None:
        raise AssertionError

    headers = [(b"origin", origin.encode())] if origin else []
    scope = {"type": "http", "method": "POST", "path": "/api/documents", "headers": headers}
    await BodyLimit(fail)(scope, receive, send)
    fields = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    assert messages[0]["status"] == 401
    assert json.loads(messages[1]["body"])["error"]["code"] == "not_authenticated"
    assert fields["www-authenticate"] == 'Bearer realm="aiapp"'
    assert fields.get("access-control-allow-origin") == (APP if allows else None)
