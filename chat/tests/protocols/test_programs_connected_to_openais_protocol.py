"""Programs that people connect to servers of OpenAI's protocol: what they send, and go by.

LiteLLM and what stands on it (aider, CrewAI, DSPy), the agents' frameworks, editors and front ends
read less than OpenAI's client does: words of an error rather than its code, and one code for each
kind of it.
"""

from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.test import AsyncClient

from accounts.credentials import tokens
from accounts.models import User
from aiapp.asgi import application
from aiapp.db import in_db
from aiapp.llm.registry import QUOTES
from chat.models import Message
from chat.tests.protocols.test_programs_go_by_a_handler_of_their_own import build_scope, call
from tests.processes import model_requests

PATH = "/v1/chat/completions"
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}


@pytest.fixture
def client() -> AsyncClient:
    return AsyncClient()


async def authorize(asker: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {(await in_db(tokens.issue, asker)).access}"}


async def complete(client: AsyncClient, asker: User, /, **body: Any) -> Any:
    question = {"model": "echo", "messages": [{"role": "user", "content": "one two"}]}
    return await client.post(
        PATH, question | body, content_type="application/json", headers=await authorize(asker)
    )


def asked_of(fake_model: str, word: str) -> dict[str, Any]:
    (found,) = model_requests.list_bodies(fake_model, word)
    return found


async def read_chunks(response: Any) -> list[dict[str, Any]]:
    text = b"".join([part async for part in response.streaming_content])
    events = [line.removeprefix(b"data: ") for line in text.split(b"\n\n") if line]
    assert events[-1] == b"[DONE]"
    return [orjson.loads(event) for event in events[:-1]]


async def test_a_long_last_message_reaches_the_model_whole(
    client: AsyncClient, alice: User, fake_model: str, settings: Any
) -> None:
    """A file that is piped into a program is one message, and no question typed into a page."""
    settings.MESSAGE_MAX_CHARS = 1000
    settings.CHAT_MODELS = ["says-read"]
    word = uuid4().hex
    text = f"{'some words ' * 1000}{word}"
    messages = [{"role": "user", "content": text}]
    response = await complete(client, alice, model="says-read", messages=messages)
    assert response.status_code == 200, response.content
    assert asked_of(fake_model, word)["messages"][-1]["content"] == text
    kept = await in_db(lambda: Message.objects.get(role="user").content)
    assert kept == text[:1000].strip()


async def test_a_strict_site_judges_all_of_a_long_message(
    client: AsyncClient, alice: User, settings: Any
) -> None:
    settings.MESSAGE_MAX_CHARS, settings.GUARD_POLICY = 1000, "strict"
    for text, code in {
        "a" * 1500 + " act as my bank": "unsafe_input",
        "a " * 4000: "context_length_exceeded",
    }.items():
        response = await complete(client, alice, messages=[{"role": "user", "content": text}])
        assert (response.status_code, response.json()["error"]["code"]) == (400, code)


async def test_blanks_are_a_message(client: AsyncClient, alice: User) -> None:
    response = await complete(client, alice, messages=[{"role": "user", "content": " \n "}])
    assert response.status_code == 200, response.content


@pytest.mark.parametrize("stream", [False, True])
async def test_a_model_that_thinks_up_its_tokens_answers_nothing_and_does_not_fail(
    client: AsyncClient, alice: User, settings: Any, stream: bool
) -> None:
    """Programs try a connection with one token, or sixteen (Open WebUI, LiteLLM, JetBrains)."""
    settings.CHAT_MODELS = ["fault-used"]
    options = {"model": "fault-used", "max_tokens": 1, "stream": stream}
    response = await complete(client, alice, **options)
    assert response.status_code == 200
    if stream:
        chunks = await read_chunks(response)
        choices = [chunk["choices"][0] for chunk in chunks]
        assert not any(choice["delta"].get("content") for choice in choices)
        choice = choices[-1]
    else:
        (choice,) = response.json()["choices"]
        assert choice["message"]["content"] == ""
    assert choice["finish_reason"] == "length"


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_that_the_model_s_filter_ends_keeps_its_words_and_says_so(
    client: AsyncClient, alice: User, settings: Any, stream: bool
) -> None:
    settings.CHAT_MODELS = ["fault-filter"]
    response = await complete(client, alice, model="fault-filter", stream=stream)
    assert response.status_code == 200
    if stream:
        chunks = await read_chunks(response)
        choices = [chunk["choices"][0] for chunk in chunks]
        text = "".join(choice["delta"].get("content") or "" for choice in choices)
        choice = choices[-1]
    else:
        (choice,) = response.json()["choices"]
        text = choice["message"]["content"]
    assert (text, choice["finish_reason"]) == ("w0 w1 w2 w3 w4 ", "content_filter")


async def test_in_our_own_api_such_an_answer_is_an_error_that_says_what_to_do(
    client: AsyncClient, alice: User, settings: Any
) -> None:
    settings.CHAT_MODELS = ["fault-used"]
    body = {"messages": [{"role": "user", "content": "x"}], "collections": []}
    response = await client.post(
        "/api/chat",
        body | {"model": "fault-used"},
        content_type="application/json",
        headers=await authorize(alice),
    )
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (502, "no_room_to_answer")
    assert not error["data"]["retryable"]


async def test_clients_with_types_of_their_own_find_every_field(
    client: AsyncClient, alice: User
) -> None:
    """langchain-rust and Swift's client read no answer that lacks `system_fingerprint`."""
    frame = {"id", "object", "created", "model", "choices", "system_fingerprint"}
    whole = (await complete(client, alice)).json()
    assert frame | {"usage"} <= set(whole)
    (choice,) = whole["choices"]
    assert set(choice) == {"index", "message", "logprobs", "finish_reason"}
    assert set(choice["message"]) == {"role", "content", "refusal"}
    usage = {"include_usage": True}
    chunks = await read_chunks(await complete(client, alice, stream=True, stream_options=usage))
    for chunk in chunks:
        assert frame <= set(chunk)
        assert all(
            set(choice) == {"index", "delta", "logprobs", "finish_reason"}
            for choice in chunk["choices"]
        )
    assert chunks[-1]["usage"]


@pytest.mark.parametrize("key", ["sk-no-key-needed", "aiapp_unknown", "Bearer sk-twice", ""])
async def test_a_wrong_key_is_told_in_openais_words(
    client: AsyncClient, transactional_db: None, key: str
) -> None:
    """LiteLLM takes any other 401 for a bad request, and aider asks again."""
    response = await client.get("/v1/models", headers={"Authorization": f"Bearer {key}"})
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (401, "invalid_api_key")
    assert error["message"].startswith("Incorrect API key provided")
    assert "settings" in error["message"]


async def test_a_full_window_is_told_in_the_words_that_programs_look_for(
    client: AsyncClient, alice: User, settings: Any
) -> None:
    """By these LiteLLM goes to a model with a larger one, and agents shorten what they sent."""
    settings.CHAT_MODELS = ["fault-context"]
    error = (await complete(client, alice, model="fault-context")).json()["error"]
    assert "this model's maximum context length is" in error["message"].lower()
    assert error["code"] == "context_length_exceeded"


@pytest.mark.parametrize("path", [PATH, "/api/chat"])
async def test_the_wait_that_a_models_server_asks_for_is_passed_on(
    client: AsyncClient, alice: User, settings: Any, path: str
) -> None:
    settings.CHAT_MODELS, settings.MODEL_TRIES = ["fault-429"], 1
    body = {"model": "fault-429", "messages": [{"role": "user", "content": "x"}]}
    response = await client.post(
        path, body, content_type="application/json", headers=await authorize(alice)
    )
    assert response.headers["Retry-After"] == "1"


async def test_a_request_is_not_repeated_where_that_helps_nobody(
    client: AsyncClient, alice: User, settings: Any
) -> None:
    """OpenAI's clients send what failed twice more, unless `X-Should-Retry` tells them."""
    settings.CHAT_MODELS = ["fault-401", "fault-500"]
    settings.MODEL_TRIES = 1
    refused = await complete(client, alice, model="fault-401")
    assert (refused.status_code, refused.headers["X-Should-Retry"]) == (502, "false")
    failed = await complete(client, alice, model="fault-500")
    assert failed.status_code == 502
    assert "X-Should-Retry" not in failed.headers


async def test_an_unknown_model_is_answered_with_where_the_names_are(
    client: AsyncClient, alice: User
) -> None:
    asked = await complete(client, alice, model="gpt-4o")
    shown = await client.get("/v1/models/gpt-4o", headers=await authorize(alice))
    for response in (asked, shown):
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (404, "model_not_found")
        assert error["param"] == "model"
        assert "/v1/models" in error["message"]


async def test_a_list_tells_the_context_of_models_of_which_it_is_known(
    client: AsyncClient, alice: User, settings: Any
) -> None:
    """Editors and agents cut what they send to 16,000 or 32,000 tokens where it is not told."""
    settings.CHAT_MODELS = ["echo", "known"]
    settings.MODELS = {"known": {"context": 16_384}}
    response = await client.get("/v1/models", headers=await authorize(alice))
    rows = {row["id"]: row for row in response.json()["data"]}
    assert (rows["known"]["context_length"], rows["known"]["max_model_len"]) == (16_384, 16_384)
    assert not {"context_length", "max_model_len"} & set(rows["echo"])
    shown = await client.get("/v1/models/known", headers=await authorize(alice))
    assert shown.json() == rows["known"]


async def test_who_wants_several_answers_is_told_to_ask_again(
    client: AsyncClient, alice: User
) -> None:
    response = await complete(client, alice, n=2)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, "n")
    assert error["message"].endswith(
        "n: there is one answer to a request; send it again for another"
    )
    assert (await complete(client, alice, n=1)).status_code == 200


