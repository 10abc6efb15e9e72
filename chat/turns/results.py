"""A turn's outcome as data: what `done` carries, what the API answers, what is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self
from uuid import UUID

from aiapp.llm.errors import ModelError
from chat.conversations.withholding import withhold_citations
from chat.guardrails.flagging import Flag
from chat.models import Call, Citation, Turn
from documents.search import Passage


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """A citation of an answer. `start` and `end` count characters of the version's text."""

    n: int
    document: UUID | None
    version: UUID | None
    title: str
    page: int | None
    start: int
    end: int
    quote: str
    similarity: float | None
    supported: bool | None
    # The same in three grades, `supported`, `weak` or `unsupported`; "" where `supported` is None.
    support: str = ""
    # Of a page of the web, which is no document: where it was read.
    address: str = ""
    # Of rows that a query drew from several documents: the others whose words the quote holds.
    other_documents: Sequence[UUID | str] = ()
    # Of the rows that the quote begins with, the names of their columns, which stand before it.
    columns: str = ""


@dataclass(slots=True)
class Utterance:
    """The words of a model that is asked once, as far as they have come."""

    # What the answer held before, and whose words those were or were asked for.
    earlier: str = ""
    model: str = ""
    content: str = ""
    # The model that answers in its place, if one does.
    stand_in: str = ""
    # None until the model has ended by itself, which also says what it thought.
    finish_reason: str | None = None
    thoughts: list[dict[str, Any]] = field(default_factory=list)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    tool_calls: list[dict[str, str]] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    # What broke them off.
    fault: ModelError | None = None

    @property
    def speaker(self) -> str:
        """The model whose words they are."""
        return self.stand_in or self.model

    @property
    def usage(self) -> dict[str, int]:
        return _describe_usage(self.prompt_tokens, self.completion_tokens)


@dataclass(slots=True)
class Result:
    """The outcome of an attempt. `error` is empty, or as `AppError.as_event` has it."""

    state: Turn.State = Turn.State.DONE
    content: str = ""
    # The model that was asked for, and the one that answered in its place, if one did.
    model: str = ""
    stand_in: str = ""
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    # What wording the question for the search took, prompt and completion; a part of the above.
    search_tokens: tuple[int, int] = (0, 0)
    citations: list[dict[str, Any]] = field(default_factory=list)
    # Whether the passages support any of it; None without passages.
    grounded: bool | None = None
    # Whether it is an answer that was kept, which costs nothing.
    cached: bool = False
    # Tools that the model asked its caller to use: `{id, name, arguments}`.
    tool_calls: list[dict[str, str]] = field(default_factory=list)
    # What it thought before its last calls, in its vendor's form.
    thoughts: list[dict[str, Any]] = field(default_factory=list)
    # The same as it was shown, in parts, and how long it took; None if nothing was told of it.
    thoughts_told: list[str] = field(default_factory=list)
    thought_seconds: float | None = None
    # Tools of ours that it called, as they are saved.
    calls: list[Call] = field(default_factory=list)
    # What the guards found, the question's first.
    flags: list[Flag] = field(default_factory=list)
    # What the model was given, as `chat.turns.prompt_snapshot` has it; empty if it was given
    # nothing.
    prompt: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, Any] = field(default_factory=dict)
    # Whether a question waits for its end, as far as its writer saw.
    is_awaited: bool = True

    @classmethod
    def of_done(cls, done: Mapping[str, Any], error: Mapping[str, Any]) -> Self:
        """Return the outcome that a turn's `done` event tells, after its `error` if it had one."""
        usage = done.get("usage") or {}
        return cls(
            state=Turn.State(done["state"]),
            content=done.get("content", ""),
            model=done.get("model", ""),
            finish_reason=done.get("finish_reason") or "",
            prompt_tokens=usage.get("prompt_tokens", 0),
            completion_tokens=usage.get("completion_tokens", 0),
            citations=done.get("citations") or [],
            grounded=done.get("grounded"),
            cached=bool(done.get("cached")),
            error=dict(error),
        )

    @property
    def speaker(self) -> str:
        """The model whose words they are."""
        return self.stand_in or self.model

    @property
    def usage(self) -> dict[str, int]:
        return _describe_usage(self.prompt_tokens, self.completion_tokens)

    def expect_words(self) -> Utterance:
        """Return what the model is to say next, which is to be added once it has, or broke off."""
        return Utterance(earlier=self.content, model=self.speaker)

    def add(self, said: Utterance) -> None:
        """Add what a model said, and what it took to say it."""
        self.content += said.content
        self.stand_in = said.stand_in or self.stand_in
        self.prompt_tokens += said.prompt_tokens
        self.completion_tokens += said.completion_tokens
        self.tool_calls += said.tool_calls
        self.flags += said.flags
        if said.finish_reason is not None:
            self.finish_reason, self.thoughts = said.finish_reason, said.thoughts

    def as_done(self) -> dict[str, Any]:
        return {
            "state": self.state.value,
            "content": self.content,
            "model": self.speaker,
            "usage": self.usage,
            "finish_reason": self.finish_reason,
            "citations": self.citations,
            "grounded": self.grounded,
            "cached": self.cached,
            "thought_seconds": self.thought_seconds,
        }


