"""Asking again without what a server refuses.

Servers of OpenAI's protocol know some of its parameters and refuse others, each in its own words.
A refused request has cost nothing, so the question is asked again without what the refusal names,
or, where it names nothing, without more and more of what can be spared. What helped is kept for
the model (`aiapp.llm.catalogue.lessons`).
"""

import re
from collections.abc import Sequence
from typing import Any

import orjson

from aiapp.llm.base import Prompt
from aiapp.llm.catalogue import facts, lessons
from aiapp.llm.errors import BadRequest, ContextTooLong, ModelError, ModelRefused
from aiapp.llm.providers.openai.request import ALL_BOUNDS, BOUNDS, REQUIRED, Body, compose

# How often a question is asked again with less.
MAX_ADAPTATIONS = 8
FORBIDDEN, NOT_FOUND, OWN_FAULT, NOT_IMPLEMENTED = 403, 404, 500, 501
# What is spared in turn where nothing is named, as long as there is something to spare.
LAST_RESORTS = ("extras", "tools", "system", "pictures", "max_tokens", "max_completion_tokens")
UNNAMED = {400, 415, 422, NOT_IMPLEMENTED}

# What other words than a parameter's name mean.
_SYSTEM = re.compile(
    r"system role|role[`'\": ]*system|support[^.]{0,20}['\"`]?system['\"`]?"
    r"|developer instruction|input should be 'user'"
    r"|system (?:message|prompt|instruction)s? (?:is|are|not)"
    r"|only[^.]{0,20}user[^.]{0,30} roles?"
    r"|(?:unknown|invalid|unexpected) role(?!['\"`: ]{1,3}(?:tool|user|assistant))"
    r"|no user query|variant ['\"`](?:system|developer)|input should be 'system'"
    r"|'developer' is not|developer is not"
)
_ONE_SYSTEM = re.compile(
    r"system message must|only one system|multiple system|system messages? (?:after|at the)"
    r"|unexpected role ['\"`]?system"
)
# DeepSeek's word is "successive", and Perplexity's roles "should be alternating".
_ALTERNATE = re.compile(
    r"(?:must|should)(?: be)? alternat|alternate between|conversation roles|consecutive|successive"
    r"|interleave"
    r"|after the \(?optional|in a row"
)
_FIRST = re.compile(r"(?:start|begin)s? with a user|first message must")
_LAST = re.compile(
    r"prefill|(?:end|ending) with a user|last (?:message|role|turn)[^.]{0,40}\buser"
    r"|expected last role"
)
_TOOL_ROLE = re.compile(
    # Mistral's of a tool's word at the wrong place is of the question.
    r"(?:unknown|invalid|unexpected|unsupported) role[: ]{1,2}['\"`]?tool\b(?!['\"`]? after)"
    r"|variant ['\"`]tool['\"`],|only[^.]{0,20}user and assistant roles"
)
_AFTER_TOOLS = re.compile(r"role['\"`: ]{1,3}user['\"`]? after role['\"`: ]{1,3}tool")
_CALL_IDS = re.compile(
    r"tool[ _]?call[ _]?id.{0,200}(?:must be|length|pattern)|tool_calls\[\d{1,5}\]\.id"
    r"|tool_use\.id"
)
_BLANKS = re.compile(
    r"non-empty content|be non-?empty|is blank|(?:must|can) ?not be empty|empty (?:content|message)"
    r"|content[^.]{0,40} (?:is |be )?(?:empty|blank)|at least one parts|have a text parameter"
)
_NULLS = re.compile(r"content['\"`\]: ][^.]{0,80}(?:null|none\b|missing|required|valid string)")
_SCHEMAS = re.compile(
    r"\$(?:schema|ref|defs)\b|additional_?properties|exclusive_?m(?:in|ax)|prefix_?items"
    r"|(?:any|one|all)_?of\b|function_declarations|input_schema|schema for (?:function|tool)"
)
_TOOLS = re.compile(
    r"tool[ _-]?(?:choice|call|use)|--jinja|function[ _-]?call"
    r"|tools?\b[^.]{0,60}(?:not|unsupported|requires)|not support[^.]{0,40}(?:tool|function)"
)
_TOOL_CHOICE = re.compile(r"tool[ _-]?choice")
_NO_TOOLS_IN_STREAMS = re.compile(r"in streaming mode")
_PICTURES = re.compile(
    r"image|vision|multi-?modal|mmproj|(?:must|should) be a (?:valid )?string|expected a string"
    r"|content type: list|content\.type is invalid|'list' object|not ['\"\\]{0,3}list|图[片像]"
)
_SCHEMA_OF_ANSWERS = re.compile(r"structured output|json[ _-]?(?:mode|schema|output)")
_EFFORT = re.compile(
    r"(?:support|enable) (?:thinking|reasoning)|think value|effort parameter"
    r"|(?:reasoning|thinking) (?:is not|isn't|not) (?:supported|enabled|available)"
)
_NO_BOUND = re.compile(r"max_tokens[^.]{0,40}(?:field required|is required|missing|must be set)")
# The bound on an answer by other words than its names.
_BOUND = re.compile(r"(?:completion|output) tokens")
_NAME = re.compile(r"messages?[.\[ ]{0,2}\d*[\]]?\.?name\b|property 'name'|'name' is (?:uns|not)")
_THOUGHTS = re.compile(
    r"extra_content|reasoning_content|reasoning_details|thinking_blocks|thought_signature"
)
_NO_THOUGHTS = re.compile(
    r"reasoning_content[^.]{0,80}(?:must be passed|is missing|is required|must be provided)"
)
# Of Claude behind a gateway, which may not think on after calls whose thoughts are not there.
_THINKS_ON = re.compile(r"expected .?thinking|start with a thinking block")
# A refusal of this value, not of the parameter: nothing to be kept.
_OF_THE_VALUE = re.compile(
    r"too large|too high|too small|at most [1-9]|less than|greater than|between|maximum|minimum"
    r"|range|exceed|positive|must be (?:in|[<>=≤≥])|supported values|expected a value"
)
# A refusal of what this one question holds: a damaged picture, a tool with a wrong schema, a call
# without its result, a call that the model wrote badly. Kept, it would take pictures or tools from
# everybody who asks the model.
_OF_THE_QUESTION = re.compile(
    r"(?:invalid|bad) (?:json )?schema|schema (?:must|is invalid)|must be unique|not match"
    r"|unsupported image|following formats|supported (?:image )?(?:formats|types)"
    r"|image (?:format|type|size)|process(?:ing)? (?:the |input |this )?image|corrupt|identify"
    r"|\bdecod(?:e|ing)\b|base64|download|fetch|bytes|pixels|dimension|too (?:big|many|long)"
    r"|tool_use_failed|failed_generation|failed to (?:call|parse)|parsing tool"
    r"|prec?ee?ding|must be followed|response messages|insufficient tool|turn comes|not the same"
    r"|not found in"
)
# A refusal of what a model cannot do, or its server does not know, whoever asks.
_OF_THE_MODEL = re.compile(
    r"not (?:yet |currently )?(?:support|permitted|allowed|enabled|available|implemented|accept)"
    r"|n't support|unsupported|unavailable|only supported|cannot be used|text[ -]only|at most 0"
    r"|unknown|unrecogni[sz]ed|unexpected|forbidden|requires? -|--jinja|mmproj|no endpoints"
    r"|not (?:a )?multi-?modal|(?:must|should) be a (?:valid )?string|expected a string|deprecated"
    r"|only 1 is allowed|may only be set to|content type: list|no providers|不支持"
)
# What belongs to the question more than to the server.
_CONTENTS = {"tools", "tool_choice", "tool_schemas", "pictures", "json_schema", "name"}
# An echo of the request, in which every name occurs, and the places that it is about.
_ECHO = re.compile(r"['\"]input['\"]:")
_PLACES = re.compile(r"['\"]loc['\"]:\s*[\(\[]([^\)\]]{0,300})[\)\]]")


