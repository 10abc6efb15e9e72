"""Servers that speak as each vendor does: paths, the key's header, lists, refusals and streams.

The forms are those of the vendors' documentation and of public reports.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.processes.web_server import WebServer

RIGHT_KEY = "sk-right-0123456789abcdef"
TOOL_CALL = {
    "index": 0,
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_temperature", "arguments": '{"city": "Paris"}'},
}


@dataclass(frozen=True)
class Manner:
    """One vendor's manner of speaking OpenAI's protocol."""

    path: str
    # The model that is asked, and the whole list.
    model: str
    listing: Any
    # What a wrong key is answered with: a status and a body.
    wrong_key: tuple[int, Any] = (401, {"error": {"message": "no", "code": "invalid_api_key"}})
    needs_key: bool = True
    is_list_public: bool = False
    # An answer to what a request holds: `stream_options`, `tools`.
    refusals: Mapping[str, tuple[int, Any]] = field(default_factory=dict)
    no_model: tuple[int, Any] = (404, {"error": {"message": "no", "code": "model_not_found"}})
    # What stands in the stream before the first words.
    opening: bytes = b""
    # Fields of the list's models as they are understood.
    said: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def _list(*rows: dict[str, Any]) -> dict[str, Any]:
    common = {"object": "model", "created": 1_750_000_000, "owned_by": "vendor"}
    return {"object": "list", "data": [common | row for row in rows]}


def _event(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


MANNERS: dict[str, Manner] = {
    "openai": Manner(
        "/v1",
        "gpt-4o-mini",
        _list({"id": "gpt-4o-mini"}, {"id": "text-embedding-3-small"}, {"id": "whisper-1"}),
        (
            401,
            {
                "error": {
                    "message": "Incorrect API key provided: sk-wrong****cdef. You can find your"
                    " API key at https://platform.openai.com/account/api-keys.",
                    "type": "invalid_request_error",
                    "param": None,
                    "code": "invalid_api_key",
                }
            },
        ),
    ),
    "azure": Manner(
        "/openai/v1",
        "our-deployment",
        _list({"id": "gpt-4o-2024-08-06"}, {"id": "dall-e-3"}),
        (
            401,
            {
                "error": {
                    "code": "401",
                    "message": "Access denied due to invalid subscription key or wrong endpoint.",
                }
            },
        ),
        no_model=(
            404,
            {
                "error": {
                    "code": "DeploymentNotFound",
                    "message": "The API deployment for this resource does not exist. If you created"
                    " the deployment within the last 5 minutes, please wait and try again.",
                }
            },
        ),
        opening=_event({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}),
    ),
    "gemini": Manner(
        "/v1beta/openai",
        "models/gemini-2.5-flash",
        _list({"id": "models/gemini-2.5-flash"}, {"id": "models/text-embedding-004"}),
        (
            400,
            [
                {
                    "error": {
                        "code": 400,
                        "message": "API key not valid. Please pass a valid API key.",
                        "status": "INVALID_ARGUMENT",
                    }
                }
            ],
        ),
    ),
    "mistral": Manner(
        "/v1",
        "mistral-small-latest",
        _list(
            {
                "id": "mistral-small-latest",
                "max_context_length": 131_072,
                "capabilities": {
                    "completion_chat": True,
                    "function_calling": True,
                    "vision": True,
                },
            },
            {"id": "mistral-embed", "capabilities": {"completion_chat": False}},
        ),
        (401, {"detail": "Unauthorized"}),
        refusals={
            "stream_options": (
                422,
                {
                    "detail": [
                        {
                            "type": "extra_forbidden",
                            "loc": ["body", "stream_options"],
                            "msg": "Extra inputs are not permitted",
                        }
                    ]
                },
            )
        },
        said={"context": 131_072, "tools": True, "vision": True},
    ),
    "groq": Manner(
        "/openai/v1",
        "llama-3.3-70b-versatile",
        _list(
            {"id": "llama-3.3-70b-versatile", "active": True, "context_window": 131_072},
            {"id": "whisper-large-v3", "active": True, "context_window": 448},
        ),
        (
            401,
            {
                "error": {
                    "message": "Invalid API Key",
                    "type": "invalid_request_error",
                    "code": "invalid_api_key",
                }
            },
        ),
        said={"context": 131_072},
    ),
    "openrouter": Manner(
        "/api/v1",
        "meta-llama/llama-3.3-70b-instruct",
        {
            "data": [
                {
                    "id": "meta-llama/llama-3.3-70b-instruct",
                    "name": "Meta: Llama 3.3",
                    "context_length": 65_536,
                    "architecture": {"modality": "text->text", "input_modalities": ["text"]},
                    "pricing": {"prompt": "0.00000013", "completion": "0.0000004"},
                    "supported_parameters": ["max_tokens", "tools", "tool_choice"],
                }
            ]
        },
        (401, {"error": {"message": "User not found.", "code": 401}}),
        is_list_public=True,
        opening=b": OPENROUTER PROCESSING\n\n",
        said={"context": 65_536, "tools": True, "price": {"input": 0.13, "output": 0.4}},
    ),
    "deepseek": Manner(
        "/v1",
        "deepseek-chat",
        _list({"id": "deepseek-chat"}, {"id": "deepseek-reasoner"}),
        (
            401,
            {
                "error": {
                    "message": "Authentication Fails, Your api key: ****cdef is invalid",
                    "type": "authentication_error",
                    "param": None,
                    "code": "invalid_request_error",
                }
            },
        ),
        opening=_event({"choices": [{"index": 0, "delta": {"reasoning_content": "France…"}}]}),
    ),
    "ollama": Manner(
        "/v1",
        "gemma3:latest",
        _list({"id": "gemma3:latest"}, {"id": "nomic-embed-text:latest"}),
        needs_key=False,
        refusals={
            "tools": (
                400,
                {
                    "error": {
                        "message": "registry.ollama.ai/library/gemma3 does not support tools",
                        "type": "api_error",
                    }
                },
            )
        },
        no_model=(
            404,
            {"error": {"message": 'model "none" not found, try pulling it first', "type": "api"}},
        ),
        # Made for 131,072, of which nobody gets any by default.
        said={"context": 4_096, "vision": True, "tools": False},
    ),
    "lmstudio": Manner(
        "/v1",
        "qwen2.5-7b-instruct",
        {
            "object": "list",
            "data": [
                {
                    "id": "qwen2.5-7b-instruct",
                    "type": "vlm",
                    "capabilities": ["tool_use"],
                    "loaded_context_length": 8_192,
                    "max_context_length": 32_768,
                },
                {"id": "text-embedding-nomic-embed-text-v1.5", "type": "embeddings"},
            ],
        },
        needs_key=False,
        said={"context": 8_192, "tools": True, "vision": True},
    ),
    "vllm": Manner(
        "/v1",
        "Qwen/Qwen3-8B",
        _list({"id": "Qwen/Qwen3-8B", "max_model_len": 16_384, "root": "Qwen/Qwen3-8B"}),
        (401, {"error": "Unauthorized"}),
        needs_key=False,
        refusals={
            "tools": (
                400,
                {
                    "object": "error",
                    "message": '"auto" tool choice requires --enable-auto-tool-choice and'
                    " --tool-call-parser to be set",
                    "type": "BadRequestError",
                    "code": 400,
                },
            )
        },
        said={"context": 16_384},
    ),
    "llamacpp": Manner(
        "/v1",
        "qwen2.5-7b-q4_k_m.gguf",
        {
            "object": "list",
            "models": [{"name": "qwen2.5-7b-q4_k_m.gguf", "capabilities": ["completion"]}],
            "data": [
                {
                    "id": "qwen2.5-7b-q4_k_m.gguf",
                    "object": "model",
                    "owned_by": "llamacpp",
                    "meta": {"n_ctx_train": 32_768},
                }
            ],
        },
        needs_key=False,
        refusals={
            "tools": (
                500,
                {
                    "error": {
                        "code": 500,
                        "message": "tools param requires --jinja flag",
                        "type": "server_error",
                    }
                },
            )
        },
    ),
    "other": Manner("/v1", "a-model", _list({"id": "a-model"}), needs_key=False),
}


class Vendor:
    """A vendor's server, with the requests that it got: path, headers and body."""

    def __init__(self, server: WebServer, manner: Manner) -> None:
        self.manner, self.base_url = manner, server.url(manner.path)
        self.host_url = server.url("/")
        self.asked: list[tuple[str, Mapping[str, str], dict[str, Any]]] = []
        server.pages[f"{manner.path}/models"] = self._list_models
        server.pages[f"{manner.path}/chat/completions"] = self._chat

    def is_right(self, request: web.Request) -> bool:
        sent = request.headers.get("Authorization", "")
        if not self.manner.needs_key and not sent.removeprefix("Bearer").strip():
            return True
        return sent in {f"Bearer {RIGHT_KEY}", "Bearer none"}

    async def _list_models(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, request.headers, {}))
        if not (self.manner.is_list_public or self.is_right(request)):
            return _refuse(self.manner.wrong_key)
        return web.json_response(self.manner.listing)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append((request.path, request.headers, body))
        if not self.is_right(request):
            return _refuse(self.manner.wrong_key)
        if body["model"] != self.manner.model:
            return _refuse(self.manner.no_model)
        for name, refusal in self.manner.refusals.items():
            if name in body:
                return _refuse(refusal)
        return await self._stream(request, body)

    async def _stream(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        said: dict[str, Any] = {"content": answer_to(body["messages"])}
        reason = "stop"
        if "get_temperature" in json.dumps(body.get("tools", [])):
            said, reason = {"tool_calls": [TOOL_CALL]}, "tool_calls"
        parts = [
            self.manner.opening,
            _event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}),
            _event({"choices": [{"index": 0, "delta": said}]}),
            _event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}),
            _event({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}),
            b"data: [DONE]\n\n",
        ]
        for part in filter(None, parts):
            await response.write(part)
        await response.write_eof()
        return response