def _describe_usage(prompt_tokens: int, completion_tokens: int) -> dict[str, int]:
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def describe_start(turn: Turn) -> dict[str, Any]:
    return {"turn": str(turn.id), "message": str(turn.message_id), "model": turn.model}


def describe_passages(passages: Sequence[Passage]) -> list[dict[str, Any]]:
    """Return passages as readers get them, by the numbers that they can be cited by."""
    return [
        {
            "n": n,
            "document": None if passage.address else passage.document_id,
            "title": passage.title,
            "page": passage.page,
            "address": passage.address,
            "similarity": passage.similarity,
        }
        for n, passage in enumerate(passages, 1)
    ]


def as_event(citation: CitedPassage) -> dict[str, Any]:
    return asdict(citation)


def describe_citation(citation: Citation) -> dict[str, Any]:
    """Return a saved citation in the form in which it was sent."""
    version = citation.version
    return as_event(
        CitedPassage(
            n=citation.n,
            document=version.document_id if version else None,
            version=citation.version_id,
            title=citation.document_title,
            page=citation.page,
            start=citation.start,
            end=citation.end,
            quote=citation.quote,
            similarity=citation.similarity,
            supported=citation.supported,
            support=citation.support or _grade_support(citation.supported),
            address=citation.address,
            other_documents=citation.other_documents or (),
            columns=citation.columns,
        )
    )


def _grade_support(supported: bool | None) -> str:
    """The grade of a citation that was saved when there were two."""
    if supported is None:
        return ""
    return Citation.Support.SUPPORTED if supported else Citation.Support.UNSUPPORTED


def load_result(turn: Turn) -> Result:
    """The outcome of a turn that has ended, from PostgreSQL."""
    citations = list(turn.message.citations.select_related("version"))
    withhold_citations(turn.owner, citations)
    failed = turn.state == Turn.State.FAILED
    return Result(
        state=Turn.State(turn.state),
        content=turn.message.content,
        model=turn.model,
        stand_in=turn.stand_in,
        finish_reason=turn.finish_reason,
        prompt_tokens=turn.prompt_tokens,
        completion_tokens=turn.completion_tokens,
        citations=[describe_citation(citation) for citation in citations],
        grounded=turn.grounded,
        cached=turn.cached,
        thought_seconds=turn.thought_seconds,
        tool_calls=turn.message.tool_calls or [],
        calls=list(turn.message.calls.all()),
        error={
            "code": turn.error_code,
            "message": turn.error_message,
            "retryable": turn.error_retryable,
        }
        if failed
        else {},
    )
