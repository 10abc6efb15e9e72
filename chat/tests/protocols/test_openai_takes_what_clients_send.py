"""Clients of OpenAI send fields of other servers and newer versions, and `null` for what is not."""

from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.test import AsyncClient
from openai.types.chat import ChatCompletionMessage

from accounts.credentials import tokens
from accounts.models import User
from aiapp.db import in_db
from chat.models import Message, Turn
from tests.processes import model_requests

PATH = "/v1/chat/completions"
IGNORED = {
    "user": "u-1", "metadata": {"team": 7, "nested": {"a": None}}, "store": True,
    "service_tier": "auto", "safety_identifier": "x", "prompt_cache_key": "x",
    "prompt_cache_retention": "24h", "web_search_options": {}, "audio": None, "best_of": 3,
    "provider": {"order": ["x"]}, "models": ["other"], "route": "fallback", "api_base": "http://x",
    "extra_body": {"a": 1}, "some_new_field": [1, 2], "litellm_session_id": "x", "num_retries": 2,
}  # fmt: skip
PASSED = {
    "top_k": 40, "min_p": 0.05, "repetition_penalty": 1.1, "logprobs": True, "top_logprobs": 3,
    "chat_template_kwargs": {"enable_thinking": False}, "guided_json": {"type": "object"},
    "mirostat": 2, "seed": 7, "stop": ["\n\n"], "logit_bias": {"50256": -100}, "ignore_eos": False,
    "thinking": {"type": "disabled"}, "prediction": {"type": "content", "content": "x"},
}  # fmt: skip
MESSAGE_FIELDS = {
    "id": "msg-1", "audio": None, "function_call": None, "refusal": None, "annotations": None,
    "reasoning": "hm", "reasoning_content": "hm", "reasoning_details": [], "name": None,
    "tool_calls": None, "tool_call_id": None, "createdAt": "2026-01-01", "parsed": None,
    "weight": 1, "provider_specific_fields": {"x": 1}, "created_at": 5, "experimental": {},
}  # fmt: skip


@pytest.fixture
def client() -> AsyncClient:
    return AsyncClient()


async def complete(client: AsyncClient, asker: User, /, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, asker)).access}"}
    question = {"model": "echo", "messages": [{"role": "user", "content": "one two"}]}
    return await client.post(
        PATH, question | body, content_type="application/json", headers=headers
    )


def asked_of(fake_model: str, word: str) -> dict[str, Any]:
    """Return the request to the model's server that has this word in it."""
    (found,) = model_requests.list_bodies(fake_model, word)
    return found


@pytest.mark.parametrize("name", sorted(IGNORED))
async def test_a_field_without_a_meaning_here_is_ignored(
    client: AsyncClient, alice: User, fake_model: str, name: str
) -> None:
    word = uuid4().hex
    messages = [{"role": "user", "content": word}]
    response = await complete(client, alice, messages=messages, **{name: IGNORED[name]})
    assert response.status_code == 200, response.content
    assert name not in asked_of(fake_model, word)


async def test_what_model_servers_know_reaches_them_and_null_does_not(
    client: AsyncClient, alice: User, fake_model: str
) -> None:
    word = uuid4().hex
    nulls = dict.fromkeys(["min_p", "stream", "tools", "response_format", "n", "max_tokens"])
    messages = [{"role": "user", "content": word}]
    response = await complete(client, alice, messages=messages, **(PASSED | nulls))
    assert response.status_code == 200, response.content
    sent = asked_of(fake_model, word)
    assert {name: sent.get(name) for name in PASSED} == PASSED | {"min_p": None}
    assert not set(nulls) & {name for name, value in sent.items() if value is None}


@pytest.mark.parametrize("field", sorted(MESSAGE_FIELDS))
@pytest.mark.parametrize("role", ["user", "assistant", "system"])
async def test_a_message_may_have_any_field(
    client: AsyncClient, alice: User, role: str, field: str
) -> None:
    told = {"role": role, "content": "before", field: MESSAGE_FIELDS[field]}
    messages = [told, {"role": "user", "content": "one two"}]
    response = await complete(client, alice, messages=messages)
    assert response.status_code == 200, response.content


