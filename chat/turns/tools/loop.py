"""Between model and tools: calls, results, and the model again, until it has its answer.

It ends in every case: after TOOL_STEPS steps, or with the tokens, the money or the time of a turn,
the model is asked once more without tools, for an answer with what is known. Calls that need their
user's word end the turn; see `confirming`.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from itertools import groupby

import orjson
from django.conf import settings

from aiapp.db import in_db
from aiapp.llm.base import Prompt, RawMessage
from aiapp.llm.tokens import estimate
from chat.log.events import Event, Kind
from chat.log.statuses import CALLING, status
from chat.models import Call
from chat.prompts import tools as wording
from chat.tools import calling, confirming, registry
from chat.tools.base import Caller, Tool
from chat.tools.calling import CallResult
from chat.turns.question import TurnQuestion
from chat.turns.results import Result, Utterance, describe_passages
from chat.turns.tools import limits, taint
from documents.search import Passage

MAX_CALLS = 8
MAX_ARGUMENTS_CHARS = 100_000
AGAIN = "This was called before with the same arguments; its result stands above."
TOO_MANY = "Too many calls at once; at most 8 are made. Call it again if it is still needed."
ASKS = "confirm"
STOPPED = "I stopped here: the answer needed more calls of tools than are allowed."

Say = Callable[[Prompt, Utterance], AsyncGenerator[Event, None]]


def offer(prompt: Prompt, tools: Mapping[str, Tool], nonce: str) -> Prompt:
    """The prompt of a turn that may use tools; without any, as it is."""
    if not tools:
        return prompt
    return replace(
        prompt,
        messages=wording.add_rules([dict(each) for each in prompt.messages], nonce),
        options={**prompt.options, "tools": registry.build_schemas(tools.values())},
    )


@dataclass(slots=True)
class Work:
    """A turn's way with its tools. `passages` grows with what they find."""

    question: TurnQuestion
    prompt: Prompt
    tools: Mapping[str, Tool]
    passages: list[Passage]
    nonce: str
    result: Result
    # Whether the answer is to rest on the passages that it began with.
    must_rest: bool = True
    # What has been added to the prompt's messages.
    new_messages: list[RawMessage] = field(default_factory=list)
    step: int = 0
    past_calls: set[tuple[str, str]] = field(default_factory=set)
    # Whether the model has read what somebody else may have written.
    tainted: bool = False

    @property
    def caller(self) -> Caller:
        question = self.question
        return Caller(question.owner, question.collections, question.documents, question.filters)

    def note(self, call: Call, result: CallResult) -> None:
        """Put a call's result before the model and into the outcome."""
        first = len(self.passages) + 1
        known = {passage.chunk_id: n for n, passage in enumerate(self.passages, 1)}
        repeated = [known[each.chunk_id] for each in result.passages if each.chunk_id in known]
        new = [passage for passage in result.passages if passage.chunk_id not in known]
        self.passages += new
        call.state = Call.State.FAILED if result.failed else Call.State.DONE
        numbers = [*repeated, *range(first, first + len(new))]
        call.result = "\n".join(
            each for each in (result.saved_text, wording.write_marks(numbers)) if each
        )
        call.seconds = result.seconds
        self.result.flags += result.flags
        text = "\n\n".join(each for each in (result.text, wording.name_repeated(repeated)) if each)
        content = wording.fence_result(text, new, first, self.nonce)
        self.new_messages.append(wording.build_result_message(call.call_id, content))
        self.tainted = True

    def needs_word(self, call: Call) -> bool:
        tool = self.tools.get(call.name)
        if tool is None or isinstance(calling.parse_arguments(tool, call.arguments), str):
            return False
        return taint.needs_consent(tool, self.question, self.tools.values(), tainted=self.tainted)


async def run(work: Work, say: Say) -> AsyncGenerator[Event, None]:
    """The answer's events. `say` asks the model once and notes what it says."""
    question = work.question
    work.tainted = taint.has_read_others(question, work.passages, work.result)
    async for event in _resume(work):
        yield event
    loop = asyncio.get_running_loop()
    until = loop.time() + settings.TOOL_SECONDS
    enough = False
    while True:
        async with aclosing(_ask_model(work, say, enough=enough)) as events:
            async for event in events:
                yield event
        calls = _take_calls(work)
        if not calls:
            return
        if enough:
            yield _speak(work, STOPPED)
            work.result.finish_reason = "tool_limit"
            return
        await in_db(limits.check_owner, question)
        async with aclosing(_make_calls(work, calls)) as events:
            async for event in events:
                yield event
        if any(call.state == Call.State.WAITING for call in calls):
            work.result.finish_reason = ASKS
            return
        enough = (
            work.step >= settings.TOOL_STEPS
            or loop.time() >= until
            or bool(await in_db(limits.find_exceeded, question, work.result))
        )


async def _ask_model(work: Work, say: Say, *, enough: bool) -> AsyncGenerator[Event, None]:
    """Ask the model once more, and add what it says and what that takes to the outcome."""
    said = work.result.expect_words()
    try:
        async with aclosing(say(_build_prompt(work, enough=enough), said)) as events:
            async for event in events:
                if event.kind is not Kind.TOOL_CALL:
                    yield event
    finally:
        said.completion_tokens = said.completion_tokens or estimate(said.content)
        work.result.add(said)


