"""The WebSocket face of chat: send, stop and subscribe; a turn's events come back."""

import asyncio
import logging
from contextlib import aclosing, suppress
from itertools import islice
from typing import Any, Literal
from uuid import UUID, uuid4

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseError
from pydantic import Field, ValidationError

from accounts import audit
from accounts.credentials import watch
from accounts.credentials.authentication import authenticate_scope
from accounts.credentials.validity import renew
from accounts.limits import rate_limit
from accounts.models import User
from aiapp.api.schemas import MAX_INVALID_FIELDS, Strict, place_field
from aiapp.db import in_db
from aiapp.errors import AppError, InvalidInput, NotAllowed, NotAuthenticated
from aiapp.http.errors import translate_known_error
from aiapp.http.json_bodies import read_json
from aiapp.observability import figures, log
from chat import asking
from chat.api.schemas import ModelName, ToolName
from chat.attachments.sending import MAX_IMAGES
from chat.conversations import access
from chat.conversations.scope import MAX_SCOPED
from chat.log.events import Position
from chat.models import Turn
from chat.reading.reader import read
from chat.turns.accepting.places import After, Follows, Leaf, NewConversation
from chat.turns.accepting.request import Question
from chat.turns.running import runner
from documents.metadata.schema import FilterIn

logger = logging.getLogger(__name__)

UNAUTHENTICATED, FORBIDDEN = 4401, 4403
MAX_SUBSCRIPTIONS = 20


class Send(Strict):
    type: str
    content: str
    conversation_id: UUID | None = None
    # As in `POST /api/conversations/{id}/messages`.
    parent_id: UUID | None = None
    attachments: list[UUID] = Field([], max_length=MAX_IMAGES)
    request_id: str = ""
    model: ModelName = ""
    collections: list[UUID] | None = Field(None, max_length=MAX_SCOPED)
    documents: list[UUID] | None = Field(None, max_length=MAX_SCOPED)
    filter: FilterIn | None = None
    tools: list[ToolName] | None = Field(None, max_length=50)
    # How long the model is to think, where it can be told; left out, the model decides.
    effort: Literal["low", "medium", "high"] | None = None
    cache: bool = True

    @property
    def follows(self) -> Follows:
        if self.conversation_id is None:
            return NewConversation()
        if "parent_id" in self.model_fields_set:
            return After(self.parent_id, self.conversation_id)
        return Leaf(self.conversation_id)


class OnTurn(Strict):
    type: str
    turn: UUID
    after: str = ""


class Decide(Strict):
    """The user's word on a call, as in `POST /api/calls/{id}`."""

    type: str
    call: UUID
    token: str
    confirm: bool


# What a client may send, by its `type`.
FRAMES: dict[str, type[Send] | type[OnTurn] | type[Decide]] = {
    "send": Send,
    "stop": OnTurn,
    "subscribe": OnTurn,
    "decide": Decide,
}
SCOPE = "chat"
# What a key needs besides for a kind of frame.
FRAME_SCOPES = {"decide": "tools:confirm"}