async def test_an_answer_may_be_sent_back_as_the_client_dumps_it(
    client: AsyncClient, alice: User, fake_model: str
) -> None:
    word = uuid4().hex
    answer = ChatCompletionMessage(role="assistant", content="an answer")
    messages = [
        {"role": "user", "content": "hello"},
        answer.model_dump(),
        {"role": "user", "content": word},
    ]
    response = await complete(client, alice, messages=messages)
    assert response.status_code == 200, response.content
    sent = asked_of(fake_model, word)["messages"]
    assert sent[1] == {"role": "assistant", "content": "an answer"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (["one", "two"], "one\ntwo "),
        ({"type": "text", "text": "one"}, "one "),
        ([{"type": "text", "text": "one"}, "two"], "one\ntwo "),
    ],
)
async def test_parts_come_in_several_forms(
    client: AsyncClient, alice: User, content: Any, text: str
) -> None:
    response = await complete(client, alice, messages=[{"role": "user", "content": content}])
    assert response.status_code == 200, response.content
    assert await in_db(lambda: Message.objects.filter(role="user").get().content) == text.strip()


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
async def test_minus_one_is_no_bound(client: AsyncClient, alice: User, limit: str) -> None:
    assert (await complete(client, alice, **{limit: -1})).status_code == 200
    assert (await complete(client, alice, **{limit: 0})).status_code == 400


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "http://127.0.0.1/x.png"}},
        {"type": "image_url", "image_url": "https://example.org/x.png"},
        {"type": "video_url", "video_url": {"url": "http://127.0.0.1/x.mp4"}},
        {"type": "audio_url", "audio_url": {"url": "file:///etc/passwd"}},
        {"type": "file", "file": {"file_url": "http://127.0.0.1/x.pdf"}},
        {"type": "input_image", "image_url": "http://127.0.0.1/x.png"},
        {"type": "image", "source": {"type": "url", "url": "http://127.0.0.1/x.png"}},
        {"type": "image_url", "image_url": [{"url": "http://127.0.0.1/x.png"}]},
        {"type": "image_url", "image_url": {"detail": {"URL": "http://127.0.0.1/x.png"}}},
        {"type": "image_url", "image_url": {"url": " data:image/png;base64,AA"}},
        {"type": "file", "file": {"file_data": "http://127.0.0.1/x.pdf", "filename": "x.pdf"}},
        {"type": "file", "file": {"file_id": "https://127.0.0.1/x.pdf"}},
        {"type": "file", "file": {"file_id": "gs://bucket/x.pdf"}},
        {"type": "media", "fileData": {"fileUri": "http://127.0.0.1/x.png"}},
        {"type": "image", "image": "http://127.0.0.1/x.png"},
        {"type": "video", "video": ["/etc/passwd"]},
        {"type": "audio", "path": "/etc/passwd"},
        {"type": "input_audio", "input_audio": {"data": "ftp://127.0.0.1/x.wav", "format": "wav"}},
        {
            "type": "document",
            "source": {
                "type": "content",
                "content": [
                    {"type": "image", "source": {"type": "url", "url": "file:///etc/passwd"}}
                ],
            },
        },
    ],
)
async def test_no_part_has_the_models_server_fetch_an_address(
    client: AsyncClient, alice: User, part: Any
) -> None:
    response = await complete(client, alice, messages=[{"role": "user", "content": [part]}])
    assert response.status_code == 400
    assert not await in_db(Turn.objects.exists)


@pytest.mark.parametrize(
    "part",
    [
        {"type": "text", "text": "Read http://127.0.0.1/x.png"},
        {"type": "text", "text": "https://example.org", "cache_control": {"type": "ephemeral"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA", "detail": "low"}},
        {"type": "input_audio", "input_audio": {"data": "//uQxAAA", "format": "wav"}},
        {"type": "file", "file": {"filename": "a//b.pdf", "file_data": "data:application/pdf,A"}},
        {"type": "file", "file": {"file_id": "file-abc123"}},
        {"type": "refusal", "refusal": "//no"},
    ],
)
async def test_parts_that_lie_inside_are_passed_on(
    client: AsyncClient, alice: User, fake_model: str, part: Any
) -> None:
    word = uuid4().hex
    content = [{"type": "text", "text": word}, part]
    response = await complete(client, alice, messages=[
        {"role": "user", "content": content}, {"role": "user", "content": word}])  # fmt: skip
    assert response.status_code == 200, response.content
    assert asked_of(fake_model, word)["messages"][0]["content"][1] == part


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "mcp", "server_label": "a", "server_url": "http://127.0.0.1/"},
        {"type": "web_search"},
        {"type": "code_interpreter", "container": {"type": "auto"}},
        {"google_search": {}},
    ],
)
async def test_no_tool_has_a_gateway_act_by_itself(
    client: AsyncClient, alice: User, tool: Any
) -> None:
    response = await complete(client, alice, tools=[tool])
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "tools"


