"""Answers that are kept for a while, each for the user who got it.

The key is a hash of everything that an answer is made from: the user, the model, the parameters,
all messages as the model would get them, and the passages that this user's search has found just
now, with their versions. So another user, a changed document, lost access or another history find
nothing, without anybody having to tell the cache.

What is kept is the text and which of its citations hold; their quotes are taken from the passages
of the moment. Two equal questions at once make one request: the second waits for the first, and
asks itself if that comes to nothing. Without Redis there is no cache and no error.
"""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction
from redis.exceptions import RedisError

from aiapp.concurrency.commands import Command, ask
from aiapp.llm import vendors
from aiapp.llm.base import Prompt
from aiapp.redis import sync_redis
from chat.log.lease import RELEASE
from chat.models import Conversation
from chat.turns.question import TurnQuestion
from chat.turns.results import Result
from documents.models import Document
from documents.search import Passage

logger = logging.getLogger(__name__)

T = TypeVar("T")

# What is kept there; or 1 if the question is now ours to answer, 0 if somebody is answering it.
LOOK = """
local kept = redis.call('GET', KEYS[1])
if kept then return kept end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'EX', ARGV[2]) then return 1 end
-- An attempt at the same turn that is gone has left it.
if redis.call('GET', KEYS[2]) == ARGV[1] then return 1 end
return 0
"""
OURS, SOMEBODYS = 1, 0

# A cache that takes longer than this is worth nothing to a reader who waits.
ANSWER_SECONDS = 0.5
KEEP_SECONDS = 5.0
# How long a question is taken for being answered after its process was last heard of.
MAKING_SECONDS = 10
LOOK_SECONDS, MAX_LOOK_SECONDS = 0.02, 0.25
MAX_BYTES = 256 * 1024
# Of what is kept; another number and answers of an older release are not found.
FORM = 3


@dataclass(slots=True)
class CachedAnswer:
    """A kept answer. `citations` are `{n, support}`, the numbers of its passages."""

    content: str
    grounded: bool | None
    citations: list[dict[str, Any]] = field(default_factory=list)


class Place:
    """One question's place in the cache, held while its answer is made.

    Inside the block, `answer` is the answer if there is one; if `busy`, somebody else is making it.
    """

    def __init__(
        self, question: TurnQuestion, prompt: Prompt, passages: Sequence[Passage], nonce: str
    ) -> None:
        self.answer: CachedAnswer | None = None
        self.busy = False
        self._on = settings.RESPONSE_CACHE_SECONDS > 0
        self._question = question
        self._passages = passages
        self._key = _build_key(question, prompt, passages, nonce) if self._on else ""
        self._lock = f"{self._key}:making"
        self._holder = str(question.turn.id)
        self._holding: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._on and not self._question.turn.fresh:
            await self._look()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._holding is not None:
            self._holding.cancel()
            await _try_redis(ask(self._release()), None)

    async def wait(self) -> None:
        """Wait for whoever is making the answer; `answer` stays None if it comes to nothing."""
        loop = asyncio.get_running_loop()
        pause, last_heard = LOOK_SECONDS, loop.time()
        while self.busy:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, MAX_LOOK_SECONDS)
            replies = await _try_redis(ask(("MGET", self._key, self._lock)), None)
            if replies is not None:
                last_heard = loop.time()
                [[data, maker]] = replies
                self.answer = _parse(data)
                self.busy = self.answer is None and maker is not None
            elif loop.time() - last_heard >= MAKING_SECONDS:
                # By now nothing holds the place of a maker that was not heard of either.
                self.busy = False

    async def keep(self, result: Result) -> None:
        """Keep a whole answer. One that broke off, used tools or is a stand-in's is not."""
        used_tools = result.tool_calls or result.calls
        whole = result.finish_reason == "stop" and result.content and not used_tools
        if not (self._on and whole) or result.stand_in:
            return
        # Citations without marks have numbers of their own.
        places = {(each.version_id, each.start): n for n, each in enumerate(self._passages, 1)}
        citations = [
            {"n": places[citation["version"], citation["start"]], "support": citation["support"]}
            for citation in result.citations
        ]
        data = orjson.dumps(CachedAnswer(result.content, result.grounded, citations))
        if len(data) <= MAX_BYTES:
            # Nobody waits for this one: it is not given up for the first words of others.
            await _try_redis(self._write(data), None, KEEP_SECONDS)

    async def _look(self) -> None:
        place = self._key, self._lock, self._holder, MAKING_SECONDS
        [reply] = await _try_redis(ask(("EVAL", LOOK, 2, *place)), [None])
        if isinstance(reply, bytes):
            self.answer = _parse(reply)
        elif reply == OURS:
            self._holding = asyncio.create_task(self._hold(), name="response cache")
        self.busy = reply == SOMEBODYS

    async def _hold(self) -> None:
        while True:
            await asyncio.sleep(MAKING_SECONDS / 3)
            await _try_redis(ask(("EXPIRE", self._lock, MAKING_SECONDS)), None)

    async def _write(self, data: bytes) -> None:
        """Write the answer, and its key under each thing that it belongs to; release the place."""
        seconds = settings.RESPONSE_CACHE_SECONDS
        commands: list[Command] = [("SET", self._key, data, "EX", seconds)]
        for name in self._belongs_to():
            commands += [("SADD", name, self._key), ("EXPIRE", name, seconds)]
        # Whoever waits for the place finds the answer in it from here on.
        await ask(*commands, self._release())
        if self._holding is not None:
            self._holding.cancel()
            self._holding = None

    def _release(self) -> Command:
        """Return the command that gives the place back, if it is still this question's."""
        return ("EVAL", RELEASE, 1, self._lock, self._holder)

    def _belongs_to(self) -> set[str]:
        documents = {
            _build_members_key("document", passage.document_id) for passage in self._passages
        }
        conversation = self._question.turn.message.conversation_id
        return {*documents, _build_members_key("conversation", conversation)}


