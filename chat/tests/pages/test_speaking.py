"""An answer is read aloud by a service where one is configured, to its owner only."""

from collections.abc import AsyncIterator, Iterator

import pytest
from aiohttp import web
from django.test import AsyncClient

from accounts.models import User
from aiapp.db import in_db
from aiapp.llm import speech
from chat.models import Conversation, Message
from chat.reading import read_aloud
from tests.processes import web_server

SOUND = b"ID3" + bytes(range(256)) * 200


class Service:
    def __init__(self, server: web_server.WebServer) -> None:
        self.asked: list[dict[str, str]] = []
        self.status, self.kind = 200, speech.MEDIA_TYPE
        server.pages["/v1/audio/speech"] = self.answer

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        headers = {"Content-Type": self.kind}
        return web.Response(status=self.status, body=SOUND, headers=headers)


@pytest.fixture
def service(settings) -> Iterator[Service]:
    with web_server.running("127.0.0.1") as server:
        settings.SPEECH_MODEL, settings.SPEECH_VOICE = "tts-1", "nova"
        settings.SPEECH_BASE_URL = server.url("/v1")
        yield Service(server)


@pytest.fixture
def answer(alice: User) -> Message:
    conversation = Conversation.objects.create(owner=alice, title="a")
    text = "# Days\n\nYou have **30** days [1].\n\n```\ncode\n```\n\n- One\n- Two\n"
    return Message.objects.create(conversation=conversation, role="assistant", content=text)


async def fetch_speech(client: AsyncClient, address: str) -> bytes:
    response = await client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == speech.MEDIA_TYPE
    assert response["Cache-Control"] == "no-store"
    content: AsyncIterator[bytes] = response.streaming_content
    return b"".join([piece async for piece in content])


async def test_page_and_api_stream_what_the_service_says(
    alice: User, answer: Message, service: Service, async_client: AsyncClient
) -> None:
    await in_db(async_client.force_login, alice)
    for address in (f"/chat/messages/{answer.id}/speech/", f"/api/messages/{answer.id}/speech"):
        assert await fetch_speech(async_client, address) == SOUND
    assert service.asked[0]["model"] == "tts-1"
    assert service.asked[0]["voice"] == "nova"
    # Marks, code and numbers of sources are not for the ear.
    assert service.asked[0]["input"] == "Days\nYou have 30 days.\nOne\nTwo"


async def test_nobody_hears_anothers_answer(
    answer: Message, bob: User, service: Service, async_client: AsyncClient
) -> None:
    await in_db(async_client.force_login, bob)
    for address in (f"/chat/messages/{answer.id}/speech/", f"/api/messages/{answer.id}/speech"):
        assert (await async_client.get(address)).status_code == 404
    assert not service.asked


async def test_a_service_that_refuses_is_told_as_an_error(
    alice: User, answer: Message, service: Service, async_client: AsyncClient
) -> None:
    service.status = 401
    await in_db(async_client.force_login, alice)
    response = await async_client.get(f"/api/messages/{answer.id}/speech")
    assert response.status_code == 502
    assert response.json()["error"]["code"] == "model_refused"


async def test_an_error_with_a_status_of_success_is_no_sound(
    alice: User, answer: Message, service: Service, async_client: AsyncClient
) -> None:
    service.kind = "application/json; charset=utf-8"
    await in_db(async_client.force_login, alice)
    response = await async_client.get(f"/api/messages/{answer.id}/speech")
    assert response.json()["error"]["code"] == "model_unavailable"


async def test_without_a_service_there_is_nothing_to_hear(
    alice: User, answer: Message, async_client: AsyncClient
) -> None:
    await in_db(async_client.force_login, alice)
    response = await async_client.get(f"/api/messages/{answer.id}/speech")
    assert response.status_code == 404


def test_a_long_text_is_cut_between_sentences() -> None:
    text = "This is a sentence of some length. " * 300
    pieces = list(speech.parts(text))
    assert "".join(pieces) == text
    assert all(len(piece) <= speech.MAX_CHARS_AT_ONCE for piece in pieces)
    assert all(piece.endswith(". ") for piece in pieces)
    endless = "x" * 9_000
    assert "".join(speech.parts(endless)) == endless


def test_tables_formulas_and_code_are_left_out() -> None:
    text = "One $x^2$ two.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n`named` three.\n\n    block\n"
    said = read_aloud.words_of(text)
    assert "x^2" not in said
    assert "block" not in said
    assert "1" not in said
    assert said.startswith("One")
    assert said.endswith("three.")
