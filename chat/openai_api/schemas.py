"""The bodies of OpenAI's protocol, as far as they concern us.

What is passed on to the model is checked by the model's own server; here stand the names, so
that a typing mistake is told, and the bounds of what we ourselves read.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, WithJsonSchema, field_validator

from aiapp.schemas import Strict

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]


class MessageIn(Strict):
    role: Role
    content: str | list[dict[str, Any]] | None = None
    name: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str | None = None
    refusal: str | None = None
    # What an answer of ours carried, and a client sends back with the history.
    annotations: list[dict[str, Any]] | None = None
    reasoning_content: str | None = None

    @field_validator("content")
    @classmethod
    def pictures_are_inside(cls, content: Any) -> Any:
        """A server that fetches an address would do so from inside of our network."""
        for part in content if isinstance(content, list) else ():
            shown = part.get("image_url") if part.get("type") == "image_url" else None
            url = shown.get("url") if isinstance(shown, dict) else shown
            if shown is not None and not str(url).startswith("data:image/"):
                raise ValueError("pictures come as data URLs; addresses are not fetched")
        return content

    def raw(self) -> dict[str, Any]:
        """The message as the model's server takes it."""
        ours = {"annotations", "reasoning_content", "refusal"}
        raw = self.model_dump(exclude_unset=True, exclude=ours)
        return {"content": None} | raw if self.tool_calls else {"content": ""} | raw

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            parts = [part.get("text") for part in self.content if part.get("type") == "text"]
            return "\n".join(part for part in parts if isinstance(part, str))
        return self.content or ""


class StreamOptions(Strict):
    include_usage: bool = False
    include_obfuscation: bool | None = None


class Passed(Strict):
    """Parameters that go to the model's server as they came."""

    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    max_tokens: int | None = Field(None, ge=1, le=1_000_000)
    max_completion_tokens: int | None = Field(None, ge=1, le=1_000_000)
    stop: str | list[str] | None = None
    seed: int | None = None
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    logit_bias: dict[str, float] | None = None
    response_format: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = Field(None, max_length=128)
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None


class CompletionIn(Passed):
    messages: list[MessageIn] = Field(min_length=1, max_length=1000)
    model: str = Field(max_length=400)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    # Over documents: the collections to search, by id. Ours, beside OpenAI's fields.
    collections: list[UUID] | None = Field(None, max_length=100)
    # Whether a kept answer will do. Left out, it will where the request says that answers are to
    # be the same each time; a program that wants several answers gets them.
    cache: bool | None = None
    # Known, and without a meaning here.
    user: str | None = None
    metadata: dict[str, str] | None = None
    store: bool | None = None
    service_tier: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None

    @field_validator("messages")
    @classmethod
    def somebody_asks(cls, messages: list[MessageIn]) -> list[MessageIn]:
        if not any(message.role == "user" for message in messages):
            raise ValueError("there is no message from the user")
        return messages

    @property
    def options(self) -> dict[str, Any]:
        return self.model_dump(include=set(Passed.model_fields), exclude_none=True)

    @property
    def fresh(self) -> bool:
        if self.cache is None:
            return self.temperature != 0 and self.seed is None
        return not self.cache

    @property
    def question(self) -> str:
        """What the user said last, which is what documents are searched for."""
        return next(m.text for m in reversed(self.messages) if m.role == "user")


MAX_INPUTS = 2048


_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_TOKENS: dict[str, Any] = {
    "type": "array",
    "items": {"type": "integer", "minimum": 0},
    "minItems": 1,
}
_MANY: dict[str, Any] = {"type": "array", "minItems": 1, "maxItems": MAX_INPUTS}
_INPUT = {"anyOf": [_TEXT, _MANY | {"items": _TEXT}, _TOKENS, _MANY | {"items": _TOKENS}]}


class EmbeddingsIn(Strict):
    # A text, texts, the tokens of a text, or those of texts. Looked at by hand, since a union
    # would try each of them on every single token, and tell what it found.
    input: Annotated[Any, WithJsonSchema(_INPUT)]
    model: str = Field(max_length=200)
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = Field(None, ge=1, le=100_000)
    user: str | None = None

    @field_validator("input")
    @classmethod
    def has_inputs(cls, given: Any) -> list[str] | list[list[int]]:
        """Check the input and return it as a list of texts, or of lists of tokens."""
        inputs = [given] if isinstance(given, str) or _is_tokens(given) else given
        if not isinstance(inputs, list) or not inputs:
            raise ValueError("send a text, a list of texts, or lists of tokens")
        if len(inputs) > MAX_INPUTS:
            raise ValueError(f"at most {MAX_INPUTS} inputs may be sent at once")
        if not all(inputs):
            raise ValueError("no input may be empty")
        if all(isinstance(each, str) for each in inputs):
            # What is half a character cannot be sent on.
            return [each.encode("utf-8", "replace").decode() for each in inputs]
        if all(_is_tokens(each) for each in inputs):
            return inputs
        raise ValueError("send texts or lists of tokens, and not both")


def _is_tokens(given: Any) -> bool:
    """Return whether it is a list of whole numbers that can be tokens' ids."""
    return (
        isinstance(given, list)
        and bool(given)
        and all(type(number) is int and 0 <= number < 2**31 for number in given)
    )
