"""Errors as programs read them: in our own shape, and below /v1/ in OpenAI's. As pages where Django
is not asked.
"""

import json
from typing import Any

from django.utils.html import format_html

from aiapp.errors import AppError, InvalidInput, NotAllowed, NotAuthenticated, TooLarge
from aiapp.http.addresses import OPENAI

# What programs call: errors there are JSON, whoever raised them.
PROGRAMS = ("/api/", OPENAI)

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
    "lfs_pointer": 400,
    "not_a_recording": 400,
}
# The codes that clients of OpenAI look for.
_CODES = {
    "not_authenticated": "invalid_api_key",
    "invalid_token": "invalid_api_key",
    "invalid_key": "invalid_api_key",
    "key_expired": "invalid_api_key",
    "unknown_model": "model_not_found",
    "too_many_requests": "rate_limit_exceeded",
    "too_many_turns": "rate_limit_exceeded",
    "budget_exhausted": "insufficient_quota",
    "context_too_long": "context_length_exceeded",
    "message_too_long": "context_length_exceeded",
    "content_filtered": "content_policy_violation",
}


# What is told to programs in other words than to people. LiteLLM, and whatever stands on it, tells
# a wrong key and a full window by OpenAI's own words alone, whatever the code says.
_WRONG_KEY = "Incorrect API key provided"
_MESSAGES = {
    "not_authenticated": "Send an API key of this site as `Authorization: Bearer …`.",
    "invalid_token": f"{_WRONG_KEY}: it is not a key of this site. Make one in its settings, and"
    " send it as `Authorization: Bearer …`.",
    "invalid_key": f"{_WRONG_KEY}: it is not valid, or was deleted. Make another in the settings.",
    "key_expired": f"{_WRONG_KEY}: it has expired. Make another in the settings.",
    "token_expired": f"{_WRONG_KEY}: the access token has expired. Refresh it, or use an API key.",
}
_PREFIXES = {"context_too_long": "This model's maximum context length is exceeded. "}
_PARAMS = {"unknown_model": "model", "unknown_collection": "model"}
# What each client of OpenAI asks again by itself, unless it is told not to.
_ASKED_AGAIN = {429, 502, 503}


REALM = "aiapp"
# Refusals of the token or key itself; RFC 6750 has one word for them, the description tells more.
_BAD_TOKENS = {"invalid_token", "token_expired", "invalid_key", "key_expired"}
PAGE = (
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{0}</title>'
    "<h1>{0}</h1><p>{1}</p></html>"
)
INSUFFICIENT_SCOPE = "insufficient_scope"


def challenge(error: AppError, *, has_credentials: bool) -> str:
    """The `WWW-Authenticate` of an error's answer to a program (RFC 6750, section 3), or "".

    A caller that sent no credentials is told the scheme only.
    """
    if error.status == NotAllowed.status and error.reason == INSUFFICIENT_SCOPE:
        scope = error.data.get("scope", "")
        return _bearer(error=INSUFFICIENT_SCOPE, error_description=error.message, scope=scope)
    if error.status != NotAuthenticated.status:
        return ""
    if has_credentials and error.reason in _BAD_TOKENS:
        return _bearer(error="invalid_token", error_description=error.message)
    return _bearer()


def _bearer(**parameters: str) -> str:
    given = {"realm": REALM, **{name: value for name, value in parameters.items() if value}}
    return "Bearer " + ", ".join(f'{name}="{_quotable(value)}"' for name, value in given.items())


def _quotable(text: str) -> str:
    """Only what may stand between the quotes of a parameter, which is less than a message has."""
    return "".join(c for c in text if " " <= c <= "~" and c not in '"\\')


def build_body(path: str, error: AppError) -> dict[str, Any]:
    """The JSON body of an error's answer at a path."""
    return openai_body(error) if path.startswith(OPENAI) else error.as_dict()


def openai_status(error: AppError) -> int:
    """Clients of OpenAI know 400 for what is not valid, and 404 for a model that is not there."""
    if error.status == InvalidInput.status:
        return 404 if error.reason == "unknown_model" else 400
    return _STATUSES.get(error.reason, error.status)


def is_vain(error: AppError) -> bool:
    """Tell whether OpenAI's clients would repeat a request that cannot fare better soon."""
    is_final = not error.retryable or error.reason == "budget_exhausted"
    return is_final and openai_status(error) in _ASKED_AGAIN


def openai_body(error: AppError) -> dict[str, Any]:
    """`{"error": {"message", "type", "param", "code"}}`, from which OpenAI's clients raise."""
    status = openai_status(error)
    prefix = _PREFIXES.get(error.reason, "")
    kind = "server_error" if status >= _SERVER_ERRORS else "invalid_request_error"
    fields = error.data.get("fields") or [{}]
    return {
        "error": {
            "message": prefix + _MESSAGES.get(error.reason, error.message),
            "type": _TYPES.get(status, kind),
            "param": fields[0].get("field") or _PARAMS.get(error.reason),
            "code": _CODES.get(error.reason, error.reason),
        }
    }


def render_refusal(path: str, error: AppError) -> tuple[bytes, bytes]:
    """Return the type and content of the answer to a request that Django does not see."""
    if path.startswith(PROGRAMS):
        return b"application/json", json.dumps(build_body(path, error)).encode()
    return b"text/html; charset=utf-8", format_html(PAGE, *_words(error)).encode()


def _words(error: AppError) -> tuple[str, str]:
    if isinstance(error, TooLarge):
        return "Too large", f"{error.message} Go back and try a smaller one."
    if isinstance(error, NotAuthenticated):
        return "Not signed in", "Sign in, then send it again."
    return "Not received", f"{error.message} Go back and send it again."
