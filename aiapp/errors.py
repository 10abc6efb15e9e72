"""The errors that people and programs are told about.

AppError
├── InvalidInput            422
├── NotAuthenticated        401
├── NotAllowed              403
├── NotFound                404
├── RequestTimeout          408
├── Conflict                409
├── TooLarge                413
├── UnsupportedType         415
├── TooManyRequests         429
├── Unavailable             503
│   └── aiapp.files.errors.FilesUnavailable   the store of files is away
├── aiapp.llm.errors.ModelError         what an upstream model did wrong
└── documents.errors.IngestError        why a document could not be read

Each carries a code for programs, a sentence for people, an HTTP status and whether trying again
may help. They become HTTP in one place, `aiapp.http.errors`, and an `error` event in
`chat.turns.turn`.
"""

from typing import Any, ClassVar


class AppError(Exception):
    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    message: str = "Something went wrong."
    retryable: bool = False

    def __init__(
        self,
        message: str = "",
        *,
        code: str = "",
        retry_after: int | None = None,
        **data: Any,
    ) -> None:
        self.message = message or self.message
        self.reason = code or self.code
        self.retry_after = retry_after
        self.data = data
        super().__init__(self.message)

    def as_dict(self) -> dict[str, Any]:
        """The body of the API's error answer."""
        return {"error": {"code": self.reason, "message": self.message, "data": self.data}}

    def as_event(self) -> dict[str, Any]:
        """The data of a stream's `error` event; `retry_after` where a wait is known, in seconds."""
        event = {"code": self.reason, "message": self.message, "retryable": self.retryable}
        return event | ({"retry_after": self.retry_after} if self.retry_after else {})


class InvalidInput(AppError):
    code = "invalid_input"
    status = 422
    message = "The request is not valid."


class NotAuthenticated(AppError):
    code = "not_authenticated"
    status = 401
    message = "Sign in, or send a valid token."


class NotAllowed(AppError):
    code = "not_allowed"
    status = 403
    message = "You may not do this."


class NotFound(AppError):
    code = "not_found"
    status = 404
    message = "It does not exist, or it is not yours."


class RequestTimeout(AppError):
    code = "request_timeout"
    status = 408
    message = "The request took too long to arrive."
    retryable = True


class Conflict(AppError):
    code = "conflict"
    status = 409
    message = "This conflicts with the current state."


class TooLarge(AppError):
    code = "too_large"
    status = 413
    message = "This is too large."


class UnsupportedType(AppError):
    code = "unsupported_type"
    status = 415
    message = "This kind of file is not supported."


class TooManyRequests(AppError):
    code = "too_many_requests"
    status = 429
    message = "Too many requests. Try again later."
    retryable = True


class Unavailable(AppError):
    code = "unavailable"
    status = 503
    message = "Part of the service is not responding. Try again in a moment."
    retryable = True