class Claude(Vendor):
    """Anthropic, whose Messages API is another."""

    def __init__(self, server: WebServer) -> None:
        super().__init__(server, CLAUDE)
        server.pages["/v1/messages"] = self._message

    def is_right(self, request: web.Request) -> bool:
        has_version = bool(request.headers.get("anthropic-version"))
        return has_version and request.headers.get("Authorization") == f"Bearer {RIGHT_KEY}"

    async def _message(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append((request.path, request.headers, body))
        if not self.is_right(request):
            return _refuse(self.manner.wrong_key)
        if body["model"] != self.manner.model:
            return _refuse(self.manner.no_model)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for event in _claude_events(body):
            await response.write(b"event: %s\n" % event["type"].encode() + _event(event))
        await response.write_eof()
        return response


class Ollama(Vendor):
    """Ollama, which tells more of its models in an API of its own."""

    def __init__(self, server: WebServer) -> None:
        super().__init__(server, MANNERS["ollama"])
        # The contexts with which models are loaded, by OLLAMA_CONTEXT_LENGTH and by use.
        self.default_context, self.loaded = 4_096, dict[str, int]()
        self.shown: dict[str, dict[str, Any]] = {
            "gemma3:latest": {
                "parameters": 'stop                           "<end_of_turn>"\ntemperature   1',
                "model_info": {"general.architecture": "gemma3", "gemma3.context_length": 131_072},
                "capabilities": ["completion", "vision"],
            },
            "nomic-embed-text:latest": {
                "parameters": "num_ctx                        8192",
                "model_info": {"nomic-bert.context_length": 2_048},
                "capabilities": ["embedding"],
            },
        }
        server.pages["/api/show"] = self._show
        server.pages["/api/ps"] = self._list_loaded

    async def _show(self, request: web.Request) -> web.Response:
        name = (await request.json())["model"]
        if name not in self.shown:
            return _refuse((404, {"error": f"model '{name}' not found"}))
        return web.json_response({"modelfile": "# …", "details": {}} | self.shown[name])

    async def _list_loaded(self, request: web.Request) -> web.Response:
        rows = [
            {"name": name, "model": name, "size": 1, "context_length": context}
            for name, context in self.loaded.items()
        ]
        return web.json_response({"models": rows})

    async def _stream(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        self.loaded[body["model"]] = self.default_context
        return await super()._stream(request, body)


def _claude_events(body: dict[str, Any]) -> list[dict[str, Any]]:
    block: dict[str, Any] = {"type": "text", "text": ""}
    delta: dict[str, Any] = {"type": "text_delta", "text": answer_to(body["messages"])}
    reason = "end_turn"
    if "get_temperature" in json.dumps(body.get("tools", [])):
        block = {"type": "tool_use", "id": "toolu_1", "name": "get_temperature", "input": {}}
        delta = {"type": "input_json_delta", "partial_json": '{"city": "Paris"}'}
        reason = "tool_use"
    usage = {"input_tokens": 9, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}
    return [
        {"type": "message_start", "message": message | {"usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ]


CLAUDE = Manner(
    "/v1",
    "claude-haiku-4-5",
    {
        "data": [
            {
                "type": "model",
                "id": "claude-haiku-4-5",
                "display_name": "Claude Haiku 4.5",
                "created_at": "2025-10-01T00:00:00Z",
            }
        ],
        "has_more": False,
        "first_id": "claude-haiku-4-5",
        "last_id": "claude-haiku-4-5",
    },
    (
        401,
        {
            "type": "error",
            "error": {"type": "authentication_error", "message": "invalid key"},
        },
    ),
    no_model=(
        404,
        {"type": "error", "error": {"type": "not_found_error", "message": "model: none"}},
    ),
)
KINDS = [*MANNERS, "anthropic"]


def start(server: WebServer, kind: str) -> Vendor:
    match kind:
        case "anthropic":
            return Claude(server)
        case "ollama":
            return Ollama(server)
    return Vendor(server, MANNERS[kind])


def answer_to(messages: list[dict[str, Any]]) -> str:
    """Answer as a model does: the capital, or the colour of a picture."""
    return "Red." if "colour" in json.dumps(messages[-1]) else "Paris"


def _refuse(refusal: tuple[int, Any]) -> web.Response:
    status, body = refusal
    return web.json_response(body, status=status)
