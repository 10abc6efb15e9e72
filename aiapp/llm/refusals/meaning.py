"""The meaning of an error of a model's endpoint, whichever vendor's it is.

Statuses mean less than they should: servers send 400 for a wrong key, 413 for a rate limit, 500
for a role that a template does not know, and 200 with an error in the stream. So the words count
as well. They are the vendors' own, as public reports quote them; nothing of them is shown to the
person who asked.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import orjson

from aiapp.llm.errors import (
    FILTERED,
    BadRequest,
    BrokenAnswer,
    ContextTooLong,
    ModelBusy,
    ModelError,
    ModelRefused,
    ModelUnavailable,
)
from aiapp.llm.refusals import words as said
from aiapp.llm.refusals.waits import wait

MAX_WORDS = 4_000
MAX_DEPTH = 4
FORBIDDEN, TOO_LARGE = 403, 413
OWN_FAULT = 500
STATUSES = range(400, 600)
# 529 is Anthropic's own status for "overloaded".
# ... and 498 Groq's for a full tier.
BUSY = {425, 429, 498, 529}
REFUSED = {401, 402, 403, 404, 405}
# 424 is that of Hugging Face's servers for what went wrong while they wrote.
GONE = {408, 409, 424, 499}

# Where error objects name a status, and where they quote another's.
_STATUS_NAMES = (
    *("code", "status", "status_code", "statusCode", "http_code", "http_status", "httpStatus"),
    *("error_code", "errorCode"),
)
_INNER = ("error", "message", "msg", "detail", "errors")
_STATUS = re.compile(r"[45]\d\d\b", re.ASCII)
_STATUS_IN_WORDS = re.compile(
    r"^\W{0,3}([45]\d\d)\b"
    r"|\b(?:error code|status(?: ?code)?|http(?: error)?)[ :=]{1,3}([45]\d\d)\b",
    re.ASCII,
)
# Not of what JSON needs to escape, nor of halves of emoji.
_ESCAPED = re.compile(r"\\{1,8}u((?!00[01]|0022|005c|d[89a-f])[0-9a-f]{4})", re.IGNORECASE)


def interpret(status: int, headers: Mapping[str, str], text: str) -> ModelError:
    """Return the error for an answer with this status. `text` is its body."""
    text = unescape(text[:MAX_WORDS])
    error = _interpret(status, text.lower())
    if error.retryable:
        error.retry_after = wait(headers, text)
    error.upstream_text, error.upstream_status = text, status
    return error


def unescape(text: str) -> str:
    """Return a body with characters in place of JSON's escapes of them.

    Servers write them for quotes and for everything beyond ASCII, and twice in the body of an
    error that quotes another's.
    """
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text).replace("’", "'")


def interpret_error(error: Any) -> ModelError:
    """Return the error for an error object in a stream, whose code may be a number or a word."""
    text = error if isinstance(error, str) else json.dumps(error, default=str)
    status = find_status(error)
    found = interpret(status, {}, text)
    if type(found) is BadRequest and not status and said.FAULT.search(unescape(text).lower()):
        found = ModelUnavailable()
        found.upstream_text = text[:MAX_WORDS]
    if type(found) is BadRequest and found.reason == BadRequest.code and not status:
        # Nothing that it says tells whose fault it was.
        found = BrokenAnswer(code="upstream_error")
        found.upstream_text = text[:MAX_WORDS]
    return found


def find_status(error: Any, depth: int = MAX_DEPTH) -> int:
    """Return the HTTP status that an error object names, or one inside of it; 0 without one."""
    match error:
        case bool() | None:
            return 0
        case int():
            return error if error in STATUSES else 0
        case str():
            return _find_status_in_words(error, depth)
        case list() if depth and error:
            return find_status(error[0], depth - 1)
        case dict() if depth:
            named = (_read_status(error.get(name)) for name in _STATUS_NAMES)
            inner = (find_status(error.get(name), depth - 1) for name in _INNER)
            return next(filter(None, [*named, *inner]), 0)
    return 0


def _read_status(value: Any) -> int:
    """Return a status that stands alone or before its words: `429 Too Many Requests`."""
    said = _STATUS.match(str(value)[:MAX_WORDS])
    return int(said[0]) if said and int(said[0]) in STATUSES else 0


def _find_status_in_words(words: str, depth: int) -> int:
    words = words[:MAX_WORDS].strip()
    if depth and words.startswith(("{", "[")):
        try:
            return find_status(orjson.loads(words), depth - 1)
        except orjson.JSONDecodeError:
            pass
    said = _STATUS_IN_WORDS.search(words.lower())
    return int(said[1] or said[2]) if said else 0


def _interpret(status: int, words: str) -> ModelError:  # noqa: C901, PLR0911 - a case a meaning
    if status == 402 or (said.UNPAID.search(words) and not said.PASSES.search(words)):  # noqa: PLR2004
        return ModelRefused()
    if said.FILTERED.search(words) and (
        status in {FORBIDDEN, TOO_LARGE} or not _is_of_the_server(status)
    ):
        return BadRequest("The model's own filter refused the question.", code=FILTERED)
    if status in REFUSED and not (status == FORBIDDEN and said.TOO_MANY.search(words)):
        return ModelRefused()
    if status in BUSY:
        return ModelBusy()
    if said.TOO_MANY.search(words):
        return ModelBusy()
    if said.TOO_LONG.search(words):
        return ContextTooLong()
    if status >= OWN_FAULT or status in GONE:
        return ModelUnavailable()
    if said.KEY.search(words) or said.NO_MODEL.search(words):
        return ModelRefused()
    if said.OVERLOADED.search(words):
        return ModelBusy()
    if said.AWAY.search(words):
        return ModelUnavailable()
    return ContextTooLong() if status == TOO_LARGE else BadRequest()


def _is_of_the_server(status: int) -> bool:
    return status >= OWN_FAULT or status in REFUSED | BUSY | GONE