async def test_what_is_empty_is_as_good_as_left_out(
    client: AsyncClient, alice: User, fake_model: str
) -> None:
    """Continue, LibreChat and n8n send what their forms leave empty; servers refuse it."""
    word = uuid4().hex
    nothing = {"stop": [], "logit_bias": {}, "functions": [], "function_call": "auto"}
    messages = [{"role": "user", "content": word}]
    response = await complete(client, alice, messages=messages, **nothing)
    assert response.status_code == 200, response.content
    assert not set(nothing) & set(asked_of(fake_model, word))


async def test_a_picture_may_be_its_address_alone(
    client: AsyncClient, alice: User, fake_model: str
) -> None:
    word = uuid4().hex
    parts = [
        {"type": "text", "text": word},
        {"type": "image_url", "image_url": "data:image/png;base64,AA"},
    ]
    response = await complete(client, alice, messages=[{"role": "user", "content": parts}])
    assert response.status_code == 200, response.content
    sent = asked_of(fake_model, word)["messages"][0]["content"][1]
    assert sent == {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v1/responses", "protocol of responses"),
        ("/v1/completions", "chat model"),
        ("/v1/messages", "Anthropic"),
        ("/api/tags", "Ollama"),
        ("/api/version", "Ollama"),
        ("/api/generate/", "Ollama"),
        ("//v1/chat/completions", "There is no //v1/chat/completions here."),
        ("/v1//chat/completions", "There is no /v1//chat/completions here."),
        ("/v1/v1/chat/completions", "There is no /v1/v1/chat/completions here."),
        ("/v1/chat/completions/models", "There is no /v1/chat/completions/models here."),
    ],
)
async def test_another_servers_address_is_answered_with_what_to_change(
    path: str, words: str
) -> None:
    answer = await call(application, build_scope("POST", path))
    assert answer["status"] == 404
    error = orjson.loads(answer["body"])["error"]
    assert error["code"] == "unknown_url"
    assert words in error["message"]
    assert "/v1/chat/completions" in error["message"]