class RequestAdapter:
    """One question's request, as its server takes it."""

    def __init__(self, base_url: str, prompt: Prompt) -> None:
        self._base_url, self._prompt = base_url, prompt
        self._left_out = {
            *lessons.find_refused(base_url, prompt.model),
            *facts.refuses(prompt.model),
        }
        # What this question was refused for, with the server's words, to be kept if that helps.
        self._refused: dict[str, str] = {}
        self._tries = 0
        self.body = compose(prompt, self._left_out)

    @property
    def starts_thinking(self) -> bool:
        """Check whether the model's answers begin within thoughts that nobody opens."""
        return "opening_tag" in self._left_out

    def adapt(self, error: ModelError) -> bool:
        """Leave out what a refusal is about; False if there is nothing more to leave out."""
        self._tries += 1
        if self._tries > MAX_ADAPTATIONS or not _may_be_adapted(error):
            return False
        words = error.upstream_text.lower()
        candidates = self._candidates(error, words)
        for what in candidates:
            body = compose(self._prompt, self._left_out | {what})
            if body != self.body:
                self.body = body
                self._left_out.add(what)
                self._note(what, error.upstream_text, is_guess=candidates is LAST_RESORTS)
                return True
        return False

    def _note(self, what: str, words: str, *, is_guess: bool) -> None:
        """Have a refusal kept that others would meet as well."""
        if is_guess:
            is_lasting = what != "pictures" and not (what == "tools" and self._has_calls())
            is_lasting = is_lasting and not _OF_THE_QUESTION.search(words.lower())
            if not is_lasting:
                # It is not known to be of the model, and what was guessed before it did not help.
                self._refused.clear()
        else:
            is_lasting = what not in self._prompt_values() | _CONTENTS or _is_lasting(words.lower())
        if is_lasting:
            self._refused[what] = _trim_words(words)

    def _has_calls(self) -> bool:
        return any(each["role"] == "tool" or "tool_calls" in each for each in self._prompt.messages)

    def _prompt_values(self) -> set[str]:
        """Return the parameters whose value is the question's own."""
        return {ALL_BOUNDS, *BOUNDS, "temperature", *self._prompt.options}

    async def keep(self) -> None:
        """Remember what helped. To be called when the server has begun to answer."""
        refused, self._refused = self._refused, {}
        if refused:
            await lessons.learn(self._base_url, self._prompt.model, refused)

    def _candidates(self, error: ModelError, words: str) -> Sequence[str]:
        """Return what a refusal may be about, the likeliest first."""
        if isinstance(error, ContextTooLong):
            if _CALL_IDS.search(words):
                # OpenAI's word for an id that is too long is the one for a prompt.
                return ["call_ids"]
            asks = any(name in words for name in (*BOUNDS, "completion", "max_new_tokens"))
            return [ALL_BOUNDS] if asks else []
        named = [*_find_named(words, self.body), *_infer_parameters(words, self.body)]
        if not named and (error.upstream_status in UNNAMED or "requested parameters" in words):
            return LAST_RESORTS
        return named


