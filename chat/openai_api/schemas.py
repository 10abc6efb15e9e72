"""The bodies of OpenAI's protocol, as far as they concern us.

Its clients, and the frameworks on top of them, send what the servers that they know take. So
fields that we do not know are no error: those that model servers give a meaning to are passed on,
all others are ignored, and so is `null`. What is passed on is checked by the model's own server;
here are the bounds of what we ourselves read.
"""

from collections.abc import Container
from math import isfinite
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from aiapp.api.schemas import Lenient
from chat.openai_api import functions
from chat.openai_api.parts import convert_part
from chat.openai_api.places import names_a_place, read_choice, read_tool

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]

# Fields of messages that model servers know beside OpenAI's: an answer to be continued (DeepSeek,
# Mistral, Moonshot), where a prompt may be cached (OpenRouter, Anthropic's gateways), and calls of
# functions as they were before tools.
MESSAGE_EXTRAS = frozenset({"prefix", "partial", "cache_control", "function_call"})

# Parameters that model servers know beside OpenAI's, or that OpenAI has and we read nothing from.
# None that says where a request goes, which model answers, what it may open or what that costs.
PARAMETER_EXTRAS = frozenset(
    {
        # OpenAI
        "logprobs", "top_logprobs", "prediction", "modalities",
        # Sampling: vLLM, llama.cpp, Ollama, LM Studio, SGLang, OpenRouter, Mistral, Together
        "top_k", "min_p", "top_a", "typical_p", "tfs_z", "repetition_penalty", "repeat_penalty",
        "repeat_last_n", "length_penalty", "no_repeat_ngram_size", "mirostat", "mirostat_tau",
        "mirostat_eta", "dry_multiplier", "dry_base", "dry_allowed_length",
        "xtc_probability", "xtc_threshold", "dynatemp_range", "dynatemp_exponent", "min_tokens",
        "ignore_eos", "stop_token_ids", "include_stop_str_in_output", "skip_special_tokens",
        "spaces_between_special_tokens", "bad_words", "allowed_token_ids",
        "random_seed", "safe_prompt", "prompt_mode",
        # The answer's form
        "guided_json", "guided_regex", "guided_choice", "guided_grammar", "structured_outputs",
        "grammar", "json_schema", "regex", "ebnf",
        # Thinking, and the template
        "thinking", "enable_thinking", "thinking_budget", "reasoning", "include_reasoning",
        "reasoning_format", "reasoning_budget", "chat_template_kwargs", "add_generation_prompt",
        "continue_final_message", "cache_prompt",
    }
)  # fmt: skip


# OpenAI's bounds, of messages and of an embedding's inputs.
MAX_MESSAGES = MAX_INPUTS = 2048
# Whole numbers that every server's JSON can hold.
MAX_INTEGER = 2**63 - 1
# OpenAI and others refuse them where there is nothing in them.
_NEVER_EMPTY = ("stop", "logit_bias", "tools")
# Choices among tools, which may not be there.
_CHOICES = ("tool_choice", "parallel_tool_calls")


def _drop_unlimited(value: Any) -> Any:
    """Take -1 and -2, with which llama.cpp and LM Studio ask for all that fits, for no bound."""
    return None if value in (-1, -2) else value


def _check_number(value: Any) -> Any:
    """Refuse several answers. Raises ValueError with what to do instead of them."""
    if value not in (None, 1):
        raise ValueError("there is one answer to a request; send it again for another")
    return value


def _clean_storable(value: Any) -> Any:
    """Return the value without NUL, which PostgreSQL cannot store and no model reads.

    The value is no deeper than what a body may hold. Raises ValueError for a number that cannot be
    sent on.
    """
    match value:
        case str():
            return value.replace("\0", "")
        case list():
            return [_clean_storable(each) for each in value]
        case dict():
            return {_clean_storable(name): _clean_storable(each) for name, each in value.items()}
        case float() if not isfinite(value):
            raise ValueError("numbers must be finite")
        case int() if abs(value) > MAX_INTEGER:
            raise ValueError("whole numbers have at most 64 bits")
    return value


def _clean_fields(body: Any, names: Container[str]) -> Any:
    if not isinstance(body, dict):
        return body
    return {name: _clean_storable(each) if name in names else each for name, each in body.items()}


Bound = Annotated[int, Field(ge=1, le=1_000_000)]
MaxTokens = Annotated[Bound | None, BeforeValidator(_drop_unlimited)]


class MessageIn(Lenient):
    role: Role
    content: str | list[dict[str, Any]] | None = None
    name: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str | None = None

    @model_validator(mode="before")
    @classmethod
    def values_can_be_kept(cls, message: Any) -> Any:
        return _clean_fields(message, {*MessageIn.model_fields, *MESSAGE_EXTRAS})

    @field_validator("content", mode="before")
    @classmethod
    def parts_are_objects(cls, content: Any) -> Any:
        """Take a part that is a plain text for what it means."""
        if isinstance(content, dict):
            content = [content]
        if not isinstance(content, list):
            return content
        return [convert_part(part) for part in content]

    @field_validator("content")
    @classmethod
    def pictures_are_inside(cls, content: Any) -> Any:
        """Refuse addresses: a server that fetches one would do so from inside of our network."""
        for part in content if isinstance(content, list) else ():
            if names_a_place(part):
                raise ValueError("pictures come as data URLs; addresses are not fetched")
        return content

    def raw(self) -> dict[str, Any]:
        """Return the message as the model's server takes it."""
        fields = self.model_dump(include=set(MessageIn.model_fields), exclude_none=True)
        extras = _pick_known(self.model_extra, MESSAGE_EXTRAS)
        if not self.tool_calls:
            fields.pop("tool_calls", None)
        empty = None if self.tool_calls or "function_call" in extras else ""
        return {"content": empty} | fields | extras

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            parts = [part.get("text") for part in self.content if part.get("type") == "text"]
            return "\n".join(part for part in parts if isinstance(part, str))
        return self.content or ""