class ChatConsumer(AsyncWebsocketConsumer):
    """One socket. Each subscribed turn is read by a task of its own, ended with the socket."""

    async def connect(self) -> None:
        log.bind(request=uuid4().hex)
        self.readers: dict[UUID, asyncio.Task[None]] = {}
        self.watch: watch.Watch | None = None
        try:
            credential = await authenticate_scope(dict(self.scope), SCOPE)
        except NotAuthenticated:
            await self.close(UNAUTHENTICATED)
            return
        except NotAllowed:
            await self.close(FORBIDDEN)
            return
        self.credential = credential
        self.watch = watch.start(credential, self._end)
        figures.OPEN["socket"] += 1
        offered = self.scope.get("subprotocols") or []
        await self.accept("bearer" if "bearer" in offered else None)

    def _end(self) -> None:
        """The credential has ended, so the socket does."""
        self.ending = asyncio.create_task(self._close(), name="socket ends")

    async def _close(self) -> None:
        """Close, and tell a key that is good for other things from one that is good for none."""
        code = UNAUTHENTICATED
        with suppress(NotAuthenticated, DatabaseError):
            renewed = await in_db(renew, self.credential)
            code = FORBIDDEN if renewed.key_id else UNAUTHENTICATED
        await self.close(code)

    async def disconnect(self, code: int) -> None:
        if self.watch is not None:
            watch.stop(self.watch)
            figures.OPEN["socket"] -= 1
        for reader in self.readers.values():
            reader.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            if await self._is_allowed():
                await self._handle(text_data or bytes_data or b"")
        except ValidationError as error:
            first = islice(error.errors(), MAX_INVALID_FIELDS)
            fields = [place_field(each["loc"]) or each["type"] for each in first]
            await self._send(
                "error",
                {"code": "validation_error", "message": "The frame is not valid."}
                | {"data": {"fields": fields}, "retryable": False},
            )
        except Exception as error:
            # The boundary of a frame: the turns that are read on this socket go on.
            known = translate_known_error(error)
            if known is None:
                logger.exception("frame_failed")
            elif isinstance(known, NotAllowed):
                await in_db(audit.record, audit.Action.REFUSED, self.user)
            await self._refuse(known or AppError(code="internal_error"))

    async def _is_allowed(self) -> bool:
        """Look at the credential, as for every request, and close the socket if it is no good.

        The socket is looked at now and then as well; a frame need not wait for that.
        """
        try:
            self.credential = await in_db(renew, self.credential)
            self.credential.require(SCOPE)
        except NotAuthenticated:
            await self.close(UNAUTHENTICATED)
        except NotAllowed:
            await in_db(audit.record, audit.Action.REFUSED, self.user)
            await self.close(FORBIDDEN)
        else:
            return True
        return False

    async def _handle(self, raw: str | bytes) -> None:
        try:
            frame = read_json(raw)
        except ValueError as error:
            raise InvalidInput("A frame is a JSON object.", code="invalid_frame") from error
        kind = frame.get("type") if isinstance(frame, dict) else None
        # A type may be any JSON, of which some cannot even be looked up.
        if not isinstance(kind, str) or kind not in FRAMES:
            raise InvalidInput(
                "A frame's type is send, stop, subscribe or decide.", code="invalid_frame"
            )
        self.credential.require(FRAME_SCOPES.get(kind, SCOPE))
        match FRAMES[kind].model_validate(frame):
            case Send() as question:
                await self._ask(question)
            case Decide() as word:
                await self._decide(word)
            case OnTurn(type="stop") as stopped:
                await runner.stop(await self._turn(stopped))
            case OnTurn() as wanted:
                self._subscribe(await self._turn(wanted), Position.parse(wanted.after))

    @property
    def user(self) -> User:
        return self.credential.user

    async def _ask(self, frame: Send) -> None:
        await rate_limit.aenforce(self.user, "ask")
        choices = await asking.choices(
            frame.model,
            collections=frame.collections,
            documents=frame.documents,
            filter=frame.filter,
            keeps_documents="documents" not in frame.model_fields_set,
            fresh=not frame.cache,
            tools=frame.tools,
            effort=frame.effort or "",
        )
        question = Question(frame.content, frame.request_id, attachments=frame.attachments)
        accepted = await asking.ask(self.user, question, choices, follows=frame.follows)
        self._subscribe(accepted.turn, Position.parse(""))

    async def _decide(self, word: Decide) -> None:
        await rate_limit.aenforce(self.user, "ask")
        accepted = await asking.decide(self.user, word.call, word.token, confirm=word.confirm)
        if accepted is not None:
            self._subscribe(accepted.turn, Position.parse(""))

    async def _turn(self, frame: OnTurn) -> Turn:
        return await in_db(access.get_turn, self.user, frame.turn)

    def _subscribe(self, turn: Turn, after: Position) -> None:
        if turn.id in self.readers:
            return
        if len(self.readers) >= MAX_SUBSCRIPTIONS:
            raise InvalidInput("Too many turns at once on this socket.", code="too_many_turns")
        reader = asyncio.create_task(self._read(turn, after), name=f"socket {turn.id}")
        self.readers[turn.id] = reader
        reader.add_done_callback(lambda _: self.readers.pop(turn.id, None))

    async def _read(self, turn: Turn, after: Position) -> None:
        async with aclosing(read(turn, after)) as batches:
            async for batch in batches:
                for entry in batch:
                    await self.send(
                        text_data=(
                            b'{"type":"%s","id":"%s","turn":"%s","data":%s}'
                            % (
                                entry.kind.encode(),
                                str(entry.position).encode(),
                                str(turn.id).encode(),
                                entry.json,
                            )
                        ).decode()
                    )

    async def _refuse(self, error: AppError) -> None:
        data = error.as_dict()["error"] | {"retryable": error.retryable}
        if error.retry_after:
            data["retry_after"] = error.retry_after
        await self._send("error", data)

    async def _send(self, kind: str, data: dict[str, Any]) -> None:
        await self.send(text_data=orjson.dumps({"type": kind, "data": data}).decode())
