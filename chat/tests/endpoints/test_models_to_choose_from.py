"""The models that a vendor's server lists can be chosen on the page, without an operator's list."""

import asyncio
import re

from aiohttp import web
from aiohttp.test_utils import TestServer
from django.test import AsyncClient

from accounts.models import User
from aiapp.llm import registry


async def test_what_a_server_lists_can_be_chosen_if_it_chats(alice: User, settings) -> None:
    listed = ["llama3.2:3b", "nomic-embed-text:latest", "gemma3:12b", "whisper-1"]

    async def models(_: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": name} for name in listed]})

    app = web.Application()
    app.router.add_get("/v1/models", models)
    client = AsyncClient()
    await client.aforce_login(alice)
    async with TestServer(app) as server:
        settings.OPENAI_BASE_URL = str(server.make_url("/v1"))
        settings.CHAT_MODEL, settings.CHAT_MODELS = "llama3.2:3b", []
        assert set(await registry.names()) == {"llama3.2:3b", "gemma3:12b", "quotes"}
        page = (await client.get("/chat/")).content.decode()
        assert "gemma3:12b</option>" in page
        assert "nomic-embed-text" not in page
        # Another server has others.
        settings.OPENAI_BASE_URL = str(server.make_url("/v2"))
        assert "gemma3:12b" not in (await client.get("/chat/")).content.decode()


async def test_a_server_that_lists_nothing_for_a_moment_keeps_its_models(
    alice: User, settings, monkeypatch
) -> None:
    lists = True

    async def models(_: web.Request) -> web.Response:
        if not lists:
            raise web.HTTPBadRequest
        return web.json_response({"data": [{"id": "model-1"}, {"id": "model-2"}]})

    monkeypatch.setattr(registry, "LISTING_SECONDS", -1.0)
    app = web.Application()
    app.router.add_get("/v1/models", models)
    async with TestServer(app) as server:
        settings.OPENAI_BASE_URL = str(server.make_url("/v1"))
        settings.CHAT_MODEL, settings.CHAT_MODELS = "model-1", []
        assert set(await registry.names()) == {"model-1", "model-2", "quotes"}
        lists = False
        assert set(await registry.names()) == {"model-1", "model-2", "quotes"}
        assert await registry.resolve("model-2") == "model-2"


async def test_all_that_a_gateway_lists_can_be_chosen(alice: User, settings) -> None:
    async def models(_: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": f"model-{n}"} for n in range(300)]})

    app = web.Application()
    app.router.add_get("/v1/models", models)
    client = AsyncClient()
    await client.aforce_login(alice)
    async with TestServer(app) as server:
        settings.OPENAI_BASE_URL = str(server.make_url("/v1"))
        settings.CHAT_MODEL, settings.CHAT_MODELS = "model-0", []
        await registry.names()
        page = (await client.get("/chat/")).content.decode()
    assert len(re.findall(r">model-\d+</option>", page)) == 300


def test_names_are_known_after_the_end_of_the_loop_that_asked_for_them(settings) -> None:
    async def begin() -> None:
        registry.start()
        await registry.names()
        await registry.close_clients()

    asyncio.run(begin())
    settings.CHAT_MODEL, settings.OPENAI_BASE_URL = "gemma3:12b", "http://127.0.0.1:9/v1"
    assert registry.known_names()[0] == "gemma3:12b"
