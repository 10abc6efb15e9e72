"""Pages go out compressed to browsers that take it.

Only finished pages of HTML: a stream must not wait for a buffer to fill, files are compressed when
they are collected, and programs' answers stay as they are.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string

from aiapp.http.middleware import Middleware

SMALLEST = 1024
# A page may repeat what the address says beside what only its reader may know. Noise in the
# length hides from a listener whether a guess in the address compressed well (BREACH).
NOISE_BYTES = 100


class CompressedPages(Middleware):
    def finish(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not isinstance(response, HttpResponse) or not _is_page(response):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return response
        response.content = compress_string(response.content, max_random_bytes=NOISE_BYTES)
        response["Content-Length"] = str(len(response.content))
        response["Content-Encoding"] = "gzip"
        return response


def _is_page(response: HttpResponse) -> bool:
    return (
        response.headers.get("Content-Type", "").startswith("text/html")
        and not response.has_header("Content-Encoding")
        and len(response.content) >= SMALLEST
    )
