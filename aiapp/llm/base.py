"""The interface of a chat model to the rest of aiapp: a request goes in, pieces come out."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, Protocol, TypedDict

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a message shows."""

    name: str
    # A data URL; empty where the model is not to see it.
    url: str = ""
    # The words in it; None if nobody has read them.
    text: str | None = None


class ChatMessage(TypedDict):
    role: Role
    content: str
    # As vendors know nothing of; the prompt is made from them.
    pictures: NotRequired[Sequence[Picture]]
    # Whether it was copied from another chat; likewise.
    foreign: NotRequired[bool]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that may be used. `context`, `output` and the budgets are in tokens."""

    name: str
    # The longest prompt.
    context: int = 32_000
    # The longest answer, where that is known.
    output: int | None = None
    # Whether it takes pictures, calls tools, takes sound.
    vision: bool = False
    tools: bool = False
    audio: bool = False
    # Whether a request may say how long it is to think, as `reasoning_effort`.
    thinking: bool = False
    # Whether a request may name a temperature; models that think refuse one.
    temperature: bool = True
    # How many answers it makes at once for a process; 0 is no bound, None the site's setting.
    concurrency: int | None = None
    # How much of the prompt retrieved passages may fill, and how many of them.
    passage_tokens: int = 4_000
    passage_count: int = 20
    answer_tokens: int | None = None
    # A packaged model that shows how the product works and is not to be relied on.
    demo: bool = False
    # It quotes the sources of a prompt word by word: it makes nothing up, and writes nothing.
    verbatim: bool = False
    # What people are shown in place of its name, in English.
    title: str = ""

    @property
    def follows_prompts(self) -> bool:
        """Return whether it does what a prompt asks for, as larger language models do."""
        return not (self.demo or self.verbatim)


# A message in OpenAI's form as a program sent it, with pictures or tool calls perhaps, and with
# the `thoughts` of an `End`.
RawMessage = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that a prompt holds, under the number that it is cited by."""

    number: int
    title: str
    text: str
    # What tells its document from others, and where in its text it begins.
    document: str = ""
    start: int = 0
    page: int | None = None
    # The headings that it stands under.
    heading: str = ""
    # Of the rows that it begins with, the names of their columns, which stand before it.
    columns: str = ""
    # How well it was found, beside the others.
    score: float = 0.0
    # What was guessed or not read of its document, in English, with translations.
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One of the things that a question asks, as it was searched."""

    text: str
    # The numbers of the sources that were found for it, best first.
    found: Sequence[int] = ()
    # False if the search saw nothing that seems to answer it; None if it could not tell.
    is_there: bool | None = None
    # What was asked before, or beside it, which it may leave unsaid.
    context: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    model: str
    messages: Sequence[ChatMessage | RawMessage]
    # None leaves it to the model.
    temperature: float | None = None
    max_tokens: int | None = None
    # Further parameters by OpenAI's names: `tools`, `stop`, `response_format` and the like. They
    # win over the fields above.
    options: Mapping[str, Any] = field(default_factory=dict)
    # Whose it is: when a model's places are taken, people take turns.
    owner: str = ""
    # Which fallbacks that are for some groups alone may answer it.
    allowed: frozenset[str] = frozenset()
    # How long tokens may gather between two reads of a slow stream at the moment, in seconds.
    gather: Callable[[], float] = float
    # The passages that the messages hold, and what they were searched for. With no inquiries they
    # are a text to sum up; without either nothing was searched.
    sources: Sequence[Source] = ()
    inquiries: Sequence[Inquiry] = ()
    # Of what is said besides: that of the page, or of the program's request.
    language: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Some of the answer: as many tokens as had arrived together."""

    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    text: str


@dataclass(frozen=True, slots=True)
class AllWasThought:
    """All text of this answer so far were thoughts, whose beginning the server did not mark."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool. `arguments` is what it wrote: JSON, if it kept to the rules."""

    id: str
    name: str
    arguments: str


@dataclass(slots=True)
class End:
    """The last piece.

    `finish_reason` is `stop`, `length`, `tool_calls`, or `unknown` where the server ended the
    response without saying whether the answer is complete.
    """

    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    # What the vendor wants to see again when its calls are answered: it goes, as it is, under
    # `thoughts` into the assistant's message with the calls.
    thoughts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Waiting:
    """All places of the model are taken; the question waits for one."""


@dataclass(frozen=True, slots=True)
class Fallback:
    """The model is away, and what follows comes from another."""

    model: str


Piece = Text | Reasoning | AllWasThought | ToolCall | End | Waiting | Fallback


class ChatModel(Protocol):
    def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """Yield the answer's pieces, `End` last; raise a `ModelError` on any failure."""
        ...


class Client(ChatModel, Protocol):
    """A vendor's endpoint: `Client` in `chat.py` of its folder, made of a base URL and a key."""

    async def list_models(self) -> Mapping[str, Mapping[str, Any]]:
        """The models that it names, and what it says of each by the fields of `ModelInfo`.

        Raises a ModelError.
        """
        ...

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        ...


class Vendor(Protocol):
    """A vendor's folder: what its `__init__.py` tells without importing the vendor's library."""

    def is_configured(self) -> bool: ...

    def claims(self, model: str) -> bool:
        """Check whether a model of this name is the vendor's, if several are configured."""
        ...

    def access(self) -> tuple[str, str]:
        """The base URL, empty for the vendor's own, and the key."""
        ...
