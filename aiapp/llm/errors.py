"""All that can go wrong between us and a model, as one tree.

ModelError
├── ModelUnavailable      no connection, 5xx, time-out: retryable
├── ModelBusy             429, with the upstream's Retry-After if it gave one: retryable
├── ModelRefused          401, 403, 404: the configuration is wrong, an operator must act
├── ContextTooLong        the prompt does not fit the model
├── NoRoomToAnswer        the answer's bound was reached before its first word
├── BadRequest            any other 4xx
└── BrokenAnswer          cut off, malformed, empty or filtered

Messages are for the person who asked. They never hold a key, an address or the upstream's text,
which may quote either.
"""

from aiapp.errors import AppError

# The code of what a model's own filter refused or cut off.
FILTERED = "content_filtered"


class ModelError(AppError):
    code = "model_error"
    status = 502
    message = "The model could not answer."
    # What the server said, for the administrator alone.
    upstream_text: str = ""
    # The status that it said it with; 0 where it said it in a stream.
    upstream_status: int = 0


class ModelUnavailable(ModelError):
    code = "model_unavailable"
    message = "The model is not responding at the moment. Try again."
    retryable = True


class ModelBusy(ModelError):
    code = "model_busy"
    message = "The model is busy. Try again in a moment."
    retryable = True


class ModelRefused(ModelError):
    code = "model_refused"
    message = "The model server refused access. The administrator must check its key and name."


class ContextTooLong(ModelError):
    code = "context_too_long"
    message = "This conversation is too long for the model. Start a new chat or shorten the text."


class NoRoomToAnswer(ModelError):
    code = "no_room_to_answer"
    message = (
        "The model had written as much as it may before its answer began. Allow it longer answers,"
        " or have it think less."
    )


class BadRequest(ModelError):
    code = "model_bad_request"
    message = "The model did not accept the request."


class BrokenAnswer(ModelError):
    code = "broken_answer"
    message = "The answer was cut off. Try again."
    retryable = True