def forget(kind: str, ids: Sequence[UUID]) -> None:
    """Delete the answers that belong to documents or conversations; for after their deletion.

    Nothing would find them any more; this is for what must not lie about.
    """
    try:
        with sync_redis() as client:
            for name in [_build_members_key(kind, each) for each in ids]:
                client.delete(name, *client.smembers(name))
    except (RedisError, OSError) as error:
        logger.warning("answers_not_forgotten", extra={"reason": type(error).__name__})


def forget_what_was_deleted(
    sender: type[Document | Conversation], instance: Document | Conversation, **kwargs: Any
) -> None:
    """Forget a document's or a conversation's answers, however it was deleted."""
    kind = "document" if isinstance(instance, Document) else "conversation"
    transaction.on_commit(partial(forget, kind, [instance.pk]))


def _build_key(
    question: TurnQuestion, prompt: Prompt, passages: Sequence[Passage], nonce: str
) -> str:
    place = vendors.find_place(prompt.model)
    made_from = [
        FORM,
        question.owner.pk,
        place.base_url,
        place.model,
        prompt.model,
        prompt.temperature,
        prompt.max_tokens,
        dict(prompt.options),
        list(prompt.messages),
        # With their words, which a curator may have changed, and which not all prompts hold.
        [
            (p.version_id, p.chunk_id, p.start, p.end, p.title, p.heading, p.full_text)
            for p in passages
        ],
    ]
    data = orjson.dumps(made_from, option=orjson.OPT_SORT_KEYS)
    # The mark around the passages is another one for each request.
    return f"answer:{sha256(data.replace(nonce.encode(), b'')).hexdigest()}"


def _build_members_key(kind: str, of: UUID) -> str:
    return f"answers:{kind}:{of}"


def _parse(data: bytes | None) -> CachedAnswer | None:
    """Return the cached answer; None if somebody has written something else there."""
    try:
        return None if data is None else CachedAnswer(**orjson.loads(data))
    except (orjson.JSONDecodeError, TypeError):
        return None


async def _try_redis(answer: Awaitable[T], otherwise: T, seconds: float = ANSWER_SECONDS) -> T:
    """Return Redis' answer, or `otherwise` without Redis or when it takes too long."""
    try:
        async with asyncio.timeout(seconds):
            return await answer
    except (RedisError, OSError) as error:
        logger.warning("response_cache_away", extra={"reason": type(error).__name__})
        return otherwise
