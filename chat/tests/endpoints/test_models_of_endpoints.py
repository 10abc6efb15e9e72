"""Models of administrators' endpoints answer like those of the environment, one to a name."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.test import AsyncClient
from pytest_django import Settings

from accounts.models import User
from aiapp.db import in_db
from aiapp.llm import endpoints, registry
from chat.endpoints import connecting, loading
from chat.log.events import Kind
from chat.models import EndpointModel
from chat.tests.conftest import ask, entries, text_of
from chat.tests.connected import KEY, connect, switch_on
from chat.tests.turns.test_taking_over import abandon_turn
from chat.turns.running.runner import Runner
from tests.processes import model_requests


async def answer(user: User, model: str, text: str = "one two three") -> str:
    return text_of(await entries((await ask(user, model, text)).turn))


async def sent_headers(fake_model: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the last request's body and headers."""
    seen = await asyncio.to_thread(model_requests.fetch, fake_model, last=1)
    return seen["requests"][-1], {k.lower(): v for k, v in seen["headers"][-1].items()}


async def test_a_model_is_asked_at_its_endpoint_with_its_key(alice: User, fake_model: str) -> None:
    endpoint = await in_db(connect, "gateway", fake_model)
    await in_db(switch_on, endpoint, "says-from_the_row", label="Friendly")
    assert registry.get_title("says-from_the_row") == "Friendly"
    assert await answer(alice, "says-from_the_row") == "from the row "
    body, headers = await sent_headers(fake_model)
    assert body["model"] == "says-from_the_row"
    assert headers["authorization"] == f"Bearer {KEY}"


async def test_a_model_that_two_endpoints_have_is_two_models(alice: User, fake_model: str) -> None:
    first, second = await in_db(connect, "a", fake_model), await in_db(connect, "b", fake_model)
    one = await in_db(switch_on, first, "says-twice")
    two = await in_db(switch_on, second, "says-twice")
    assert (one.name, two.name) == ("says-twice", "b/says-twice")
    assert {"says-twice", "b/says-twice"} <= set(await registry.names())
    assert await answer(alice, "b/says-twice") == "twice "
    # The server is asked by the name that it knows.
    assert (await sent_headers(fake_model))[0]["model"] == "says-twice"


async def test_a_name_of_the_environment_is_not_taken_silently(
    alice: User, fake_model: str
) -> None:
    endpoint = await in_db(connect, "gateway", fake_model)
    model = await in_db(switch_on, endpoint, "echo")
    assert model.name == "gateway/echo"
    await answer(alice, "echo")
    assert (await sent_headers(fake_model))[1]["authorization"] == "Bearer sk-123"
    # Somebody who gives the name away says so.
    model.name = "echo"
    await in_db(model.save)
    await answer(alice, "echo", "four five")
    assert (await sent_headers(fake_model))[1]["authorization"] == f"Bearer {KEY}"