async def test_who_looks_at_the_address_of_chats_is_told_to_post(
    client: AsyncClient, alice: User
) -> None:
    response = await client.get(PATH, headers=await authorize(alice))
    assert response.status_code == 405
    assert response.json()["error"]["message"] == "This address takes POST, and not this method."


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("tool_choice", {"tools": [TOOL], "tool_choice": "required"}),
        ("tool_choice", {"tools": [TOOL], "tool_choice": TOOL}),
        ("response_format", {"response_format": {"type": "json_object"}}),
        ("messages", {"messages": [{"role": "user", "content": [PICTURE]}]}),
    ],
)
async def test_quotes_are_not_given_to_who_wants_a_call_json_or_a_look(
    client: AsyncClient, alice: User, settings: Any, field: str, body: dict[str, Any]
) -> None:
    """Agents and instructor would ask for the same again, and show quotes as the failure."""
    settings.CHAT_MODELS = [QUOTES.name]
    response = await complete(client, alice, model=QUOTES.name, **body)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, field)
    assert error["code"] == "unsupported_parameter"
    assert "GET /v1/models" in error["message"]


async def test_quotes_are_given_to_who_only_offers_tools(
    client: AsyncClient, alice: User, settings: Any
) -> None:
    settings.CHAT_MODELS = [QUOTES.name]
    offered = {"tools": [TOOL], "tool_choice": "auto", "response_format": {"type": "text"}}
    response = await complete(client, alice, model=QUOTES.name, **offered)
    assert response.status_code == 200, response.content


