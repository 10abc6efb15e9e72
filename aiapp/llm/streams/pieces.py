"""The answer as heard so far, and the pieces that it is passed on in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiapp.llm.base import AllWasThought, End, Piece, Reasoning, Text, ToolCall
from aiapp.llm.errors import FILTERED, BadRequest, BrokenAnswer, NoRoomToAnswer
from aiapp.llm.refusals.meaning import interpret_error
from aiapp.llm.streams.arguments import clean, is_json, read_several, settle_arguments
from aiapp.llm.streams.characters import Joiner
from aiapp.llm.streams.thinking import Splitter
from aiapp.llm.streams.written_calls import CallReader

# The end of a response that was in order, without any word on whether the answer is complete.
UNKNOWN = "unknown"
# More than any model reads or writes; a figure beyond it is none.
MAX_TOKENS = 100_000_000


@dataclass(slots=True)
class PartialAnswer:
    """The answer as heard so far. `texts` and `thoughts` are those not passed on yet."""

    end: End = field(default_factory=End)
    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    answered: bool = False
    # By the number that the stream gives each call; arguments arrive in parts.
    calls: dict[int, dict[str, str]] = field(default_factory=dict)
    # Which of them an index of the stream means at the moment.
    numbers: dict[int, int] = field(default_factory=dict)
    # The one answer of several that is read, by its index; None while it is the first.
    choice: Any = None
    # A message as far as it has got, of servers that send it instead of what is new.
    message: str = ""
    # An error that was not called one, or its words.
    complaint: Any = None
    # Whether the server has said that the answer broke off.
    is_broken: bool = False
    # Events, or parts of them, that were in no known form.
    odd: int = 0
    # Where thoughts may stand in the text; None for vendors that always tell them apart.
    splitter: Splitter | None = None
    # Where calls may stand in the text, of servers that leave them there.
    call_reader: CallReader | None = None
    # Whether the end of a response without a finish reason may be the end of the answer.
    may_end_silently: bool = False
    # Whether the server has said that the answer is complete, by something else than a reason.
    is_done: bool = False
    # Thoughts by the fields that they came in, for a server that wants to see them again.
    fields: dict[str, list[Any]] = field(default_factory=dict)
    _joiner: Joiner = field(default_factory=Joiner)
    _thought_joiner: Joiner = field(default_factory=Joiner)
    # All thoughts, for an answer that consists of nothing else.
    _all_thoughts: list[str] = field(default_factory=list)
    # How many pieces of text and thoughts were passed on, and the text among them.
    words: int = 0
    _all_texts: list[str] = field(default_factory=list)

    def call(self, number: int) -> dict[str, str]:
        """Return a call by its number. `last` is the newest part of its arguments."""
        return self.calls.setdefault(number, {"id": "", "name": "", "arguments": "", "last": ""})

    @property
    def is_complete(self) -> bool:
        return self.is_done or bool(self.end.finish_reason)

    def has_said(self, text: str) -> bool:
        """Tell whether a text is all that was said so far, no more and no less."""
        return "".join([*self._all_texts, *self.texts]) == text

    def take_pieces(self) -> Iterable[Piece]:
        """Yield what is to be passed on now, in as few pieces as it can be."""
        thought = self._take(self.thoughts, self._thought_joiner)
        text = self._take(self.texts, self._joiner)
        if self.splitter is not None:
            yield from self._split(text, thought)
        else:
            yield from self._pass_on(text, thought)

    def flush(self) -> Iterable[Piece]:
        """Yield what was held back: the beginning of a character or of a tag."""
        self.texts.append(self._joiner.finish())
        self.thoughts.append(self._thought_joiner.finish())
        yield from self.take_pieces()
        if self.splitter is not None:
            self.splitter.finish()
            yield from self._split("", "")
        if self.call_reader is not None:
            yield from self._show(self.call_reader.finish())

    def rest(self) -> Iterable[Piece]:
        """Yield the calls and the end. Raises what makes the answer none."""
        if not (self.answered or self._list_calls()):
            yield from self._answer_with_thoughts()
        calls = self._list_calls()
        ids: set[str] = set()
        for n, call in enumerate(calls):
            call_id = clean(call["id"]) or f"call_{n}"
            # Some give all calls of a tool the same, with which no result would find its call.
            call_id = f"{call_id}_{n}" if call_id in ids else call_id
            ids.add(call_id)
            yield from self._settle_call(call_id, call)
        yield self._check_end(bool(calls))

    def _settle_call(self, call_id: str, call: Mapping[str, str]) -> Iterable[ToolCall]:
        name, known = clean(call["name"]), None
        if self.call_reader is not None:
            name = self.call_reader.find_name(name)
            known = self.call_reader.find_parameters(name)
        is_whole = self.is_complete and self.end.finish_reason != "length"
        arguments = settle_arguments(call, known, is_whole=is_whole)
        several = list(read_several(name, arguments))
        for n, (each, given) in enumerate(several):
            tool = self.call_reader.find_name(each) if self.call_reader else each
            yield ToolCall(f"{call_id}_{n}", tool, given)
        if not several:
            yield ToolCall(call_id, name, arguments)

    def _list_calls(self) -> list[dict[str, str]]:
        # An id alone is none: Qwen's servers end a call with a part of that kind.
        calls = [
            call for _, call in sorted(self.calls.items()) if call["name"] or call["arguments"]
        ]
        if calls or self.call_reader is None:
            # A server that tells calls apart leaves none in the text.
            return calls
        return [
            {"id": "", "name": name, "arguments": arguments, "last": arguments}
            for name, arguments in self.call_reader.calls
        ]

    def _answer_with_thoughts(self) -> Iterable[Piece]:
        """Say what was thought, where nothing was said.

        A parser at the server's took all of it for thoughts, or a tag has no end.
        """
        text = "".join(self._all_thoughts)
        if self.call_reader is not None:
            text = self.call_reader.feed(text) + self.call_reader.finish()
        if text.strip() and not self._list_calls():
            self.answered = True
            yield Text(text)

    def _take(self, parts: list[str], joiner: Joiner) -> str:
        text = joiner.feed("".join(parts))
        parts.clear()
        return text.replace("\x00", "") if "\x00" in text else text

    def _split(self, text: str, thought: str) -> Iterable[Piece]:
        splitter = self.splitter
        if splitter is None:
            return
        if thought:
            splitter.note_thoughts()
        if text:
            splitter.feed(text)
        if splitter.all_was_thought:
            splitter.all_was_thought, self.answered = False, False
            if self.call_reader is not None:
                thought = self.call_reader.forget() + thought
            if self._all_texts:
                self._all_thoughts += self._all_texts
                self._all_texts.clear()
                yield AllWasThought()
        thought += "".join(splitter.thoughts) + "".join(self._take_calls(splitter))
        text = "".join(splitter.texts)
        splitter.thoughts.clear()
        splitter.texts.clear()
        yield from self._pass_on(text, thought)

    def _take_calls(self, splitter: Splitter) -> Iterable[str]:
        """Note what was said to tools; yield it where it is none that was offered."""
        for name, arguments in splitter.calls:
            if self.call_reader is None or not self.call_reader.add(name, arguments):
                yield arguments
        splitter.calls.clear()

    def _pass_on(self, text: str, thought: str) -> Iterable[Piece]:
        if thought:
            self._all_thoughts.append(thought)
            self.words += 1
            yield Reasoning(thought)
        if self.call_reader is not None:
            text = self.call_reader.feed(text)
        yield from self._show(text)

    def _show(self, text: str) -> Iterable[Piece]:
        if text:
            self.answered = self.answered or not text.isspace()
            self._all_texts.append(text)
            self.words += 1
            yield Text(text)

    def _check_end(self, has_calls: bool) -> End:
        end = self.end
        is_whole = end.finish_reason or (self.is_done and self.answered)
        if self.complaint and (self.is_broken or not is_whole):
            raise interpret_error(self.complaint)
        if not self.is_complete and not self._may_be_whole():
            raise BrokenAnswer(code="malformed_answer" if self.odd else "")
        if end.finish_reason == "content_filter":
            raise BadRequest("The model's own filter ended the answer.", code=FILTERED)
        # Blanks are an answer, though thoughts would have been a better one.
        if not (self.answered or has_calls or self._all_texts):
            if end.finish_reason == "length":
                # All of it were thoughts, and as many would come another time.
                raise NoRoomToAnswer()
            code = "malformed_answer" if self.odd else "empty_answer"
            raise BrokenAnswer("The model sent an empty answer. Try again.", code=code)
        end.finish_reason = end.finish_reason or ("stop" if self.is_done else UNKNOWN)
        if has_calls and end.finish_reason in {"stop", UNKNOWN}:
            # Gemini, Ollama and others stop where OpenAI says that tools are to be called.
            end.finish_reason = "tool_calls"
        elif not has_calls and end.finish_reason == "tool_calls":
            # vLLM says so where a tool was required and none was called.
            end.finish_reason = "stop"
        return end

    def _may_be_whole(self) -> bool:
        """Judge an answer whose end nobody told: nothing about it may look broken off."""
        if not self.may_end_silently or self.odd:
            return False
        calls = self.calls.values()
        return all(is_json(settle_arguments(call, is_whole=False)) for call in calls)


def figure(value: Any) -> int:
    """Return a count of tokens; 0, for which an estimate stands in, where it cannot be one."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    # Neither NaN nor what no float can hold is between the two.
    return int(value) if 0 < value <= MAX_TOKENS else 0