def _is_lasting(words: str) -> bool:
    """Tell a refusal that anybody's question would meet from one of what this question holds."""
    words = _ECHO.split(words)[0]
    if _OF_THE_VALUE.search(words) or _OF_THE_QUESTION.search(words):
        return False
    return bool(_OF_THE_MODEL.search(words))


def _may_be_adapted(error: ModelError) -> bool:
    if isinstance(error, BadRequest):
        return error.reason == BadRequest.code
    if isinstance(error, ModelRefused):
        # A gateway that finds no server for what is asked for.
        return error.upstream_status in {FORBIDDEN, NOT_FOUND}
    is_own_fault = error.upstream_status in {OWN_FAULT, NOT_IMPLEMENTED}
    return isinstance(error, ContextTooLong) or is_own_fault or error.reason == "upstream_error"


def _find_named(words: str, body: Body) -> list[str]:
    """Return the parameters that a refusal names, as a `param`, a place or in its words."""
    optional = [key for key in body if key not in REQUIRED] + ["stream"]
    param = _param(words)
    about = param or " ".join(_PLACES.findall(words)) or _ECHO.split(words)[0]
    found = _find_names(optional, about)
    if param in REQUIRED:
        # "'messages' must contain the word 'json' to use 'response_format'".
        found = found or _find_names(optional, words)
    if "tools" in found and _SCHEMAS.search(words):
        found = ["tool_schemas", *found]
    if "response_format" in found or "json_schema" in about:
        found = ["json_schema", *found]
    if "tools" in found and "tool_choice" in body and _TOOL_CHOICE.search(about):
        found = ["tool_choice", *found]
    if _names_bound(about) and any(name in body for name in BOUNDS):
        # Under its other name it would be refused for the same.
        found = [ALL_BOUNDS] if _OF_THE_VALUE.search(words) else [*found, *BOUNDS]
    return [key for key in found if key != "stream" or _says_no_stream(words)]