def _build_prompt(work: Work, *, enough: bool) -> Prompt:
    prompt = replace(work.prompt, messages=[*work.prompt.messages, *work.new_messages])
    if not enough:
        return prompt
    last: RawMessage = {"role": "user", "content": wording.ENOUGH}
    options = {**prompt.options, "tool_choice": "none"}
    return replace(prompt, messages=[*prompt.messages, last], options=options)


def _take_calls(work: Work) -> list[Call]:
    """The calls that the model has just asked for, each with an id of its own."""
    raw, work.result.tool_calls = work.result.tool_calls, []
    if not raw:
        return []
    work.step += 1
    used = {call.call_id for call in work.result.calls}
    calls = []
    for n, call in enumerate(raw):
        call_id = call["id"][:100].replace("\x00", "")
        if not call_id or call_id in used:
            call_id = f"call{work.step}x{n}"
        used.add(call_id)
        arguments = call["arguments"].replace("\x00", "")[:MAX_ARGUMENTS_CHARS]
        name = call["name"].replace("\x00", "")[:100]
        calls.append(Call(step=work.step, call_id=call_id, name=name, arguments=arguments or "{}"))
    work.result.calls += calls
    return calls


async def _make_calls(work: Work, calls: Sequence[Call]) -> AsyncGenerator[Event, None]:
    """Make the calls that may be made, those of a step at once; ask about the others."""
    work.new_messages.append(wording.build_call_message("", calls, work.result.thoughts))
    waiting = [call for call in calls[:MAX_CALLS] if work.needs_word(call)]
    for call in calls:
        yield Event(Kind.TOOL_CALL, call.describe())
    names = list(dict.fromkeys(call.name for call in calls if call not in waiting))
    if names:
        yield status(CALLING, tools=", ".join(names))
    async with asyncio.TaskGroup() as group:
        tasks = {
            group.create_task(_answer_call(work, call, late=n >= MAX_CALLS), name=call.name): call
            for n, call in enumerate(calls)
            if call not in waiting
        }
        pending = set(tasks)
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                for event in _note_result(work, tasks[task], task.result()):
                    yield event
    for call in waiting:
        call.state = Call.State.WAITING
        yield Event(Kind.CONFIRM, confirming.as_event(work.question.owner, call))


async def _answer_call(work: Work, call: Call, *, late: bool) -> CallResult:
    tool = work.tools.get(call.name)
    if tool is None:
        names = ", ".join(work.tools)
        return calling.build_failure(f"There is no tool {call.name!r}. There are: {names}.")
    key = (call.name, _canonicalize(call.arguments))
    if late or key in work.past_calls:
        return calling.build_failure(TOO_MANY if late else AGAIN)
    work.past_calls.add(key)
    return await calling.call(tool, work.caller, call.arguments)


def _note_result(work: Work, call: Call, result: CallResult) -> Iterable[Event]:
    first = len(work.passages)
    work.note(call, result)
    if new := describe_passages(work.passages)[first:]:
        yield Event(Kind.PASSAGES, new)
    yield Event(Kind.TOOL_RESULT, call.describe_result())


async def _resume(work: Work) -> AsyncGenerator[Event, None]:
    """Go on from the calls of an answer that waited for its user's word."""
    before = work.question.calls
    if before and work.question.earlier_text:
        yield _speak(work, work.question.earlier_text)
    for step, group in groupby(before, key=lambda call: call.step):
        work.step = step
        earlier = list(group)
        calls = [_copy_call(call) for call in earlier]
        work.result.calls += calls
        work.new_messages.append(wording.build_call_message("", calls))
        for old, call in zip(earlier, calls, strict=True):
            yield Event(Kind.TOOL_CALL, call.describe())
            for event in _note_result(work, call, await _follow_decision(work, old)):
                yield event
            if old.state == Call.State.DENIED:
                call.state = Call.State.DENIED


async def _follow_decision(work: Work, call: Call) -> CallResult:
    tool = work.tools.get(call.name)
    work.past_calls.add((call.name, _canonicalize(call.arguments)))
    match call.state:
        case Call.State.DENIED:
            return calling.build_failure(confirming.DENIED)
        case Call.State.CONFIRMED | Call.State.STARTED:
            return await confirming.carry_out(call, tool, work.caller)
        case Call.State.DONE if tool is not None and (tool.finds_passages or tool.is_repeated):
            # Passages are not kept; who may read them now is asked anew.
            return await calling.call(tool, work.caller, call.arguments)
    is_failed = call.state == Call.State.FAILED
    return CallResult(call.result, call.result, failed=is_failed, seconds=call.seconds)


def _copy_call(call: Call) -> Call:
    return Call(step=call.step, call_id=call.call_id, name=call.name, arguments=call.arguments)


def _speak(work: Work, text: str) -> Event:
    if work.result.content:
        text = f"\n\n{text}"
    work.result.content += text
    return Event(Kind.DELTA, {"text": text})


def _canonicalize(arguments: str) -> str:
    try:
        return orjson.dumps(orjson.loads(arguments), option=orjson.OPT_SORT_KEYS).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        # The second is for what is nested more deeply than can be written again.
        return arguments
