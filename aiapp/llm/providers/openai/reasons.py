"""Finish reasons, in the words of servers, by OpenAI's names."""

import re
from typing import Any

from aiapp.llm.streams.pieces import PartialAnswer

# Reasons by what stands in them, as letters alone and in this order; any other one is a `stop`.
_MEANINGS = {
    "content_filter": re.compile(
        r"filter|safety|unsafe|recitation|prohibited|block|violation|policy|^spii|sensitive"
        r"|refus|guardrail|^language|^image|moderat|toxic|copyright|inappropriate|harm|jailbreak"
        r"|riskcontrol|censor"
    ),
    # An error; without a word of what it was the answer has broken off.
    "fault": re.compile(
        r"error|abort|malformed|timeout|timelimit|cancel|fail|overload|unavailable|interrupt"
        r"|disconnect|connection|exception|crash|kill|preempt|ratelimit|insufficientsystem"
        r"|outofmemory"
    ),
    "length": re.compile(
        r"length|limit|max(?:imum)?(?:output|new|completion|context|seq)?(?:tok|out|seq|len|comp)"
        r"|^(?:model)?context|tokenbudget|outoftokens|incomplete|truncat|cutoff"
    ),
    "tool_calls": re.compile(r"^tool|functioncall"),
}
# Reasons that say that there is none yet: Alibaba, watsonx, Gemini.
_NO_REASONS = {"null", "none", "notfinished", "unspecified", "inprogress"}
_REASON_PREFIX = re.compile(r"(?:.*: |finish_?reason[._])")
_NO_LETTER = re.compile(r"[^a-z]")
# A word of a native reason that says more than a reason which has been translated to `stop`.
_SAID_NATIVELY = {"content_filter", "fault"}
MAX_REASON = 200


def note_reason(reason: Any, answer: PartialAnswer) -> None:
    """Note a finish reason by OpenAI's names."""
    word = _find_word(reason)
    meaning = _find_meaning(word)
    if meaning == "fault":
        # SGLang's says what it was.
        told = reason if isinstance(reason, dict) else f"finish_reason {word}"
        answer.complaint, answer.is_broken = answer.complaint or told, True
    elif meaning and answer.end.finish_reason not in {"length", "content_filter"}:
        answer.end.finish_reason = meaning


def note_native_reason(reason: Any, answer: PartialAnswer) -> None:
    """Note what a gateway quotes of its own server, where that did not end in order."""
    if isinstance(reason, str) and _find_meaning(_find_word(reason)) in _SAID_NATIVELY:
        note_reason(reason, answer)


def _find_word(reason: Any) -> str:
    if isinstance(reason, list):
        reason = reason[0] if reason else None
    if isinstance(reason, dict):
        reason = reason.get("type") or reason.get("reason")
    word = reason[:MAX_REASON].lower() if isinstance(reason, str) else "stop"
    prefix = _REASON_PREFIX.match(word)
    return word[prefix.end() :] if prefix else word


def _find_meaning(word: str) -> str:
    """Return OpenAI's name of a reason, `fault`, or "" where there is no reason yet."""
    letters = _NO_LETTER.sub("", word)
    if letters in _NO_REASONS:
        return ""
    found = (name for name, pattern in _MEANINGS.items() if pattern.search(letters))
    return next(found, "stop")
