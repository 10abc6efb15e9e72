"""Requests beyond Django's: bodies without a length, and forms read off the event loop."""

import asyncio
from typing import IO, Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest

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
