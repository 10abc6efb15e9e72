"""The local chat server streams like OpenAI's, for those with the key."""

import asyncio
import dataclasses
from contextlib import aclosing

import openai
import pytest

from aiapp.embedded import parts
from aiapp.embedded.hub.files import HubFile
from aiapp.embedded.hub.shelf import FOLDER, Shelf
from aiapp.embedded.model_servers import weights
from aiapp.embedded.processes.process import Process
from aiapp.llm import transport, vendors
from aiapp.llm.base import Prompt, Text
from tests.processes import model_servers

MODEL = "smollm2-135m-demo"
QUESTION = [{"role": "user", "content": "Say hello."}]
# On a busy machine an answer takes longer than it may keep another model waiting, and two threads
# of it wait for each other.
PATIENT = """
import os
from aiapp.embedded.model_servers import chat_server
chat_server.LOOK_SECONDS, chat_server.DRAIN_SECONDS = 0.02, 600
os.cpu_count = lambda: 1
chat_server.main()
"""


def connect(server, key=None):
    url, _ = transport.http_base(server.base_url)
    http = transport.sync_http_client(server.base_url)
    return openai.OpenAI(api_key=key or server.key, base_url=url, http_client=http, max_retries=0)


async def ask(settings, place):
    """Ask as the site does, and return what was said."""
    settings.OPENAI_BASE_URL = f"unix://{place.chat_socket}"
    settings.OPENAI_API_KEY = model_servers.KEY
    client = await vendors.client("local")
    prompt = Prompt(MODEL, QUESTION, options={"max_tokens": 4})
    async with aclosing(client.stream(prompt)) as pieces:
        return "".join([piece.text async for piece in pieces if isinstance(piece, Text)])


def test_it_streams_tokens_and_ends_with_the_usage(chat_server):
    with connect(chat_server) as client:
        chunks = list(
            client.chat.completions.create(
                model=MODEL,
                messages=QUESTION,
                max_tokens=12,
                stream=True,
                stream_options={"include_usage": True},
            )
        )
    text = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
    assert len(text) > 2
    assert chunks[-1].usage.completion_tokens > 2


def test_the_model_is_listed_under_the_name_that_the_site_uses(chat_server):
    with connect(chat_server) as client:
        assert MODEL in [model.id for model in client.models.list()]


def test_a_wrong_key_is_refused(chat_server):
    with connect(chat_server, "wrong") as client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model=MODEL, messages=QUESTION)


@pytest.fixture
def shelf(tmp_path):
    """A shelf with a model that was downloaded."""
    shelf = Shelf(tmp_path / FOLDER)
    packaged = weights.verify(weights.SMOLLM2)
    source = HubFile("owner/own-GGUF", "1" * 40, "own-model.gguf", packaged.stat().st_size, "")
    shelf.locate(source).parent.mkdir(parents=True)
    shelf.locate(source).symlink_to(packaged)
    shelf.note(source)
    return shelf


@pytest.mark.process
def test_a_downloaded_model_is_served_under_its_own_name_once_it_is_chosen(tmp_path, shelf):
    with model_servers.place() as place:
        part = parts.chat(dataclasses.replace(place, models=tmp_path))
        python, _, _, *options = part.command
        part = dataclasses.replace(part, command=[python, "-c", PATIENT, *options])
        process = Process(part, place.data / "chat.log")
        try:
            process.wait_until_ready()
            server = model_servers.Server(f"unix://{place.chat_socket}", model_servers.KEY, process)
            with connect(server) as client:
                stream = client.chat.completions.create(
                    model=MODEL,
                    messages=QUESTION,
                    max_tokens=24,
                    stream=True,
                    stream_options={"include_usage": True},
                    extra_body={"ignore_eos": True},
                )
                next(stream)
                shelf.choose("own-model")
                *_, last = stream
            # What was under way it has finished, and then it ends by itself, and whoever looks
            # after it starts it again.
            assert last.usage.completion_tokens == 24
            assert process.wait(300)
            process = Process(part, place.data / "chat.log")
            process.wait_until_ready()
            server = model_servers.Server(f"unix://{place.chat_socket}", model_servers.KEY, process)
            with connect(server) as client:
                listed = {model.id for model in client.models.list()}
                answer = client.chat.completions.create(
                    model="own-model", messages=QUESTION, max_tokens=4
                )
        finally:
            process.stop()
    assert "own-model" in listed
    assert answer.usage.completion_tokens > 0


@pytest.mark.process
async def test_whoever_asks_while_it_starts_waits_for_it(settings):
    with model_servers.place() as place:
        place.chat_asleep.touch()
        asked = [asyncio.create_task(ask(settings, place)) for _ in range(3)]
        while place.chat_asleep.exists():
            await asyncio.sleep(0.01)
        # The first has it started, and the others come before it serves.
        asked += [asyncio.create_task(ask(settings, place)) for _ in range(2)]
        process = await asyncio.to_thread(Process, parts.chat(place), place.data / "chat.log")
        try:
            answers = await asyncio.gather(*asked)
        finally:
            await asyncio.to_thread(process.stop)
    assert all(answers)


@pytest.mark.process
@pytest.mark.parametrize("content", [b"this is no model", None], ids=["corrupt", "missing"])
def test_an_unusable_file_of_the_operator_gives_way_to_the_packaged_model(tmp_path, content):
    own = tmp_path / "own.gguf"
    if content:
        own.write_bytes(content)
    with model_servers.place() as place:
        part = parts.chat(place)
        environment = {**part.environment, "LOCAL_CHAT_GGUF": str(own)}
        process = Process(
            dataclasses.replace(part, environment=environment), place.data / "chat.log"
        )
        try:
            process.wait_until_ready()
        finally:
            process.stop()
        log = (place.data / "chat.log").read_text()
    # Nothing but a loaded model makes the server ready, and there is only one left to load.
    assert "model not usable" in log
