"""Errors are JSON of one shape for programs and pages for people."""

import logging
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from aiapp.api.application import api
from aiapp.api.schemas import MAX_INVALID_FIELDS
from aiapp.errors import Unavailable


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/no/such/thing", "/api/", "/api/me/x", "/api/turns/x/stop"])
def test_an_unknown_address_of_the_api_is_a_json_404(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
    assert set(answer.json()["error"]) == {"code", "message", "data"}


@pytest.mark.django_db
def test_an_unknown_page_is_a_page() -> None:
    answer = Client().get("/no/such/page/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
    assert "Not found" in answer.content.decode()


def test_another_method_is_a_json_405() -> None:
    answer = Client().delete("/api/auth/token")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"
    assert answer["Allow"] == "POST"


@pytest.mark.parametrize("body", ["", "{", "[]", '"x"', "null", "\x00", '{"username": NaN}'])
def test_a_body_that_is_not_what_it_should_be_is_the_callers_fault(body: str) -> None:
    answer = Client().post("/api/auth/token", body, content_type="application/json")
    assert answer.status_code in {400, 422}
    assert answer.json()["error"]["code"] in {"bad_request", "validation_error"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=x", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("multipart/form-data; boundary=" + "x" * 300, b"--x--"),
        ("multipart/form-data; boundary=x; charset=no-such", b"--x--"),
        ("text/plain", b"hello"),
        ("", b"hello"),
        ("application/x-www-form-urlencoded", b"a=1&" * 2000),
    ],
)
def test_a_form_that_cannot_be_read_is_the_callers_fault(
    kind: str, body: bytes, admin_client: Client
) -> None:
    answer = admin_client.generic("POST", "/api/documents", body, kind)
    assert answer.status_code in {400, 415, 422}
    assert set(answer.json()["error"]) == {"code", "message", "data"}
    assert admin_client.generic("POST", "/documents/upload/", body, kind).status_code < 500


def test_a_page_is_drawn_even_if_nobody_collected_its_files(settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    assert Client().get("/accounts/login/").status_code == 200
    assert Client().get("/api/conversations/x/y").status_code == 404


def test_unknown_fields_are_named_and_values_are_not_repeated() -> None:
    body = {"username": "u", "password": {"secret": "hunter2"}, "is_staff": True}
    answer = Client().post("/api/auth/token", body, content_type="application/json")
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "validation_error"
    assert {field["field"] for field in error["data"]["fields"]} == {"password", "is_staff"}
    assert "hunter2" not in answer.content.decode()


def test_an_answer_names_the_first_of_many_wrong_fields_and_is_shorter_than_they_are() -> None:
    body = {f"wrong{number}": 1 for number in range(4_000)} | {"x" * 10_000: 1}
    answer = Client().post("/api/auth/token", body, content_type="application/json")
    assert answer.status_code == 422
    assert len(answer.json()["error"]["data"]["fields"]) == MAX_INVALID_FIELDS
    assert len(answer.content) < 10_000


@pytest.mark.parametrize("path", ["/api/me", "/api/conversations", "/api/documents"])
def test_a_stranger_is_told_to_sign_in(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 401
    assert answer.json() == {
        "error": {
            "code": "not_authenticated",
            "message": "Sign in, or send a valid token.",
            "data": {},
        }
    }


@pytest.mark.parametrize("path", ["/api/me", "/chat/", "/accounts/login/"])
def test_a_host_that_is_not_ours_is_refused(path: str) -> None:
    answer = Client().get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    if path.startswith("/api/"):
        assert answer.json()["error"]["code"] == "bad_request"


@pytest.mark.django_db
def test_a_fault_of_ours_is_logged_and_told_without_detail(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the secret detail")

    monkeypatch.setattr("accounts.api.account.limit", fail)
    account = {"username": "u", "password": "p"}
    with caplog.at_level(logging.ERROR):
        answer = Client(raise_request_exception=False).post(
            "/api/auth/token", account, content_type="application/json"
        )
    assert answer.status_code == 500
    assert answer.json()["error"] == {
        "code": "internal_error",
        "message": "Something went wrong.",
        "data": {},
    }
    assert "the secret detail" in caplog.text


@pytest.mark.django_db
def test_an_outage_says_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> None:
        raise Unavailable

    monkeypatch.setattr("accounts.api.account.limit", down)
    account = {"username": "u", "password": "p"}
    answer = Client().post("/api/auth/token", account, content_type="application/json")
    assert answer.status_code == 503
    assert answer["Retry-After"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["q=%00", "q=%ff%fe", "q=%ED%A0%80", "cursor=%00", "next=%00", "after=x&page=-1"]
)
@pytest.mark.parametrize("path", ["/chat/", "/documents/", "/api/conversations", "/api/documents"])
def test_bytes_that_are_no_text_are_no_fault_of_the_server(
    path: str, query: str, admin_client: Client
) -> None:
    assert admin_client.get(f"{path}?{query}").status_code < 500


def test_every_operation_is_described() -> None:
    schema = api.get_openapi_schema(path_prefix="/api/")
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert operation.get("responses"), (method, path)


@pytest.mark.django_db(transaction=True)
def test_the_description_is_for_members(settings, admin_client: Client) -> None:
    docs, schema = reverse("api:openapi-view"), reverse("api:openapi-json")
    assert (docs, schema) == ("/api/docs", "/api/openapi.json")
    assert Client().get(docs)["Location"] == "/accounts/login/?next=/api/docs"
    assert Client().get(schema).status_code == 401
    assert admin_client.get(schema).json()["openapi"].startswith("3.")
    page = admin_client.get(docs).content.decode()
    assert "swagger-ui" in page
    assert "//" not in page.replace("://127.0.0.1", "").replace("<!--", "").split("<body")[0]
    settings.DEBUG = True
    assert Client().get(docs).status_code == 200
