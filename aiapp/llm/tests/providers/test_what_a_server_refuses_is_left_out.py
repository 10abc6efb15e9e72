"""A server that refuses some of a request is asked again without it, and not for it again."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import aclosing
from typing import Any

import pytest
from pytest_django import Settings

from aiapp.llm import listing, registry, vendors
from aiapp.llm.base import Prompt, Text
from aiapp.llm.catalogue import lessons
from aiapp.llm.errors import BadRequest, ContextTooLong, ModelError, ModelRefused
from aiapp.llm.tests.scripted_server import DONE, HELLO, Answer, event, finish, refusal, running

ANSWER = Answer((HELLO, finish(), DONE))
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Say hello"},
]
Body = dict[str, Any]


@pytest.fixture(autouse=True)
def _nothing_is_known() -> Iterator[None]:
    lessons._known.clear()
    yield
    lessons._known.clear()


async def ask(prompt: Prompt) -> str:
    said = ""
    client = await vendors.client(vendors.vendor_of(prompt.model))
    async with aclosing(client.stream(prompt)) as pieces:
        async for piece in pieces:
            said += piece.text if isinstance(piece, Text) else ""
    return said


def roles(body: Body) -> list[str]:
    return [message["role"] for message in body["messages"]]


def has_picture(body: Body) -> bool:
    return "image_url" in json.dumps(body["messages"])


def has_calls(body: Body) -> bool:
    return "tool" in roles(body) or any("tool_calls" in each for each in body["messages"])


def openai_error(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


HISTORY = [
    *CHAT,
    {"role": "assistant", "content": "", "tool_calls": [
        {"id": "a", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]},
    {"role": "tool", "tool_call_id": "a", "content": "sunny"},
]  # fmt: skip
FULL = Prompt("a-model", CHAT, temperature=0.5, max_tokens=50, options={"tools": [WEATHER]})

# How a server refuses, what it refuses, and what the request may not hold any more.
REFUSALS: dict[str, tuple[Callable[[Body], bool], int, Any]] = {
    "vLLM without a tool parser": (
        lambda body: "tools" in body, 400, {"object": "error", "code": 400, "param": None,
        "message": '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser '
        "to be set", "type": "BadRequestError"}),
    "Ollama: a model without tools": (
        lambda body: "tools" in body, 400,
        openai_error("registry.ollama.ai/library/gemma:latest does not support tools")),
    "llama.cpp without --jinja": (
        lambda body: "tools" in body, 500,
        {"error": {"code": 500, "message": "tools param requires --jinja flag",
                   "type": "server_error"}}),
    "OpenRouter: nobody with tools": (
        lambda body: "tools" in body, 404,
        {"error": {"message": "No endpoints found that support tool use.", "code": 404}}),
    "DeepSeek R1: no function calling": (
        lambda body: "tools" in body, 400,
        openai_error("deepseek-reasoner does not support Function Calling")),
    "Mistral: stream_options": (
        lambda body: "stream_options" in body, 422, {"object": "error", "message": {"detail": [
        {"type": "extra_forbidden", "loc": ["body", "stream_options", "include_usage"],
         "msg": "Extra inputs are not permitted", "input": True}]}}),
    "Azure's Foundry: extra parameters": (
        lambda body: "stream_options" in body, 400,
        {"detail": "Extra parameters ['stream_options'] are not allowed when extra-parameters is "
         "not set or set to be 'error'."}),
    "a proxy: unknown parameter": (
        lambda body: "stream_options" in body, 400,
        openai_error("Unknown parameter: 'stream_options'.", param="stream_options")),
    "o1: temperature": (
        lambda body: "temperature" in body, 400,
        openai_error("Unsupported value: 'temperature' does not support 0.5 with this model. Only "
                     "the default (1) value is supported.", param="temperature",
                     code="unsupported_value")),
    "o1: max_tokens": (
        lambda body: "max_tokens" in body, 400,
        openai_error("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                     "'max_completion_tokens' instead.", param="max_tokens")),
    "neither name of the bound": (
        lambda body: "max_tokens" in body or "max_completion_tokens" in body, 400,
        openai_error("Unrecognized request arguments supplied: max_tokens, "
                     "max_completion_tokens")),
    "Gemma: no system role": (
        lambda body: "system" in roles(body), 400, {"object": "error",
        "message": "System role not supported", "type": "BadRequestError", "code": 400}),
    "llama.cpp: no system role": (
        lambda body: "system" in roles(body), 500, {"error": {"code": 500, "type": "server_error",
        "message": "Jinja Exception: System role not supported at row 1, column 60"}}),
    "Gemini's Gemma: no system role": (
        lambda body: "system" in roles(body), 400, [{"error": {"code": 400, "status":
        "INVALID_ARGUMENT", "message": "Developer instruction is not enabled for models/gemma"}}]),
    "o1-mini: no system role": (
        lambda body: "system" in roles(body), 400,
        openai_error("Unsupported value: 'messages[0].role' does not support 'system' with this "
                     "model.", param="messages[0].role")),
    "Mistral's template: roles alternate": (
        lambda body: "system" in roles(body), 400, openai_error(
        "Conversation roles must alternate user/assistant/user/assistant/...")),
    "several in turn": (
        lambda body: bool({"tools", "temperature", "stream_options"} & body.keys()), 422,
        {"detail": [{"loc": ["body", key], "msg": "extra fields not permitted"} for key in
                    ("tools", "temperature", "stream_options")]}),
    "OpenRouter: nobody with these parameters": (
        lambda body: "temperature" in body, 404,
        {"error": {"message": "No endpoints found that can handle the requested parameters.",
                   "code": 404}}),
    "nothing is named": (
        lambda body: "temperature" in body or "tools" in body, 400, openai_error("Bad Request")),
    "not even in JSON": (
        lambda body: "stream_options" in body, 422, "<html>Unprocessable</html>"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS)
async def test_the_question_is_answered_and_the_next_one_asked_rightly(
    settings: Settings, case: tuple[Callable[[Body], bool], int, Any]
) -> None:
    refuses, status, words = case
    plan = lambda body: refusal(status, words) if refuses(body) else ANSWER
    async with running(settings, plan) as server:
        assert await ask(FULL) == "Hello world"
        assert 2 <= len(server.requests) <= 9
        server.requests.clear()
        assert await ask(FULL) == "Hello world"
        assert len(server.requests) == 1
    assert "Be brief." in json.dumps(server.requests[0]["messages"])
    assert "Say hello" in json.dumps(server.requests[0]["messages"])


async def test_calls_in_the_history_become_words_where_tools_are_refused(
    settings: Settings,
) -> None:
    words = openai_error("this model does not support tools")
    plan = lambda body: refusal(400, words) if "tools" in body or has_calls(body) else ANSWER
    async with running(settings, plan) as server:
        assert await ask(Prompt("a-model", HISTORY, options={"tools": [WEATHER]})) == "Hello world"
    assert "sunny" in json.dumps(server.requests[-1]["messages"])


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, openai_error("Invalid content type. image_url is only supported by certain models.")),
        (400, openai_error("At most 0 image(s) may be provided in one request.")),
        (500, openai_error("image input is not supported - hint: you may need to provide mmproj")),
        (400, openai_error("'messages.1' : for 'role:user' the following must be satisfied"
                           "[('messages.1.content' : value must be a string)]")),
    ],
)  # fmt: skip
async def test_pictures_become_words_where_they_are_refused(
    settings: Settings, status: int, words: Any
) -> None:
    asked = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, PICTURE]}]
    plan = lambda body: refusal(status, words) if has_picture(body) else ANSWER
    settings.MODELS = {}
    async with running(settings, plan) as server:
        assert await ask(Prompt("a-model", asked)) == "Hello world"
        assert not registry.info("a-model").vision
    said = server.requests[-1]["messages"][-1]["content"]
    assert said == "What is it?\n[A picture that you cannot see.]"


async def test_a_schema_becomes_json_and_then_nothing(settings: Settings) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}
    words = openai_error("This response_format type is unavailable now")
    tried: list[Any] = []

    def plan(body: Body) -> Answer:
        tried.append(body.get("response_format", {}).get("type"))
        return refusal(400, words) if "response_format" in body else ANSWER

    async with running(settings, plan):
        assert await ask(Prompt("a-model", CHAT, options={"response_format": schema}))
    assert tried == ["json_schema", "json_object", None]


async def test_a_choice_among_tools_is_given_up_before_the_tools(settings: Settings) -> None:
    words = openai_error("tool_choice is not supported", param="tool_choice")
    options = {"tools": [WEATHER], "tool_choice": "required"}
    plan = lambda body: refusal(400, words) if "tool_choice" in body else ANSWER
    async with running(settings, plan) as server:
        assert await ask(Prompt("a-model", CHAT, options=options)) == "Hello world"
    assert "tools" in server.requests[-1]


async def test_a_value_that_is_refused_is_asked_for_again_the_next_time(
    settings: Settings,
) -> None:
    words = openai_error("max_tokens is too large: 50000. This model supports at most 16384")
    prompt = Prompt("a-model", CHAT, max_tokens=50_000)
    bounds = ("max_tokens", "max_completion_tokens")

    def plan(body: Body) -> Answer:
        return refusal(400, words) if any(body.get(name, 0) > 16_384 for name in bounds) else ANSWER

    async with running(settings, plan) as server:
        assert await ask(prompt) == "Hello world"
        assert await ask(Prompt("a-model", CHAT, max_tokens=50)) == "Hello world"
    assert server.requests[-1]["max_tokens"] == 50


@pytest.mark.parametrize(
    "words",
    [
        "Input validation error: `temperature` must be strictly positive",
        "temperature must be in (0, 1]",
        "`temperature` must be > 0.0",
    ],
)
async def test_so_is_a_temperature(settings: Settings, words: str) -> None:
    plan = lambda body: refusal(422, words) if body.get("temperature") == 0 else ANSWER
    async with running(settings, plan) as server:
        assert await ask(Prompt("a-model", CHAT, temperature=0)) == "Hello world"
        assert await ask(Prompt("a-model", CHAT, temperature=0.5)) == "Hello world"
    assert server.requests[-1]["temperature"] == 0.5


async def test_room_for_the_answer_is_given_up_for_the_question(settings: Settings) -> None:
    words = openai_error(
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens "
        "(3000 in the messages, 2000 in the completion).", code="context_length_exceeded"
    )  # fmt: skip
    plan = lambda body: refusal(400, words) if "max_tokens" in body else ANSWER
    async with running(settings, plan):
        assert await ask(Prompt("a-model", CHAT, max_tokens=2_000)) == "Hello world"


async def test_a_refusal_in_the_stream_counts_as_well(settings: Settings) -> None:
    words = event({"error": {"message": "Error rendering prompt with jinja template: System role "
                             "not supported"}})  # fmt: skip
    told = Answer((b"event: error\n" + words,))
    plan = lambda body: told if "system" in roles(body) else ANSWER
    async with running(settings, plan):
        assert await ask(FULL) == "Hello world"


async def test_a_server_that_does_not_stream_answers_at_once(settings: Settings) -> None:
    words = openai_error("Unsupported value: 'stream' does not support true with this model.",
                         param="stream")  # fmt: skip
    whole = {"choices": [{"message": {"content": "Hello world"}, "finish_reason": "stop"}]}
    plan = lambda body: refusal(400, words) if body["stream"] else refusal(200, whole)
    async with running(settings, plan):
        assert await ask(FULL) == "Hello world"


@pytest.mark.parametrize(
    ("status", "words", "kind", "tries"),
    [
        (401, openai_error("Incorrect API key: tools"), ModelRefused, 1),
        (404, openai_error("The model `a-model` does not exist"), ModelRefused, 1),
        (400, openai_error("prompt is too long"), ContextTooLong, 1),
        (400, openai_error("temperature, content_filter", code="content_filter"), BadRequest, 1),
        (400, openai_error("Bad Request"), BadRequest, 9),
        (422, openai_error("temperature and tools and system role and tool_choice"), BadRequest, 9),
    ],
)
async def test_what_does_not_help_is_not_tried_without_end_nor_kept(
    settings: Settings, status: int, words: Any, kind: type[ModelError], tries: int
) -> None:
    async with running(settings, refusal(status, words)) as server:
        with pytest.raises(kind):
            await ask(FULL)
    assert len(server.requests) <= tries
    assert not lessons._known


async def test_all_processes_and_the_administrator_know_it(settings: Settings) -> None:
    words = openai_error("this model does not support tools and the key is sk-123")
    plan = lambda body: refusal(400, words) if "tools" in body else ANSWER
    async with running(settings, plan) as server:
        await ask(FULL)
        lessons._known.clear()
        lessons._refreshed = -lessons.REFRESH_SECONDS
        server.requests.clear()
        await ask(FULL)
        assert len(server.requests) == 1
        assert not registry.info("a-model").tools
        settings.MODELS = {"a-model": {"tools": True}}
        assert registry.info("a-model").tools
        here = lessons.endpoint_id(server.address)
        (lesson,) = [each for each in lessons._known.values() if each.endpoint == here]
    assert (lesson.model, lesson.what, lesson.host) == ("a-model", "tools", "127.0.0.1")
    assert "does not support tools" in lesson.words
    assert "sk-123" not in lesson.words


async def test_an_operator_may_say_it_beforehand(settings: Settings) -> None:
    settings.MODELS = {"a-": {"refuses": ["stream_options", "system", "temperature"]}}
    async with running(settings, ANSWER) as server:
        assert await ask(FULL) == "Hello world"
    (body,) = server.requests
    assert not {"stream_options", "temperature"} & body.keys()
    assert roles(body) == ["user"]


async def test_azure_gets_its_version_and_its_key(settings: Settings) -> None:
    async with running(
        settings, ANSWER, "/openai/deployments/gpt?api-version=2024-10-21"
    ) as server:
        assert await ask(FULL) == "Hello world"
    assert server.paths == ["/v1/openai/deployments/gpt/chat/completions?api-version=2024-10-21"]
    assert server.headers[0]["api-key"] == "sk-123"
    assert "authorization" not in server.headers[0]


async def test_what_gemini_gives_with_a_call_it_gets_back(settings: Settings) -> None:
    extra = {"google": {"thought_signature": "abc"}}
    call = {"id": "a", "type": "function", "extra_content": extra,
            "function": {"name": "weather", "arguments": "{}"}}  # fmt: skip
    said = event({"choices": [{"delta": {"tool_calls": [call]}, "finish_reason": "stop"}]})
    async with running(settings, Answer((said, DONE))) as server:
        client = await vendors.client("openai")
        pieces = [piece async for piece in client.stream(FULL)]
        thoughts: Any = pieces[-1].thoughts  # type: ignore[union-attr]
        plain = {key: value for key, value in call.items() if key != "extra_content"}
        again = {"role": "assistant", "content": "", "tool_calls": [plain], "thoughts": thoughts}
        answered = {"role": "tool", "tool_call_id": "a", "content": "sunny"}
        async for _ in client.stream(Prompt("a-model", [*CHAT, again, answered])):
            pass
    assert server.requests[-1]["messages"][2]["tool_calls"][0]["extra_content"] == extra


LISTS: dict[str, tuple[Any, set[str]]] = {
    "OpenAI": ({"data": [{"id": "m1"}, {"id": "m2"}]}, {"m1", "m2"}),
    "a bare list": ([{"id": "m1"}], {"m1"}),
    "a list of names": (["m1", "m2"], {"m1", "m2"}),
    "data null": ({"data": None}, set()),
    "Ollama's own": ({"models": [{"name": "m1:latest"}]}, {"m1:latest"}),
    "no ids": ({"data": [{"object": "model"}, 7, None, "m1", {"id": 5}, {"id": ""}]}, {"m1"}),
    "wrapped twice": ({"data": {"object": "list", "data": [{"id": "m1"}]}}, {"m1"}),
    "wrapped": ({"success": True, "result": [{"name": "m1"}]}, {"m1"}),
    "by their names": ({"data": {"m1": {"type": "llm"}, "m2": {}}}, {"m1", "m2"}),
    "LiteLLM's patterns": ({"data": [{"id": "openai/*"}, {"id": "*"}, {"id": "m1"}]}, {"m1"}),
    "what Groq has put away": (
        {
            "data": [
                {"id": "m1", "active": True, "context_window": 8},
                {"id": "m2", "active": False, "context_window": 8},
            ]
        },
        {"m1"},
    ),
    "an error": ({"success": False, "data": {"message": "no", "code": 7}}, set()),
    "a byte order mark and NaN": ('\ufeff{"data": [{"id": "m1", "cost": NaN}]}', {"m1"}),
    "names of all lengths": ({"data": [{"id": "x" * 500}, {"id": "a\nb"}, {"id": "m1"}]}, {"m1"}),
    "AnythingLLM": ({"models": [{"name": "A workspace", "model": "m1"}]}, {"m1"}),
    "Cloudflare": (
        {"result": [{"id": "429b9e8b-d99e-44de-91ad-706cf8183658", "name": "@cf/m1"}]},
        {"@cf/m1"},
    ),
    "GitHub": ([{"id": "azureml://registries/x/models/m1/versions/2", "name": "m1"}], {"m1"}),
    "LM Studio's own": ({"models": [{"key": "m1", "display_name": "M 1"}]}, {"m1"}),
    "Bedrock": ({"modelSummaries": [{"modelId": "m1", "modelName": "M 1"}]}, {"m1"}),
    "an empty list before the real one": ({"data": [], "models": [{"name": "m1"}]}, {"m1"}),
    "by vendors": ({"data": {"a": ["m1"], "b": [{"id": "m2"}]}}, {"m1", "m2"}),
    "one alone": ({"id": "m1", "object": "model"}, {"m1"}),
    "one a line": ('{"id": "m1"}\n{"id": "m2"}\n', {"m1", "m2"}),
    "behind a comment": (': PROCESSING\n\n{"data": [{"id": "m1"}]}', {"m1"}),
    "OpenAI's error": ({"error": {"message": "no"}}, set()),
    "HTML": ("<html>Sign in</html>", set()),
    "a text": ('"m1"', set()),
    "ten megabytes": ('{"data": [{"id": "' + "x" * 10_000_000 + '"}]}', set()),
}


@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
@pytest.mark.parametrize(("answer", "names"), LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("status", [200, 404])
async def test_whatever_list_comes_the_configured_names_stay(
    settings: Settings, vendor: str, answer: Any, names: set[str], status: int
) -> None:
    settings.CHAT_MODEL, settings.CHAT_MODELS = "a-model", ["another"]
    async with running(settings, refusal(status, answer)) as server:
        if vendor == "anthropic":
            settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
            settings.ANTHROPIC_BASE_URL, settings.ANTHROPIC_API_KEY = server.address, "sk-123"
        found = await registry.names()
        ours = {"a-model", "another", "quotes"}
        assert set(found) == ours | (names if status == 200 else set())
        assert await registry.resolve("another") == "another"
        assert await registry.resolve("") == "a-model"


async def test_a_list_that_comes_too_slowly_is_not_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "SECONDS", 0.3)
    settings.CHAT_MODEL, settings.CHAT_MODELS = "a-model", []
    async with running(settings, Answer((b" ",) * 1_000, pause=0.1)):
        async with asyncio.timeout(60):
            assert await registry.names() == ["a-model", "quotes"]