def _names_bound(words: str) -> bool:
    return any(name in words for name in BOUNDS) or bool(_BOUND.search(words))


def _find_names(keys: Sequence[str], words: str) -> list[str]:
    found = []
    for key in keys:
        # xAI's gateway names them in its own language's way: `presencePenalty`.
        forms = (re.escape(key), key.replace("_", ""), key.replace("_", " "))
        either = f"(?:{'|'.join(forms)})"
        if re.search(rf"(?<![\w-]){either}(?![\w-])", words):
            found.append(key)
    return found


def _says_no_stream(words: str) -> bool:
    return bool(re.search(r"stream(?:ing)?['\"`]?[^.]{0,30}(?:not|unsupported)", words))


def _param(words: str) -> str:
    """Return the `param` of an error in OpenAI's form, "" without one."""
    try:
        error = orjson.loads(words)
    except orjson.JSONDecodeError:
        return ""
    error = error.get("error", error) if isinstance(error, dict) else {}
    param = error.get("param") if isinstance(error, dict) else ""
    return param if isinstance(param, str) else ""


def _infer_parameters(words: str, body: Body) -> list[str]:
    """Return what a refusal is about that names no parameter."""
    messages: list[dict[str, Any]] = body["messages"]
    parameters = _infer_mends(words)
    if _ALTERNATE.search(words):
        parameters += ["alternate", "system"]
    parameters += _infer_of_options(words, body)
    if _has_parts(messages) and _PICTURES.search(words):
        parameters.append("pictures")
    if _ONE_SYSTEM.search(words):
        parameters.append("one_system")
    if _SYSTEM.search(words) or re.search(r"messages?[.\[ ]+\d+\]?\.role", words):
        # A developer's word may do as the system's.
        is_developers = any(message["role"] == "developer" for message in messages)
        parameters += ["one_system", "system"] if is_developers else ["system"]
    if _TOOL_ROLE.search(words):
        parameters.append("tools")
    return parameters


def _infer_of_options(words: str, body: Body) -> list[str]:
    found = []
    if "reasoning_effort" in body and (_THINKS_ON.search(words) or _EFFORT.search(words)):
        found.append("reasoning_effort")
    if "response_format" in body and _SCHEMA_OF_ANSWERS.search(words):
        found += ["json_schema", "response_format"]
    return [*found, *(_infer_of_tools(words, body) if "tools" in body else ())]


def _infer_of_tools(words: str, body: Body) -> list[str]:
    found = ["tool_schemas"] if _SCHEMAS.search(words) else []
    if not (found or _TOOLS.search(words)):
        return []
    if "tool_choice" in body and _TOOL_CHOICE.search(words):
        found.append("tool_choice")
    return [*found, "tools"]


def _infer_mends(words: str) -> list[str]:
    """Return what a refusal is about that only another form is needed for."""
    mends = {
        "stream": _NO_TOOLS_IN_STREAMS,
        "no_thoughts": _NO_THOUGHTS,
        "after_tools": _AFTER_TOOLS,
        "first": _FIRST,
        "last": _LAST,
        "no_bound": _NO_BOUND,
        "call_ids": _CALL_IDS,
        "blanks": _BLANKS,
        "nulls": _NULLS,
        "name": _NAME,
        "thoughts": _THOUGHTS,
    }
    return [what for what, pattern in mends.items() if pattern.search(words)]


def _has_parts(messages: list[dict[str, Any]]) -> bool:
    return any(isinstance(message.get("content"), list) for message in messages)


def _trim_words(words: str) -> str:
    """Return the server's words for the administrator, without what they repeat of the request."""
    return _ECHO.split(words)[0][: lessons.MAX_WORDS]
