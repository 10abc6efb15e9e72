"""Requests whose body comes in chunks, without its length."""

from typing import IO, Any

from django.core.handlers.asgi import ASGIRequest


class SizedRequest(ASGIRequest):
    """Django takes a form of unknown length for an empty one, and clients such as OpenAI's for
    JavaScript send their files so. The body has been collected by now; `aiapp.body_limit` bounds
    it.
    """

    def __init__(self, scope: Any, body_file: IO[bytes]) -> None:
        super().__init__(scope, body_file)
        if "CONTENT_LENGTH" not in self.META:
            self.META["CONTENT_LENGTH"] = str(body_file.seek(0, 2))
            body_file.seek(0)
