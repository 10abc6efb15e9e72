"""A request to a model's server: how it looks, and over which connection it goes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pytest_django import Settings

from aiapp.llm import vendors
from aiapp.llm.base import Prompt, Text
from aiapp.llm.errors import ModelError, ModelUnavailable
from aiapp.llm.tests.certificates import make_certificate, trusting
from aiapp.llm.tests.scripted_server import DONE, HELLO, Answer, Server, finish, refusal, running
from aiapp.llm.transport import async_openai

ANSWER = Answer((HELLO, finish(), DONE))
GONE = Answer((), end="cut", raw=True)
QUESTION = [{"role": "user", "content": "Say hello"}]
# What a transport adds, whose values are its own affair.
OF_THE_TRANSPORT = {"accept-encoding", "connection", "content-length"}


async def ask(question: Any = QUESTION, **options: Any) -> str:
    said = ""
    client = await vendors.client("openai")
    async with aclosing(client.stream(Prompt("a-model", question, options=options))) as pieces:
        async for piece in pieces:
            said += piece.text if isinstance(piece, Text) else ""
    return said


def plan(*answers: Answer) -> Callable[[dict[str, Any]], Answer]:
    """Give one answer after the other."""
    rest = list(answers)
    return lambda _: rest.pop(0)


@pytest.mark.parametrize("query", ["", "?a=b%20c&d=", "/openai?api-version=2024-10-21&x=y"])
async def test_a_request_looks_as_openai_s_library_makes_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    timeout = httpx2.Timeout(settings.MODEL_FIRST_TOKEN_SECONDS)
    async with running(settings, ANSWER, query) as server:
        await ask()
        async with async_openai(server.address, "sk-123", timeout=timeout) as library:
            body = server.requests[0]
            await library.post("/chat/completions", cast_to=httpx2.Response, body=body)
    ours, theirs = server.headers
    assert {k: v for k, v in ours.items() if k not in OF_THE_TRANSPORT} == {
        k: v for k, v in theirs.items() if k not in OF_THE_TRANSPORT
    }
    assert server.paths[0] == server.paths[1]
    assert server.requests[0] == server.requests[1]
    assert ours.get("openai-organization") == "org-1"


async def test_a_connection_that_is_closed_as_it_is_used_again_costs_nothing(
    settings: Settings,
) -> None:
    async with running(settings, plan(ANSWER, GONE, ANSWER)) as server:
        assert [await ask(), await ask()] == ["Hello world"] * 2
    assert (len(server.requests), server.connections) == (3, 2)


@pytest.mark.parametrize(
    ("answers", "requests"), [([GONE], 1), ([ANSWER, GONE, GONE], 3)], ids=["new", "used before"]
)
async def test_a_server_that_closes_each_connection_is_asked_no_further(
    settings: Settings, answers: list[Answer], requests: int
) -> None:
    async with running(settings, plan(*answers)) as server:
        for _ in answers[1:-1]:
            await ask()
        with pytest.raises(ModelUnavailable):
            await ask()
    assert len(server.requests) == requests


async def test_a_refusal_leaves_the_connection_for_the_next_question(settings: Settings) -> None:
    refused = refusal(429, {"error": {"message": "Too many requests"}})
    async with running(settings, plan(refused, refused, ANSWER)) as server:
        for _ in range(2):
            with pytest.raises(ModelError):
                await ask()
        assert await ask() == "Hello world"
    assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer((), end="open", raw=True),
        Answer((b"HTTP/1.1 503 No\r\nContent-Length: 9\r\n\r\n",), end="open", raw=True),
        Answer((HELLO,), end="open"),
    ],
    ids=["before the status", "in a refusal", "in the answer"],
)
async def test_whoever_leaves_takes_the_connection_along(
    settings: Settings, answer: Answer
) -> None:
    async with running(settings, answer) as server:
        asking = asyncio.create_task(ask())
        async with asyncio.timeout(60):
            while not server.requests:
                await asyncio.sleep(0.01)
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
            # The server reads on for as long as somebody is there.
            await asyncio.gather(*server.tasks)
    assert len(server.requests) == 1


async def test_a_redirect_is_followed(settings: Settings) -> None:
    moved = refusal(307, "moved", Location="/v2/chat/completions")
    async with running(settings, plan(moved, moved, ANSWER)) as server:
        assert await ask() == "Hello world"
    assert server.paths == ["/v1/chat/completions"] * 2 + ["/v2/chat/completions"]
    assert server.requests[0] == server.requests[2]
    assert server.headers[2]["authorization"] == "Bearer sk-123"


@pytest.mark.parametrize("query", ["", "/openai?api-version=2024-10-21"])
async def test_a_key_goes_to_no_other_server(settings: Settings, query: str) -> None:
    async with running(settings, ANSWER) as other:
        moved = refusal(307, "moved", Location=f"{other.address}/chat/completions")
        async with running(settings, moved, query):
            assert await ask() == "Hello world"
    assert "sk-123" not in json.dumps(other.headers)


async def test_a_proxy_of_the_environment_is_used(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(settings, ANSWER) as server:
        monkeypatch.setenv("http_proxy", server.address.removesuffix("/v1"))
        monkeypatch.setenv("no_proxy", "")
        settings.OPENAI_BASE_URL = "http://a-model.invalid/v1"
        assert await ask() == "Hello world"
    assert server.paths == ["http://a-model.invalid/v1/chat/completions"]


async def test_a_server_behind_a_socket_is_reached_whatever_proxy_there_is(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with _listening(tmp_path / "s") as server:
        settings.LOCAL_CHAT = False
        settings.OPENAI_BASE_URL = f"unix://{tmp_path}/s"
        said = [await ask(), await ask()]
        await vendors.close()
    assert said == ["Hello world"] * 2
    assert server.paths == ["/v1/chat/completions"] * 2
    assert server.connections == 1


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_server_s_certificate_is_checked_by_those_of_the_environment(
    settings: Settings, tmp_path: Path, is_known: bool
) -> None:
    certificate, context = make_certificate(tmp_path)
    async with running(settings, ANSWER, tls=context) as server:
        if is_known:
            with trusting(certificate):
                assert await ask() == "Hello world"
        else:
            with pytest.raises(ModelUnavailable):
                await ask()
    assert len(server.requests) == is_known


@asynccontextmanager
async def _listening(path: Path) -> AsyncIterator[Server]:
    server = Server(lambda _: ANSWER)
    async with await asyncio.start_unix_server(server.serve, path):
        yield server


@pytest.mark.parametrize(
    ("name", "value"), [("seed", 10**30), ("user", "\ud83d"), ("stop", ["x" * 2_000_000])],
    ids=["a large number", "half an emoji", "two megabytes"],
)  # fmt: skip
async def test_whatever_a_program_asks_for_is_sent(
    settings: Settings, name: str, value: Any
) -> None:
    async with running(settings, ANSWER) as server:
        assert await ask(**{name: value}) == "Hello world"
    assert server.requests[0][name] == value


async def test_a_hundred_questions_at_once_have_a_connection_each(settings: Settings) -> None:
    async with running(settings, Answer((HELLO, finish(), DONE), pause=0.05)) as server:
        assert await asyncio.gather(*(ask() for _ in range(100))) == ["Hello world"] * 100
    assert server.connections == 100
