"""The people of the campaign: they ask and read, and upload, and try again as programs do."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from uuid import uuid4

import aiohttp

PASSWORD = "a password for the campaign"  # noqa: S105 - of a site that lasts for minutes
# A reader who hears nothing for so long connects again, with the last id it has.
QUIET_SECONDS = 5.0
RETRY_SECONDS = 0.3
# Whoever is not let in for so long is counted, and asks something else.
TRY_SECONDS = 120.0
READ_SECONDS = 300.0
ACCEPTED = 202
SERVER_ERRORS = 500
AWAY = 503
PAGES = 6


@dataclass
class Answer:
    """A question that was accepted, and what its reader saw."""

    turn: str
    conversation: str
    expected: str
    accepted: float
    text: str = ""
    state: str = ""
    error: str = ""
    ended: float = 0.0
    silence: float = 0.0
    # When the longest silence ended.
    silent_until: float = 0.0
    heard: float = 0.0
    # What its reader met with, and when: connections, their ends, beginnings anew.
    story: list[tuple[float, str]] = field(default_factory=list)
    # The same of the processes that made it, as the database has it.
    attempts: list[tuple[float, str]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return self.ended - self.accepted

    def note(self, what: str) -> None:
        # Of the same again and again the first one tells enough.
        if not self.story or self.story[-1][1] != what:
            self.story.append((time.time(), what))

    def hear(self, kind: str, data: Any) -> None:
        now = time.time()
        if kind == "restarted":
            self.text = ""
            self.note("begun anew")
        elif kind == "delta":
            if self.heard and now - self.heard > self.silence:
                self.silence, self.silent_until = now - self.heard, now
            self.heard = now
            self.text += data["text"]
        elif kind == "error":
            self.error = data.get("code", "?")
        elif kind == "done":
            self.state, self.ended = data["state"], now


@dataclass
class Findings:
    """The things that people saw in the campaign."""

    answers: list[Answer] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    # Answers of the server that are neither good nor "try again".
    refusals: Counter[str] = field(default_factory=Counter)
    given_up: Counter[str] = field(default_factory=Counter)


class Person:
    def __init__(self, url: str, findings: Findings, seed: int) -> None:
        self._url = url
        self._findings = findings
        self._choose = random.Random(seed)
        self._headers: dict[str, str] = {}

    async def sign_in(self) -> None:
        name = f"person{uuid4().hex[:12]}"
        account = {"username": name, "password": PASSWORD}
        await self._try("/api/auth/register", account | {"email": f"{name}@example.org"})
        tokens = await self._try("/api/auth/token", account)
        if tokens is None:
            raise SystemExit("Nobody can sign in.")
        self._headers = {"Authorization": f"Bearer {tokens['access']}"}

    async def ask_on(self, models: list[str], ending: asyncio.Event) -> None:
        """Ask one question after the other, and read each answer to its end."""
        while not ending.is_set():
            await self._ask(self._choose.choice(models))
            await asyncio.sleep(self._choose.uniform(0.2, 2.0))

    async def upload_on(self, pause_seconds: float, ending: asyncio.Event) -> None:
        while not ending.is_set():
            if (document := await self.upload()) is not None:
                self._findings.documents.append(document)
            await asyncio.sleep(self._choose.uniform(0.5, 1.5) * pause_seconds)

    async def upload(self) -> str | None:
        """Upload a document that is as long as all others; return its id."""
        mark = uuid4().hex
        content = draw_document(mark)
        answer = await self._try("/api/documents", file=(f"{mark}.pdf", content))
        return None if answer is None else str(answer["id"])

    async def _ask(self, model: str) -> None:
        chat = await self._try("/api/conversations", {})
        if chat is None:
            return
        body = {"content": f"go {uuid4().hex}", "model": model, "cache": False}
        if self._choose.random() < 1 / 2:
            body |= {"collections": []}
        path = f"/api/conversations/{chat['id']}/messages"
        accepted = await self._try(path, body)
        if accepted is None:
            return
        words = int(model.split("-")[1])
        expected = "".join(f"w{n} " for n in range(words))
        answer = Answer(accepted["turn"]["id"], chat["id"], expected, time.time())
        self._findings.answers.append(answer)
        await self._read(answer)

    async def _read(self, answer: Answer) -> None:
        """Read an answer to its end over as many connections as it takes."""
        after = ""
        while time.time() - answer.accepted < READ_SECONDS:
            try:
                async for event_id, kind, data in self._follow(answer, after):
                    after = event_id
                    answer.hear(kind, data)
                    if answer.ended:
                        return
                answer.note("stream ended")
            except (TimeoutError, aiohttp.ClientError, ValueError) as error:
                answer.note(type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self, answer: Answer, after: str) -> AsyncIterator[tuple[str, str, Any]]:
        headers = self._headers | ({"Last-Event-ID": after} if after else {})
        limits = aiohttp.ClientTimeout(total=None, connect=QUIET_SECONDS, sock_read=QUIET_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=limits) as session,
            session.get(f"{self._url}/api/turns/{answer.turn}/events", headers=headers) as response,
        ):
            self._note(response.status, "events")
            answer.note(f"reads ({response.status})")
            event: dict[str, str] = {}
            async for line in response.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    event[name] = value
                    continue
                if "event" in event and "id" in event:
                    yield event["id"], event["event"], json.loads(event["data"])
                event = {}

    async def _try(self, path: str, body: Any = None, file: tuple[str, bytes] | None = None) -> Any:
        """Send a request until it is answered, under one key; return None if it never is."""
        key, begun = uuid4().hex, time.monotonic()
        headers = self._headers | {"Idempotency-Key": key}
        limits = aiohttp.ClientTimeout(total=30)
        while time.monotonic() - begun < TRY_SECONDS:
            try:
                async with aiohttp.ClientSession(timeout=limits) as session:
                    content: dict[str, Any] = {"json": body}
                    if file is not None:
                        form = aiohttp.FormData()
                        form.add_field("file", file[1], filename=file[0])
                        content = {"data": form}
                    async with session.post(
                        f"{self._url}{path}", headers=headers, **content
                    ) as answer:
                        if answer.ok:
                            return await answer.json()
                        self._note(answer.status, path.rpartition("/")[2])
            except (TimeoutError, aiohttp.ClientError, ValueError):
                pass
            await asyncio.sleep(RETRY_SECONDS)
        self._findings.given_up[path.rpartition("/")[2]] += 1
        return None

    def _note(self, status: int, what: str) -> None:
        if status >= 400 and status != AWAY:  # noqa: PLR2004 - what HTTP calls errors
            self._findings.refusals[f"{status} {what}"] += 1


def draw_document(mark: str) -> bytes:
    """Return a PDF of six pages that differs from others by a mark alone."""
    # Its types are not checked, as those of all tests.
    draw = import_module("documents.tests.parsing.pdf").pages
    pages = [
        "\n".join(
            f"{mark} Island {number}: the keeper notes the weather, ships and the price of oil."
            for number in range(page * 12, page * 12 + 12)
        )
        for page in range(PAGES)
    ]
    file: bytes = draw(*pages)
    return file
