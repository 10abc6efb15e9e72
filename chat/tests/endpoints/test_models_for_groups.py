"""A model for some groups is, for everybody else, a model that does not exist, on every way in."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient
from pytest_django import Settings

from accounts.credentials import tokens
from accounts.models import User
from aiapp.db import in_db
from chat.batches import running
from chat.conversations import conversations
from chat.endpoints import connecting
from chat.models import Attachment, Batch, EndpointModel, Instructions
from chat.tests.conftest import ask, entries, reload_turn, text_of
from chat.tests.connected import connect, switch_on
from chat.tests.pages.test_pictures import draw
from chat.tests.protocols.test_websocket import open_socket, say
from documents.tests.library import ready_document

HIDDEN, ABSENT = "says-for_the_board", "says-nothing_here"
MESSAGES = [{"role": "user", "content": "hello"}]
Way = Callable[[User, str], Awaitable[tuple[int, str]]]


@pytest.fixture
def board(alice: User, bob: User, fake_model: str) -> Group:
    """Alice's group, whose members alone may use a model; Bob is in none."""
    group = Group.objects.create(name="board")
    alice.groups.add(group)
    switch_on(connect("gateway", fake_model), HIDDEN, group)
    return group


async def program(user: User) -> dict[str, Any]:
    access = (await in_db(tokens.issue, user)).access
    headers = {"Authorization": f"Bearer {access}"}
    return {"content_type": "application/json", "headers": headers}


async def browser(user: User) -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(user)
    return client


def post(path: str, **body: Any) -> Way:
    async def send(user: User, model: str) -> tuple[int, str]:
        response = await AsyncClient().post(path, body | {"model": model}, **await program(user))
        return response.status_code, b"" if response.streaming else response.content.decode()

    return send


async def by_page(user: User, model: str) -> tuple[int, str]:
    client = await browser(user)
    form = {"content": "hello", "model": model, "request_id": "1"}
    response = await client.post("/chat/ask/", form, headers={"X-Requested-With": "fetch"})
    return response.status_code, response.content.decode()


async def by_batch_page(user: User, model: str) -> tuple[int, str]:
    form = {"questions": "hello", "model": model}
    await (await browser(user)).post("/chat/batches/", form)
    began = await in_db(Batch.objects.filter(owner=user, model=model).exists)
    return (302 if began else 422), ""


async def by_regenerating(user: User, model: str) -> tuple[int, str]:
    first = await ask(user, "echo")
    await entries(first.turn)
    path = f"/api/messages/{first.turn.message_id}/regenerate"
    response = await AsyncClient().post(path, {"model": model}, **await program(user))
    return response.status_code, response.content.decode()


async def by_editing(user: User, model: str) -> tuple[int, str]:
    first = await ask(user, "echo")
    await entries(first.turn)
    question = await in_db(lambda: first.turn.message.parent_id)
    body = {"content": "again", "model": model}
    response = await AsyncClient().patch(f"/api/messages/{question}", body, **await program(user))
    return response.status_code, response.content.decode()


async def by_conversation(user: User, model: str) -> tuple[int, str]:
    sent = await program(user)
    made = (await AsyncClient().post("/api/conversations", {}, **sent)).json()
    body = {"content": "hello", "model": model, "collections": []}
    response = await AsyncClient().post(f"/api/conversations/{made['id']}/messages", body, **sent)
    return response.status_code, response.content.decode()


async def by_socket(user: User, model: str) -> tuple[int, str]:
    socket = await open_socket(user)
    await say(socket, type="send", content="hello", model=model, collections=[])
    frame = orjson.loads(await socket.receive_from(timeout=60))
    await socket.disconnect()
    return (422 if frame["type"] == "error" else 200), str(frame["data"])


async def by_v1_model(user: User, model: str) -> tuple[int, str]:
    response = await AsyncClient().get(f"/v1/models/{model}", **await program(user))
    return response.status_code, response.content.decode()


async def by_queue(user: User, model: str) -> tuple[int, str]:
    chat = await in_db(conversations.create, user)
    form = {"content": "hello", "model": model, "request_id": "1"}
    client, path = await browser(user), f"/chat/{chat.id}/enqueue/"
    response = await client.post(path, form, headers={"X-Requested-With": "fetch"})
    return response.status_code, response.content.decode()


async def by_summary(user: User, model: str) -> tuple[int, str]:
    document = await in_db(ready_document, user)
    path = f"/api/documents/{document.pk}/summary"
    response = await AsyncClient().post(path, {"model": model}, **await program(user))
    return response.status_code, response.content.decode()


async def by_picture(user: User, model: str) -> tuple[int, str]:
    image = SimpleUploadedFile("a.png", draw())
    body = {"image": image, "question": "What is this?", "model": model}
    headers = (await program(user))["headers"]
    response = await AsyncClient().post("/api/images/analyze", body, headers=headers)
    return response.status_code, response.content.decode()