async def test_an_endpoint_that_is_away_holds_nobody_up(alice: User, fake_model: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        away, near = await in_db(connect, "away", url), await in_db(connect, "near", fake_model)
        await in_db(switch_on, away, "far")
        await in_db(switch_on, near, "says-near")
        client = AsyncClient()
        await client.aforce_login(alice)
        page = (await client.get("/chat/")).content.decode()
        names = await registry.names()
        # It is not asked at all.
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert ">far<" in page
    assert {"far", "says-near"} <= set(names)


async def test_the_default_of_the_administration_comes_before_that_of_the_environment(
    alice: User, fake_model: str
) -> None:
    endpoint = await in_db(connect, "gateway", fake_model)
    await in_db(switch_on, endpoint, "says-one")
    chosen = await in_db(switch_on, endpoint, "says-two")
    assert await registry.resolve("") == "echo"
    await in_db(connecting.make_default, chosen)
    assert await registry.resolve("") == "says-two"
    assert (await registry.names())[0] == "says-two"
    other = await in_db(EndpointModel.objects.get, name="says-one")
    await in_db(connecting.make_default, other)
    assert await registry.resolve("") == "says-one"
    await in_db(connecting.switch_off, endpoint, ["says-one"])
    assert await registry.resolve("") == "echo"


async def test_where_the_environment_connects_nothing_the_first_row_is_the_default(
    alice: User, settings: Settings, fake_model: str
) -> None:
    settings.LOCAL_CHAT, settings.CHAT_MODEL = True, settings.LOCAL_CHAT_MODEL
    assert not registry.is_connected()
    endpoint = await in_db(connect, "gateway", fake_model)
    await in_db(switch_on, endpoint, "says-connected")
    assert registry.is_connected()
    assert await registry.resolve("") == "says-connected"
    assert await answer(alice, "says-connected") == "connected "


async def test_what_is_switched_off_answers_nobody(alice: User, fake_model: str) -> None:
    endpoint = await in_db(connect, "gateway", fake_model)
    await in_db(switch_on, endpoint, "says-gone")
    first = await ask(alice, "says-gone")
    await entries(first.turn)
    endpoint.is_enabled = False
    await in_db(endpoint.save)
    client = AsyncClient()
    await client.aforce_login(alice)
    body = {"content": "hello", "model": "says-gone", "request_id": "1"}
    assert (await client.post("/chat/ask/", body)).status_code == 422
    # Another answer to the old question is the default's.
    again = await client.post(f"/chat/messages/{first.turn.message_id}/retry/", {"request_id": "2"})
    assert again.status_code < 400
    body, _ = await sent_headers(fake_model)
    assert body["model"] == "echo"


async def test_what_is_removed_is_asked_nowhere_else(
    alice: User, settings: Settings, fake_model: str
) -> None:
    settings.LOCAL_CHAT, settings.CHAT_MODEL = True, "quotes"
    endpoint = await in_db(connect, "gateway", fake_model)
    for name in ("says-removed", "says-there"):
        await in_db(switch_on, endpoint, name)
    first = await ask(alice, "says-removed")
    await entries(first.turn)
    await in_db(lambda: EndpointModel.objects.get(name="says-removed").delete())
    client = AsyncClient()
    await client.aforce_login(alice)
    again = await client.post(f"/chat/messages/{first.turn.message_id}/retry/", {"request_id": "2"})
    assert again.status_code < 400
    body, _ = await sent_headers(fake_model)
    assert body["model"] == "says-there"


async def delete_model(model: EndpointModel) -> None:
    await in_db(model.delete)


async def delete_endpoint(model: EndpointModel) -> None:
    await in_db(model.endpoint.delete)


async def rename(model: EndpointModel) -> None:
    model.name = "says-otherwise"
    await in_db(model.save)


async def switch_off(model: EndpointModel) -> None:
    await in_db(connecting.switch_off, model.endpoint, [model.upstream])


@pytest.mark.parametrize("take_away", [delete_model, delete_endpoint, rename, switch_off])
async def test_what_was_asked_of_a_row_never_goes_to_the_environment_by_the_same_name(
    alice: User, fake_model: str, take_away: Callable[[EndpointModel], Awaitable[None]]
) -> None:
    """A question may carry passages, which its asker gave to one server and to no other."""
    model = await in_db(switch_on, await in_db(connect, "gateway", fake_model), "says-private")
    first = await ask(alice, "says-private")
    await entries(first.turn)
    # The process of this one dies before it asks.
    under_way = (await abandon_turn(alice, "says-private")).turn
    await take_away(model)

    client = AsyncClient()
    await client.aforce_login(alice)
    path = f"/chat/messages/{first.turn.message_id}/retry/"
    assert (await client.post(path, {"request_id": "2"})).status_code < 400
    body, _ = await sent_headers(fake_model)
    assert body["model"] == "echo"

    await Runner().take_over(under_way.id)
    found = await entries(under_way)
    assert found[-1].data["state"] == "failed"
    assert "This model was removed" in str([entry.data for entry in found])
    assert (await sent_headers(fake_model))[0]["model"] == "echo"


async def test_a_removed_name_that_is_given_again_answers_again(
    alice: User, fake_model: str, settings: Settings
) -> None:
    endpoint = await in_db(connect, "gateway", fake_model)
    model = await in_db(switch_on, endpoint, "says-back")
    await in_db(model.delete)
    await in_db(switch_on, endpoint, "says-back")
    assert await answer(alice, "says-back") == "back "
    await in_db(endpoint.delete)
    # The operator names it, too.
    settings.CHAT_MODELS = ["says-back"]
    assert await answer(alice, "says-back") == "back "


async def test_fallbacks_of_the_administration_answer_in_their_order(
    alice: User, settings: Settings, fake_model: str
) -> None:
    settings.MODEL_TRIES = 1
    endpoint = await in_db(connect, "gateway", fake_model)
    for name, place in (("fault-503", None), ("says-second", 2), ("fault-500", 1)):
        await in_db(switch_on, endpoint, name, fallback=place)
    found = await entries((await ask(alice, "fault-503")).turn)
    assert text_of(found) == "second "
    assert [entry.data["text"] for entry in found if entry.kind == Kind.STATUS] == [
        "fault-503 is unavailable. fault-500 is answering",
        "fault-500 is unavailable. says-second is answering",
    ]


async def test_what_the_administrator_says_of_a_model_is_right(
    alice: User, fake_model: str
) -> None:
    endpoint = await in_db(connect, "gateway", fake_model)
    endpoint.listed = {"gpt-4o": {"context": 9_000, "vision": False, "odd": "field"}}
    await in_db(endpoint.save)
    await in_db(switch_on, endpoint, "gpt-4o")
    listed = registry.info("gpt-4o")
    # Its server knows how it was started, and where nobody says anything its name tells.
    assert (listed.context, listed.vision, listed.tools) == (9_000, False, True)
    model = await in_db(EndpointModel.objects.get, name="gpt-4o")
    model.name, model.context, model.tools = "house", 5_000, False
    await in_db(model.save)
    said = registry.info("house")
    assert (said.name, said.context, said.vision, said.tools) == ("house", 5_000, False, False)


async def test_an_answer_holds_no_key(alice: User, fake_model: str) -> None:
    endpoint = await in_db(connect, "gateway", fake_model)
    await in_db(switch_on, endpoint, f"says-the_key_is_{KEY}")
    assert await answer(alice, f"says-the_key_is_{KEY}") == "the key is [removed] "


@pytest.mark.usefixtures("transactional_db")
def test_a_row_of_a_later_release_is_left_alone(fake_model: str) -> None:
    unknown = connect("later", fake_model)
    switch_on(unknown, "says-later")
    unknown.kind = "a-kind-to-come"
    unknown.save()
    loading.load()
    assert endpoints.find("says-later") is None
