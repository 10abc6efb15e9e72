"""Pages of other sites that may use the API (CORS): which headers they may send, and read.

An origin is allowed by the operator, by name, and shows a token, never a cookie. So the names of
the headers that its pages send are no boundary: clients add new ones with every release, and a
list of them makes the next release fail in browsers only. What is asked for is allowed, but for
the headers by which proxies tell us about the client.
"""

import re

from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

ALLOW_HEADERS = "Access-Control-Allow-Headers"
# A field name of RFC 9110, of a length that headers have.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]{1,64}")
_OF_PROXIES = re.compile(r"forwarded|x-forwarded-.*|x-real-ip|remote-user|cookie.*|proxy-.*")
MAX_HEADERS = 64


class AnyHeaderCorsMiddleware(CorsMiddleware):
    def add_response_headers(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response = super().add_response_headers(request, response)
        if ALLOW_HEADERS in response:
            asked = request.headers.get("Access-Control-Request-Headers", "")
            response[ALLOW_HEADERS] = ", ".join(_filter_headers(asked))
            # What a preflight allows depends on what it asks, should anything keep it.
            patch_vary_headers(response, ("Access-Control-Request-Headers",))
        return response


def _filter_headers(wanted: str) -> list[str]:
    names = [name.strip().lower() for name in wanted.split(",")][:MAX_HEADERS]
    fit = [n for n in names if _NAME.fullmatch(n) and not _OF_PROXIES.fullmatch(n)]
    return list(dict.fromkeys([*settings.CORS_ALLOW_HEADERS, *fit]))


def headers(origin: bytes) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer that is given before Django sees the request."""
    if origin.decode("latin-1") not in settings.CORS_ALLOWED_ORIGINS:
        return []
    exposed = ", ".join(settings.CORS_EXPOSE_HEADERS)
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", exposed.encode()),
        (b"vary", b"origin"),
    ]