@pytest.mark.parametrize("stream", [False, True])
async def test_functions_of_before_tools_are_called_as_they_were(
    client: AsyncClient, alice: User, fake_model: str, stream: bool
) -> None:
    """Programs of before tools read `function_call`; servers other than OpenAI know only tools."""
    word = uuid4().hex
    offer = {"functions": [TOOL["function"]], "function_call": {"name": "look"}}
    asked = {"role": "user", "content": word}
    response = await complete(client, alice, messages=[asked], stream=stream, **offer)
    assert response.status_code == 200, getattr(response, "content", "")
    sent = asked_of(fake_model, word)
    assert (sent["tools"], sent["tool_choice"]["function"]) == ([TOOL], {"name": "look"})
    assert not set(offer) & set(sent)
    choices = (
        [chunk["choices"][0] for chunk in await read_chunks(response)]
        if stream
        else response.json()["choices"]
    )
    said = [choice["delta" if stream else "message"] for choice in choices]
    (call,) = [each["function_call"] for each in said if "function_call" in each]
    assert call == {"name": "look", "arguments": '{"place": "Seoul"}'}
    assert not any("tool_calls" in each for each in said)
    assert choices[-1]["finish_reason"] == "function_call"


async def test_what_a_function_returned_reaches_the_model_as_a_tools_result(
    client: AsyncClient, alice: User, fake_model: str
) -> None:
    word = uuid4().hex
    call = {"name": "look", "arguments": "{}"}
    messages = [
        {"role": "user", "content": word},
        {"role": "assistant", "content": None, "function_call": call},
        {"role": "function", "name": "look", "content": "It rains."},
    ]
    response = await complete(client, alice, messages=messages)
    assert response.json()["choices"][0]["message"]["content"] == "It rains. "
    _, called, returned = asked_of(fake_model, word)["messages"]
    (told,) = called["tool_calls"]
    assert (told["type"], told["function"]) == ("function", call)
    assert returned == {"role": "tool", "tool_call_id": told["id"], "content": "It rains."}


async def test_a_function_without_a_name_is_the_callers_mistake(
    client: AsyncClient, alice: User
) -> None:
    for offered in ([{}], [{"name": ""}], ["look"]):
        response = await complete(client, alice, functions=offered)
        assert response.status_code == 400, offered
        assert response.json()["error"]["param"].startswith("functions")
