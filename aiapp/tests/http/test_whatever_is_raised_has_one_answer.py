"""One exception means the same in every protocol, each of which says it in its own shape."""

import errno
import json

import pytest
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.test import RequestFactory
from ninja.errors import AuthenticationError, HttpError, ValidationError
from redis.exceptions import ConnectionError as RedisIsAway

from aiapp import urls  # noqa: F401 - the handlers of both APIs
from aiapp.api.application import api
from aiapp.api.v1 import v1
from aiapp.errors import (
    AppError,
    Conflict,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    TooManyRequests,
    Unavailable,
)
from aiapp.http.errors import error_response, translate_known_error
from aiapp.llm.errors import ModelBusy

FULL_DISK = OSError(errno.ENOSPC, "secret")
INVALID_FIELD = {"loc": ("body", "body", "a", 0), "msg": "is bad"}


def request(path: str, **headers: str) -> HttpRequest:
    return RequestFactory().get(path, headers=headers)


@pytest.mark.parametrize(
    ("raised", "ours", "openais"),
    [
        (ValidationError([INVALID_FIELD]), (422, "validation_error"), (400, "validation_error")),
        (AuthenticationError(), (401, "not_authenticated"), (401, "invalid_api_key")),
        (Http404(), (404, "not_found"), (404, "not_found")),
        (DataError(), (422, "invalid_input"), (400, "invalid_input")),
        (MultiPartParserError(), (400, "bad_request"), (400, "bad_request")),
        (SuspiciousOperation(), (400, "bad_request"), (400, "bad_request")),
        (RequestDataTooBig(), (400, "bad_request"), (400, "bad_request")),
        (BadRequest(), (400, "bad_request"), (400, "bad_request")),
        (HttpError(400, "Cannot parse"), (400, "bad_request"), (400, "bad_request")),
        (FULL_DISK, (503, "disk_full"), (503, "disk_full")),
        (OSError("secret"), (500, "internal_error"), (500, "internal_error")),
        (RuntimeError("secret"), (500, "internal_error"), (500, "internal_error")),
        (Conflict(), (409, "conflict"), (409, "conflict")),
        (InvalidInput(code="unknown_model"), (422, "unknown_model"), (404, "model_not_found")),
    ],
)
def test_each_api_answers_in_its_shape(
    raised: Exception, ours: tuple[int, str], openais: tuple[int, str]
) -> None:
    answer = api.on_exception(request("/api/x"), raised)
    error = json.loads(answer.content)["error"]
    assert (answer.status_code, error["code"]) == ours
    assert list(error) == ["code", "message", "data"]
    assert "secret" not in error["message"]
    answer = v1.on_exception(request("/v1/x"), raised)
    error = json.loads(answer.content)["error"]
    assert (answer.status_code, error["code"]) == openais
    assert list(error) == ["message", "type", "param", "code"]
    assert "secret" not in error["message"]


@pytest.mark.parametrize(
    ("raised", "ours", "openais", "pages"),
    [
        (OperationalError(), "1", "1", "2"),
        (InterfaceError(), "1", "1", "2"),
        (RedisIsAway(), "1", "1", "2"),
        (FULL_DISK, "30", "30", "30"),
        (Unavailable(retry_after=7), "7", "7", "7"),
        (TooManyRequests(retry_after=7), "7", "7", "7"),
        # Ours always says something; OpenAI's clients have a wait of their own.
        (Unavailable(), "1", None, None),
        (TooManyRequests(), "1", None, None),
        (ModelBusy(), None, None, None),
        (Conflict(), None, None, None),
        (RuntimeError(), None, None, None),
    ],
)
def test_who_shall_come_back_is_told_when(
    raised: Exception, ours: str | None, openais: str | None, pages: str | None
) -> None:
    assert api.on_exception(request("/api/x"), raised).get("Retry-After") == ours
    assert v1.on_exception(request("/v1/x"), raised).get("Retry-After") == openais
    if known := translate_known_error(raised):
        assert error_response(request("/api/x"), known).get("Retry-After") == pages


def test_who_is_not_let_in_is_told_how() -> None:
    for each, path in ((api, "/api/x"), (v1, "/v1/x")):
        answer = each.on_exception(request(path), NotAuthenticated())
        assert answer["WWW-Authenticate"] == 'Bearer realm="aiapp"'
        refused = NotAllowed(code="insufficient_scope", scope="chat")
        assert 'scope="chat"' in each.on_exception(request(path), refused)["WWW-Authenticate"]
        assert not each.on_exception(request(path), NotFound()).has_header("WWW-Authenticate")


def test_an_event_of_a_stream_says_whether_to_try_again() -> None:
    assert NotFound("Gone.").as_event() == {
        "code": "not_found",
        "message": "Gone.",
        "retryable": False,
    }
    assert Unavailable(code="away").as_event()["retryable"]
    assert Unavailable(code="away").as_event()["code"] == "away"


def test_what_nobody_knows_is_no_error_of_a_caller() -> None:
    assert translate_known_error(KeyError()) is None
    error = AppError()
    assert translate_known_error(error) is error
