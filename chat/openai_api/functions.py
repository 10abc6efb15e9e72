"""Functions as OpenAI's protocol had them before tools, which older programs still send.

No other server knows them, so they go on as tools; in answers the call is where those programs
look for it. There is one call in an answer then.
"""

from collections.abc import Iterable
from typing import Any

OFFERED, CHOICE = "functions", "function_call"


def translate_offer(options: dict[str, Any]) -> dict[str, Any]:
    """Return options with tools in place of functions. Where there are tools, these count."""
    kept = {name: each for name, each in options.items() if name not in {OFFERED, CHOICE}}
    if kept.get("tools") or not options.get(OFFERED):
        return kept
    kept["tools"] = [{"type": "function", "function": each} for each in options[OFFERED]]
    choice = options.get(CHOICE)
    if isinstance(choice, dict):
        choice = {"type": "function", "function": choice}
    return kept | ({"tool_choice": choice} if choice else {})


def translate_history(messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return messages with calls of functions, and what these returned, as those of tools.

    The older form has no names for calls: what is returned belongs to the call before it.
    """
    translated: list[dict[str, Any]] = []
    name = ""
    for number, message in enumerate(messages):
        call = message.get(CHOICE)
        if isinstance(call, dict):
            name = f"call_{number}"
            rest = {field: each for field, each in message.items() if field != CHOICE}
            calls = [{"id": name, "type": "function", "function": call}]
            translated.append({"tool_calls": calls} | rest)
        elif message["role"] == "function" and name:
            translated.append(
                {"role": "tool", "tool_call_id": name, "content": message["content"] or ""}
            )
            name = ""
        else:
            translated.append(message)
    return translated
