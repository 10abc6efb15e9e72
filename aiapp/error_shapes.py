"""Errors as programs read them: in our own shape, and below /v1/ in OpenAI's."""

from typing import Any

from aiapp.errors import AppError, InvalidInput

# What programs call: errors there are JSON, whoever raised them.
PROGRAMS = ("/api/", "/v1/")
OPENAI = "/v1/"

# The bodies of errors as JSON Schema: ours, and those below /v1/.
OUR_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "data"],
            "properties": {
                "code": {"type": "string", "example": "not_found"},
                "message": {"type": "string", "example": "There is no such conversation."},
                "data": {"type": "object"},
            },
        }
    },
}
OPENAI_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
_TYPES = {401: "invalid_request_error", 403: "permission_error", 429: "rate_limit_error"}
_SERVER_ERRORS = 500
# What an upstream refused for the caller's own sake, which we call a bad gateway elsewhere.
_STATUSES = {
    "model_busy": 429,
    "context_too_long": 400,
    "model_bad_request": 400,
    "content_filtered": 400,
    "unsupported_type": 400,
    "mislabelled": 400,
    "not_a_recording": 400,
}
# The codes that clients of OpenAI look for.
_CODES = {
    "not_authenticated": "invalid_api_key",
    "invalid_token": "invalid_api_key",
    "unknown_model": "model_not_found",
    "too_many_requests": "rate_limit_exceeded",
    "too_many_turns": "rate_limit_exceeded",
    "budget_exhausted": "insufficient_quota",
    "context_too_long": "context_length_exceeded",
}


def shaped(path: str, error: AppError) -> dict[str, Any]:
    """The JSON body of an error's answer at a path."""
    return openai_body(error) if path.startswith(OPENAI) else error.as_dict()


def openai_status(error: AppError) -> int:
    """Clients of OpenAI know 400 for what is not valid, and 404 for a model that is not there."""
    if error.status == InvalidInput.status:
        return 404 if error.reason == "unknown_model" else 400
    return _STATUSES.get(error.reason, error.status)


def openai_body(error: AppError) -> dict[str, Any]:
    """`{"error": {"message", "type", "param", "code"}}`, from which OpenAI's clients raise."""
    status = openai_status(error)
    kind = "server_error" if status >= _SERVER_ERRORS else "invalid_request_error"
    fields = error.data.get("fields") or [{}]
    return {
        "error": {
            "message": error.message,
            "type": _TYPES.get(status, kind),
            "param": fields[0].get("field"),
            "code": _CODES.get(error.reason, error.reason),
        }
    }