async def test_functions_come_in_several_forms(
    client: AsyncClient, alice: User, fake_model: str
) -> None:
    word, function = uuid4().hex, {"name": "look", "parameters": {"type": "object"}}
    forms = [{"type": "function", "function": function}, {"function": function},
             {"type": "function", **function}]  # fmt: skip
    messages = [{"role": "user", "content": word}]
    response = await complete(client, alice, tools=forms, messages=messages)
    assert response.status_code == 200, response.content
    assert asked_of(fake_model, word)["tools"] == [forms[0]] * 3


@pytest.mark.parametrize("half", ["\\ud83d", "\\uDE00", "ok \\ud83d\\ud83d end"])
@pytest.mark.parametrize("place", ["v1", "chat", "title", "ask", "history"])
async def test_half_a_character_becomes_a_mark_and_no_error(
    client: AsyncClient, alice: User, half: str, place: str
) -> None:
    """Programs leave one behind that cut a text in the middle of an emoji."""
    chat = await in_db(lambda: alice.conversations.create().id)
    message = f'{{"role": "user", "content": "{half}"}}'
    path, body, ok = {
        "v1": (PATH, f'{{"model": "echo", "messages": [{message}]}}', 200),
        "chat": ("/api/chat", f'{{"messages": [{message}], "collections": []}}', 200),
        "title": ("/api/conversations", f'{{"title": "{half}"}}', 201),
        "ask": (f"/api/conversations/{chat}/messages", f'{{"content": "{half}"}}', 202),
        "history": ("/api/chat", f'{{"messages": [{message}, {message}], "collections": []}}', 200),
    }[place]
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, alice)).access}"}
    response = await client.post(path, body, content_type="application/json", headers=headers)
    assert response.status_code == ok, response.content
    assert "\ufffd" in str(response.json())


async def test_a_whole_emoji_stays(client: AsyncClient, alice: User) -> None:
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, alice)).access}"}
    body = (
        '{"model": "echo", "messages": [{"role": "user", "content": "\\ud83d\\ude00 \\\\ud83d"}]}'
    )
    response = await client.post(PATH, body, content_type="application/json", headers=headers)
    assert response.json()["choices"][0]["message"]["content"] == "😀 \\ud83d "


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "system", "content": "@"}],
        [{"role": "developer", "content": "@"}],
        [{"role": "assistant", "content": "@"}],
        [{"role": "system", "content": "x"}, {"role": "assistant", "content": [{"text": "@"}]}],
        [{"role": "user", "content": "@"}, {"role": "assistant", "content": "Sure, "}],
        [{"role": "user", "content": [{"type": "input_text", "text": "@"}]}],
        [{"role": "assistant", "content": [{"type": "output_text", "text": "@"}]}],
        [{"role": "user", "content": "@\0"}, {"role": "user", "content": "\0"}],
    ],
)
async def test_messages_of_any_role_in_any_order_reach_the_model(
    client: AsyncClient, alice: User, fake_model: str, messages: Any
) -> None:
    word = uuid4().hex
    sent = orjson.loads(orjson.dumps(messages).replace(b"@", word.encode()))
    response = await complete(client, alice, messages=sent)
    assert response.status_code == 200, response.content
    reached = asked_of(fake_model, word)["messages"]
    assert [each["role"] for each in reached] == [each["role"] for each in messages]
    kinds = [part.get("type") for each in reached for part in each["content"] if part != str(part)]
    assert not {"input_text", "output_text"} & {*kinds}


