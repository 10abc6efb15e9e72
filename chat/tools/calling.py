"""One call of a tool: its arguments read and validated, its time bounded, its failures told.

Whatever goes wrong becomes words for the model, which can then do better or say what is missing.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

import orjson
from pydantic import BaseModel, ValidationError

from aiapp.errors import AppError
from aiapp.http.json_bodies import is_too_deep
from aiapp.llm.tokens import MAX_TOKEN_CHARS, shorten
from aiapp.observability import tracing
from chat.guardrails.flagging import Flag, find_flags, flag
from chat.prompts.plain_text import INVISIBLE
from chat.tools.base import Caller, Outcome, Tool
from documents.search import Passage

logger = logging.getLogger(__name__)

RESULT_TOKENS = 6_000
SHOWN_CHARS = 8_000
# Of a result, what is read at all, before what is not seen is taken out of it.
MAX_READ_CHARS = 4 * SHOWN_CHARS + RESULT_TOKENS * MAX_TOKEN_CHARS


@dataclass(frozen=True, slots=True)
class CallResult:
    """The result of a call: `text` for the model, `saved_text` for people, and its `seconds`."""

    text: str
    saved_text: str
    failed: bool = False
    seconds: float = 0.0
    passages: Sequence[Passage] = field(default_factory=tuple)
    flags: Sequence[Flag] = ()


def build_failure(text: str, seconds: float = 0.0) -> CallResult:
    return CallResult(text, text, failed=True, seconds=seconds)


def parse_arguments(tool: Tool, arguments: str) -> BaseModel | str:
    """The arguments as the tool takes them, or what is wrong with them."""
    try:
        data = orjson.loads(arguments or "{}")
    except orjson.JSONDecodeError as error:
        return f"The arguments are not valid JSON: {error}. Write one JSON object."
    if is_too_deep(data):
        return "The arguments are nested too deeply."
    try:
        return tool.arguments.model_validate(data)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5]]
        return "The arguments do not fit. " + "; ".join(wrong)


async def call(tool: Tool, caller: Caller, arguments: str) -> CallResult:
    """Make a call. Raises nothing but the task's own cancellation."""
    parsed = parse_arguments(tool, arguments)
    if isinstance(parsed, str):
        return build_failure(parsed)
    began = perf_counter()
    with tracing.span("tool", {"gen_ai.tool.name": tool.name}):
        outcome = await _run_tool(tool, caller, parsed)
    seconds = perf_counter() - began
    if isinstance(outcome, str):
        return build_failure(outcome, seconds)
    saved_text = outcome.text if outcome.saved_text is None else outcome.saved_text
    return CallResult(
        shorten(_clean(outcome.text), RESULT_TOKENS),
        _clean(saved_text)[:SHOWN_CHARS],
        failed=outcome.failed,
        seconds=seconds,
        passages=outcome.passages,
        # On a thread, since a page that was fetched can be long.
        flags=await asyncio.to_thread(_find_flags, outcome),
    )


def _find_flags(outcome: Outcome) -> list[Flag]:
    mark = flag(outcome.text, "tool")
    return [*([mark] if mark else []), *find_flags(outcome.passages)]


async def _run_tool(tool: Tool, caller: Caller, arguments: BaseModel) -> Outcome | str:
    try:
        async with asyncio.timeout(tool.seconds):
            return await tool.run(caller, arguments)
    except TimeoutError:
        return f"{tool.name} took longer than {tool.seconds:g} seconds and was ended."
    except AppError as error:
        return error.message
    except Exception:
        logger.exception("tool_broke", extra={"tool": tool.name})
        return f"{tool.name} is out of order."


def _clean(text: str) -> str:
    return INVISIBLE.sub("", text[:MAX_READ_CHARS].replace("\x00", ""))
