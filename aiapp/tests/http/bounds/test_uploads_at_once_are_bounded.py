"""One member's uploads are bounded in number and size; nobody else is refused for them."""

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from django.test import Client

from accounts.credentials import tokens
from accounts.limits import uploads
from accounts.models import User
from aiapp.body_limit import BodyLimit
from aiapp.concurrency.commands import ask
from aiapp.db import in_db

pytestmark = pytest.mark.django_db(transaction=True)
MB = 1024 * 1024


class Upload:
    """An upload of somebody's: `begun` once the application has it, which answers on `finish`."""

    def __init__(self, headers: dict[str, str], size: int | None, path: str) -> None:
        declared = {} if size is None else {"content-length": str(size)}
        told = {"content-type": "multipart/form-data; boundary=x", **declared, **headers}
        raw = [(name.encode(), value.encode()) for name, value in told.items()]
        self._scope = {"type": "http", "method": "POST", "path": path, "headers": raw}
        self._may_finish = asyncio.Event()
        self.begun = asyncio.Event()
        self.answer: list[dict[str, Any]] = []
        self.breaks_off = False

    async def run(self) -> None:
        await BodyLimit(self._apply)(self._scope, self._receive, self._send)

    async def _apply(self, scope: Any, receive: Any, send: Any) -> None:
        self.begun.set()
        await self._may_finish.wait()
        if self.breaks_off:
            raise ConnectionResetError
        await receive()
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def _receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def _send(self, message: dict[str, Any]) -> None:
        self.answer.append(message)

    def finish(self) -> None:
        self._may_finish.set()

    @property
    def status(self) -> int:
        return int(self.answer[0]["status"])


class Member:
    def __init__(self, name: str) -> None:
        self.user = User.objects.create_user(name, f"{name}@example.org", "a long password 1")
        self.token = {"authorization": f"Bearer {tokens.issue(self.user).access}"}
        client = Client()
        client.force_login(self.user)
        self.session = {"cookie": f"session={client.cookies['session'].value}"}

    @asynccontextmanager
    async def holding(self, size: int | None = MB, **options: Any) -> Any:
        """An upload that the application has and does not answer before the end."""
        upload = Upload(options.get("headers", self.token), size, "/api/documents")
        task = asyncio.create_task(upload.run())
        await upload.begun.wait()
        try:
            yield upload
        finally:
            upload.finish()
            await task

    async def send(self, size: int | None = MB, path: str = "/api/documents") -> Upload:
        """An upload from its beginning to its answer."""
        upload = Upload(self.token, size, path)
        upload.finish()
        await upload.run()
        return upload


@pytest.fixture
def ann(settings) -> Member:
    settings.UPLOADS_PER_USER, settings.UPLOADS_BYTES_PER_USER = 2, 10 * MB
    settings.DOCUMENT_MAX_BYTES = 50 * MB
    return Member("ann")


@pytest.fixture
def bob(ann: Member) -> Member:
    return Member("bob")


async def test_one_too_many_is_refused_unread_and_told_why(ann: Member) -> None:
    async with ann.holding(), ann.holding(headers=ann.session):
        refused = await ann.send()
        assert not refused.begun.is_set()
        assert refused.status == 429
        assert (b"retry-after", b"10") in refused.answer[0]["headers"]
        error = json.loads(refused.answer[1]["body"])["error"]
        assert error["code"] == "too_many_uploads"
        assert error["data"] == {"uploads": 2, "bytes": 10 * MB}
        page = await ann.send(path="/documents/upload/")
        assert b"under way" in page.answer[1]["body"]
    assert (await ann.send()).status == 202


async def test_nobody_else_is_refused_for_it(ann: Member, bob: Member) -> None:
    async with ann.holding(), ann.holding():
        assert (await ann.send()).status == 429
        async with bob.holding():
            assert (await bob.send()).status == 202


async def test_what_they_hold_together_is_bounded_and_one_alone_is_let_in(ann: Member) -> None:
    async with ann.holding(6 * MB):
        assert (await ann.send(5 * MB)).status == 429
        assert (await ann.send(4 * MB)).status == 202
    assert (await ann.send(40 * MB)).status == 202
    # One that does not say how long it is may be as long as any.
    assert (await ann.send(None)).status == 202
    async with ann.holding():
        assert (await ann.send(None)).status == 429


async def test_a_place_is_given_back_before_the_answer_is_heard(ann: Member) -> None:
    """A program that sends as many at once as it may goes on with the next right away."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(ann.holding())
        for _ in range(3):
            upload = Upload(ann.token, MB, "/api/documents")
            answered = asyncio.Event()

            async def hear(message: dict[str, Any], heard: Any = answered) -> None:
                assert (await ann.send()).status == 202
                heard.set()

            upload._send = hear  # type: ignore[method-assign]
            upload.finish()
            await upload.run()
            assert answered.is_set()


async def test_what_breaks_off_gives_its_place_back(ann: Member) -> None:
    for ending in ("broken", "cancelled"):
        for _ in range(3):
            upload = Upload(ann.token, MB, "/api/documents")
            task = asyncio.create_task(upload.run())
            await upload.begun.wait()
            if ending == "cancelled":
                task.cancel()
            upload.breaks_off = True
            upload.finish()
            await asyncio.gather(task, return_exceptions=True)
    assert (await ann.send()).status == 202


async def test_what_a_killed_process_had_open_runs_out(ann: Member) -> None:
    key = f"uploads:{ann.user.pk.hex}"
    lost = [uploads.OpenUpload(ann.user.pk, MB) for _ in range(2)]
    for each in lost:
        await each.begin()
    assert (await ann.send()).status == 429
    (left,) = await ask(("TTL", key))
    assert 0 < left <= uploads.LEASE_SECONDS
    # As if that time had gone by.
    for name in (await ask(("ZRANGE", key, 0, -1)))[0]:
        await ask(("ZADD", key, 1, name))
    assert (await ann.send()).status == 202


async def test_what_still_arrives_keeps_its_place(ann: Member, monkeypatch) -> None:
    monkeypatch.setattr(uploads, "RENEW_SECONDS", 0.0)
    key = f"uploads:{ann.user.pk.hex}"
    upload = uploads.OpenUpload(ann.user.pk, MB)
    await upload.begin()
    ((name,),) = await ask(("ZRANGE", key, 0, -1))
    await ask(("ZADD", key, 1, name))
    await upload.renew()
    (until,), ((now, _),) = await ask(("ZSCORE", key, name)), await ask(("TIME",))
    assert float(until) > float(now)
    await upload.end()
    await upload.renew()
    assert (await ask(("ZCARD", key)))[0] == 0


async def test_questions_and_embeddings_are_no_uploads(ann: Member) -> None:
    async with ann.holding(), ann.holding():
        for path in ("/v1/embeddings", "/api/chat"):
            assert (await ann.send(1, path)).status == 202


async def test_without_redis_files_are_taken_in(ann: Member, settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    async with ann.holding(), ann.holding():
        assert (await ann.send()).status == 202


async def test_a_member_who_is_gone_is_none(ann: Member) -> None:
    await in_db(User.objects.filter(pk=ann.user.pk).update, is_active=False)
    assert (await ann.send()).status == 401