@pytest.mark.parametrize(
    "place",
    [
        {"stop": ["@"]}, {"top_k": "@"}, {"logit_bias": {"@": 1}}, {"response_format": {"@": "@"}},
        {"tools": [{"type": "function", "function": {"name": "f", "description": "@"}}]},
        {"messages": [{"role": "user", "content": "x", "cache_control": {"type": "@"}}]},
        {"messages": [{"role": "user", "content": "x", "name": "@"}]},
    ],
)  # fmt: skip
async def test_a_nul_is_no_more_than_left_out(client: AsyncClient, alice: User, place: Any) -> None:
    body = orjson.loads(orjson.dumps(place).replace(b"@", b"a\\u0000b"))
    response = await complete(client, alice, **body)
    assert response.status_code == 200, response.content


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", "1" + "0" * 30), ("top_k", "1" + "0" * 400), ("top_k", "NaN"), ("min_p", "1e999"),
        ("logit_bias", '{"5": NaN}'), ("thinking", '{"budget": -99999999999999999999}'),
    ],
)  # fmt: skip
async def test_a_number_that_no_server_reads_is_a_clear_error(
    client: AsyncClient, alice: User, name: str, value: str
) -> None:
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, alice)).access}"}
    messages = '[{"role": "user", "content": "x"}]'
    body = f'{{"model": "echo", "messages": {messages}, "{name}": {value}}}'
    response = await client.post(PATH, body, content_type="application/json", headers=headers)
    assert response.status_code == 400, response.content
    assert response.json()["error"]["code"] == "validation_error"


async def test_no_tools_are_as_good_as_none_named(
    client: AsyncClient, alice: User, fake_model: str
) -> None:
    word = uuid4().hex
    nothing = {"tools": [], "tool_choice": "auto", "parallel_tool_calls": True, "max_tokens": -2}
    messages = [{"role": "user", "content": word}]
    assert (await complete(client, alice, messages=messages, **nothing)).status_code == 200
    assert not set(nothing) & set(asked_of(fake_model, word))


@pytest.mark.parametrize("name", ["echo@20240620", "echo@q4_k_m", "a@b@c"])
async def test_a_model_may_have_an_at_sign_in_its_name(
    client: AsyncClient, alice: User, settings: Any, name: str
) -> None:
    settings.CHAT_MODELS = [name]
    assert (await complete(client, alice, model=name)).json()["model"] == name
    response = await complete(client, alice, model=f"{name}@Papers")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "unknown_collection")
    assert "'Papers'" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/responses", "/v1/completions", "/v1/chat/completions/", "/chat/completions",
        "/embeddings", "/api/chat/completions", "/api/v1/chat/completions",
        "/openai/deployments/echo/chat/completions",
    ],
)  # fmt: skip
async def test_who_asks_at_another_address_is_told_where_chats_are_answered(
    client: AsyncClient, alice: User, path: str
) -> None:
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, alice)).access}"}
    response = await client.post(path, "{}", content_type="application/json", headers=headers)
    assert response.status_code == 404
    error = response.json()["error"]
    assert error["code"] == "unknown_url"
    assert "/v1/chat/completions" in error["message"]


async def test_tools_of_openais_other_kind_are_passed_on(
    client: AsyncClient, alice: User, fake_model: str
) -> None:
    word = uuid4().hex
    tool = {"type": "custom", "custom": {"name": "shell", "description": "Runs it."}}
    flat = {"type": "function", "name": "look"}
    messages = [{"role": "user", "content": word}]
    response = await complete(
        client, alice, messages=messages, tools=[flat, tool], tool_choice=flat
    )
    assert response.status_code == 200, response.content
    sent = asked_of(fake_model, word)
    assert sent["tools"][1] == tool
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "look"}}


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "custom"}, {"type": "custom", "custom": {}}, {"type": "function"},
        {"type": "function", "function": {}}, {"type": "function", "function": "look"},
        {"type": "function", "function": None}, {"type": "function", "function": []},
        {"type": "function", "function": {"name": 5}}, {"type": ["function"]}, {"type": {}},
        {"type": "function", "function": {"name": ""}}, {"type": "function", "name": None},
    ],
)  # fmt: skip
async def test_a_tool_without_a_name_is_the_callers_mistake(
    client: AsyncClient, alice: User, tool: Any
) -> None:
    response = await complete(client, alice, tools=[tool])
    assert response.status_code == 400, response.content
    assert response.json()["error"]["param"] == "tools"


@pytest.mark.parametrize("odd", [["text"], {}, 5, True])
@pytest.mark.parametrize("field", ["type", "text"])
async def test_a_part_without_words_is_the_callers_mistake(
    client: AsyncClient, alice: User, field: str, odd: Any
) -> None:
    parts = [{"type": "text", "text": "hello"} | {field: odd}]
    response = await complete(client, alice, messages=[{"role": "user", "content": parts}])
    assert response.status_code == 400, response.content
