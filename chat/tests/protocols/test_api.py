"""The chat API: what it answers, and what it refuses."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import AsyncClient
from pytest_django import Settings

from accounts.credentials import tokens
from accounts.models import User
from aiapp.db import in_db
from chat.models import Citation, Turn
from chat.tests.conftest import ask, entries

ASK = {"messages": [{"role": "user", "content": "one two"}], "collections": []}


@pytest.fixture
def client() -> AsyncClient:
    return AsyncClient()


async def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {(await in_db(tokens.issue, user)).access}"}


async def post(client: AsyncClient, path: str, body: Any, user: User, **headers: str) -> Any:
    return await client.post(
        path, body, content_type="application/json", headers=await bearer(user) | headers
    )


async def lines(response: Any) -> list[str]:
    return b"".join([part async for part in response.streaming_content]).decode().splitlines()


async def test_an_answer_in_one_piece_names_model_usage_and_end(
    client: AsyncClient, alice: User
) -> None:
    response = await post(client, "/api/chat", ASK, alice)
    assert response.status_code == 200
    assert response.json() == {
        "content": "one two ",
        "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9},
        "model": "echo",
        "finish_reason": "stop",
        "citations": [],
        "grounded": None,
        "conversation_id": None,
        "cached": False,
    }


async def test_a_stream_is_events_with_ids_and_one_line_of_json_each(
    client: AsyncClient, alice: User
) -> None:
    body = ASK | {"messages": [{"role": "user", "content": "first\nsecond"}]}
    response = await post(client, "/api/chat/stream", body, alice)
    assert response["Content-Type"].startswith("text/event-stream")
    found = await lines(response)
    assert found[-2] == "data: [DONE]"
    ids = [line[4:] for line in found if line.startswith("id: ")]
    assert ids == [f"1-{n + 1}" for n in range(len(ids))]
    data = [json.loads(line[6:]) for line in found if line.startswith("data: {")]
    assert "".join(d["text"] for d in data if "text" in d) == "first\nsecond "
    assert data[-1]["content"] == "first\nsecond "


async def test_a_failed_answer_is_an_error_with_the_reason(
    client: AsyncClient, alice: User
) -> None:
    response = await post(client, "/api/chat", ASK | {"model": "fault-hang"}, alice)
    assert response.status_code == 502
    assert response.json()["error"]["code"] == "model_timeout"


@pytest.fixture(autouse=True)
def _impatient(settings: Any) -> None:
    settings.MODEL_FIRST_TOKEN_SECONDS = 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"temprature": 1}, "validation_error"),
        ({"temperature": 2.5}, "validation_error"),
        ({"messages": []}, "validation_error"),
        ({"messages": [{"role": "assistant", "content": "hi"}]}, "validation_error"),
        ({"messages": [{"role": "user", "content": "  "}]}, "empty_message"),
        ({"messages": [{"role": "user", "content": "\x00"}]}, "empty_message"),
        ({"messages": [{"role": "user", "content": "x" * 200_000}]}, "message_too_long"),
        ({"model": "no-such-model"}, "unknown_model"),
    ],
)
async def test_a_request_that_makes_no_sense_is_refused_with_its_reason(
    client: AsyncClient, alice: User, change: dict[str, Any], code: str
) -> None:
    response = await post(client, "/api/chat", ASK | change, alice)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == code
    assert not await Turn.objects.aexists()


async def test_a_repeat_with_the_same_key_returns_the_first_answer(
    client: AsyncClient, alice: User
) -> None:
    key = {"Idempotency-Key": "once"}
    first = await post(client, "/api/chat", ASK, alice, **key)
    second = await post(client, "/api/chat", ASK, alice, **key)
    assert first.json() == second.json()
    assert await Turn.objects.acount() == 1


async def test_without_a_token_nothing_is_answered(client: AsyncClient) -> None:
    for path in ("/api/models", "/api/conversations", f"/api/turns/{uuid4()}/events"):
        response = await client.get(path)
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "not_authenticated"


async def test_a_strangers_id_answers_exactly_like_a_random_one(
    client: AsyncClient, alice: User, bob: User
) -> None:
    accepted = await ask(alice, "echo")
    await entries(accepted.turn)
    headers = await bearer(bob)
    paths = {
        "/api/conversations/{}": accepted.conversation.id,
        "/api/conversations/{}/messages": accepted.conversation.id,
        "/api/turns/{}/events": accepted.turn.id,
    }
    for path, mine in paths.items():
        theirs = await client.get(path.format(mine), headers=headers)
        random = await client.get(path.format(uuid4()), headers=headers)
        assert (theirs.status_code, theirs.content) == (random.status_code, random.content)
        assert theirs.status_code == 404
    writes = {
        "/api/turns/{}/stop": accepted.turn.id,
        "/api/conversations/{}/messages": accepted.conversation.id,
        "/api/messages/{}/regenerate": accepted.assistant_message.id,
    }
    for path, mine in writes.items():
        body = {"content": "hello"} if path.endswith("messages") else {}
        theirs = await post(client, path.format(mine), body, bob)
        random = await post(client, path.format(uuid4()), body, bob)
        assert (theirs.status_code, theirs.content) == (random.status_code, random.content)
        assert theirs.status_code == 404
    asked = await post(
        client, "/api/chat", ASK | {"conversation_id": str(accepted.conversation.id)}, bob
    )
    assert asked.status_code == 404
    assert await Turn.objects.acount() == 1


async def test_a_question_in_a_conversation_is_accepted_at_once_and_read_as_events(
    client: AsyncClient, alice: User
) -> None:
    made = (await post(client, "/api/conversations", {"title": "Notes"}, alice)).json()
    path = f"/api/conversations/{made['id']}/messages"
    response = await post(client, path, {"content": "hello", "collections": []}, alice)
    assert response.status_code == 202
    turn = response.json()["turn"]["id"]
    stream = await client.get(f"/api/turns/{turn}/events", headers=await bearer(alice))
    assert "data: [DONE]" in await lines(stream)
    messages = (await client.get(path, headers=await bearer(alice))).json()
    assert [(m["role"], m["content"]) for m in messages] == [
        ("user", "hello"),
        ("assistant", "hello "),
    ]


async def test_the_messages_of_a_conversation_come_with_turns_and_citations(
    client: AsyncClient, alice: User
) -> None:
    accepted = await ask(alice, "echo", "one")
    await entries(accepted.turn)
    await Citation.objects.acreate(
        message=accepted.assistant_message, n=1, document_title="a.pdf", page=2, start=3, end=9,
        quote="quoted", supported=False, support="weak",
    )  # fmt: skip
    address = f"/api/conversations/{accepted.conversation.id}/messages"
    listed = (await client.get(address, headers=await bearer(alice))).json()
    assert [message["role"] for message in listed] == ["user", "assistant"]
    assert listed[1]["turn"]["state"] == "done"
    (citation,) = listed[1]["citations"]
    assert (citation["title"], citation["supported"], citation["support"]) == (
        "", False, "weak",
    )  # fmt: skip


async def test_an_answer_can_be_made_again_beside_the_first(
    client: AsyncClient, alice: User
) -> None:
    accepted = await ask(alice, "echo", "again please")
    await entries(accepted.turn)
    path = f"/api/messages/{accepted.assistant_message.id}/regenerate"
    second = (await post(client, path, {}, alice)).json()
    assert second["user_message"]["id"] == str(accepted.user_message.id)
    assert second["assistant_message"]["id"] != str(accepted.assistant_message.id)
    made = await Turn.objects.select_related("message").aget(id=second["turn"]["id"])
    assert (await entries(made))[-1].data["content"] == "again please "


async def test_conversations_come_a_page_at_a_time_and_can_be_searched(
    client: AsyncClient, alice: User
) -> None:
    for n in range(5):
        await post(client, "/api/conversations", {"title": f"Chat {n}"}, alice)
    headers = await bearer(alice)
    seen, cursor = [], ""
    while True:
        path = f"/api/conversations?limit=2&cursor={cursor}"
        page = (await client.get(path, headers=headers)).json()
        seen += [item["title"] for item in page["items"]]
        if not (cursor := page["next"] or ""):
            break
    assert seen == [f"Chat {n}" for n in (4, 3, 2, 1, 0)]
    found = (await client.get("/api/conversations?q=chat 3", headers=headers)).json()
    assert [item["title"] for item in found["items"]] == ["Chat 3"]
    assert (await client.get("/api/conversations?cursor=x", headers=headers)).status_code == 422


async def test_a_conversation_is_renamed_and_deleted(client: AsyncClient, alice: User) -> None:
    made = (await post(client, "/api/conversations", {}, alice)).json()
    path, headers = f"/api/conversations/{made['id']}", await bearer(alice)
    renamed = await client.patch(
        path, {"title": " New\nname "}, content_type="application/json", headers=headers
    )
    assert renamed.json()["title"] == "New name"
    assert (await client.delete(path, headers=headers)).status_code == 204
    assert (await client.get(path, headers=headers)).status_code == 404


async def test_the_models_come_with_what_they_can_do(alice: User, settings: Settings) -> None:
    settings.CHAT_MODELS = ["gpt-4o"]
    models = (await AsyncClient().get("/api/models", headers=await bearer(alice))).json()
    can = {m["id"]: (m["vision"], m["tools"], m["audio"], m["context"]) for m in models}
    assert can["gpt-4o"] == (True, True, False, 128_000)
    assert can["echo"] == (False, False, False, 32_000)
    assert {m["label"] for m in models if m["id"] == "quotes"} == {"Quotes from your documents"}