async def by_settings(user: User, model: str) -> tuple[int, str]:
    """The model for new chats, among a user's own settings."""
    client = await browser(user)
    await client.post("/chat/instructions/", {"text": "", "model": model})
    chosen = await in_db(Instructions.objects.filter(owner=user, model=model).exists)
    return (200 if chosen else 422), ""


WAYS: dict[str, Way] = {
    "page": by_page,
    "batch page": by_batch_page,
    "settings": by_settings,
    "api": post("/api/chat", messages=MESSAGES, collections=[]),
    "api stream": post("/api/chat/stream", messages=MESSAGES, collections=[]),
    "conversation": by_conversation,
    "regenerate": by_regenerating,
    "edit": by_editing,
    "batch": post("/api/batches", questions=["hello"]),
    "v1": post("/v1/chat/completions", messages=MESSAGES),
    "v1 stream": post("/v1/chat/completions", messages=MESSAGES, stream=True),
    "v1 model": by_v1_model,
    "ai sdk": post(
        "/api/ai-sdk/chat",
        id="c",
        messages=[{"id": "m", "role": "user", "parts": [{"type": "text", "text": "hello"}]}],
        collections=[],
    ),
    "websocket": by_socket,
    "queue": by_queue,
    "summary": by_summary,
    "picture": by_picture,
}


@pytest.mark.usefixtures("board")
@pytest.mark.parametrize("way", WAYS)
async def test_whoever_is_in_no_group_names_a_model_that_is_not_there(
    alice: User, bob: User, way: str
) -> None:
    status, words = await WAYS[way](bob, HIDDEN)
    absent_status, absent_words = await WAYS[way](bob, ABSENT)
    assert status in {404, 422}
    assert (status, words.replace(HIDDEN, "M")) == (
        absent_status,
        absent_words.replace(ABSENT, "M"),
    )
    allowed, told = await WAYS[way](alice, HIDDEN)
    # Who may use the model is told that it sees nothing.
    assert allowed < 400 or (way == "picture" and "model_cannot_see" in told)
    # Nothing of what was sent is kept for a model that there is not.
    assert not await in_db(Attachment.objects.exists)


@pytest.mark.usefixtures("board")
async def test_no_list_shows_it(alice: User, bob: User) -> None:
    for user, is_shown in ((alice, True), (bob, False)):
        sent, client = await program(user), await browser(user)
        listed = [
            (await AsyncClient().get(path, **sent)).content.decode()
            for path in ("/api/models", "/v1/models")
        ]
        pages = [
            (await client.get(path)).content.decode()
            for path in ("/chat/", "/chat/batches/", "/chat/instructions/")
        ]
        assert [HIDDEN in text for text in (*listed, *pages)] == [is_shown] * 5


async def test_who_leaves_the_group_goes_on_with_the_default(alice: User, board: Group) -> None:
    first = await ask(alice, HIDDEN)
    await entries(first.turn)
    await in_db(alice.groups.remove, board)
    await in_db(Instructions.objects.create, owner=alice, model=HIDDEN)
    sent, client = await program(alice), await browser(alice)
    path = f"/api/messages/{first.turn.message_id}/regenerate"
    again = await AsyncClient().post(path, {}, **sent)
    assert again.status_code == 202
    assert (await reload_turn(first.turn)).model == HIDDEN
    shown = (await client.get(f"/chat/{first.conversation.id}/")).content.decode()
    assert f">{HIDDEN}</option>" not in shown
    assert f">{HIDDEN}</option>" not in (await client.get("/chat/")).content.decode()


async def test_a_batch_that_waits_ends_with_the_right_to_its_model(
    alice: User, board: Group
) -> None:
    sent = await program(alice)
    body = {"questions": ["one"], "model": HIDDEN}
    batch = (await AsyncClient().post("/api/batches", body, **sent)).json()
    await in_db(alice.groups.remove, board)
    await running.run(batch["id"])
    (item,) = (await AsyncClient().get(f"/api/batches/{batch['id']}", **sent)).json()["items"]
    assert (item["state"], item["answer"]) == ("failed", "")


async def test_no_fallback_answers_whom_it_is_not_for(
    alice: User, bob: User, board: Group, settings: Settings
) -> None:
    settings.MODEL_TRIES = 1
    settings.CHAT_FALLBACKS = {"fault-503": [HIDDEN, "says-for_all"]}
    assert text_of(await entries((await ask(alice, "fault-503")).turn)) == "for the board "
    assert text_of(await entries((await ask(bob, "fault-503")).turn)) == "for all "


async def test_a_model_whose_group_is_deleted_is_nobody_s(
    alice: User, bob: User, board: Group
) -> None:
    await in_db(board.delete)
    for user in (alice, bob):
        assert (await WAYS["api"](user, HIDDEN))[0] == 422
    # Superusers use all, and so find out.
    root = await in_db(User.objects.create_superuser, "root", "r@example.org", "root's password")
    assert (await WAYS["api"](root, HIDDEN))[0] == 200


@pytest.mark.usefixtures("board")
def test_what_is_for_some_is_no_default() -> None:
    model = EndpointModel.objects.get(name=HIDDEN)
    with pytest.raises(Exception, match="for everybody"):
        connecting.make_default(model)
