"""No field of a request's head costs more than it is long: anybody may send one."""

from io import BytesIO
from typing import Any

import httpx
import httpx2
import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http import parse_cookie
from django.utils.translation import get_language_from_request

from aiapp.http.bodies import MAX_TYPE_BYTES
from aiapp.http.heads import split_parameters
from aiapp.tests.http.bounds.test_body_limit import send_request
from tests.costs import growth, hostile_texts

FIELDS = ["cookie", "accept-language", "host", "authorization", "referer", "x-forwarded-for"]
# What the readers of fields look for, each followed by its like without end.
UNITS = [
    ('"', '\\"', '"'),
    ('"', "\\101", '"'),
    ('"', "\\", '"'),
    ("", "a=b;", ""),
    ('a="', ";", ""),
    ("", "en;q=0.1,", ""),
    ("", "a-", "!"),
    ("", "1.1.1.1,", ""),
    ("http://", "a.", ""),
]


def read_field(name: str, value: str) -> None:
    """Read it as whatever Django takes it for."""
    headers = [(name.encode(), value.encode("latin-1", "replace"))]
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "headers": headers}
    request = ASGIRequest(scope, BytesIO())
    assert isinstance(request.COOKIES, dict)
    assert get_language_from_request(request)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_read_in_a_time_that_grows_with_it(name: str) -> None:
    faults = [
        f"{unit}: {cost.fault}"
        for unit in UNITS
        if (
            cost := growth.measure(
                lambda text: read_field(name, text), hostile_texts.Hostile(*unit).make, 0.6
            )
        ).fault
    ]
    assert faults == []


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize("unit", [";", '"', '\\";', "a=b;", "a*0=b;"])
def test_the_type_of_an_answer_is_read_in_a_time_that_grows_with_it(
    library: Any, unit: str
) -> None:
    def read(text: str) -> object:
        return library.Response(200, headers={"Content-Type": text}).charset_encoding

    hostile = hostile_texts.Hostile('text/event-stream; a="', unit, '"')
    assert not growth.measure(read, hostile.make, 0.6).fault


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", [""]),
        ("a;", ["a", ""]),
        ("text/plain; Charset = utf-8 ;x", ["text/plain", "charset=utf-8", "x"]),
        ('a; b="c;d"; e', ["a", 'b="c;d"', "e"]),
        ('a; b="c\\";d";e', ["a", 'b="c\\";d"', "e"]),
        ('a; b="c; d', ["a", 'b="c; d']),
        (";;a=b=c", ["", "", "a=b=c"]),
    ],
)
def test_parameters_are_parted_as_before(written: str, meant: list[str]) -> None:
    assert split_parameters(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a", "a"),
        ('"', '"'),
        ('""', ""),
        ('"a b"', "a b"),
        ('"a\\"b\\\\c"', 'a"b\\c'),
        ('"\\054\\303\\251"', ",Ã©"),
        ('"\\400\\', '"\\400\\'),
        ('"\\400"', "400"),
        ('"a\\"', "a\\"),
    ],
)
def test_a_cookie_in_quotes_means_what_it_did(written: str, meant: str) -> None:
    assert parse_cookie(f"a={written}") == {"a": meant}


@pytest.mark.parametrize("path", ["/accounts/login/", "/api/auth/token", "/api/documents"])
async def test_a_type_that_is_longer_than_any_is_refused_unread(path: str) -> None:
    boundary = "multipart/form-data; boundary="
    too_long = boundary + "x" * (MAX_TYPE_BYTES - len(boundary) + 1)
    assert await send_request(path, 5, {"content-type": too_long}) == (422, ["answer", "read"])


async def test_a_long_boundary_is_none_too_long() -> None:
    kind = {"content-type": f"multipart/form-data; boundary={'x' * 200}"}
    status, done = await send_request("/accounts/login/", 1, kind)
    assert (status, done[0]) == (200, "application")
