"""Refusals of what the site's own models cannot do. Other servers say themselves what they refuse.

A program that wants a call or JSON and gets a sentence asks again and again.
"""

from aiapp.errors import InvalidInput
from aiapp.llm import registry
from chat.openai_api.schemas import CompletionIn, MessageIn

_FREE = ("auto", "none", None)
_ADVICE = "Use a language model that an administrator has connected: GET /v1/models lists them."


def check(model: str, body: CompletionIn) -> None:
    """Raises InvalidInput if a request needs what a model of the site's own cannot do."""
    if model not in registry.OURS:
        return
    info = registry.info(model)
    if body.options.get("tool_choice") not in _FREE and not info.tools:
        field = "function_call" if body.calls_functions else "tool_choice"
        raise _refuse(field, f"{model} calls no tools.")
    if _wants_json(body) and info.verbatim:
        raise _refuse("response_format", f"{model} quotes documents, and writes no JSON.")
    if not info.vision and any(_has_picture(message) for message in body.messages):
        raise _refuse("messages", f"{model} sees no pictures.")


def _wants_json(body: CompletionIn) -> bool:
    return str((body.response_format or {}).get("type", "text")) != "text"


def _has_picture(message: MessageIn) -> bool:
    parts = message.content if isinstance(message.content, list) else []
    return any(part.get("type") == "image_url" for part in parts)


def _refuse(field: str, reason: str) -> InvalidInput:
    fields = [{"field": field, "reason": reason}]
    return InvalidInput(f"{reason} {_ADVICE}", code="unsupported_parameter", fields=fields)
