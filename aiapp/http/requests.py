"""Requests beyond Django's: bodies without a length, forms read off the event loop, ways back."""

import asyncio
from typing import IO, Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}


class SizedRequest(ASGIRequest):
    """Django takes a form of unknown length for an empty one, and clients such as OpenAI's for
    JavaScript send their files so. The body has been collected by now; `aiapp.body_limit`
    bounds it.
    """

    def __init__(self, scope: Any, body_file: IO[bytes]) -> None:
        super().__init__(scope, body_file)
        if "CONTENT_LENGTH" not in self.META:
            self.META["CONTENT_LENGTH"] = str(body_file.seek(0, 2))
            body_file.seek(0)


async def load_form(request: HttpRequest) -> None:
    """Read a request's form and files on a thread, where it has any.

    Otherwise they are read where they are first asked for, which for an operation of the API is
    the event loop. Raises what Django raises for a form that is broken or has too many fields.
    """
    if request.method == "POST" and request.content_type in FORMS:
        await asyncio.to_thread(getattr, request, "POST")


def read_next(request: HttpRequest) -> str:
    """Return the page where a form was, if it names one of ours; "" if not.

    A path or a whole address: anything else would be taken for the name of a view.
    """
    url = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())
    return url if ours and url.startswith(("/", "http://", "https://")) else ""