def _pick_known(extras: dict[str, Any] | None, names: frozenset[str]) -> dict[str, Any]:
    return {k: v for k, v in (extras or {}).items() if k in names and v is not None}


class StreamOptions(Lenient):
    include_usage: bool | None = None


class ModelParameters(Lenient):
    """The parameters that go to the model's server as they came."""

    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    max_tokens: MaxTokens = None
    max_completion_tokens: MaxTokens = None
    stop: str | list[str] | None = None
    seed: int | None = None
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    logit_bias: dict[str, float] | None = None
    response_format: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = Field(None, max_length=128)
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    # As it was before tools.
    functions: list[dict[str, Any]] | None = Field(None, max_length=128)
    function_call: str | dict[str, Any] | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None

    @field_validator("tools", mode="before")
    @classmethod
    def tools_are_functions(cls, tools: Any) -> Any:
        """Refuse tools that a gateway would call by itself, with its credentials, at our cost."""
        return [read_tool(tool) for tool in tools] if isinstance(tools, list) else tools

    @field_validator("functions")
    @classmethod
    def functions_have_names(cls, offered: Any) -> Any:
        return [read_tool({"function": each})["function"] for each in offered or ()]

    @field_validator("tool_choice", mode="before")
    @classmethod
    def choice_names_a_function(cls, choice: Any) -> Any:
        return read_choice(choice)

    @model_validator(mode="before")
    @classmethod
    def values_can_be_kept(cls, body: Any) -> Any:
        """Look at what is passed on; of the messages each is looked at by itself."""
        return _clean_fields(body, {*ModelParameters.model_fields, *PARAMETER_EXTRAS})


class CompletionIn(ModelParameters):
    messages: list[MessageIn] = Field(min_length=1, max_length=MAX_MESSAGES)
    model: str = Field(max_length=400)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Annotated[Literal[1] | None, BeforeValidator(_check_number)] = None
    # Over documents: the collections to search, by id. Ours, beside OpenAI's fields.
    collections: list[UUID] | None = Field(None, max_length=100)
    # Whether a kept answer will do. Left out, it will where the request says that answers are to
    # be the same each time; a program that wants several answers gets them.
    cache: bool | None = None

    @property
    def options(self) -> dict[str, Any]:
        named = self.model_dump(include=set(ModelParameters.model_fields), exclude_none=True)
        options = functions.translate_offer(named)
        options |= _pick_known(self.model_extra, PARAMETER_EXTRAS)
        dropped = {name for name in _NEVER_EMPTY if not options.get(name)}
        dropped.update(_CHOICES if "tools" in dropped else ())
        return {name: each for name, each in options.items() if name not in dropped}

    @property
    def calls_functions(self) -> bool:
        """Return whether a call is to be told as that of a function, as before tools."""
        return bool(self.functions) and not self.tools

    @property
    def is_asked(self) -> bool:
        """Return whether the user says anything in it."""
        return any(message.role == "user" for message in self.messages)

    @property
    def fresh(self) -> bool:
        if self.cache is None:
            return self.temperature != 0 and self.seed is None
        return not self.cache

    @property
    def question(self) -> str:
        """The user's last message, which is what documents are searched for.

        Where the user says nothing it is what stands last, such as instructions.
        """
        texts = [m.text for m in self.messages if m.role == "user" or not self.is_asked]
        return texts[-1]


_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_TOKENS: dict[str, Any] = {
    "type": "array",
    "items": {"type": "integer", "minimum": 0},
    "minItems": 1,
}
_MANY: dict[str, Any] = {"type": "array", "minItems": 1, "maxItems": MAX_INPUTS}
_INPUT = {"anyOf": [_TEXT, _MANY | {"items": _TEXT}, _TOKENS, _MANY | {"items": _TOKENS}]}


class EmbeddingsIn(Lenient):
    # A text, texts, the tokens of a text, or those of texts. Looked at by hand, since a union
    # would try each of them on every single token, and tell what it found.
    input: Annotated[Any, WithJsonSchema(_INPUT)]
    model: str = Field(max_length=200)
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = Field(None, ge=1, le=100_000)

    @field_validator("input")
    @classmethod
    def has_inputs(cls, value: Any) -> list[str] | list[list[int]]:
        """Check the input and return it as a list of texts, or of lists of tokens."""
        inputs = [value] if isinstance(value, str) or _is_tokens(value) else value
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


def _is_tokens(value: Any) -> bool:
    """Return whether it is a list of whole numbers that can be tokens' ids."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(type(number) is int and 0 <= number < 2**31 for number in value)
    )
