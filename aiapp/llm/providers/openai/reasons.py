"""Finish reasons, in the words of servers, by OpenAI's names."""

import re
from typing import Any

from aiapp.llm.streams.pieces import PartialAnswer

# Reasons by their beginnings, in small letters; any other one is a `stop`.
_REASONS = {
    "length": "length",
    "max_token": "length",
    "max_output": "length",
    "max_length": "length",
    "model_length": "length",
    "model_context": "length",
    "context_": "length",
    "max_completion": "length",
    "incomplete": "length",
    "truncat": "length",
    "token_limit": "length",
    "tool": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "content-filter": "content_filter",
    "safety": "content_filter",
    "recitation": "content_filter",
    "prohibited": "content_filter",
    "block": "content_filter",
    "violation": "content_filter",
    "spii": "content_filter",
    "sensitive": "content_filter",
    "refusal": "content_filter",
    "guardrail": "content_filter",
    "language": "content_filter",
    "image_": "content_filter",
}
# Reasons that are errors; without a word of what it was the answer has broken off.
_FAULTS = (
    *("error", "network_error", "insufficient_system_resource", "abort", "malformed", "timeout"),
    *("time_limit", "cancel", "fail"),
)
# ... by what stands in them: `server_error`, `engine_overloaded`.
_FAULTS_WITHIN = ("error", "overload", "malformed", "unavailable", "cancel")
# Reasons that say that there is none yet: Alibaba, watsonx, Gemini.
_NO_REASONS = {"null", "none", "not_finished", "unspecified"}
_REASON_PREFIX = re.compile(r"(?:.*: |finish_?reason[._])")


def note_reason(reason: Any, answer: PartialAnswer) -> None:
    """Note a finish reason by OpenAI's names."""
    if isinstance(reason, dict):
        reason = reason.get("type") or reason.get("reason")
    word = reason.lower() if isinstance(reason, str) else "stop"
    if prefix := _REASON_PREFIX.match(word):
        word = word[prefix.end() :]
    if word in _NO_REASONS:
        return
    if word.startswith(_FAULTS) or any(part in word for part in _FAULTS_WITHIN):
        answer.complaint, answer.is_broken = answer.complaint or f"finish_reason {word}", True
        return
    found = next(
        (ours for beginning, ours in _REASONS.items() if word.startswith(beginning)), "stop"
    )
    if answer.end.finish_reason not in {"length", "content_filter"}:
        answer.end.finish_reason = found
